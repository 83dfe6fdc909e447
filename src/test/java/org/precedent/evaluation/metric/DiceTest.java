package org.precedent.evaluation.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Plane;

class DiceTest {
    private static final Mask A = new Mask(4, 1, new boolean[] {true, true, false, false});
    private static final Mask B = new Mask(4, 1, new boolean[] {false, true, true, true});
    private static final Mask NONE = new Mask(4, 1, new boolean[4]);

    @Test
    void countsTheOverlapTwiceOverBothAreas() {
        assertThat(Dice.hard(A, B)).isEqualTo(2.0 / 5);
        assertThat(Dice.hard(A, A)).isEqualTo(1);
    }

    @Test
    void isOneForTwoEmptyMasksAndZeroForOne() {
        assertThat(Dice.hard(NONE, NONE)).isEqualTo(1);
        assertThat(Dice.hard(A, NONE)).isZero();
        assertThat(Dice.hard(NONE, A)).isZero();
        assertThat(Dice.soft(new Plane(4, 1, new float[4]), NONE)).isEqualTo(1);
        assertThat(Dice.soft(new Plane(4, 1, new float[4]), A)).isZero();
    }

    @Test
    void weighsProbabilitiesInTheSoftForm() {
        Plane p = new Plane(4, 1, new float[] {0.5f, 1, 0.25f, 0});
        assertThat(Dice.soft(p, A)).isCloseTo(2 * 1.5 / 3.75, within(1e-12));
        assertThat(Dice.soft(new Plane(4, 1, new float[] {1, 1, 0, 0}), B))
                .isEqualTo(Dice.hard(A, B));
    }

    @Test
    void refusesOtherSizes() {
        assertThatThrownBy(() -> Dice.hard(A, new Mask(2, 2, new boolean[4])))
                .hasMessage("prediction of 4 x 1, truth of 2 x 2");
    }
}
