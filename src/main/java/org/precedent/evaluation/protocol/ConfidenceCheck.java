package org.precedent.evaluation.protocol;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.precedent.confidence.ConfidenceModel;
import org.precedent.confidence.Confidences;
import org.precedent.confidence.Evidence;
import org.precedent.confidence.EvidenceCollector;
import org.precedent.evaluation.Annotated;
import org.precedent.evaluation.EvaluationCases;
import org.precedent.evaluation.EvaluationException;
import org.precedent.evaluation.EvaluationPool;
import org.precedent.evaluation.Progress;
import org.precedent.evaluation.SupportChooser;
import org.precedent.evaluation.SupportChooser.Scored;
import org.precedent.evaluation.TrialRunner;
import org.precedent.evaluation.metric.Dice;
import org.precedent.retrieval.Temperature;
import org.precedent.segmentation.Segmentation;

/**
 * Whether an answer's predicted Dice tells its true one. The patients of a label are divided: some
 * are the pool, whose images calibrate the prediction, each answered from the others; the rest ask,
 * answered from the pool, with their truth unseen until the comparison.
 */
public final class ConfidenceCheck {
    /** Of the patients, as many as this share form the pool. */
    private static final double POOL_SHARE = 0.6;

    private final TrialRunner examiner;
    private final EvidenceCollector collector;

    /**
     * @param k supports of every answer, or as many as there are
     * @param calibration pool images that are answered at most, at least {@link
     *     ConfidenceModel#FEWEST}
     * @param queries that ask at most
     */
    public record Settings(
            int k,
            SupportChooser chooser,
            Temperature temperature,
            int calibration,
            int queries,
            long seed) {
        public Settings {
            if (k < 1 || queries < 1 || calibration < ConfidenceModel.FEWEST) {
                throw EvaluationException.setting(
                        "support size, queries, calibration",
                        k + ", " + queries + ", " + calibration,
                        "at least 1, 1 and " + ConfidenceModel.FEWEST);
            }
        }
    }

    /**
     * One query.
     *
     * @param flagged whether the service would have said that the precedent is insufficient
     * @param atLeast the lower bound of the Dice; NaN where there is none
     */
    public record Prediction(
            String id, double predicted, double dice, boolean flagged, double atLeast) {}

    /**
     * @param calibrated the pool's model
     * @param predictions one a query
     * @param supportSize the most supports that a query had
     */
    public record Result(
            String label,
            ConfidenceModel calibrated,
            List<Prediction> predictions,
            int supportSize) {
        public Result {
            predictions = List.copyOf(predictions);
        }
    }

    /**
     * Of many labels together.
     *
     * @param boundCoverage share of the queries whose Dice is at least its lower bound
     * @param boundWidth mean of one minus the bound
     */
    public record Summary(
            int queries,
            double spearman,
            double worstTenthFlagged,
            double flagged,
            double meanError,
            double boundCoverage,
            double boundWidth) {

        public static Summary of(List<Prediction> all) {
            double[] predicted = all.stream().mapToDouble(Prediction::predicted).toArray();
            double[] dice = all.stream().mapToDouble(Prediction::dice).toArray();
            double[] sorted = dice.clone();
            Arrays.sort(sorted);
            int tenth = Math.max(1, all.size() / 10);
            double worst = sorted.length == 0 ? 0 : sorted[Math.min(tenth, sorted.length) - 1];
            List<Prediction> bad = all.stream().filter(p -> p.dice() <= worst).toList();
            return new Summary(
                    all.size(),
                    ConfidenceModel.spearman(predicted, dice),
                    share(bad),
                    share(all),
                    all.stream()
                            .mapToDouble(p -> Math.abs(p.predicted() - p.dice()))
                            .average()
                            .orElse(Double.NaN),
                    bounded(all, p -> p.dice() >= p.atLeast() ? 1 : 0),
                    bounded(all, p -> 1 - p.atLeast()));
        }

        private static double bounded(List<Prediction> all, ToDoubleFunction<Prediction> value) {
            return all.stream()
                    .filter(p -> !Double.isNaN(p.atLeast()))
                    .mapToDouble(value)
                    .average()
                    .orElse(Double.NaN);
        }

        private static double share(List<Prediction> of) {
            return of.stream().mapToDouble(p -> p.flagged() ? 1 : 0).average().orElse(Double.NaN);
        }
    }

    public ConfidenceCheck(TrialRunner examiner) {
        this.examiner = examiner;
        this.collector = new EvidenceCollector(examiner.segmenter().network());
    }

    /**
     * @throws EvaluationException when the pool is too small to calibrate, or nobody is left to ask
     */
    public Result run(EvaluationCases cases, String label, Settings settings, Progress progress) {
        EvaluationPool all = new EvaluationPool(cases, label, Integer.MAX_VALUE, settings.seed());
        List<String> patients =
                new ArrayList<>(all.members().stream().map(Annotated::patient).distinct().toList());
        Collections.shuffle(
                patients, new Random(EvaluationPool.seed(settings.seed(), label + "\0patients")));
        List<String> inPool = patients.subList(0, (int) Math.ceil(POOL_SHARE * patients.size()));
        List<Annotated> pool =
                all.members().stream().filter(m -> inPool.contains(m.patient())).toList();
        List<Annotated> queries =
                shuffled(
                        all.members().stream().filter(m -> !inPool.contains(m.patient())).toList(),
                        settings.queries(),
                        EvaluationPool.seed(settings.seed(), label + "\0queries"));
        List<Annotated> known =
                shuffled(
                        pool,
                        settings.calibration(),
                        EvaluationPool.seed(settings.seed(), label + "\0calibration"));
        if (known.size() < ConfidenceModel.FEWEST || queries.isEmpty()) {
            throw new EvaluationException(
                    EvaluationException.Code.TOO_FEW_SUPPORTS,
                    "label "
                            + label
                            + " has "
                            + known.size()
                            + " images to calibrate with and "
                            + queries.size()
                            + " that could ask",
                    "pool",
                    known.size(),
                    ConfidenceModel.FEWEST);
        }
        List<Double> neighbours = neighbours(cases, pool, settings, label);
        List<Evidence> evidence = new ArrayList<>();
        List<Double> dice = new ArrayList<>();
        List<String> whose = new ArrayList<>();
        long total = known.size() + queries.size();
        for (Annotated one : known) {
            List<Annotated> others =
                    pool.stream().filter(p -> cases.maySupport(p.source(), one.source())).toList();
            if (!others.isEmpty()) {
                Answered answered = answer(one, others, neighbours, settings, label);
                evidence.add(answered.evidence());
                dice.add(answered.dice());
                whose.add(one.patient());
            }
            progress.step(label, evidence.size(), total);
        }
        ConfidenceModel model =
                ConfidenceModel.fit(
                        evidence, dice.stream().mapToDouble(Double::doubleValue).toArray(), whose);
        List<Prediction> predictions = new ArrayList<>();
        int most = 0;
        for (Annotated query : queries) {
            List<Annotated> may =
                    pool.stream()
                            .filter(p -> cases.maySupport(p.source(), query.source()))
                            .toList();
            if (!may.isEmpty()) {
                Answered answered = answer(query, may, neighbours, settings, label);
                most = Math.max(most, Math.min(settings.k(), may.size()));
                predictions.add(
                        new Prediction(
                                query.id(),
                                model.predict(answered.evidence()),
                                answered.dice(),
                                model.insufficient(answered.evidence()),
                                Objects.requireNonNullElse(
                                        model.atLeast(answered.evidence()), Double.NaN)));
            }
            progress.step(label, known.size() + predictions.size(), total);
        }
        return new Result(label, model, predictions, most);
    }

    private static List<Annotated> shuffled(List<Annotated> of, int most, long seed) {
        List<Annotated> order = new ArrayList<>(of);
        Collections.shuffle(order, new Random(seed));
        return List.copyOf(order.subList(0, Math.min(most, order.size())));
    }

    /** How similar each pool image is to its nearest other one, ascending. */
    private List<Double> neighbours(
            EvaluationCases cases, List<Annotated> pool, Settings settings, String label) {
        List<Double> nearest = new ArrayList<>();
        for (Annotated one : pool) {
            List<Annotated> others =
                    pool.stream().filter(p -> cases.maySupport(p.source(), one.source())).toList();
            if (!others.isEmpty()) {
                nearest.add(
                        examiner.nearestImages(one.source(), others, label, 1)
                                .getFirst()
                                .similarity());
            }
        }
        return nearest.stream().sorted().toList();
    }

    private record Answered(Evidence evidence, double dice) {}

    private Answered answer(
            Annotated query,
            List<Annotated> candidates,
            List<Double> neighbours,
            Settings settings,
            String label) {
        int k = Math.min(settings.k(), candidates.size());
        TrialRunner.Asked asked =
                new TrialRunner.Asked(
                        settings.chooser(),
                        candidates,
                        k,
                        LeaveOneOut.seed(settings.seed(), query, 0),
                        label);
        List<Scored> chosen = examiner.choose(asked, query.source());
        Segmentation answer = examiner.answer(query.image(), chosen, settings.temperature());
        double nearest =
                examiner.nearestImages(query.source(), candidates, label, 1)
                        .getFirst()
                        .similarity();
        Evidence evidence =
                collector.collect(
                        examiner.input(query.image()),
                        answer,
                        examiner.known(chosen, settings.temperature()),
                        Confidences.coverage(neighbours, nearest),
                        List.of());
        return new Answered(evidence, Dice.hard(answer.mask(), query.mask()));
    }
}
