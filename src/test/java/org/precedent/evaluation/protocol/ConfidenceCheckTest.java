package org.precedent.evaluation.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.precedent.confidence.Confidences;
import org.precedent.evaluation.Discs;
import org.precedent.evaluation.EvaluationCases;
import org.precedent.evaluation.EvaluationException;
import org.precedent.evaluation.PoolRetrieval;
import org.precedent.evaluation.protocol.ConfidenceCheck.Prediction;
import org.precedent.evaluation.protocol.ConfidenceCheck.Summary;
import org.precedent.retrieval.Temperature;

class ConfidenceCheckTest {

    /** With a network that copies its nearest supports, answers are as good as these are near. */
    @Test
    void predictsTheDiceOfQueriesThatDidNotCalibrate() {
        PoolRetrieval images = Discs.images();
        ConfidenceCheck check = new ConfidenceCheck(Discs.examiner(images));
        EvaluationCases cases = Discs.cases(60);

        ConfidenceCheck.Result result =
                check.run(cases, "disc", settings(images, 2), (label, done, total) -> {});

        assertThat(result.predictions()).hasSize(24);
        assertThat(result.calibrated().fittedOn()).isEqualTo(36);
        Summary summary = Summary.of(result.predictions());
        assertThat(summary.meanError()).isLessThan(.1);
        assertThat(summary.spearman()).isGreaterThan(.3);
    }

    @Test
    void theSameSeedGivesTheSamePredictions() {
        PoolRetrieval images = Discs.images();
        ConfidenceCheck check = new ConfidenceCheck(Discs.examiner(images));
        EvaluationCases cases = Discs.cases(40);

        assertThat(check.run(cases, "disc", settings(images, 2), (l, d, t) -> {}).predictions())
                .isEqualTo(
                        check.run(cases, "disc", settings(images, 2), (l, d, t) -> {})
                                .predictions());
    }

    @Test
    void refusesALabelWithTooFewImages() {
        PoolRetrieval images = Discs.images();
        ConfidenceCheck check = new ConfidenceCheck(Discs.examiner(images));

        assertThatThrownBy(() ->
                        check.run(Discs.cases(15), "disc", settings(images, 2), (l, d, t) -> {}))
                .isInstanceOf(EvaluationException.class)
                .hasMessageContaining("9 images to calibrate");
    }

    @Test
    void theSummaryCountsWhatWasFlaggedOfTheWorstTenth() {
        List<Prediction> predictions = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            predictions.add(
                    new Prediction(
                            "q" + i,
                            .05 * i,
                            .05 * i,
                            i == 0 || i == 5,
                            .05 * i + (i == 7 ? .1 : -.1)));
        }

        Summary summary = Summary.of(predictions);

        assertThat(summary.spearman()).isCloseTo(1, within(1e-12));
        assertThat(summary.worstTenthFlagged()).isEqualTo(.5);
        assertThat(summary.flagged()).isEqualTo(.1);
        assertThat(summary.boundCoverage()).isEqualTo(.95);
        assertThat(summary.boundWidth()).isCloseTo(1 - (.05 * 9.5 - .09), within(1e-9));
    }

    @Test
    void coverageIsTheShareOfLessSimilarNeighbours() {
        List<Double> neighbours = List.of(.1, .2, .3, .4);

        assertThat(Confidences.coverage(neighbours, .05)).isEqualTo(0);
        assertThat(Confidences.coverage(neighbours, .25)).isEqualTo(.5);
        assertThat(Confidences.coverage(neighbours, .9)).isEqualTo(1);
    }

    private static ConfidenceCheck.Settings settings(PoolRetrieval images, int k) {
        return new ConfidenceCheck.Settings(k, images.nearest(), Temperature.UNIFORM, 40, 30, 1);
    }
}
