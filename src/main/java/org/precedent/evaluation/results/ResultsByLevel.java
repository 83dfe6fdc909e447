package org.precedent.evaluation.results;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.precedent.evaluation.metric.Estimate;
import org.precedent.evaluation.results.Chart.Series;
import org.precedent.evaluation.results.ResultLines.ResultLine;
import org.precedent.evaluation.results.ResultsPage.Network;

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
                        + " the pool's generic one; the paper retrieves by location. Pools are 60% of a task's"
                        + " images, at most 150; tasks whose pool is smaller than S are left out.");
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
            for (String level : ResultsPlan.GAIN_LEVELS) {
                ResultLines all = of(network).where("section", "gain").where("strategy", level);
                if (all.isEmpty()) {
                    continue;
                }
                List<Estimate> curve = new ArrayList<>();
                for (Papers.BySize paper : Papers.GAINS) {
                    ResultLines found = all.where("support_size", paper.supports());
                    Estimate gain = estimate(found, line -> line.number("gain_mean"));
                    curve.add(inPercent(gain));
                    table.row(
                            network.name(),
                            level,
                            "" + paper.supports(),
                            "" + found.size(),
                            signed(gain.mean()),
                            interval(gain),
                            signed(found.overDatasets(line -> line.number("gain_mean"))),
                            two(paper.proposed()) + " / " + two(paper.baseline()));
                }
                gains.put(network.name() + ", by " + level, curve);
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
                "The same queries, "
                        + ResultsPlan.LEVEL_SIZES.stream()
                                .map(String::valueOf)
                                .collect(Collectors.joining(", "))
                        + " supports, or all there are, uniform weights: mean Dice over tasks of each"
                        + " way of choosing, and how much better it is than random supports and than"
                        + " the most similar images. Shares of the fused levels: chosen for every task"
                        + " by up to "
                        + ResultsPlan.FUSING
                        + " images of its pool, each answered from others, with "
                        + ResultsPlan.ONE_SIZE
                        + " supports. Only the default network is asked: ways of choosing are compared, not"
                        + " networks.");
        MarkdownTable table =
                new MarkdownTable(
                        "network",
                        "K",
                        "level",
                        "Dice",
                        "best baseline",
                        "over random",
                        "interval",
                        "over image",
                        "interval");
        Map<String, List<Estimate>> byLevel = new LinkedHashMap<>();
        List<String> names = new ArrayList<>();
        List<String> notAbove = new ArrayList<>();
        for (Network network : networks()) {
            for (int size : ResultsPlan.LEVEL_SIZES) {
                ResultLines all = of(network).where("section", "levels").where("asked_size", size);
                if (!all.where("strategy", "random").isEmpty()) {
                    String name = network.name() + ", K = " + size;
                    names.add(name);
                    all.lines().stream()
                            .map(line -> line.text("strategy"))
                            .distinct()
                            .forEach(level -> {
                                Estimate dice = level(network, size, level, all, table);
                                byLevel.computeIfAbsent(level, l -> new ArrayList<>())
                                        .add(inPercent(dice));
                            });
                    notAbove.addAll(notAbove(name, all));
                }
            }
        }
        append(table.toString());
        if (!notAbove.isEmpty()) {
            append(
                    "Not above similar images, or similar images not above random ones: "
                            + String.join("; ", notAbove)
                            + ".\n\n");
        }
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
                            "Levels of retrieval",
                            names,
                            "",
                            "Dice, percent, mean over tasks",
                            series,
                            Chart.Form.ROWS));
        }
    }

    /** One row; the Dice over tasks. */
    private Estimate level(
            Network network, int size, String level, ResultLines all, MarkdownTable table) {
        ResultLines found = all.where("strategy", level);
        Estimate dice = estimate(found, line -> line.number("dice_mean"));
        Estimate overRandom = over("random", all, found);
        Estimate overImage = over("image", all, found);
        boolean random = level.equals("random");
        boolean whole = random || level.equals("image");
        table.row(
                network.name(),
                "" + size,
                level,
                percent(dice.mean()),
                percent(estimate(found, ResultLine::bestBaseline).mean()),
                random ? "" : signed(overRandom.mean()),
                random ? "" : interval(overRandom),
                whole ? "" : signed(overImage.mean()),
                whole ? "" : interval(overImage));
        return dice;
    }

    /** Which levels fall short of the one that they should be above. */
    private List<String> notAbove(String name, ResultLines all) {
        List<String> found = new ArrayList<>();
        for (String level : List.of("image", "location", "object", "fused")) {
            ResultLines of = all.where("strategy", level);
            Estimate gain = over(level.equals("image") ? "random" : "image", all, of);
            if (!of.isEmpty() && gain.mean() <= 0) {
                found.add(name + ": " + level + " (" + signed(gain.mean()) + ")");
            }
        }
        return found;
    }

    /** What ways of choosing gain over another, task by task. */
    private Estimate over(String base, ResultLines all, ResultLines found) {
        Map<String, Double> dice = new LinkedHashMap<>();
        all.where("strategy", base)
                .lines()
                .forEach(line -> dice.put(line.task(), line.number("dice_mean")));
        return estimate(
                found,
                line -> line.number("dice_mean") - dice.getOrDefault(line.task(), Double.NaN));
    }
}
