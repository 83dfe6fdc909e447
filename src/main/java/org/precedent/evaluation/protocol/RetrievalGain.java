package org.precedent.evaluation.protocol;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.precedent.evaluation.Annotated;
import org.precedent.evaluation.EvaluationCases;
import org.precedent.evaluation.EvaluationException;
import org.precedent.evaluation.EvaluationPool;
import org.precedent.evaluation.Progress;
import org.precedent.evaluation.SupportChooser;
import org.precedent.evaluation.SupportChooser.Scored;
import org.precedent.evaluation.TrialRunner;
import org.precedent.evaluation.metric.Estimate;
import org.precedent.evaluation.metric.LabelResult;
import org.precedent.evaluation.metric.LabelResult.QueryResult;
import org.precedent.evaluation.metric.Metric;
import org.precedent.retrieval.Temperature;
import org.precedent.segmentation.Segmentation;

/**
 * What retrieval adds, as in section 4.3 of the in-context cross-attention paper: a pool of N cases
 * and M queries of other patients are drawn; every query is segmented from the repeat's generic set
 * of S random cases of the pool, then from S cases retrieved for it. All of it again with fresh
 * pools.
 */
public final class RetrievalGain {
    /** N of the paper, where there are as many. */
    public static final int PAPER_POOL = 150;

    /** The share of a label's cases that form the pool where the paper's N leaves too few. */
    private static final double POOL_SHARE = 0.6;

    private final TrialRunner examiner;

    /**
     * @param pool N, or 0 for the smaller of 150 and 60% of the label's cases
     * @param queries M at most
     * @param supports S
     * @param chooser what retrieves
     * @param temperature of the retrieved set; the generic one is uniform
     * @param repeats fresh pools
     * @param seed of everything
     */
    public record Settings(
            int pool,
            int queries,
            int supports,
            SupportChooser chooser,
            Temperature temperature,
            int repeats,
            long seed) {
        public Settings {
            if (pool < 0 || queries < 1 || supports < 1 || repeats < 1) {
                throw EvaluationException.setting(
                        "pool, queries, supports, repeats",
                        pool + ", " + queries + ", " + supports + ", " + repeats,
                        "a pool of at least 0, the others at least 1");
            }
        }
    }

    /**
     * @param pool N
     * @param generic answers from the generic sets
     * @param retrieved answers to the same queries from retrieved sets
     */
    public record Result(int pool, LabelResult generic, LabelResult retrieved) {
        /** In hard Dice, with its interval over patients. */
        public Estimate gain(long seed) {
            return retrieved.gainOver(generic, Metric.DICE, seed);
        }
    }

    public RetrievalGain(TrialRunner examiner) {
        this.examiner = examiner;
    }

    /**
     * Where a pool holds fewer than S cases, its sets are all of it.
     *
     * @throws EvaluationException when a pool would be empty, or no case is left to ask
     */
    public Result run(EvaluationCases cases, String label, Settings settings, Progress progress) {
        EvaluationPool all = new EvaluationPool(cases, label, Integer.MAX_VALUE, settings.seed());
        int n = all.members().size();
        int wanted =
                settings.pool() > 0
                        ? settings.pool()
                        : Math.min(PAPER_POOL, (int) Math.round(POOL_SHARE * n));
        List<QueryResult> generic = new ArrayList<>();
        List<QueryResult> retrieved = new ArrayList<>();
        for (int repeat = 0; repeat < settings.repeats(); repeat++) {
            long seed = EvaluationPool.seed(settings.seed(), label + "\0pool\0" + repeat);
            Draw draw = draw(cases, all.members(), wanted, settings, seed);
            List<Scored> random =
                    new ArrayList<>(draw.pool().stream().map(one -> new Scored(one, 0)).toList())
                            .subList(0, Math.min(settings.supports(), draw.pool().size()));
            for (Annotated query : draw.queries()) {
                Segmentation first = examiner.answer(query.image(), random, Temperature.UNIFORM);
                generic.add(examiner.result(query, repeat, random, Temperature.UNIFORM, first, 0));
                TrialRunner.Asked asked =
                        new TrialRunner.Asked(
                                settings.chooser(),
                                draw.pool(),
                                settings.supports(),
                                LeaveOneOut.seed(settings.seed(), query, repeat),
                                label);
                List<Scored> found = examiner.choose(asked, query.source(), first);
                Segmentation second = examiner.answer(query.image(), found, settings.temperature());
                retrieved.add(
                        examiner.result(query, repeat, found, settings.temperature(), second, 0));
                progress.step(
                        label,
                        retrieved.size(),
                        Math.max(
                                retrieved.size(),
                                (long) settings.repeats() * draw.queries().size()));
            }
        }
        int without = all.without().size();
        int most = retrieved.stream().mapToInt(r -> r.supports().size()).max().orElseThrow();
        return new Result(
                wanted,
                new LabelResult(label, examiner.side(), most, without, generic),
                new LabelResult(label, examiner.side(), most, without, retrieved));
    }

    private record Draw(List<Annotated> pool, List<Annotated> queries) {}

    /** Patients fill the pool in random order; queries are those that all of it may support. */
    private static Draw draw(
            EvaluationCases cases, List<Annotated> members, int n, Settings settings, long seed) {
        Map<String, List<Annotated>> byPatient = new HashMap<>();
        List<String> patients = new ArrayList<>();
        for (Annotated one : members) {
            byPatient
                    .computeIfAbsent(
                            one.patient(),
                            p -> {
                                patients.add(p);
                                return new ArrayList<>();
                            })
                    .add(one);
        }
        Collections.shuffle(patients, new Random(seed));
        List<Annotated> pool = new ArrayList<>();
        List<Annotated> queries = new ArrayList<>();
        for (String patient : patients) {
            for (Annotated one : byPatient.getOrDefault(patient, List.of())) {
                if (pool.size() < n) {
                    pool.add(one);
                } else if (queries.size() < settings.queries()
                        && pool.stream()
                                .allMatch(s -> cases.maySupport(s.source(), one.source()))) {
                    queries.add(one);
                }
            }
        }
        if (pool.isEmpty() || queries.isEmpty()) {
            throw new EvaluationException(
                    EvaluationException.Code.TOO_FEW_SUPPORTS,
                    "label "
                            + members.getFirst().label()
                            + " has "
                            + members.size()
                            + " cases: a pool of "
                            + n
                            + " leaves "
                            + pool.size()
                            + " supports and "
                            + queries.size()
                            + " queries of other patients",
                    "pool",
                    n,
                    1);
        }
        Collections.shuffle(pool, new Random(EvaluationPool.seed(seed, "generic")));
        return new Draw(pool, queries);
    }
}
