package org.precedent.evaluation.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.precedent.curation.ranking.DiscPool;

class CurationGainsTest {
    private static CurationGains gains(DiscPool pool) {
        return new CurationGains(pool, image -> "patient " + image, 2);
    }

    private static double figure(Map<String, Object> figures, String name) {
        return ((Number) figures.get(name)).doubleValue();
    }

    @Test
    void whoeverRemovesTheWorstGainsAndWhoeverRemovesTheBestDoesNot() {
        DiscPool pool = new DiscPool(40, 3);
        List<Integer> wrong = List.of(11, 25);
        wrong.forEach(image -> pool.shift(image, 14));
        Map<String, Object> figures = gains(pool).worth(wrong, 1, done -> {});
        assertThat(figures).containsEntry("removed", 2);
        assertThat(figure(figures, "planted_removed")).isPositive();
        assertThat(figure(figures, "judges")).isBetween(18.0, 20.0);
        assertThat(figure(figures, "gain_without_worst")).isPositive();
        assertThat(figure(figures, "gain_without_best"))
                .isLessThan(figure(figures, "gain_without_worst"));
    }

    @Test
    void bothArmsBeginAlikeAndASeedRepeatsItself() {
        DiscPool pool = new DiscPool(60, 5);
        Map<String, Object> figures = gains(pool).next(7, done -> {});
        assertThat(figures).containsEntry("rounds", 20).containsEntry("judges", 20);
        assertThat(figure(figures, "area_chosen")).isBetween(0.5, 1.0);
        assertThat(figure(figures, "area_chosen") - figure(figures, "area_random"))
                .isEqualTo(figure(figures, "difference"), offset(1e-9));
        List<?> interval = (List<?>) figures.get("difference_ci95");
        assertThat(figures).containsEntry("above_random", ((Double) interval.getFirst()) > 0);
        assertThat(gains(new DiscPool(60, 5)).next(7, done -> {})).isEqualTo(figures);
    }

    @Test
    void aPoolWithNothingToChooseFromHasNoRounds() {
        assertThat(gains(new DiscPool(10, 2)).next(1, done -> {})).isEqualTo(Map.of("rounds", 0));
    }
}
