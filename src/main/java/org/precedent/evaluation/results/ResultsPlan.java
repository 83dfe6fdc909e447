package org.precedent.evaluation.results;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.precedent.evaluation.EvaluationException;
import org.precedent.evaluation.EvaluationPool;
import org.precedent.evaluation.EvaluationSetup;
import org.precedent.evaluation.FusedChooser;
import org.precedent.evaluation.Progress;
import org.precedent.evaluation.SupportChooser;
import org.precedent.evaluation.metric.LabelResult;
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
import org.precedent.network.crossattention.CrossAttention;
import org.precedent.network.universeg.UniverSeg;
import org.precedent.network.zoo.Networks;
import org.precedent.retrieval.Temperature;

/**
 * What the results page measures of one network on one dataset, in pieces small enough to be kept
 * one by one: an interrupted run goes on where it stopped.
 */
public final class ResultsPlan {
    /** S of the cross-attention paper's tables 1 and 2. */
    static final List<Integer> SIZES = List.of(2, 4, 8, 16, 32, 64);

    /** S of its table 3. */
    static final List<Integer> GAIN_SIZES = List.of(4, 8, 16);

    /** By locations, as its table 3 is made, and by whole images. */
    static final List<String> GAIN_LEVELS = List.of("location", "image");

    /** Where levels are compared. */
    static final List<Integer> LEVEL_SIZES = List.of(4, 8, 16);

    /** Where masks are falsified and predictions made. */
    static final int ONE_SIZE = 8;

    /** Pool images of a task that choose how levels are fused, at most. */
    static final int FUSING = 6;

    /** Where the goals on white blood cells are measured, and tasks one by one. */
    static final int GOAL_SIZE = 16;

    /** The networks whose papers weigh and retrieve supports. */
    private static final Set<String> OF_THE_PAPERS = Set.of(UniverSeg.NAME, CrossAttention.NAME);

    /** Ways of choosing that no network for places or objects has a part in. */
    private static final Set<String> WHOLE_IMAGES = Set.of("random", "image");

    private static final int MOST_WEIGHED = 32;

    /** Pool images of a task that calibrate predictions, at most: an answer costs 7 passes. */
    static final int CALIBRATING = 16;

    /** One query in so many has its support masks falsified, at eleven answers each. */
    private static final int FALSIFYING = 2;

    /** The part of the paper's grid where anything happens for whole-image similarities. */
    static final List<Temperature> GRID =
            List.of(
                    new Temperature(0.005),
                    new Temperature(0.01),
                    new Temperature(0.025),
                    new Temperature(0.05),
                    new Temperature(0.1),
                    new Temperature(0.25),
                    Temperature.UNIFORM);

    /** How supports are chosen; another word when that changes, so that all is measured anew. */
    private static final String CHOOSING = "as the service";

    private final EvaluationSetup bench;
    private final String dataset;
    private final Budget budget;
    private final EvaluationLines lines;

    /**
     * How much is measured.
     *
     * @param queries of every task
     * @param pools fresh pools of the retrieval gain, one query each
     * @param goalQueries of every label of white blood cells
     * @param paperQueries of every label of white blood cells with all supports: half of them
     *     choose the temperature
     */
    public record Budget(int queries, int pools, int goalQueries, int paperQueries, long seed) {
        public Budget {
            if (queries < 1 || pools < 1 || goalQueries < 1 || paperQueries < 2) {
                throw EvaluationException.setting(
                        "queries, pools, goal queries, paper queries",
                        queries + ", " + pools + ", " + goalQueries + ", " + paperQueries,
                        "at least 1, the last at least 2");
            }
        }

        /** Of every task, with falsified masks. */
        public int falsified() {
            return Math.max(1, queries / FALSIFYING);
        }
    }

    /**
     * A piece of the page.
     *
     * @param section which part of the page needs it
     * @param key names it among the pieces of one network, dataset and budget
     * @param structures whether it compares places or objects
     * @param work measures it: lines as {@link EvaluationLines} makes them
     */
    public record Cell(
            String section,
            String key,
            boolean structures,
            Supplier<List<Map<String, Object>>> work) {}

    public ResultsPlan(EvaluationSetup bench, String dataset, Budget budget) {
        this.bench = bench;
        this.dataset = dataset;
        this.budget = budget;
        this.lines = EvaluationLines.of(bench, budget.seed());
    }

    /**
     * Names what a piece measures, among everything that was ever measured.
     *
     * @param spaces of what compares places and objects, where the piece does
     */
    public String identity(Cell cell, String spaces) {
        StringBuilder identity = new StringBuilder(cell.key()).append('|').append(dataset);
        bench.model().values().forEach(value -> identity.append('|').append(value));
        identity.append('|').append(budget).append('|').append(CHOOSING);
        return cell.structures()
                ? identity.append('|').append(spaces).toString()
                : identity.toString();
    }

    /** All pieces of one label, in the order of the page. */
    public List<Cell> of(String label) {
        List<Cell> cells = new ArrayList<>(sizes(label));
        if (network().equals(Networks.DEFAULT)) {
            cells.addAll(levels(label));
        }
        if (OF_THE_PAPERS.contains(Networks.ofWeights(network()))) {
            cells.add(temperature(label));
            bench.choosers().stream()
                    .filter(chooser -> GAIN_LEVELS.contains(chooser.name()))
                    .forEach(by -> GAIN_SIZES.forEach(s -> cells.add(gain(label, s, by))));
        }
        cells.add(robustness(label));
        if (network().equals(Networks.DEFAULT)) {
            cells.add(confidence(label));
        }
        if (dataset.equals(ResultsPage.WHITE_BLOOD_CELLS)) {
            for (SupportChooser chooser : bench.choosers()) {
                cells.add(goal(label, chooser));
            }
            if (network().equals(UniverSeg.NAME)) {
                cells.add(paper(label));
            }
        }
        return cells;
    }

    private String network() {
        return String.valueOf(bench.model().get("network"));
    }

    private List<Cell> sizes(String label) {
        return bySize("sizes", "support-size", label, SIZES, bench.chooser("random"));
    }

    /** Every way of choosing answers the same queries. */
    private List<Cell> levels(String label) {
        List<Cell> cells = new ArrayList<>();
        for (SupportChooser chooser : bench.choosers()) {
            cells.addAll(bySize("levels", "levels", label, LEVEL_SIZES, chooser));
        }
        return cells;
    }

    /** A size that equals the one before, because there are no more supports, is not run again. */
    private List<Cell> bySize(
            String section,
            String protocol,
            String label,
            List<Integer> sizes,
            SupportChooser chooser) {
        List<Cell> cells = new ArrayList<>();
        Map<String, SupportChooser> fitted = new LinkedHashMap<>();
        Map<Integer, LabelResult> known = new LinkedHashMap<>();
        for (int asked : sizes) {
            cells.add(
                    cell(
                            section,
                            label,
                            chooser.name() + " " + asked,
                            Map.of("asked_size", asked),
                            () -> {
                                EvaluationPool pool = pool(label, budget.queries());
                                SupportChooser choosing =
                                        fitted.computeIfAbsent(
                                                chooser.name(), n -> fitted(chooser, pool));
                                LabelResult result =
                                        known.computeIfAbsent(
                                                Math.min(asked, pool.fewestSupports()),
                                                k -> answers(pool, k, choosing));
                                return List.of(
                                        lines.answers(
                                                protocol,
                                                result,
                                                chooser.name(),
                                                Temperature.UNIFORM));
                            }));
        }
        return cells;
    }

    /**
     * Levels are fused as images of the pool that are no queries find best, with eight supports.
     */
    private SupportChooser fitted(SupportChooser chooser, EvaluationPool pool) {
        if (!(chooser instanceof FusedChooser fused)) {
            return chooser;
        }
        FusionCurve curve =
                new FusionSweep(bench.examiner())
                        .choose(
                                pool,
                                fused,
                                SupportSize.of(Math.min(ONE_SIZE, pool.fewestSupports())),
                                FUSING,
                                budget.seed(),
                                Progress.SILENT);
        return fused.with(curve.best(), curve.n());
    }

    /** Every query's Dice at every temperature, so that tasks can choose for each other. */
    private Cell temperature(String label) {
        return cell(
                "temperature",
                label,
                "image",
                Map.of(),
                () -> {
                    EvaluationPool pool = pool(label, budget.queries());
                    TemperatureCurve curve = new TemperatureCurve(GRID);
                    int k = Math.min(MOST_WEIGHED, pool.fewestSupports());
                    new TemperatureSweep(bench.examiner())
                            .extend(
                                    curve,
                                    pool,
                                    SupportSize.of(k),
                                    bench.chooser("image"),
                                    budget.seed(),
                                    Progress.SILENT);
                    return List.of(lines.curve(label, curve, k));
                });
    }

    private Cell gain(String label, int supports, SupportChooser chooser) {
        return cell(
                "gain",
                label,
                chooser.name() + " " + supports,
                Map.of(),
                () -> {
                    RetrievalGain.Settings settings =
                            new RetrievalGain.Settings(
                                    0,
                                    1,
                                    supports,
                                    chooser,
                                    Temperature.UNIFORM,
                                    budget.pools(),
                                    budget.seed());
                    try {
                        RetrievalGain.Result result =
                                new RetrievalGain(bench.examiner())
                                        .run(bench.cases(), label, settings, Progress.SILENT);
                        // With fewer images than S the page counts the tasks it has.
                        return result.retrieved().supportSize() < supports
                                ? List.of()
                                : List.of(lines.retrievalGain(result, chooser.name()));
                    } catch (EvaluationException e) {
                        return List.of(); // too few images even to ask
                    }
                });
    }

    private Cell robustness(String label) {
        return cell(
                "robustness",
                label,
                "image",
                Map.of(),
                () -> {
                    EvaluationPool pool = pool(label, budget.falsified());
                    int k = Math.min(ONE_SIZE, pool.fewestSupports());
                    return lines.robustness(
                            new Robustness(bench.examiner())
                                    .run(
                                            pool,
                                            new Robustness.Settings(
                                                    SupportSize.of(k),
                                                    bench.chooser("image"),
                                                    Temperature.UNIFORM,
                                                    budget.seed()),
                                            Progress.SILENT),
                            "image",
                            Temperature.UNIFORM);
                });
    }

    private Cell confidence(String label) {
        return cell(
                "confidence",
                label,
                "image " + CALIBRATING,
                Map.of(),
                () -> {
                    ConfidenceCheck.Settings settings =
                            new ConfidenceCheck.Settings(
                                    ONE_SIZE,
                                    bench.chooser("image"),
                                    Temperature.UNIFORM,
                                    CALIBRATING,
                                    budget.queries(),
                                    budget.seed());
                    try {
                        return List.of(
                                lines.confidence(
                                        new ConfidenceCheck(bench.examiner())
                                                .run(
                                                        bench.cases(),
                                                        label,
                                                        settings,
                                                        Progress.SILENT),
                                        "image",
                                        Temperature.UNIFORM));
                    } catch (EvaluationException e) {
                        return List.of(); // too few to calibrate: the page counts the tasks it has
                    }
                });
    }

    private Cell goal(String label, SupportChooser chooser) {
        return cell(
                "goals",
                label,
                chooser.name(),
                Map.of(),
                () ->
                        List.of(
                                lines.answers(
                                        "leave-one-out",
                                        answers(
                                                pool(label, budget.goalQueries()),
                                                GOAL_SIZE,
                                                chooser),
                                        chooser.name(),
                                        Temperature.UNIFORM)));
    }

    private Cell paper(String label) {
        return cell(
                "paper",
                label,
                "image full",
                Map.of(),
                () ->
                        List.of(
                                lines.temperature(
                                        new TemperatureSweep(bench.examiner())
                                                .run(
                                                        pool(label, budget.paperQueries()),
                                                        new TemperatureSweep.Settings(
                                                                SupportSize.parse("full"),
                                                                bench.chooser("image"),
                                                                GRID,
                                                                budget.seed(),
                                                                3),
                                                        bench.chooser("random"),
                                                        Progress.SILENT),
                                        "image")));
    }

    private LabelResult answers(EvaluationPool pool, int k, SupportChooser chooser) {
        return new LeaveOneOut(bench.examiner())
                .run(
                        pool,
                        new LeaveOneOut.Settings(
                                SupportSize.of(k), chooser, Temperature.UNIFORM, budget.seed(), 1),
                        Progress.SILENT);
    }

    private EvaluationPool pool(String label, int queries) {
        return bench.pool(label, queries, budget.seed());
    }

    /**
     * Every line says where it belongs.
     *
     * @param what begins with the way of choosing
     */
    private Cell cell(
            String section,
            String label,
            String what,
            Map<String, Object> more,
            Supplier<List<Map<String, Object>>> work) {
        return new Cell(
                section,
                section + "|" + label + "|" + what,
                !WHOLE_IMAGES.contains(what.split(" ")[0]),
                () ->
                        work.get().stream()
                                .map(line -> {
                                    Map<String, Object> whole = new LinkedHashMap<>();
                                    whole.put("section", section);
                                    whole.put("dataset", dataset);
                                    whole.putAll(more);
                                    whole.putAll(line);
                                    return whole;
                                })
                                .toList());
    }
}
