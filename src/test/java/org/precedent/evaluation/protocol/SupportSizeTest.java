package org.precedent.evaluation.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.precedent.evaluation.Discs;
import org.precedent.evaluation.EvaluationCases;
import org.precedent.evaluation.EvaluationException;
import org.precedent.evaluation.EvaluationPool;
import org.precedent.evaluation.NearDuplicates;

class SupportSizeTest {
    @Test
    void readsNumbersAndThePapersNames() {
        for (String text : new String[] {"full", "large", "small", "7"}) {
            assertThat(SupportSize.parse(text)).hasToString(text);
        }
        assertThat(SupportSize.parse("large").isDrawn()).isTrue();
        assertThat(SupportSize.parse("full").isDrawn()).isFalse();
        assertThatThrownBy(() -> SupportSize.parse("all"))
                .isInstanceOf(EvaluationException.class)
                .hasMessage(
                        "support size is all, expected full, large, small or a whole number from"
                                + " 1");
        assertThatThrownBy(() -> SupportSize.parse("0")).hasMessageContaining("at least 1");
    }

    @Test
    void followsFromHowManyMaySupportEveryQuery() {
        // 299, 256 and 128 of 300, the paper's first data set.
        EvaluationPool pool =
                new EvaluationPool(
                        new EvaluationCases(Discs.list(300), NearDuplicates.among(Discs.list(1))),
                        "disc",
                        5,
                        1);
        assertThat(pool.fewestSupports()).isEqualTo(299);
        assertThat(SupportSize.parse("large").of(pool)).isEqualTo(256);
        assertThat(SupportSize.parse("small").of(pool)).isEqualTo(128);
        assertThatThrownBy(() -> SupportSize.parse("small").of(Discs.pool(2, 1, 1)))
                .hasMessageContaining("K = 2");
    }
}
