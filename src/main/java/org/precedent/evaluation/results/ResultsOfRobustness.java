package org.precedent.evaluation.results;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.precedent.evaluation.metric.Estimate;
import org.precedent.evaluation.results.Chart.Series;
import org.precedent.evaluation.results.ResultLines.ResultLine;
import org.precedent.evaluation.results.ResultsPage.Network;

/** Falsified supports, absent and other targets. */
final class ResultsOfRobustness extends ResultsSection {
    ResultsOfRobustness(List<Network> networks, ResultLines lines, long seed) {
        super(networks, lines, seed);
        robustness();
    }

    private void robustness() {
        heading(
                "Robustness",
                ResultsPlan.ONE_SIZE
                        + " most similar supports whose masks are falsified. One misplaced: the most"
                        + " similar support's mask lies half an image aside; shuffled: every image has"
                        + " the mask of another; scrambled: masks cut into 8 x 8 tiles that change"
                        + " places. Best baseline: of the right masks. Answered empty: share of queries"
                        + " whose answer is empty where all masks are, and where the label is absent."
                        + " Other label: Dice of the answer to another label of the same images with"
                        + " that label, with the first one, and of the two answers with each other.");
        List<String> conditions = List.of("right", "one_misplaced", "shuffled", "scrambled");
        MarkdownTable table =
                new MarkdownTable(
                        "network",
                        "right",
                        "one misplaced",
                        "shuffled",
                        "scrambled",
                        "best baseline",
                        "answered empty: empty masks",
                        "label absent",
                        "other label: other / first / answers");
        Map<String, List<Estimate>> byNetwork = new LinkedHashMap<>();
        for (Network network : networks()) {
            ResultLines all = of(network).where("section", "robustness");
            if (all.isEmpty()) {
                continue;
            }
            List<String> row = new ArrayList<>(List.of(network.name()));
            for (String condition : conditions) {
                Estimate dice =
                        estimate(
                                all.where("condition", condition),
                                line -> line.number("dice_mean"));
                byNetwork
                        .computeIfAbsent(network.name(), n -> new ArrayList<>())
                        .add(inPercent(dice));
                row.add(percent(dice.mean()));
            }
            row.add(
                    percent(
                            estimate(all.where("condition", "right"), ResultLine::bestBaseline)
                                    .mean()));
            for (String condition : List.of("empty_masks", "absent")) {
                row.add(
                        percent(
                                estimate(
                                                all.where("condition", condition),
                                                line -> line.number("answered_empty"))
                                        .mean()));
            }
            ResultLines other = all.where("condition", "other_label");
            row.add(
                    percent(estimate(other, l -> l.number("dice_to_other")).mean())
                            + " / "
                            + percent(estimate(other, l -> l.number("dice_to_asked")).mean())
                            + " / "
                            + percent(estimate(other, l -> l.number("overlap_of_answers")).mean()));
            table.row(row);
        }
        append(table.toString());
        if (!byNetwork.isEmpty()) {
            List<Series> series = new ArrayList<>();
            byNetwork.forEach((name, dice) -> series.add(Series.of(name, dice)));
            figure(
                    "robustness",
                    new Chart(
                            "Falsified support masks, K = " + ResultsPlan.ONE_SIZE,
                            conditions.stream().map(c -> c.replace('_', ' ')).toList(),
                            "",
                            "Dice, percent, mean over tasks",
                            series,
                            Chart.Form.ROWS));
        }
    }
}
