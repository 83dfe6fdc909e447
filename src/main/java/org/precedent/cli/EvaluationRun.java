package org.precedent.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.cli.progress.WorkBar;
import org.precedent.evaluation.EvaluationException;
import org.precedent.evaluation.EvaluationPool;
import org.precedent.evaluation.EvaluationSetup;
import org.precedent.evaluation.FusedChooser;
import org.precedent.evaluation.Progress;
import org.precedent.evaluation.SupportChooser;
import org.precedent.evaluation.metric.LabelResult;
import org.precedent.evaluation.protocol.CloseUpTrial;
import org.precedent.evaluation.protocol.ConfidenceCheck;
import org.precedent.evaluation.protocol.EvaluationLines;
import org.precedent.evaluation.protocol.FusionCurve;
import org.precedent.evaluation.protocol.FusionSweep;
import org.precedent.evaluation.protocol.LeaveOneOut;
import org.precedent.evaluation.protocol.RetrievalGain;
import org.precedent.evaluation.protocol.Robustness;
import org.precedent.evaluation.protocol.SupportSize;
import org.precedent.evaluation.protocol.TemperatureCurve;
import org.precedent.evaluation.protocol.TemperatureSweep;
import org.precedent.evaluation.results.Chart;
import org.precedent.evaluation.results.EvaluationCharts;
import org.precedent.evaluation.results.Figure;
import org.precedent.retrieval.Temperature;
import org.precedent.tuning.Calibration;

/** Runs one protocol over labels: lines as they come, a figure at the end. */
final class EvaluationRun {
    private static final String PROTOCOLS =
            "leave-one-out, temperature, support-size, retrieval-gain, levels, robustness, confidence";

    /** The largest K of the sweep over support sizes. */
    private static final int MOST_SUPPORTS = 64;

    /** M of the cross-attention paper's retrieval experiment. */
    private static final int MOST_ASKED_OF_A_POOL = 100;

    /** Every one of them is answered from a dozen different support sets. */
    private static final int MOST_CHOOSING_SHARES = 12;

    private final EvaluationSetup bench;
    private final Settings settings;
    private final Consumer<Map<String, Object>> lines;
    private final PrintWriter err;
    private final EvaluationLines format;

    /** How many labels could not be measured. */
    int unmeasured;

    /**
     * @param repeats 0 for the protocol's own
     * @param poolSize 0 for the protocol's own
     * @param closeUp whether answers are looked at again; null for as their pool decides
     */
    record Settings(
            SupportSize supportSize,
            String strategy,
            Temperature temperature,
            int queries,
            long seed,
            int repeats,
            int poolSize,
            int propagate,
            @Nullable Boolean closeUp) {
        int repeats(int otherwise) {
            return repeats == 0 ? otherwise : repeats;
        }
    }

    EvaluationRun(
            EvaluationSetup bench,
            Settings settings,
            Consumer<Map<String, Object>> lines,
            PrintWriter err) {
        this.bench = bench;
        this.settings = settings;
        this.lines = line -> lines.accept(asked(line));
        this.err = err;
        this.format = EvaluationLines.of(bench, settings.seed());
    }

    /** A line with the support size that was asked for beside the one that there was. */
    private Map<String, Object> asked(Map<String, Object> line) {
        if (settings.supportSize().kind() != SupportSize.Kind.NUMBER
                || "support-size".equals(line.get("protocol"))) {
            return line;
        }
        Map<String, Object> whole = new LinkedHashMap<>();
        line.forEach((name, value) -> {
            whole.put(name, value);
            if (name.equals("support_size")) {
                whole.put("support_size_asked", settings.supportSize().number());
            }
        });
        return whole;
    }

    static void requireProtocol(String name) {
        if (!List.of(PROTOCOLS.split(", ")).contains(name)) {
            throw ServiceException.badParameter("--protocol", name, PROTOCOLS + " or curation");
        }
    }

    Figure protocol(String name, List<String> labels) {
        requireProtocol(name);
        return switch (name) {
            case "temperature" -> temperature(labels);
            case "support-size" -> supportSize(labels);
            case "retrieval-gain" -> retrievalGain(labels);
            case "levels" -> levels(labels);
            case "robustness" -> robustness(labels);
            case "confidence" -> confidence(labels);
            default -> leaveOneOut(labels);
        };
    }

    private Chart leaveOneOut(List<String> labels) {
        if (bench.cases().cases().stream().anyMatch(one -> one.slice() != null)) {
            return new VolumeRun(this, bench, settings).run(labels, lines, format);
        }
        List<LabelResult> results = new ArrayList<>();
        each(
                labels,
                label -> {
                    EvaluationPool pool = announced(label);
                    Map<String, Object> looks = looks(pool);
                    LabelResult result = answer(pool, settings.supportSize(), chooser(), label);
                    results.add(result);
                    Map<String, Object> line =
                            format.answers(
                                    "leave-one-out",
                                    result,
                                    settings.strategy(),
                                    settings.temperature());
                    line.putAll(looks);
                    lines.accept(line);
                });
        return EvaluationCharts.labels(
                "Leave-one-out, K = " + settings.supportSize(), results, settings.seed());
    }

    private Chart temperature(List<String> labels) {
        TemperatureSweep protocol = new TemperatureSweep(bench.examiner());
        Map<String, TemperatureCurve> curves = new LinkedHashMap<>();
        each(
                labels,
                label -> {
                    TemperatureSweep.Result result =
                            told(
                                    label,
                                    progress ->
                                            protocol.run(
                                                    announced(label),
                                                    new TemperatureSweep.Settings(
                                                            settings.supportSize(),
                                                            chooser(),
                                                            TemperatureCurve.GRID,
                                                            settings.seed(),
                                                            settings.repeats(3)),
                                                    bench.chooser("random"),
                                                    progress));
                    curves.put(label, result.curve());
                    lines.accept(format.temperature(result, settings.strategy()));
                });
        return EvaluationCharts.temperatures(curves, settings.seed());
    }

    private Chart supportSize(List<String> labels) {
        Map<Integer, List<LabelResult>> bySize = new TreeMap<>();
        each(
                labels,
                label -> {
                    EvaluationPool pool = pool(label);
                    pool.requireSupports(1);
                    int most = Math.min(MOST_SUPPORTS, pool.fewestSupports());
                    for (int k = 1; k <= most; k *= 2) {
                        LabelResult result =
                                answer(pool, SupportSize.of(k), chooser(), label + " K=" + k);
                        bySize.computeIfAbsent(k, size -> new ArrayList<>()).add(result);
                        lines.accept(
                                format.answers(
                                        "support-size",
                                        result,
                                        settings.strategy(),
                                        settings.temperature()));
                    }
                });
        return EvaluationCharts.supportSizes(bySize, settings.seed());
    }

    private Chart retrievalGain(List<String> labels) {
        RetrievalGain protocol = new RetrievalGain(bench.examiner());
        List<RetrievalGain.Result> results = new ArrayList<>();
        each(
                labels,
                label -> {
                    RetrievalGain.Result result =
                            told(
                                    label,
                                    progress ->
                                            protocol.run(
                                                    bench.cases(),
                                                    label,
                                                    new RetrievalGain.Settings(
                                                            settings.poolSize(),
                                                            Math.min(
                                                                    settings.queries(),
                                                                    MOST_ASKED_OF_A_POOL),
                                                            settings.supportSize().number(),
                                                            chooser(),
                                                            settings.temperature(),
                                                            settings.repeats(10),
                                                            settings.seed()),
                                                    progress));
                    results.add(result);
                    int had = result.retrieved().supportSize();
                    tellShort(label, had, had);
                    lines.accept(format.retrievalGain(result, settings.strategy()));
                });
        return EvaluationCharts.gains(results, settings.seed());
    }

    private Chart levels(List<String> labels) {
        Map<String, List<LabelResult>> ways = new LinkedHashMap<>();
        each(
                labels,
                label -> {
                    EvaluationPool pool = announced(label);
                    LabelResult random = null;
                    for (SupportChooser way : bench.choosers()) {
                        SupportChooser chooser =
                                way instanceof FusedChooser fused ? chosen(fused, pool) : way;
                        LabelResult result =
                                answer(
                                        pool,
                                        settings.supportSize(),
                                        chooser,
                                        label + " " + chooser.name());
                        ways.computeIfAbsent(chooser.name(), name -> new ArrayList<>()).add(result);
                        Map<String, Object> line =
                                random == null
                                        ? format.answers(
                                                "levels",
                                                result,
                                                chooser.name(),
                                                settings.temperature())
                                        : format.compared(
                                                "levels",
                                                result,
                                                chooser.name(),
                                                settings.temperature(),
                                                random,
                                                "random");
                        lines.accept(
                                chooser instanceof FusedChooser fused
                                        ? EvaluationLines.fused(line, fused)
                                        : line);
                        random = random == null ? result : random;
                    }
                });
        return EvaluationCharts.ways(
                "Ways of retrieving, K = " + settings.supportSize(), ways, settings.seed());
    }

    /** Shares that images of the pool choose which the queries know nothing of. */
    private FusedChooser chosen(FusedChooser fused, EvaluationPool pool) {
        return told(
                pool.label() + " shares",
                progress -> {
                    FusionCurve curve =
                            new FusionSweep(bench.examiner())
                                    .choose(
                                            pool,
                                            fused,
                                            settings.supportSize(),
                                            MOST_CHOOSING_SHARES,
                                            settings.seed(),
                                            progress);
                    return fused.with(curve.best(), curve.n());
                });
    }

    private Figure confidence(List<String> labels) {
        ConfidenceCheck protocol = new ConfidenceCheck(bench.examiner());
        List<ConfidenceCheck.Result> results = new ArrayList<>();
        int k = settings.supportSize().number();
        each(
                labels,
                label -> {
                    ConfidenceCheck.Result result =
                            told(
                                    label,
                                    progress ->
                                            protocol.run(
                                                    bench.cases(),
                                                    label,
                                                    new ConfidenceCheck.Settings(
                                                            k,
                                                            chooser(),
                                                            settings.temperature(),
                                                            Calibration.IMAGES,
                                                            settings.queries(),
                                                            settings.seed()),
                                                    progress));
                    results.add(result);
                    tellShort(label, result.supportSize(), result.supportSize());
                    lines.accept(
                            format.confidence(result, settings.strategy(), settings.temperature()));
                });
        if (results.size() > 1) {
            lines.accept(format.confidence(results, settings.strategy(), settings.temperature()));
        }
        return EvaluationCharts.predictions(results);
    }

    private Chart robustness(List<String> labels) {
        Robustness protocol = new Robustness(bench.examiner());
        Map<String, List<LabelResult>> ways = new LinkedHashMap<>();
        each(
                labels,
                label -> {
                    Robustness.Result result =
                            told(
                                    label,
                                    progress ->
                                            protocol.run(
                                                    announced(label),
                                                    new Robustness.Settings(
                                                            settings.supportSize(),
                                                            chooser(),
                                                            settings.temperature(),
                                                            settings.seed()),
                                                    progress));
                    result.conditions()
                            .forEach((condition, of) ->
                                    ways.computeIfAbsent(
                                                    condition.word().replace('_', ' '),
                                                    c -> new ArrayList<>())
                                            .add(of));
                    format.robustness(result, settings.strategy(), settings.temperature())
                            .forEach(lines);
                });
        return EvaluationCharts.ways(
                "Falsified support masks, K = " + settings.supportSize(), ways, settings.seed());
    }

    /** The temperature of every label, and the one that all of them choose together. */
    Chart chooseTau(List<String> labels) {
        TemperatureSweep protocol = new TemperatureSweep(bench.examiner());
        TemperatureCurve together = new TemperatureCurve(TemperatureCurve.GRID);
        Map<String, TemperatureCurve> curves = new LinkedHashMap<>();
        List<Integer> sizes = new ArrayList<>();
        each(
                labels,
                label -> {
                    EvaluationPool pool = announced(label);
                    TemperatureCurve curve = new TemperatureCurve(TemperatureCurve.GRID);
                    int k =
                            told(
                                    label,
                                    progress ->
                                            protocol.extend(
                                                    curve,
                                                    pool,
                                                    settings.supportSize(),
                                                    chooser(),
                                                    settings.seed(),
                                                    progress));
                    together.addAll(curve);
                    curves.put(label, curve);
                    sizes.add(k);
                    lines.accept(format.choice(label, curve, k));
                });
        if (curves.size() > 1) {
            lines.accept(format.choice("*", together, Collections.max(sizes)));
            curves.put("all labels", together);
        }
        return EvaluationCharts.temperatures(curves, settings.seed());
    }

    EvaluationPool pool(String label) {
        return bench.pool(label, settings.queries(), settings.seed());
    }

    /** A label's pool, after saying where it has fewer supports than were asked for. */
    private EvaluationPool announced(String label) {
        EvaluationPool pool = pool(label);
        tellShort(label, pool.fewestSupports(), pool.mostSupports());
        if (!pool.withoutSupport().isEmpty() && !pool.queries().isEmpty()) {
            err.printf(
                    "label %s: %d of its %d images have no support at all and are not asked, the"
                            + " first: %s%n",
                    label,
                    pool.withoutSupport().size(),
                    pool.members().size(),
                    pool.withoutSupport().getFirst().id());
            err.flush();
        }
        return pool;
    }

    void tellShort(String label, int fewest, int most) {
        SupportSize asked = settings.supportSize();
        if (asked.kind() == SupportSize.Kind.NUMBER && most > 0 && fewest < asked.number()) {
            int had = Math.min(most, asked.number());
            err.printf(
                    "label %s: %s of %d supports: no more images may support its queries (never the"
                            + " query itself, its patient or its twin)%n",
                    label, fewest == had ? had : fewest + " to " + had, asked.number());
            err.flush();
        }
    }

    /**
     * Measures one label after the other. One that has no usable support is named with the reason,
     * and the others go on.
     *
     * @throws EvaluationException of the last label, where none can be measured
     */
    void each(List<String> labels, Consumer<String> measure) {
        List<EvaluationException> failures = new ArrayList<>();
        for (String label : labels) {
            try {
                measure.accept(label);
            } catch (EvaluationException e) {
                if (e.code() == EvaluationException.Code.SETTING) {
                    throw e;
                }
                if (labels.size() > 1) {
                    err.println("label " + label + " is not measured: " + e.getMessage());
                    err.flush();
                }
                failures.add(e);
            }
        }
        if (failures.size() == labels.size() && !failures.isEmpty()) {
            throw failures.getLast();
        }
        unmeasured = failures.size();
    }

    SupportChooser chooser() {
        return bench.chooser(settings.strategy());
    }

    /** Decides how often a label's answers are looked at; what of it belongs into its line. */
    Map<String, Object> looks(EvaluationPool pool) {
        LeaveOneOut.Settings asking = asking(settings.supportSize(), chooser(), 1);
        CloseUpTrial trial =
                told(
                        pool.label() + " looks",
                        bar ->
                                CloseUpTrial.settle(
                                        bench.examiner(), settings.closeUp(), pool, asking, bar));
        if (!trial.tried().isEmpty()) {
            err.println("label " + pool.label() + ": " + trial.gate().told());
        }
        return trial.fields();
    }

    private LeaveOneOut.Settings asking(SupportSize size, SupportChooser chooser, int repeats) {
        return new LeaveOneOut.Settings(
                size, chooser, settings.temperature(), settings.seed(), repeats);
    }

    private LabelResult answer(
            EvaluationPool pool, SupportSize size, SupportChooser chooser, String what) {
        LeaveOneOut protocol = new LeaveOneOut(bench.examiner());
        return told(
                what,
                progress ->
                        protocol.run(
                                pool,
                                asking(
                                        size,
                                        chooser,
                                        settings.repeats(
                                                size.isDrawn() && chooser.isDrawn() ? 3 : 1)),
                                progress));
    }

    <T> T told(String what, Function<Progress, T> work) {
        try (WorkBar bar = new WorkBar(err, what)) {
            return work.apply(bar);
        }
    }
}
