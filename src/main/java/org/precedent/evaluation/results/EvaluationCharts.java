package org.precedent.evaluation.results;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.precedent.evaluation.metric.Estimate;
import org.precedent.evaluation.metric.LabelResult;
import org.precedent.evaluation.metric.Metric;
import org.precedent.evaluation.protocol.ConfidenceCheck;
import org.precedent.evaluation.protocol.RetrievalGain;
import org.precedent.evaluation.protocol.TemperatureCurve;
import org.precedent.evaluation.results.Chart.Series;
import org.precedent.retrieval.Temperature;

/** Results as figures. */
public final class EvaluationCharts {
    private static final int MOST_LINES = 6;

    private EvaluationCharts() {}

    /**
     * A row a label: the network with its interval, the trivial methods beside.
     *
     * @param results by label
     */
    public static Chart labels(String title, List<LabelResult> results, long seed) {
        List<Series> series = new ArrayList<>();
        series.add(
                Series.of(
                        "network",
                        results.stream().map(r -> r.estimate(Metric.DICE, seed)).toList()));
        series.addAll(baselines(results));
        return new Chart(
                title,
                results.stream().map(LabelResult::label).toList(),
                "",
                "Dice",
                series,
                Chart.Form.ROWS);
    }

    /**
     * Ways of answering compared: a row a label, a colour a way.
     *
     * @param ways name of the way to its results, all of the same labels in the same order
     */
    public static Chart ways(String title, Map<String, List<LabelResult>> ways, long seed) {
        List<Series> series = new ArrayList<>();
        ways.forEach((name, results) ->
                series.add(
                        Series.of(
                                name,
                                results.stream()
                                        .map(r -> r.estimate(Metric.DICE, seed))
                                        .toList())));
        List<LabelResult> any = ways.values().iterator().next();
        series.addAll(baselines(any));
        return new Chart(
                title,
                any.stream().map(LabelResult::label).toList(),
                "",
                "Dice",
                series,
                Chart.Form.ROWS);
    }

    /**
     * Dice over support size: a line a label, or their mean where there are many, and the trivial
     * methods beside.
     *
     * @param bySize K to one result a label, rising; a label may lack the largest sizes
     */
    public static Chart supportSizes(Map<Integer, List<LabelResult>> bySize, long seed) {
        Map<String, Estimate[]> lines = new LinkedHashMap<>();
        Map<String, double[][]> trivial = new LinkedHashMap<>();
        int size = 0;
        for (List<LabelResult> results : bySize.values()) {
            for (LabelResult result : results) {
                lines.computeIfAbsent(result.label(), l -> unknown(bySize.size()))[size] =
                        result.estimate(Metric.DICE, seed);
                int at = size;
                result.baselines()
                        .forEach((name, dice) -> {
                            double[][] sums =
                                    trivial.computeIfAbsent(
                                            name, n -> new double[bySize.size()][2]);
                            sums[at][0] += dice;
                            sums[at][1]++;
                        });
            }
            size++;
        }
        List<Series> series = new ArrayList<>();
        if (lines.size() <= MOST_LINES) {
            lines.forEach((label, line) -> series.add(Series.of(label, List.of(line))));
        } else {
            series.add(
                    Series.of(
                            "mean of " + lines.size() + " labels",
                            bySize.values().stream().map(r -> overLabels(r, seed)).toList()));
        }
        trivial.forEach((name, sums) -> {
            double[] means = new double[sums.length];
            for (int i = 0; i < means.length; i++) {
                means[i] = sums[i][1] == 0 ? Double.NaN : sums[i][0] / sums[i][1];
            }
            series.add(Series.beside(spoken(name), means));
        });
        return new Chart(
                "Dice over support size",
                bySize.keySet().stream().map(String::valueOf).toList(),
                "support size K",
                "Dice",
                series,
                Chart.Form.LINES);
    }

    /**
     * Dice over temperature, a line a label or pool.
     *
     * @param curves by name, all of the same grid
     */
    public static Chart temperatures(Map<String, TemperatureCurve> curves, long seed) {
        List<Temperature> grid = curves.values().iterator().next().grid();
        List<Series> series = new ArrayList<>();
        curves.forEach((name, curve) ->
                series.add(
                        Series.of(name, grid.stream().map(t -> curve.estimate(t, seed)).toList())));
        return new Chart(
                "Dice over temperature",
                grid.stream().map(EvaluationCharts::shortly).toList(),
                "temperature of the weights",
                "Dice",
                series,
                Chart.Form.LINES);
    }

    /**
     * Predicted against true Dice, a colour a label with its threshold; many labels together, only
     * what was flagged told apart.
     */
    public static Scatter predictions(List<ConfidenceCheck.Result> results) {
        List<Scatter.Cloud> clouds = new ArrayList<>();
        if (results.size() <= MOST_LINES) {
            for (ConfidenceCheck.Result result : results) {
                clouds.add(
                        cloud(
                                result.label(),
                                result.predictions(),
                                result.calibrated().threshold()));
            }
        } else {
            clouds = flagged(results.stream().flatMap(r -> r.predictions().stream()).toList());
        }
        return new Scatter("Predicted and true Dice", "predicted Dice", "true Dice", clouds);
    }

    /** Queries of pools with thresholds of their own: told apart are those that were flagged. */
    static List<Scatter.Cloud> flagged(List<ConfidenceCheck.Prediction> all) {
        return List.of(
                cloud("answered", all.stream().filter(p -> !p.flagged()).toList(), Double.NaN),
                cloud(
                        "flagged",
                        all.stream().filter(ConfidenceCheck.Prediction::flagged).toList(),
                        Double.NaN));
    }

    private static Scatter.Cloud cloud(
            String name, List<ConfidenceCheck.Prediction> of, double limit) {
        return new Scatter.Cloud(
                name,
                of.stream().map(one -> new Scatter.Point(one.predicted(), one.dice())).toList(),
                limit);
    }

    /** What retrieval gained, a row a label, in points of Dice. */
    public static Chart gains(List<RetrievalGain.Result> results, long seed) {
        return new Chart(
                "Gain of retrieved over generic supports",
                results.stream().map(r -> r.retrieved().label()).toList(),
                "",
                "points of Dice",
                List.of(
                        Series.of(
                                "S = " + results.getFirst().retrieved().supportSize(),
                                results.stream().map(r -> inPoints(r.gain(seed))).toList())),
                Chart.Form.ROWS);
    }

    /** The mean over labels; the interval is of the choice of labels. */
    static Estimate overLabels(List<LabelResult> results, long seed) {
        return Estimate.of(
                results.stream()
                        .map(r -> new Estimate.Observation(r.label(), r.mean(Metric.DICE)))
                        .toList(),
                seed);
    }

    private static Estimate inPoints(Estimate estimate) {
        return new Estimate(
                100 * estimate.mean(), 100 * estimate.low(), 100 * estimate.high(), estimate.n());
    }

    private static List<Series> baselines(List<LabelResult> results) {
        List<Series> series = new ArrayList<>();
        for (String name : results.getFirst().baselines().keySet()) {
            series.add(
                    Series.beside(
                            spoken(name),
                            results.stream()
                                    .mapToDouble(r -> r.baselines().getOrDefault(name, Double.NaN))
                                    .toArray()));
        }
        return series;
    }

    private static Estimate[] unknown(int n) {
        Estimate[] unknown = new Estimate[n];
        Arrays.fill(unknown, new Estimate(Double.NaN, Double.NaN, Double.NaN, 0));
        return unknown;
    }

    private static String spoken(String name) {
        return name.replace('_', ' ');
    }

    /** 1.0E-5 as 1e-5, 10.0 as 10. */
    static String shortly(Temperature temperature) {
        return temperature.word().replace(".0E", "e").replace("E", "e").replaceAll("\\.0$", "");
    }
}
