package org.precedent.curation.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.precedent.DomainException;
import org.precedent.evaluation.metric.Dice;
import org.precedent.imaging.Mask;

class ConsensusTest {
    private static final int SIDE = 64;

    private static Mask disc(double cx, double cy, double radius) {
        boolean[] inside = new boolean[SIDE * SIDE];
        for (int i = 0; i < inside.length; i++) {
            inside[i] = Math.hypot(i % SIDE - cx, i / SIDE - cy) < radius;
        }
        return new Mask(SIDE, SIDE, inside);
    }

    private static Mask noisy(Mask truth, double missed, double added, SplittableRandom random) {
        boolean[] inside = truth.inside().clone();
        for (int i = 0; i < inside.length; i++) {
            boolean near = Math.hypot(i % SIDE - 32, i / SIDE - 32) < 24;
            inside[i] =
                    inside[i] ? random.nextDouble() >= missed : near && random.nextDouble() < added;
        }
        return new Mask(SIDE, SIDE, inside);
    }

    @Test
    void moreThanHalfIsAMajority() {
        Mask left = disc(28, 32, 10);
        Mask right = disc(36, 32, 10);
        boolean[] both = new boolean[SIDE * SIDE];
        for (int i = 0; i < both.length; i++) {
            both[i] = left.inside()[i] && right.inside()[i];
        }
        assertThat(Consensus.MAJORITY.of(List.of(left, right)).inside()).isEqualTo(both);
        assertThat(Consensus.MAJORITY.of(List.of(left, left, right)).inside())
                .isEqualTo(left.inside());
        assertThat(Consensus.MAJORITY.of(List.of(left)).inside()).isEqualTo(left.inside());
    }

    /** Sensitivity and specificity that masks were made with come back; the truth, too. */
    @Test
    void stapleFindsHowGoodAnnotatorsAre() {
        SplittableRandom random = new SplittableRandom(5);
        Mask truth = disc(32, 32, 16);
        double[] missed = {.05, .10, .30, .02};
        double[] added = {.02, .10, .05, .30};
        List<Mask> masks = new ArrayList<>();
        for (int j = 0; j < missed.length; j++) {
            masks.add(noisy(truth, missed[j], added[j], random));
        }

        Staple staple = Staple.of(masks);

        for (int j = 0; j < missed.length; j++) {
            assertThat(staple.sensitivity()[j]).isCloseTo(1 - missed[j], within(.03));
        }
        // The box holds pixels that nobody could have added.
        assertThat(staple.specificity()[3]).isLessThan(staple.specificity()[1]);
        assertThat(staple.specificity()[1]).isLessThan(staple.specificity()[0]);
        double dice = Dice.hard(Consensus.STAPLE.of(masks), truth);
        assertThat(dice).isGreaterThan(.98);
        for (Mask mask : masks) {
            assertThat(Dice.hard(mask, truth)).isLessThan(dice);
        }
    }

    /** Two careless annotators outvote one careful one by majority, not by STAPLE of five. */
    @Test
    void stapleIsNoMajority() {
        SplittableRandom random = new SplittableRandom(9);
        Mask truth = disc(32, 32, 16);
        List<Mask> masks = new ArrayList<>();
        masks.add(noisy(truth, .01, .01, random));
        masks.add(noisy(truth, .02, .01, random));
        for (int j = 0; j < 3; j++) {
            masks.add(noisy(truth, .45, .05, random));
        }
        assertThat(Dice.hard(Consensus.STAPLE.of(masks), truth))
                .isGreaterThan(Dice.hard(Consensus.MAJORITY.of(masks), truth) + .02);
    }

    @Test
    void whoAgreesIsRightAndWhatNobodyDrewIsOutside() {
        Mask one = disc(20, 40, 9);
        Staple staple = Staple.of(List.of(one, one, one));
        assertThat(Consensus.STAPLE.of(List.of(one, one, one)).inside()).isEqualTo(one.inside());
        assertThat(staple.sensitivity()).containsOnly(new double[] {1}, within(1e-6));
        assertThat(staple.probabilities()[0]).isZero();
        Mask nothing = new Mask(SIDE, SIDE, new boolean[SIDE * SIDE]);
        assertThat(Consensus.STAPLE.of(List.of(nothing, nothing)).area()).isZero();
    }

    @Test
    void refusesMasksOfOtherSizesAndUnknownMethods() {
        Mask small = new Mask(2, 2, new boolean[4]);
        for (Consensus method : Consensus.values()) {
            assertThatThrownBy(() -> method.of(List.of(disc(9, 9, 3), small)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("64 x 64");
            assertThat(Consensus.named(method.word())).isEqualTo(method);
        }
        assertThatThrownBy(() -> Consensus.named("mean"))
                .isInstanceOf(DomainException.class)
                .hasMessageContaining("majority or staple");
    }
}
