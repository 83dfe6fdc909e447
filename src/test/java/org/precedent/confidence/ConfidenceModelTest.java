package org.precedent.confidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ConfidenceModelTest {

    @Test
    void learnsWhichEvidenceTells() {
        Sample fit = sample(1, 60);
        Sample fresh = sample(2, 200);

        ConfidenceModel model = fitted(fit.evidence, fit.dice);

        double[] predicted = fresh.evidence.stream().mapToDouble(model::predict).toArray();
        assertThat(ConfidenceModel.spearman(predicted, fresh.dice)).isGreaterThan(.8);
        assertThat(model.rankCorrelation()).isGreaterThan(.8);
        assertThat(model.coefficients()[0]).isGreaterThan(3 * Math.abs(model.coefficients()[2]));
        assertThat(Arrays.stream(predicted)).allMatch(p -> p >= 0 && p <= 1);
    }

    @Test
    void flagsMostOfTheWorstTenthAndFewOfAll() {
        Sample fit = sample(3, 60);
        Sample fresh = sample(4, 300);
        ConfidenceModel model = fitted(fit.evidence, fit.dice);
        double[] sorted = fresh.dice.clone();
        Arrays.sort(sorted);

        int flagged = 0;
        int worst = 0;
        int worstFlagged = 0;
        for (int i = 0; i < fresh.dice.length; i++) {
            boolean flag = model.insufficient(fresh.evidence.get(i));
            boolean bad = fresh.dice[i] < sorted[30];
            flagged += flag ? 1 : 0;
            worst += bad ? 1 : 0;
            worstFlagged += bad && flag ? 1 : 0;
        }
        assertThat(worstFlagged).isGreaterThanOrEqualTo(worst / 2);
        assertThat(flagged).isLessThan(100);
    }

    @Test
    void aPoolOfNothingButBadAnswersIsNoPrecedentAtAll() {
        Sample fit = sample(6, 60);
        double[] bad = Arrays.stream(fit.dice).map(d -> d / 3).toArray();

        ConfidenceModel model = fitted(fit.evidence, bad);

        assertThat(model.threshold()).isBetween(.5, .6);
        assertThat(fit.evidence).allMatch(model::insufficient);
    }

    /** With errors of .1, a prediction must reach .6 for five answers of six to reach .5. */
    @Test
    void thresholdsStandAboveUselessnessByAsMuchAsPredictionsErr() {
        Random random = new Random(9);
        List<Evidence> evidence = new ArrayList<>();
        double[] dice = new double[400];
        for (int i = 0; i < dice.length; i++) {
            double reverse = random.nextDouble();
            evidence.add(evidence(random, reverse));
            dice[i] = .2 + .4 * reverse + .1 * random.nextGaussian();
        }

        assertThat(fitted(evidence, dice).threshold()).isCloseTo(.6, within(.02));
    }

    /** The closed form must be what fitting without each row gives. */
    @Test
    void theRankCorrelationIsOfImagesThatTheFitDidNotSee() {
        Random random = new Random(7);
        List<Evidence> noise = new ArrayList<>();
        double[] dice = new double[40];
        for (int i = 0; i < dice.length; i++) {
            noise.add(evidence(random, random.nextDouble()));
            dice[i] = random.nextDouble();
        }

        assertThat(fitted(noise, dice).rankCorrelation()).isLessThan(.3);
    }

    @Test
    void aMissingFeatureCountsAsAnAverageOne() {
        Sample fit = sample(5, 40);
        ConfidenceModel model = fitted(fit.evidence, fit.dice);
        Evidence without = new Evidence(.5, .5, .5, .5, .5, Double.NaN);
        Evidence average = new Evidence(.5, .5, .5, .5, .5, model.means()[5]);

        assertThat(model.predict(without)).isCloseTo(model.predict(average), within(1e-12));
    }

    @Test
    void namesTheFeatureThatLowersThePredictionMost() {
        Sample fit = sample(8, 60);
        ConfidenceModel model = fitted(fit.evidence, fit.dice);

        assertThat(InsufficientReason.of(model, new Evidence(.05, .5, .5, .5, 1.5, .5)))
                .startsWith("the mask explains its own supports worse")
                .contains("(Dice 0.05, on average 0.");
    }

    @Test
    void constantEvidencePredictsTheMean() {
        List<Evidence> same = new ArrayList<>();
        double[] dice = new double[20];
        for (int i = 0; i < dice.length; i++) {
            same.add(new Evidence(.5, .5, .5, .5, 0, Double.NaN));
            dice[i] = i % 2 == 0 ? .4 : .6;
        }

        ConfidenceModel model = fitted(same, dice);

        assertThat(model.predict(same.getFirst())).isCloseTo(.5, within(1e-9));
    }

    @Test
    void ranksWithTiesAgreeWithTheTextbook() {
        assertThat(ConfidenceModel.spearman(new double[] {1, 2, 3, 4}, new double[] {1, 2, 3, 4}))
                .isCloseTo(1, within(1e-12));
        assertThat(ConfidenceModel.spearman(new double[] {1, 2, 2, 3}, new double[] {4, 3, 2, 1}))
                .isCloseTo(-.9486832980505138, within(1e-12));
        assertThat(ConfidenceModel.spearman(new double[] {1, 1}, new double[] {1, 2})).isNaN();
    }

    @Test
    void refusesTooFewImages() {
        Sample few = sample(6, 11);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> fitted(few.evidence, few.dice))
                .withMessageContaining("at least 12");
    }

    private record Sample(List<Evidence> evidence, double[] dice) {}

    /** True Dice follows the reverse check, with noise; the rest is chance. */
    private static Sample sample(long seed, int n) {
        Random random = new Random(seed);
        List<Evidence> evidence = new ArrayList<>();
        double[] dice = new double[n];
        for (int i = 0; i < n; i++) {
            double reverse = random.nextDouble();
            evidence.add(evidence(random, reverse));
            dice[i] = Math.clamp(.45 + .5 * reverse + .06 * random.nextGaussian(), 0, 1);
        }
        return new Sample(evidence, dice);
    }

    private static Evidence evidence(Random random, double reverse) {
        return new Evidence(
                reverse,
                random.nextDouble(),
                random.nextDouble(),
                random.nextDouble(),
                3 * random.nextDouble(),
                random.nextDouble());
    }

    private static ConfidenceModel fitted(List<Evidence> evidence, double[] dice) {
        return ConfidenceModel.fit(
                evidence,
                dice,
                IntStream.range(0, evidence.size()).mapToObj(i -> "p" + i).toList());
    }
}
