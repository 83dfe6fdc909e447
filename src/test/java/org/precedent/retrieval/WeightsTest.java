package org.precedent.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WeightsTest {

    /** Golden numbers of the reference implementation for similarities .98, .95, .90. */
    @Test
    void givesThePapersWeights() {
        double[] similarities = {.98, .95, .90};
        assertThat(Weights.softmax(similarities, .05))
                .containsExactly(new double[] {.571198, .313480, .115323}, within(1e-6));
        assertThat(Weights.softmax(similarities, .025))
                .containsExactly(new double[] {.745181, .224444, .030375}, within(1e-6));
    }

    @Test
    void sumToOneAndKeepTheOrderOfTheSimilaritiesAtEveryTemperature() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            double[] similarities = random.doubles(1 + random.nextInt(1024), -1, 1).toArray();
            Arrays.sort(similarities);
            double tau = Math.pow(10, -5 + 7 * random.nextDouble());
            double[] weights = Weights.softmax(similarities, tau);
            assertThat(Arrays.stream(weights).sum())
                    .as("seed %d, tau %s", seed, tau)
                    .isCloseTo(1, within(1e-12));
            for (int i = 1; i < weights.length; i++) {
                assertThat(weights[i]).as("seed %d", seed).isGreaterThanOrEqualTo(weights[i - 1]);
            }
        }
    }

    @Test
    void theLowestTemperatureIsAHardChoiceInWhichTiesShare() {
        assertThat(Weights.softmax(new double[] {.7, .9, .8}, 1e-5))
                .containsExactly(new double[] {0, 1, 0}, within(1e-12));
        assertThat(Weights.softmax(new double[] {.9, .9, .8}, 1e-5))
                .containsExactly(new double[] {.5, .5, 0}, within(1e-12));
    }

    @Test
    void theHighestTemperatureIsNearlyUniform() {
        assertThat(Weights.softmax(new double[] {1, -1}, 100))
                .containsExactly(new double[] {.5, .5}, within(.0051));
        assertThat(Weights.softmax(new double[] {1, -1}, 1e12))
                .containsExactly(new double[] {.5, .5}, within(1e-12));
    }

    @Test
    void doNotOverflowWhenSimilaritiesAreFarApart() {
        assertThat(Weights.softmax(new double[] {1, -1}, Double.MIN_NORMAL)).containsExactly(1, 0);
    }

    @Test
    void theEffectiveNumberCountsSharersFromOneToK() {
        assertThat(Weights.effectiveNumber(Weights.uniform(16))).isCloseTo(16, within(1e-9));
        assertThat(Weights.effectiveNumber(new double[] {0, 1, 0})).isEqualTo(1);
        assertThat(Weights.effectiveNumber(new double[] {.5, .5, 0})).isEqualTo(2);
    }

    @Test
    void refuseWhatHasNoWeights() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Weights.softmax(new double[0], 1))
                .withMessageContaining("no similarities");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Weights.softmax(new double[] {1}, 0))
                .withMessageContaining("temperature");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Weights.softmax(new double[] {1}, Double.NaN))
                .withMessageContaining("temperature");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Weights.softmax(new double[] {1, Double.NaN}, 1))
                .withMessageContaining("similarity");
        assertThatIllegalArgumentException().isThrownBy(() -> Weights.uniform(0));
        assertThatIllegalArgumentException().isThrownBy(() -> new Temperature(-1));
    }

    @Test
    void anInfiniteTemperatureIsUniform() {
        assertThat(Temperature.UNIFORM.weights(new double[] {.1, .9})).containsExactly(.5, .5);
        assertThat(new Temperature(.05).weights(new double[] {.98, .95, .90}))
                .containsExactly(Weights.softmax(new double[] {.98, .95, .90}, .05));
    }
}
