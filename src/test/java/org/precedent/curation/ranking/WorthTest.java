package org.precedent.curation.ranking;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class WorthTest {
    @Test
    void aWrongMaskHarmsMostAndTheScoreIsTheDiceItCosts() {
        DiscPool pool = new DiscPool(20, 3);
        pool.replace(9, (inside, right) -> !inside);

        List<Finding> found = new Worth(pool, 2).rank(1000, 1, done -> {});

        assertThat(found.getFirst().subject()).isEqualTo(9);
        assertThat(found.getFirst().score()).isPositive();
        assertThat(found.getFirst().reason()).startsWith("harms");
        assertThat(found.getLast().reason()).startsWith("helps");
    }
}
