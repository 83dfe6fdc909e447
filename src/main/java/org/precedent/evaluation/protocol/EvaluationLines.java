package org.precedent.evaluation.protocol;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IntSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.precedent.embedding.Level;
import org.precedent.evaluation.EvaluationSetup;
import org.precedent.evaluation.FusedChooser;
import org.precedent.evaluation.metric.Estimate;
import org.precedent.evaluation.metric.LabelResult;
import org.precedent.evaluation.metric.Metric;
import org.precedent.evaluation.metric.PixelSpacing;
import org.precedent.evaluation.metric.VolumeResult;
import org.precedent.evaluation.metric.VolumeResult.VolumeScore;
import org.precedent.retrieval.Fusion;
import org.precedent.retrieval.Temperature;

/**
 * Results as JSON objects, one a line: what was measured first, how afterwards. Names stay the same
 * across protocols; Dice in [0, 1], gains in the same unit, five decimals.
 */
public final class EvaluationLines {
    private final Map<String, Object> model;
    private final PixelSpacing.Unit unit;
    private final long seed;

    /**
     * @param model what answered, stated on every line
     * @param unit of distances
     * @param seed of the bootstrap
     */
    public EvaluationLines(Map<String, Object> model, PixelSpacing.Unit unit, long seed) {
        this.model = Collections.unmodifiableMap(new LinkedHashMap<>(model));
        this.unit = unit;
        this.seed = seed;
    }

    /**
     * The lines of what is measured on one setup.
     *
     * @param seed of the bootstrap
     */
    public static EvaluationLines of(EvaluationSetup setup, long seed) {
        return new EvaluationLines(setup.model(), setup.examiner().spacing().unit(), seed);
    }

    /** One label answered in one way. */
    public Map<String, Object> answers(
            String protocol, LabelResult result, String strategy, Temperature temperature) {
        Map<String, Object> line = start(protocol, result.label());
        line.putAll(measures(result));
        line.put("without_label", result.withoutLabel());
        line.put("strategy", strategy);
        line.put("support_size", result.supportSize());
        line.put("tau", temperature.word());
        return end(line);
    }

    /** One label of whole volumes; the slices' own figures are those of {@link #answers}. */
    public Map<String, Object> volumes(
            VolumeResult result, int propagate, String strategy, Temperature temperature) {
        Map<String, Object> line = start("leave-one-out", result.slices().label());
        line.put("dice_volume_mean", rounded(result.mean()));
        line.put("dice_volume_sd", rounded(result.deviation()));
        line.put("dice_volume_ci95", interval(result.estimate(seed)));
        line.put("volumes", result.volumes().size());
        line.put("seconds_per_volume", rounded(result.secondsPerVolume()));
        Map<String, Object> byVolume = new LinkedHashMap<>();
        result.volumes().forEach(one -> byVolume.put(one.id(), rounded(one.dice())));
        line.put("dice_by_volume", byVolume);
        if (propagate > 0) {
            line.put("given_slices", propagate);
            line.put(
                    "drifted_slices",
                    result.volumes().stream().mapToInt(VolumeResult.VolumeScore::drifted).sum());
        }
        answers("leave-one-out", result.slices(), strategy, temperature).forEach(line::putIfAbsent);
        return line;
    }

    /** One label of whole volumes that a network of three dimensions segmented at once. */
    public static Map<String, Object> wholeVolumes(
            String label, List<VolumeScore> volumes, int supportSize, long seed) {
        Map<String, Object> line = start("leave-one-out", label);
        line.put(
                "dice_volume_mean",
                rounded(volumes.stream().mapToDouble(VolumeScore::dice).average().orElseThrow()));
        line.put(
                "dice_volume_ci95",
                interval(
                        Estimate.of(
                                volumes.stream()
                                        .map(one ->
                                                new Estimate.Observation(one.patient(), one.dice()))
                                        .toList(),
                                seed)));
        line.put("volumes", volumes.size());
        line.put(
                "seconds_per_volume",
                rounded(
                        volumes.stream()
                                .mapToDouble(VolumeScore::seconds)
                                .average()
                                .orElseThrow()));
        Map<String, Object> byVolume = new LinkedHashMap<>();
        volumes.forEach(one -> byVolume.put(one.id(), rounded(one.dice())));
        line.put("dice_by_volume", byVolume);
        line.put("strategy", "random");
        line.put("support_size", supportSize);
        line.put("seed", seed);
        return line;
    }

    /** As {@link #answers}, with what it gained over another way of the same queries. */
    public Map<String, Object> compared(
            String protocol,
            LabelResult result,
            String strategy,
            Temperature temperature,
            LabelResult base,
            String baseName) {
        Map<String, Object> line = answers(protocol, result, strategy, temperature);
        Estimate gain = result.gainOver(base, Metric.DICE, seed);
        line.put("gain_over", baseName);
        line.put("gain_mean", rounded(gain.mean()));
        line.put("gain_ci95", interval(gain));
        return line;
    }

    /** A temperature chosen on one half and reported on the other. */
    public Map<String, Object> temperature(TemperatureSweep.Result result, String strategy) {
        Map<String, Object> line = start("temperature", result.label());
        line.put("tau", result.chosen().word());
        Estimate gain = result.weighted().gainOver(result.uniform(), Metric.DICE, seed);
        line.put("gain_mean", rounded(gain.mean()));
        line.put("gain_ci95", interval(gain));
        line.put("n_choosing", result.curve().n());
        line.put("weighted", measures(result.weighted()));
        line.put("uniform", measures(result.uniform()));
        result.drawn()
                .forEach((size, drawn) -> {
                    Map<String, Object> part = measures(drawn);
                    part.put("support_size", drawn.supportSize());
                    line.put("weighted_" + size, part);
                });
        line.put("curve", curve(result.curve()));
        line.put("strategy", strategy);
        line.put("support_size", result.weighted().supportSize());
        return end(line);
    }

    /** Generic sets against retrieved ones. */
    public Map<String, Object> retrievalGain(RetrievalGain.Result result, String strategy) {
        Map<String, Object> line = start("retrieval-gain", result.retrieved().label());
        Estimate gain = result.gain(seed);
        line.put("gain_mean", rounded(gain.mean()));
        line.put("gain_ci95", interval(gain));
        List<Double> byRepeat = new ArrayList<>();
        List<Double> generic = result.generic().byRepeat(Metric.DICE);
        for (double retrieved : result.retrieved().byRepeat(Metric.DICE)) {
            byRepeat.add(rounded(retrieved - generic.get(byRepeat.size())));
        }
        line.put("gain_by_repeat", byRepeat);
        line.put("retrieved", measures(result.retrieved()));
        line.put("generic", measures(result.generic()));
        line.put("pool_size", result.pool());
        line.put("strategy", strategy);
        line.put("support_size", result.retrieved().supportSize());
        return end(line);
    }

    /** One line a condition, then those of empty and of other targets. */
    public List<Map<String, Object>> robustness(
            Robustness.Result result, String strategy, Temperature temperature) {
        List<Map<String, Object>> lines = new ArrayList<>();
        LabelResult right = result.of(Robustness.Condition.RIGHT);
        result.conditions()
                .forEach((condition, of) -> {
                    Map<String, Object> line =
                            condition == Robustness.Condition.RIGHT
                                    ? answers("robustness", of, strategy, temperature)
                                    : compared(
                                            "robustness",
                                            of,
                                            strategy,
                                            temperature,
                                            right,
                                            "right");
                    lines.add(conditioned(condition.word(), line));
                });
        lines.add(emptiness("empty_masks", result.label(), result.emptyMasks(), right));
        result.absent()
                .ifPresent(absent -> lines.add(emptiness("absent", result.label(), absent, right)));
        result.otherLabel()
                .ifPresent(other -> {
                    Map<String, Object> line = start("robustness", result.label());
                    line.put("condition", "other_label");
                    line.put("other_label", other.other());
                    line.put("n", other.n());
                    line.put("dice_to_other", rounded(other.diceToOther()));
                    line.put("dice_to_asked", rounded(other.diceToAsked()));
                    line.put("overlap_of_answers", rounded(other.overlapOfAnswers()));
                    line.put("overlap_of_truths", rounded(other.overlapOfTruths()));
                    line.put("support_size", right.supportSize());
                    lines.add(end(line));
                });
        return lines;
    }

    /** The condition stands right behind the label. */
    private static Map<String, Object> conditioned(String condition, Map<String, Object> line) {
        Map<String, Object> conditioned = new LinkedHashMap<>();
        line.forEach((name, value) -> {
            conditioned.put(name, value);
            if (name.equals("label")) {
                conditioned.put("condition", condition);
            }
        });
        return conditioned;
    }

    private Map<String, Object> emptiness(
            String condition, String label, Robustness.Emptiness emptiness, LabelResult right) {
        Map<String, Object> line = start("robustness", label);
        line.put("condition", condition);
        line.put("n", emptiness.n());
        line.put("answered_empty", rounded(emptiness.empty()));
        line.put("area_mean", rounded(emptiness.area()));
        line.put("support_size", right.supportSize());
        return end(line);
    }

    /**
     * How well Dice was predicted. What is not known (the correlation of what is constant) is left
     * out.
     */
    public Map<String, Object> confidence(
            ConfidenceCheck.Result result, String strategy, Temperature tau) {
        Map<String, Object> line = start("confidence", result.label());
        line.putAll(summary(ConfidenceCheck.Summary.of(result.predictions())));
        line.put("n_calibrating", result.calibrated().fittedOn());
        known(line, "calibrated_spearman", result.calibrated().rankCorrelation());
        line.put("threshold", rounded(result.calibrated().threshold()));
        line.put(
                "predictions",
                result.predictions().stream()
                        .map(one -> {
                            Map<String, Object> prediction = new LinkedHashMap<>();
                            prediction.put("id", one.id());
                            prediction.put("predicted", rounded(one.predicted()));
                            prediction.put("dice", rounded(one.dice()));
                            prediction.put("flagged", one.flagged());
                            known(prediction, "at_least", one.atLeast());
                            return prediction;
                        })
                        .toList());
        line.put("strategy", strategy);
        line.put("support_size", result.supportSize());
        line.put("tau", tau.word());
        return end(line);
    }

    /** How well Dice was predicted over the queries of many labels. */
    public Map<String, Object> confidence(
            List<ConfidenceCheck.Result> results, String strategy, Temperature tau) {
        Map<String, Object> line = start("confidence", "*");
        line.putAll(
                summary(
                        ConfidenceCheck.Summary.of(
                                results.stream().flatMap(r -> r.predictions().stream()).toList())));
        line.put("strategy", strategy);
        line.put(
                "support_size",
                results.stream().mapToInt(ConfidenceCheck.Result::supportSize).max().orElse(0));
        line.put("tau", tau.word());
        return end(line);
    }

    private static Map<String, Object> summary(ConfidenceCheck.Summary summary) {
        Map<String, Object> line = new LinkedHashMap<>();
        known(line, "spearman", summary.spearman());
        known(line, "worst_tenth_flagged", summary.worstTenthFlagged());
        known(line, "flagged", summary.flagged());
        known(line, "mean_absolute_error", summary.meanError());
        known(line, "bound_coverage", summary.boundCoverage());
        known(line, "bound_width", summary.boundWidth());
        line.put("n", summary.queries());
        return line;
    }

    /** JSON has no NaN. */
    private static void known(Map<String, Object> line, String name, double value) {
        if (!Double.isNaN(value)) {
            line.put(name, rounded(value));
        }
    }

    /** Which temperature a label's, or a whole pool's, queries chose. */
    public Map<String, Object> choice(String label, TemperatureCurve curve, int supportSize) {
        Map<String, Object> line = start("choose-tau", label);
        line.put("tau", curve.best().word());
        line.put("dice_mean", rounded(curve.mean(curve.best())));
        line.put("dice_uniform", rounded(curve.mean(Temperature.UNIFORM)));
        if (curve.patients() > 1) {
            Estimate gain = curve.gain(seed);
            line.put("gain_on_other_half", rounded(gain.mean()));
            line.put("gain_on_other_half_ci95", interval(gain));
        }
        line.put("n", curve.n());
        line.put("support_size", supportSize);
        line.put("curve", curve(curve));
        return end(line);
    }

    /** Which shares of the levels a label's, or a whole pool's, queries chose. */
    public Map<String, Object> fusion(String label, FusionCurve curve, int supportSize) {
        Map<String, Object> line = start("choose-fusion", label);
        Fusion best = curve.best();
        line.putAll(fusion(best));
        line.put("dice_mean", rounded(curve.mean(best)));
        line.put("dice_even", rounded(curve.mean(Fusion.EVEN)));
        if (curve.patients() > 1) {
            Estimate gain = curve.gain(seed);
            line.put("gain_on_other_half", rounded(gain.mean()));
            line.put("gain_on_other_half_ci95", interval(gain));
        }
        line.put("n", curve.n());
        line.put("support_size", supportSize);
        return end(line);
    }

    /** A line of a fused answer says how its levels were fused, and how many images chose that. */
    public static Map<String, Object> fused(Map<String, Object> line, FusedChooser chooser) {
        Map<String, Object> whole = new LinkedHashMap<>(line);
        whole.putAll(fusion(chooser.fusion()));
        whole.put("n_choosing", chooser.chosenBy());
        return whole;
    }

    private static Map<String, Object> fusion(Fusion fusion) {
        Map<String, Object> shares = new LinkedHashMap<>();
        for (Level level : Level.values()) {
            shares.put(
                    level.name().toLowerCase(Locale.ROOT),
                    rounded(fusion.shares().getOrDefault(level, 0.0)));
        }
        Map<String, Object> parts = new LinkedHashMap<>();
        parts.put("shares", shares);
        parts.put("rank_offset", fusion.offset());
        return parts;
    }

    /** Every query's Dice at every temperature, for choices over many labels. */
    public Map<String, Object> curve(String label, TemperatureCurve curve, int supportSize) {
        Map<String, Object> line = start("temperature", label);
        line.put("grid", curve.grid().stream().map(Temperature::word).toList());
        line.put(
                "answers",
                curve.answers().stream()
                        .map(one -> {
                            Map<String, Object> answer = new LinkedHashMap<>();
                            answer.put("patient", one.patient());
                            answer.put(
                                    "dice",
                                    Arrays.stream(one.dice())
                                            .map(EvaluationLines::rounded)
                                            .boxed()
                                            .toList());
                            return answer;
                        })
                        .toList());
        line.put("support_size", supportSize);
        return end(line);
    }

    // ---- parts

    private static Map<String, Object> start(String protocol, String label) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("protocol", protocol);
        line.put("label", label);
        return line;
    }

    private Map<String, Object> end(Map<String, Object> line) {
        line.put("seed", seed);
        line.putAll(model);
        return line;
    }

    private Map<String, Object> measures(LabelResult result) {
        Map<String, Object> measures = new LinkedHashMap<>();
        measures.put("dice_mean", rounded(result.mean(Metric.DICE)));
        measures.put("dice_sd", rounded(result.deviation(Metric.DICE)));
        measures.put("dice_ci95", interval(result.estimate(Metric.DICE, seed)));
        measures.put("n", result.n());
        measures.put("supports", supports(result));
        if (result.secondsPerQuery() > 0) {
            measures.put("seconds_per_query", rounded(result.secondsPerQuery()));
        }
        Map<String, Object> baselines = new LinkedHashMap<>();
        result.baselines().forEach((name, dice) -> baselines.put(name, rounded(dice)));
        measures.put("baselines", baselines);
        for (Metric metric : Metric.values()) {
            if (metric == Metric.DICE_AT_NETWORK_SIZE) {
                measures.put("dice_mean_at_network_size", rounded(result.mean(metric)));
            } else if (metric != Metric.DICE) {
                measures.put(metric.word() + "_mean", rounded(result.mean(metric)));
            }
        }
        measures.put("distance_unit", unit.word());
        List<Double> byRepeat = result.byRepeat(Metric.DICE);
        if (byRepeat.size() > 1) {
            measures.put(
                    "dice_by_repeat", byRepeat.stream().map(EvaluationLines::rounded).toList());
            measures.put(
                    "dice_sd_over_repeats",
                    rounded(
                            Estimate.deviation(
                                    byRepeat.stream().mapToDouble(Double::doubleValue).toArray())));
        }
        return measures;
    }

    /** How many supports the queries really had. */
    private static Map<String, Object> supports(LabelResult result) {
        IntSummaryStatistics had =
                result.queries().stream().mapToInt(q -> q.supports().size()).summaryStatistics();
        Map<String, Object> supports = new LinkedHashMap<>();
        supports.put("fewest", had.getMin());
        supports.put("mean", rounded(had.getAverage()));
        supports.put("most", had.getMax());
        return supports;
    }

    private List<Map<String, Object>> curve(TemperatureCurve curve) {
        List<Map<String, Object>> points = new ArrayList<>();
        for (Temperature temperature : curve.grid()) {
            Estimate estimate = curve.estimate(temperature, seed);
            Map<String, Object> point = new LinkedHashMap<>();
            point.put("tau", temperature.word());
            point.put("dice_mean", rounded(curve.mean(temperature)));
            point.put("dice_ci95", interval(estimate));
            points.add(point);
        }
        return points;
    }

    /** Empty where there is no interval: JSON has no NaN. */
    private static List<Double> interval(Estimate estimate) {
        return Double.isNaN(estimate.low())
                ? List.of()
                : List.of(rounded(estimate.low()), rounded(estimate.high()));
    }

    static double rounded(double value) {
        return Double.parseDouble(String.format(Locale.ROOT, "%.5f", value));
    }
}
