package org.precedent.evaluation.results;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.precedent.evaluation.metric.Estimate;
import org.precedent.evaluation.results.Chart.Series;
import org.precedent.evaluation.results.ResultLines.ResultLine;
import org.precedent.evaluation.results.ResultsPage.Network;

/** Random supports: means over tasks by support size, and tasks one by one. */
final class ResultsBySize extends ResultsSection {
    ResultsBySize(List<Network> networks, ResultLines lines, long seed) {
        super(networks, lines, seed);
        sizes();
        tasks();
    }

    private void sizes() {
        heading(
                "Random supports",
                "Tables 1 and 2 of the cross-attention paper, as the same protocol on our evaluation"
                        + " tasks: a fresh random support set for every query. Tasks with fewer images"
                        + " than S use all they have. The paper's tasks are others, and many more.");
        List<String> header = new ArrayList<>(List.of("S"));
        networks().forEach(network -> header.add(network.name() + ": tasks"));
        networks().forEach(network -> header.add(network.name() + ": datasets"));
        header.addAll(
                List.of(
                        "mean mask",
                        "grey level",
                        "paper, all: proposed / UniverSeg",
                        "paper, unseen: proposed / UniverSeg"));
        MarkdownTable table = new MarkdownTable(header);
        Map<String, List<Estimate>> curves = new LinkedHashMap<>();
        List<Double> meanMask = new ArrayList<>();
        for (Papers.BySize paper : Papers.ALL_TASKS) {
            int at = Papers.ALL_TASKS.indexOf(paper);
            List<String> row = new ArrayList<>(List.of("" + paper.supports()));
            List<String> byDataset = new ArrayList<>();
            for (Network network : networks()) {
                ResultLines found = sizes(network, paper.supports());
                Estimate estimate = estimate(found, line -> line.number("dice_mean"));
                curves.computeIfAbsent(network.name(), n -> new ArrayList<>())
                        .add(inPercent(estimate));
                row.add(percent(estimate.mean()));
                byDataset.add(percent(found.overDatasets(line -> line.number("dice_mean"))));
            }
            ResultLines any = sizes(networks().getFirst(), paper.supports());
            double mean = estimate(any, line -> line.number("baselines.mean_mask")).mean();
            meanMask.add(100 * mean);
            row.addAll(byDataset);
            row.add(percent(mean));
            row.add(percent(estimate(any, l -> l.number("baselines.grey_level")).mean()));
            Papers.BySize unseen = Papers.TEST_TASKS.get(at);
            row.add(two(paper.proposed()) + " / " + two(paper.baseline()));
            row.add(two(unseen.proposed()) + " / " + two(unseen.baseline()));
            table.row(row);
        }
        append(table.toString());
        List<Series> series = new ArrayList<>();
        curves.forEach((name, curve) -> series.add(Series.of(name, curve)));
        series.add(
                Series.beside(
                        "mean mask", meanMask.stream().mapToDouble(Double::doubleValue).toArray()));
        series.add(
                Series.beside(
                        "paper, unseen tasks: proposed",
                        Papers.TEST_TASKS.stream().mapToDouble(Papers.BySize::proposed).toArray()));
        series.add(
                Series.beside(
                        "paper, unseen tasks: UniverSeg",
                        Papers.TEST_TASKS.stream().mapToDouble(Papers.BySize::baseline).toArray()));
        figure(
                "sizes",
                new Chart(
                        "Random supports: mean over tasks",
                        Papers.ALL_TASKS.stream().map(p -> "" + p.supports()).toList(),
                        "support size S",
                        "Dice, percent",
                        series,
                        Chart.Form.LINES));
    }

    private void tasks() {
        heading(
                "Tasks one by one",
                ResultsPlan.GOAL_SIZE
                        + " random supports, or all there are. Best baseline: the highest of mean mask,"
                        + " nearest mask and grey level from the same supports. The last four columns are"
                        + " of the first network; HD95 and ASD: Hausdorff distance (95th percentile)"
                        + " and average surface distance in pixels.");
        List<String> header = new ArrayList<>(List.of("task", "K"));
        networks().forEach(network -> header.add(network.name()));
        header.addAll(List.of("best baseline", "soft Dice", "IoU", "HD95", "ASD"));
        MarkdownTable table = new MarkdownTable(header);
        ResultLines first = sizes(networks().getFirst(), ResultsPlan.GOAL_SIZE);
        Map<String, double[]> values = new LinkedHashMap<>();
        networks().forEach(network -> values.put(network.name(), new double[first.size()]));
        double[] best = new double[first.size()];
        for (int i = 0; i < first.size(); i++) {
            ResultLine line = first.lines().get(i);
            List<String> row = new ArrayList<>(List.of(line.task(), line.text("support_size")));
            best[i] = 100 * line.bestBaseline();
            for (Network network : networks()) {
                double dice =
                        sizes(network, ResultsPlan.GOAL_SIZE)
                                .where(other -> other.task().equals(line.task()))
                                .lines()
                                .stream()
                                .mapToDouble(other -> other.number("dice_mean"))
                                .average()
                                .orElse(Double.NaN);
                values.getOrDefault(network.name(), best)[i] = 100 * dice;
                row.add(100 * dice > best[i] ? percent(dice) : percent(dice) + " **below**");
            }
            row.add(percent(line.bestBaseline()));
            row.add(percent(line.number("dice_soft_mean")));
            row.add(percent(line.number("iou_mean")));
            row.add(one(line.number("hausdorff95_mean")));
            row.add(one(line.number("surface_distance_mean")));
            table.row(row);
        }
        append(table.toString());
        if (first.isEmpty()) {
            return;
        }
        List<Series> series = new ArrayList<>();
        values.forEach((name, mean) -> series.add(points(name, mean)));
        series.add(Series.beside("best baseline", best));
        figure(
                "tasks",
                new Chart(
                        "Tasks at K = " + ResultsPlan.GOAL_SIZE + ", random supports",
                        first.lines().stream().map(ResultLine::task).toList(),
                        "",
                        "Dice, percent",
                        series,
                        Chart.Form.ROWS));
    }

    private ResultLines sizes(Network network, int supports) {
        return of(network).where("section", "sizes").where("asked_size", supports);
    }

    private static Series points(String name, double[] mean) {
        Series none = Series.beside(name, mean);
        return new Series(name, mean, none.low(), none.high(), false);
    }
}
