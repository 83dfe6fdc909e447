package org.precedent.curation.ranking;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SuspectsTest {
    @Test
    void wrongMasksComeFirstAndAreExplained() {
        DiscPool pool = new DiscPool(40, 3);
        pool.shift(4, 7);
        pool.replace(13, (inside, right) -> inside && right);
        pool.replace(22, (inside, right) -> !inside);
        pool.shift(31, -9);

        List<Integer> told = new ArrayList<>();
        List<Finding> found = new Suspects(pool, 8).rank(1000, 1, told::add);

        assertThat(found).hasSize(40);
        assertThat(found.subList(0, 4).stream().map(Finding::subject))
                .containsExactlyInAnyOrder(4, 13, 22, 31);
        assertThat(found).isSortedAccordingTo((a, b) -> Double.compare(b.score(), a.score()));
        Finding half = found.stream().filter(f -> f.subject() == 13).findFirst().orElseThrow();
        assertThat(half.reason()).contains("more to the left").contains("8 others");
        assertThat(told).isSorted().last().isEqualTo(40);
        assertThat(pool.passes).as("one pass an image").isEqualTo(40);
    }

    @Test
    void aCleanPoolHasNoEntryFarFromTheOthers() {
        List<Finding> found = new Suspects(new DiscPool(40, 5), 8).rank(1000, 1, done -> {});
        assertThat(found.getFirst().score()).isLessThan(4.0 * Suspects.MOST);
    }

    @Test
    void whatDoesNotServeIsJudgedAndJudgesNot() {
        DiscPool pool = new DiscPool(20, 7);
        for (int i = 0; i < 20; i++) {
            if (i != 5) {
                pool.retire(i);
            }
        }
        List<Finding> found = new Suspects(pool, 8).rank(1000, 1, done -> {});
        assertThat(found).hasSize(19).noneMatch(f -> f.subject() == 5);
        assertThat(found.getFirst().reason()).contains("1 others");
    }

    @Test
    void ofALargePoolSomeAreDrawnTheSameOnesForTheSameSeed() {
        DiscPool pool = new DiscPool(40, 9);
        List<Integer> first = subjects(pool, 10, 1);
        assertThat(first).hasSize(10).isEqualTo(subjects(pool, 10, 1));
        assertThat(first).isNotEqualTo(subjects(pool, 10, 2));
    }

    private static List<Integer> subjects(DiscPool pool, int most, long seed) {
        return new Suspects(pool, 8)
                .rank(most, seed, done -> {}).stream().map(Finding::subject).sorted().toList();
    }
}
