package org.precedent.evaluation.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.precedent.evaluation.metric.Estimate.Observation;

class EstimateTest {
    @Test
    void isAboutTwoStandardErrorsWideForIndependentValues() {
        Random random = new Random(3);
        List<Observation> observations = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            observations.add(new Observation("p" + i, 2 + random.nextGaussian()));
        }
        Estimate estimate = Estimate.of(observations, 1);
        double error =
                Estimate.deviation(observations.stream().mapToDouble(Observation::value).toArray())
                        / 20;
        assertThat(estimate.n()).isEqualTo(400);
        assertThat(estimate.mean() - estimate.low()).isCloseTo(1.96 * error, within(0.15 * error));
        assertThat(estimate.high() - estimate.mean()).isCloseTo(1.96 * error, within(0.15 * error));
        assertThat(Estimate.of(observations, 1)).isEqualTo(estimate);
    }

    @Test
    void isNotMadeSurerByManyImagesOfOnePatient() {
        Random random = new Random(5);
        List<Observation> once = new ArrayList<>();
        List<Observation> often = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            Observation one = new Observation("p" + i, random.nextGaussian());
            once.add(one);
            for (int copy = 0; copy < 10; copy++) {
                often.add(one);
            }
        }
        Estimate few = Estimate.of(once, 1);
        Estimate many = Estimate.of(often, 1);
        assertThat(many.low()).isCloseTo(few.low(), within(1e-9));
        assertThat(many.high()).isCloseTo(few.high(), within(1e-9));
        assertThat(many.n()).isEqualTo(300);
    }

    @Test
    void hasNoIntervalForOnePatient() {
        Estimate estimate =
                Estimate.of(List.of(new Observation("p", 1), new Observation("p", 2)), 1);
        assertThat(estimate.mean()).isEqualTo(1.5);
        assertThat(estimate.low()).isNaN();
        assertThat(estimate.high()).isNaN();
        assertThatThrownBy(() -> Estimate.of(List.of(), 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void takesTheDeviationOfASample() {
        assertThat(Estimate.deviation(new double[] {1, 3})).isCloseTo(Math.sqrt(2), within(1e-12));
        assertThat(Estimate.deviation(new double[] {7})).isZero();
    }
}
