package org.precedent.evaluation.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.precedent.curation.ranking.DiscPool;

class LivingPoolTest {
    private static Map<String, Object> live(DiscPool pool) {
        return new LivingPool(pool, image -> "patient " + image, 4).live(3, day -> {});
    }

    @SuppressWarnings("unchecked") // the lists of figures are of numbers
    private static List<Double> curve(Map<String, Object> figures, String name) {
        return (List<Double>) figures.get(name);
    }

    @Test
    void everyDayIsInTheCurveAndTheFirstOneReplays() {
        Map<String, Object> figures = live(new DiscPool(228, 5));
        assertThat(figures)
                .containsEntry("days", 20)
                .containsEntry("a_day", 10)
                .containsEntry("annotations_first", 8)
                .containsEntry("annotations_last", 208)
                .containsEntry("judges", 20)
                .containsEntry("replayed", 10)
                .containsEntry("replayed_same_bits", 10L);
        assertThat(curve(figures, "dice_judges")).hasSize(21).allMatch(d -> d > 0 && d <= 1);
        assertThat(curve(figures, "dice_asked")).hasSize(20);
        assertThat(figures).isEqualTo(live(new DiscPool(228, 5)));
    }

    /** Seven of the eight first annotations are wrong: what comes after them is right. */
    @Test
    void aPoolThatBeginsWrongRises() {
        DiscPool pool = new DiscPool(228, 5);
        Map<String, Object> right = live(pool);
        DiscPool wrong = new DiscPool(228, 5);
        List<Integer> beginning = LivingPool.beginning(228, image -> "patient " + image, 3);
        beginning.subList(0, 7).forEach(image -> wrong.shift(image, 14));
        Map<String, Object> figures = live(wrong);
        List<Double> mornings = curve(figures, "dice_judges");
        assertThat(mornings.getFirst()).isLessThan(curve(right, "dice_judges").getFirst());
        assertThat(mornings.getLast()).isGreaterThan(mornings.getFirst());
        assertThat(figures).containsEntry("rises", true);
        assertThat(((Number) figures.get("gain")).doubleValue())
                .isGreaterThan(((Number) right.get("gain")).doubleValue());
    }

    @Test
    void fewerImagesThanDaysAreNoLife() {
        assertThat(live(new DiscPool(30, 2))).isEqualTo(Map.of("days", 0));
    }
}
