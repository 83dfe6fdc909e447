package org.precedent.evaluation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.precedent.evaluation.Chart.Series;
import org.precedent.evaluation.ResultLines.ResultLine;
import org.precedent.evaluation.ResultsPage.Network;

/** What retrieval gains, and at which level. */
final class ResultsByLevel extends ResultsSection {
    ResultsByLevel(List<Network> networks, ResultLines lines, long seed) {
        super(networks, lines, seed);
        gains();
        levels();
    }

    private void gains() {
        heading(
                "Retrieval gain",
                "Table 3 of the cross-attention paper: points of Dice that a retrieved set gains over"
                        + " the pool's generic one. Pools are 60% of a task's images, at most 150; tasks"
                        + " whose pool is smaller than S are left out.");
        MarkdownTable table =
                new MarkdownTable(
                        "network",
                        "retrieved by",
                        "S",
                        "tasks",
                        "mean over tasks",
                        "interval",
                        "over datasets",
                        "paper: proposed / UniverSeg");
        Map<String, List<Estimate>> gains = new LinkedHashMap<>();
        for (Network network : networks()) {
            ResultLines all = of(network).where("section", "gain");
            for (Papers.BySize paper : Papers.GAINS) {
                ResultLines found = all.where("support_size", paper.supports());
                if (all.isEmpty()) {
                    continue;
                }
                Estimate gain = estimate(found, line -> line.number("gain_mean"));
                gains.computeIfAbsent(network.name(), n -> new ArrayList<>()).add(inPercent(gain));
                table.row(
                        network.name(),
                        found.isEmpty() ? "" : found.lines().getFirst().text("strategy"),
                        "" + paper.supports(),
                        "" + found.size(),
                        signed(gain.mean()),
                        interval(gain),
                        signed(found.overDatasets(line -> line.number("gain_mean"))),
                        two(paper.proposed()) + " / " + two(paper.baseline()));
            }
        }
        append(table.toString());
        if (!gains.isEmpty()) {
            List<Series> series = new ArrayList<>();
            gains.forEach((name, of) -> series.add(Series.of(name, of)));
            series.add(
                    Series.beside(
                            "paper: proposed",
                            Papers.GAINS.stream().mapToDouble(Papers.BySize::proposed).toArray()));
            series.add(
                    Series.beside(
                            "paper: UniverSeg",
                            Papers.GAINS.stream().mapToDouble(Papers.BySize::baseline).toArray()));
            figure(
                    "gain",
                    new Chart(
                            "Gain of retrieved over generic supports",
                            Papers.GAINS.stream().map(p -> "S = " + p.supports()).toList(),
                            "",
                            "points of Dice",
                            series,
                            Chart.Form.ROWS));
        }
    }

    private void levels() {
        heading(
                "Levels of retrieval",
                ResultsCells.LEVELS_SIZE
                        + " supports, or all there are, uniform weights: mean Dice over tasks of each"
                        + " way of choosing, and how much better than random ones it is.");
        MarkdownTable table =
                new MarkdownTable(
                        "network", "level", "Dice", "best baseline", "over random", "interval");
        Map<String, List<Estimate>> byLevel = new LinkedHashMap<>();
        List<String> names = new ArrayList<>();
        for (Network network : networks()) {
            ResultLines all = of(network).where("section", "levels");
            Map<String, Double> random = new LinkedHashMap<>();
            all.where("strategy", "random")
                    .lines()
                    .forEach(line -> random.put(line.task(), line.number("dice_mean")));
            if (random.isEmpty()) {
                continue;
            }
            names.add(network.name());
            for (String level :
                    all.lines().stream().map(line -> line.text("strategy")).distinct().toList()) {
                ResultLines found = all.where("strategy", level);
                Estimate dice = estimate(found, line -> line.number("dice_mean"));
                Estimate gain =
                        estimate(
                                found,
                                line ->
                                        line.number("dice_mean")
                                                - random.getOrDefault(line.task(), Double.NaN));
                byLevel.computeIfAbsent(level, l -> new ArrayList<>()).add(inPercent(dice));
                table.row(
                        network.name(),
                        level,
                        percent(dice.mean()),
                        percent(estimate(found, ResultLine::bestBaseline).mean()),
                        level.equals("random") ? "" : signed(gain.mean()),
                        level.equals("random") ? "" : interval(gain));
            }
        }
        append(table.toString());
        List<Series> series = new ArrayList<>();
        byLevel.forEach((level, dice) -> {
            if (dice.size() == names.size()) {
                series.add(Series.of(level, dice));
            }
        });
        if (!series.isEmpty()) {
            figure(
                    "levels",
                    new Chart(
                            "Levels of retrieval, K = " + ResultsCells.LEVELS_SIZE,
                            names,
                            "",
                            "Dice, percent, mean over tasks",
                            series,
                            Chart.Form.ROWS));
        }
    }
}
