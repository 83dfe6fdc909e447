package org.precedent.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.adaptation.AdaptationBudget;
import org.precedent.adaptation.AdaptationGate;
import org.precedent.adaptation.AdaptationPool;
import org.precedent.adaptation.PoolAdaptation;
import org.precedent.cli.progress.WorkBar;
import org.precedent.evaluation.EvaluationException;
import org.precedent.evaluation.EvaluationSetup;
import org.precedent.evaluation.metric.LabelResult;
import org.precedent.evaluation.metric.Metric;
import org.precedent.evaluation.protocol.EvaluationLines;
import org.precedent.evaluation.protocol.HeldOut;
import org.precedent.evaluation.protocol.LeaveOneOut;
import org.precedent.segmentation.Segmenter;
import picocli.CommandLine.Option;

/**
 * Measures what a pool does for patients whom it has never seen, and what adapting the network to
 * the pool changes about it.
 */
final class HeldOutRun {
    /** Minutes of training where neither minutes nor steps are given. */
    private static final double DEFAULT_MINUTES = 1;

    /** What of it can be asked for. */
    static final class Options {
        @Option(
                names = "--test-share",
                paramLabel = "SHARE",
                description =
                        "instead of leave-one-out: this share of the patients asks, the others are"
                                + " the pool, drawn by the seed")
        @Nullable Double testShare;

        @Option(
                names = "--adapt",
                description =
                        "with --test-share: adapts the network to the pool first, for --minutes"
                                + " or --steps; its weights answer where the gate, a quarter of the"
                                + " pool's patients held back, opens. From 16 patients on")
        boolean adapt;

        @Option(
                names = "--minutes",
                paramLabel = "M",
                description = "of training, with --adapt (default: 1)")
        @Nullable Double minutes;

        @Option(
                names = "--steps",
                paramLabel = "N",
                description =
                        "of training, with --adapt, instead of minutes: the same weights on every"
                                + " machine")
        @Nullable Integer steps;

        void check(String protocol, EvaluationRun.Settings settings) {
            if (testShare == null && (adapt || minutes != null || steps != null)) {
                throw ServiceException.badParameter(
                        adapt ? "--adapt" : minutes != null ? "--minutes" : "--steps",
                        "given",
                        "--test-share and --adapt beside it, e.g. --test-share 0.4 --adapt");
            }
            if (!adapt && (minutes != null || steps != null)) {
                throw ServiceException.badParameter(
                        minutes != null ? "--minutes" : "--steps", "given", "--adapt beside it");
            }
            if (minutes != null && steps != null) {
                throw ServiceException.badParameter(
                        "--steps", steps, "either --minutes or --steps");
            }
            if (minutes != null && !(minutes > 0 && minutes <= 24 * 60)) {
                throw ServiceException.badParameter(
                        "--minutes", minutes, "above 0 and at most 1440");
            }
            if (steps != null && (steps < 1 || steps > 1_000_000)) {
                throw ServiceException.badParameter("--steps", steps, "1 to 1000000");
            }
            if (testShare != null && !protocol.equals("leave-one-out")) {
                throw ServiceException.badParameter(
                        "--test-share", testShare, "no --protocol beside it");
            }
            if (testShare != null && settings.supportSize().number() == 0) {
                throw ServiceException.badParameter(
                        "--support-size", settings.supportSize(), "a number with --test-share");
            }
        }

        private AdaptationBudget budget() {
            return steps != null
                    ? AdaptationBudget.ofSteps(steps)
                    : AdaptationBudget.ofTime(
                            Duration.ofNanos(
                                    Math.round(
                                            60e9 * (minutes == null ? DEFAULT_MINUTES : minutes))));
        }
    }

    /** Makes a setup whose network has other weights. */
    interface Adapted {
        EvaluationSetup with(Path weights);
    }

    private final EvaluationSetup bench;
    private final @Nullable PoolAdaptation adaptation;
    private final Adapted adapted;
    private final Options options;
    private final EvaluationRun.Settings settings;
    private final Consumer<Map<String, Object>> lines;
    private final PrintWriter err;
    private int unmeasured;

    /**
     * @param adaptation null where the network is not adapted
     */
    HeldOutRun(
            EvaluationSetup bench,
            @Nullable PoolAdaptation adaptation,
            Adapted adapted,
            Options options,
            EvaluationRun.Settings settings,
            Consumer<Map<String, Object>> lines,
            PrintWriter err) {
        this.bench = bench;
        this.adaptation = adaptation;
        this.adapted = adapted;
        this.options = options;
        this.settings = settings;
        this.lines = lines;
        this.err = err;
    }

    /** How many labels could not be measured. */
    int unmeasured() {
        return unmeasured;
    }

    void run(List<String> labels) {
        double share = Objects.requireNonNull(options.testShare);
        HeldOut split = new HeldOut(bench.cases(), share, settings.seed());
        Segmenter segmenter = bench.examiner().segmenter();
        AdaptationPool pool = split.pool(segmenter.side(), segmenter.range());
        if (!options.adapt) {
            List<LabelResult> results = answers(bench, split, labels, "asking");
            results.forEach(result -> lines.accept(line(bench, result, split, pool)));
            return;
        }
        Path file = temporary();
        try {
            PoolAdaptation.Result result = adapt(pool, file);
            List<LabelResult> before = answers(bench, split, labels, "before");
            EvaluationSetup other = adapted.with(file);
            List<LabelResult> after = answers(other, split, labels, "adapted");
            boolean open = result.gate().open();
            for (int i = 0; i < before.size(); i++) {
                LabelResult answered = open ? after.get(i) : before.get(i);
                Map<String, Object> line = line(open ? other : bench, answered, split, pool);
                line.put("dice_mean_unadapted", rounded(before.get(i).mean(Metric.DICE)));
                line.put("dice_mean_adapted", rounded(after.get(i).mean(Metric.DICE)));
                line.put("seconds", rounded(result.seconds()));
                line.put("steps", result.steps());
                line.put("gate", gate(result.gate()));
                lines.accept(line);
            }
        } finally {
            delete(file);
        }
    }

    private PoolAdaptation.Result adapt(AdaptationPool pool, Path file) {
        try (WorkBar bar = new WorkBar(err, "adapting")) {
            return Objects.requireNonNull(adaptation)
                    .run(
                            pool,
                            "evaluation",
                            new PoolAdaptation.Settings(
                                    options.budget(), settings.seed(), true, null),
                            file,
                            () -> false,
                            new PoolAdaptation.Observer() {
                                @Override
                                public void resumed(int step) {}

                                @Override
                                public void progress(
                                        String phase, double done, int steps, double seconds) {
                                    bar.step(phase, Math.round(1000 * done), 1000);
                                }
                            });
        }
    }

    private List<LabelResult> answers(
            EvaluationSetup setup, HeldOut split, List<String> labels, String what) {
        List<LabelResult> results = new ArrayList<>();
        List<EvaluationException> failures = new ArrayList<>();
        for (String label : labels) {
            try (WorkBar bar = new WorkBar(err, label + " " + what)) {
                results.add(
                        split.run(
                                setup.examiner(),
                                label,
                                settings.queries(),
                                new LeaveOneOut.Settings(
                                        settings.supportSize(),
                                        setup.chooser(settings.strategy()),
                                        settings.temperature(),
                                        settings.seed(),
                                        1),
                                bar));
            } catch (EvaluationException e) {
                if (e.code() == EvaluationException.Code.SETTING) {
                    throw e;
                }
                failures.add(e);
                err.println("label " + label + " is not measured: " + e.getMessage());
                err.flush();
            }
        }
        if (results.isEmpty()) {
            throw failures.getLast();
        }
        unmeasured = failures.size();
        return results;
    }

    private Map<String, Object> line(
            EvaluationSetup setup, LabelResult result, HeldOut split, AdaptationPool pool) {
        Map<String, Object> line =
                new LinkedHashMap<>(
                        EvaluationLines.of(setup, settings.seed())
                                .answers(
                                        "held-out",
                                        result,
                                        settings.strategy(),
                                        settings.temperature()));
        line.put("test_share", options.testShare);
        line.put("test_patients", split.askingPatients());
        line.put("pool_patients", pool.patients());
        line.put("pool_images", pool.images().size());
        return line;
    }

    private static Map<String, Object> gate(AdaptationGate gate) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("open", gate.open());
        line.put("gain", rounded(gate.gain()));
        line.put("gain_without_best", rounded(gate.gainWithoutBest()));
        line.put("patients", gate.patients());
        line.put("reason", gate.reason());
        return line;
    }

    private static double rounded(double value) {
        return Math.round(1e5 * value) / 1e5;
    }

    private static Path temporary() {
        try {
            return Files.createTempFile("precedent-adapted", ".safetensors");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
