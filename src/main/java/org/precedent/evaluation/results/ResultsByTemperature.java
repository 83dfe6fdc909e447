package org.precedent.evaluation.results;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.precedent.evaluation.metric.Estimate;
import org.precedent.evaluation.protocol.TemperatureCurve;
import org.precedent.evaluation.results.Chart.Series;
import org.precedent.evaluation.results.ResultLines.ResultLine;
import org.precedent.evaluation.results.ResultsPage.Network;
import org.precedent.retrieval.Temperature;

/** Weighted supports against uniform ones. */
final class ResultsByTemperature extends ResultsSection {
    ResultsByTemperature(List<Network> networks, ResultLines lines, long seed) {
        super(networks, lines, seed);
        whiteBloodCells();
        temperatures();
    }

    private void whiteBloodCells() {
        ResultLines paper = lines().where("section", "paper");
        heading(
                "White blood cells, all supports",
                "The similarity-weighted UniverSeg paper's table on the same 300 images, Dice at"
                        + " the network's size. Ours: our weights, our embedder in place of MobileSAM"
                        + " where none is imported, tau chosen on half of the queries and reported on"
                        + " the others; the paper reports the tau that is best on all of them.");
        if (paper.isEmpty()) {
            append("Not measured in this run.\n\n");
            return;
        }
        MarkdownTable table =
                new MarkdownTable(
                        "row", "nuclei", "paper's nuclei", "cytoplasm", "paper's cytoplasm");
        List<Papers.OnWhiteBloodCells> rows = Papers.WHITE_BLOOD_CELLS;
        List<String> parts = List.of("uniform", "weighted_small", "weighted_large", "weighted", "");
        for (int i = 0; i < rows.size(); i++) {
            table.row(
                    rows.get(i).row(),
                    onWhiteBloodCells(paper, "nucleus", parts.get(i)),
                    rows.get(i).nucleus(),
                    onWhiteBloodCells(paper, "cytoplasm", parts.get(i)),
                    rows.get(i).cytoplasm());
        }
        table.row(
                "tau",
                paper.where("label", "nucleus").lines().getFirst().text("tau"),
                ".025",
                paper.where("label", "cytoplasm").lines().getFirst().text("tau"),
                ".025");
        append(table.toString());
        Map<String, List<Estimate>> curves = new LinkedHashMap<>();
        List<String> steps = new ArrayList<>();
        for (ResultLine line : paper.lines()) {
            steps.clear();
            for (Object point : line.list("curve")) {
                @SuppressWarnings("unchecked") // points are JSON objects
                ResultLine of = new ResultLine((Map<String, Object>) point);
                steps.add(of.text("tau"));
                List<?> interval = of.list("dice_ci95");
                curves.computeIfAbsent(line.text("label"), l -> new ArrayList<>())
                        .add(
                                new Estimate(
                                        100 * of.number("dice_mean"),
                                        bound(interval, 0),
                                        bound(interval, 1),
                                        0));
            }
        }
        figure(
                "white-blood-cells",
                new Chart(
                        "White blood cells: Dice over temperature, all supports",
                        steps,
                        "temperature of the weights",
                        "Dice, percent, of the queries that choose",
                        curves.entrySet().stream()
                                .map(e -> Series.of(e.getKey(), e.getValue()))
                                .toList(),
                        Chart.Form.LINES));
    }

    private static double bound(List<?> interval, int at) {
        return interval.isEmpty() ? Double.NaN : 100 * ((Number) interval.get(at)).doubleValue();
    }

    private static String onWhiteBloodCells(ResultLines paper, String label, String part) {
        ResultLine line = paper.where("label", label).lines().getFirst();
        if (part.isEmpty()) {
            return String.format(
                    Locale.ROOT,
                    "%+.2f",
                    100
                            * (line.number("weighted.dice_mean_at_network_size")
                                    - line.number("uniform.dice_mean_at_network_size")));
        }
        String mean = two(100 * line.number(part + ".dice_mean_at_network_size"));
        boolean drawn = part.contains("_");
        return drawn ? mean + " ± " + two(100 * line.number(part + ".dice_sd_over_repeats")) : mean;
    }

    private void temperatures() {
        heading(
                "Weighted against uniform",
                "One temperature for all tasks, chosen on the patients of one half and used on those"
                        + " of the other, and the other way round; up to 32 most similar supports.");
        MarkdownTable table =
                new MarkdownTable(
                        "network", "tau", "uniform", "gain on the other half", "interval");
        Map<String, TemperatureCurve> curves = new LinkedHashMap<>();
        for (Network network : networks()) {
            ResultLines found = of(network).where("section", "temperature");
            if (found.isEmpty()) {
                continue;
            }
            TemperatureCurve curve = GoalTable.curve(found);
            curves.put(network.name(), curve);
            Estimate gain = curve.gain(seed());
            table.row(
                    network.name(),
                    curve.best().word(),
                    percent(curve.mean(Temperature.UNIFORM)),
                    signed(gain.mean()),
                    interval(gain));
        }
        append(table.toString());
        if (!curves.isEmpty()) {
            figure("temperatures", EvaluationCharts.temperatures(curves, seed()));
        }
    }
}
