package org.precedent.evaluation.results;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.precedent.evaluation.protocol.ConfidenceCheck.Prediction;
import org.precedent.evaluation.protocol.ConfidenceCheck.Summary;
import org.precedent.evaluation.protocol.EvaluationLines;
import org.precedent.evaluation.results.ResultLines.ResultLine;
import org.precedent.evaluation.results.ResultsPage.Network;

/** Whether predicted Dice tells true Dice. */
final class ResultsOfConfidence extends ResultsSection {
    ResultsOfConfidence(List<Network> networks, ResultLines lines, long seed) {
        super(networks, lines, seed);
        confidence();
    }

    private void confidence() {
        heading(
                "Confidence",
                "Whether the Dice that an answer is predicted to have is the one it has. Of every"
                        + " task, 60% of the patients are the pool; up to "
                        + ResultsPlan.CALIBRATING
                        + " of its images, each answered from the others, calibrate the prediction,"
                        + " and images of the other patients ask, with "
                        + ResultsPlan.ONE_SIZE
                        + " most similar supports. Tasks with fewer than 12 images to calibrate with"
                        + " are left out. All queries are taken together: Spearman's correlation of"
                        + " predicted with true Dice; of the tenth with the lowest true Dice, and of"
                        + " all, the share that is flagged as having insufficient precedent; and the"
                        + " mean absolute error of the prediction. A pool's threshold is such that a"
                        + " fifth of its images fall below it, but no lower than a Dice of .5 plus"
                        + " what its predictions err by (root mean square), and at most .85.");
        MarkdownTable table =
                new MarkdownTable(
                        "network",
                        "tasks",
                        "queries",
                        "Spearman",
                        "worst tenth flagged",
                        "all flagged",
                        "mean absolute error");
        for (Network network : networks()) {
            ResultLines found = of(network).where("section", "confidence");
            if (found.isEmpty()) {
                continue;
            }
            List<Prediction> predictions = predictions(found);
            Summary summary = Summary.of(predictions);
            table.row(
                    network.name(),
                    "" + found.size(),
                    "" + summary.queries(),
                    Double.isNaN(summary.spearman()) ? "" : two(summary.spearman()),
                    percent(summary.worstTenthFlagged()),
                    percent(summary.flagged()),
                    percent(summary.meanError()));
            figure(network, predictions);
        }
        append(table.toString());
        charts().forEach(this::link);
    }

    private void figure(Network network, List<Prediction> predictions) {
        keep(
                "confidence-" + network.name().replace('+', '-'),
                new Scatter(
                        "Predicted and true Dice, " + network.name(),
                        "predicted Dice",
                        "true Dice",
                        EvaluationCharts.flagged(predictions)));
    }

    /** Those of all lines, as {@link EvaluationLines#confidence} wrote them. */
    static List<Prediction> predictions(ResultLines found) {
        List<Prediction> predictions = new ArrayList<>();
        for (ResultLine line : found.lines()) {
            for (Object item : line.list("predictions")) {
                @SuppressWarnings("unchecked") // predictions are JSON objects
                ResultLine one = new ResultLine((Map<String, Object>) item);
                predictions.add(
                        new Prediction(
                                line.task() + " " + one.text("id"),
                                one.number("predicted"),
                                one.number("dice"),
                                one.is("flagged", true),
                                Double.NaN));
            }
        }
        return predictions;
    }
}
