package org.precedent.evaluation.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.precedent.evaluation.Annotated;
import org.precedent.evaluation.Discs;
import org.precedent.evaluation.EvaluationCase;
import org.precedent.evaluation.EvaluationCases;
import org.precedent.evaluation.EvaluationPool;
import org.precedent.evaluation.PoolRetrieval;
import org.precedent.evaluation.Progress;
import org.precedent.evaluation.SupportChooser.Scored;
import org.precedent.evaluation.metric.Dice;
import org.precedent.evaluation.metric.Metric;
import org.precedent.imaging.Mask;
import org.precedent.retrieval.Temperature;

class RobustnessTest {
    private final PoolRetrieval images = Discs.images();
    private final Robustness protocol = new Robustness(Discs.examiner(images));

    private Robustness.Settings settings(int k) {
        return new Robustness.Settings(SupportSize.of(k), images.nearest(), Temperature.UNIFORM, 1);
    }

    @Test
    void tellsANetworkThatRestsOnItsSupportsMasks() {
        List<EvaluationCase> cases = new ArrayList<>(Discs.list(24));
        for (int i = 0; i < 3; i++) {
            EvaluationCase disc = Discs.disc("bare" + i, "bare" + i, new Random(50 + i));
            cases.add(
                    new EvaluationCase(
                            disc.id(),
                            disc.patient(),
                            disc.image(),
                            Map.of("ghost", disc.masks().get("ghost"))));
        }
        EvaluationPool pool = new EvaluationPool(EvaluationCases.of(cases), "disc", 8, 1);
        Robustness.Result result = protocol.run(pool, settings(4), Progress.SILENT);
        double right = result.of(Robustness.Condition.RIGHT).mean(Metric.DICE);
        double misplaced = result.of(Robustness.Condition.ONE_MISPLACED).mean(Metric.DICE);
        double shuffled = result.of(Robustness.Condition.SHUFFLED).mean(Metric.DICE);
        double scrambled = result.of(Robustness.Condition.SCRAMBLED).mean(Metric.DICE);
        assertThat(right).isGreaterThan(0.8);
        assertThat(misplaced).isLessThan(right).isGreaterThan(0.5);
        // Averaging masks does not see to which image they belong.
        assertThat(shuffled).isCloseTo(right, within(1e-6));
        assertThat(scrambled).isLessThan(0.3);
        assertThat(result.emptyMasks()).isEqualTo(new Robustness.Emptiness(8, 1, 0));
        Robustness.Emptiness absent = result.absent().orElseThrow();
        // The fake network never notices that a label is not there.
        assertThat(absent.n()).isEqualTo(3);
        assertThat(absent.empty()).isZero();
        assertThat(absent.area()).isBetween(0.05, 0.3);
        Robustness.OtherLabel other = result.otherLabel().orElseThrow();
        assertThat(other.other()).isEqualTo("ghost");
        assertThat(other.diceToOther()).isGreaterThan(0.99);
        assertThat(other.diceToAsked()).isLessThan(0.05);
        assertThat(other.overlapOfAnswers()).isLessThan(0.05);
        assertThat(other.overlapOfTruths()).isZero();
        assertThat(result.of(Robustness.Condition.RIGHT).baselines()).isNotEmpty();
    }

    @Test
    void leavesOutWhatADatasetDoesNotAllow() {
        List<EvaluationCase> alone = new ArrayList<>();
        Discs.list(6)
                .forEach(one ->
                        alone.add(
                                new EvaluationCase(
                                        one.id(),
                                        one.patient(),
                                        one.image(),
                                        Map.of("disc", one.masks().get("disc")))));
        Robustness.Result result =
                protocol.run(
                        new EvaluationPool(EvaluationCases.of(alone), "disc", 2, 1),
                        settings(3),
                        Progress.SILENT);
        assertThat(result.absent()).isEmpty();
        assertThat(result.otherLabel()).isEmpty();
        assertThatThrownBy(() -> protocol.run(Discs.pool(6, 2, 1), settings(1), Progress.SILENT))
                .hasMessageContaining("at least 2 to shuffle masks");
    }

    @Test
    void shufflesSoThatNobodyKeepsTheOwnMask() {
        List<Scored> right = new ArrayList<>();
        Discs.pool(7, 1, 1).members().forEach(one -> right.add(new Scored(one, right.size())));
        List<Scored> shuffled = FalseMasks.shuffled(right, new Random(3));
        List<Mask> masks = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            Annotated before = right.get(i).support();
            Annotated after = shuffled.get(i).support();
            assertThat(after.id()).isEqualTo(before.id());
            assertThat(shuffled.get(i).similarity()).isEqualTo(i);
            assertThat(after.mask().inside()).isNotEqualTo(before.mask().inside());
            assertThat(after.isGenuine()).isFalse();
            masks.add(after.mask());
        }
        for (Scored one : right) {
            assertThat(masks)
                    .anySatisfy(mask ->
                            assertThat(mask.inside()).isEqualTo(one.support().mask().inside()));
        }
    }

    @Test
    void scramblesAndMisplacesWithoutLosingArea() {
        Mask disc = Discs.pool(1, 1, 1).members().getFirst().mask();
        Mask scrambled = FalseMasks.scrambled(disc, new Random(3));
        assertThat(scrambled.area()).isEqualTo(disc.area());
        assertThat(scrambled.inside()).isNotEqualTo(disc.inside());
        Mask misplaced = FalseMasks.misplaced(disc);
        assertThat(misplaced.area()).isEqualTo(disc.area());
        assertThat(Dice.hard(misplaced, disc)).isLessThan(0.3);
        assertThat(FalseMasks.misplaced(misplaced).inside()).isEqualTo(disc.inside());
        // Odd sizes have tiles of different widths: every pixel still comes from inside the mask.
        boolean[] full = new boolean[61 * 43];
        Arrays.fill(full, true);
        assertThat(FalseMasks.scrambled(new Mask(61, 43, full), new Random(1)).area())
                .isEqualTo(61 * 43);
        assertThat(FalseMasks.empty(disc).area()).isZero();
    }
}
