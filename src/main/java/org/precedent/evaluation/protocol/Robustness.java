package org.precedent.evaluation.protocol;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.precedent.evaluation.Annotated;
import org.precedent.evaluation.EvaluationCase;
import org.precedent.evaluation.EvaluationException;
import org.precedent.evaluation.EvaluationPool;
import org.precedent.evaluation.Progress;
import org.precedent.evaluation.SupportChooser;
import org.precedent.evaluation.SupportChooser.Scored;
import org.precedent.evaluation.TrialRunner;
import org.precedent.evaluation.metric.Dice;
import org.precedent.evaluation.metric.LabelResult;
import org.precedent.evaluation.metric.LabelResult.QueryResult;
import org.precedent.imaging.Mask;
import org.precedent.retrieval.Temperature;
import org.precedent.segmentation.Segmentation;

/**
 * Whether the answer rests on the supports, and how it bears wrong ones. Every query is answered
 * from the same supports under every condition; only their masks are falsified.
 */
public final class Robustness {
    /** Fewer masks cannot change places. */
    private static final int FEWEST_SUPPORTS = 2;

    private final TrialRunner examiner;

    /** What is done to the supports' masks. */
    public enum Condition {
        /** Nothing. */
        RIGHT,
        /** The most similar support's mask lies half an image aside: a mask shifted by mistake. */
        ONE_MISPLACED,
        /** Every image gets the mask of another one: place and shape stay plausible. */
        SHUFFLED,
        /** Every mask is cut into 8 x 8 tiles that change places: only its area stays. */
        SCRAMBLED;

        /** The name as written in lines and tables: lower case. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Answers that should be empty.
     *
     * @param n queries
     * @param empty share of queries answered with an empty mask
     * @param area mean share of the image that was taken for the structure
     */
    public record Emptiness(int n, double empty, double area) {}

    /**
     * The same supports and queries with the masks of another label.
     *
     * @param other the other label
     * @param n queries that have both
     * @param diceToOther of the answer to the other label, with its own truth
     * @param diceToAsked of that answer, with the first label's truth
     * @param overlapOfAnswers Dice of the two answers with each other
     * @param overlapOfTruths Dice of the two truths with each other
     */
    public record OtherLabel(
            String other,
            int n,
            double diceToOther,
            double diceToAsked,
            double overlapOfAnswers,
            double overlapOfTruths) {}

    /**
     * @param conditions the score under each
     * @param emptyMasks all supports' masks empty
     * @param absent queries without the label, supports with it; absent where every case has it
     * @param otherLabel absent where no other label occurs beside this one often enough
     */
    public record Result(
            String label,
            Map<Condition, LabelResult> conditions,
            Emptiness emptyMasks,
            Optional<Emptiness> absent,
            Optional<OtherLabel> otherLabel) {

        public LabelResult of(Condition condition) {
            return Objects.requireNonNull(conditions.get(condition));
        }
    }

    /**
     * @param supportSize at least 2
     */
    public record Settings(
            SupportSize supportSize, SupportChooser chooser, Temperature temperature, long seed) {}

    public Robustness(TrialRunner examiner) {
        this.examiner = examiner;
    }

    /**
     * Asks the queries that have at least 2 supports.
     *
     * @throws EvaluationException when there is none, or K is 1
     */
    public Result run(EvaluationPool pool, Settings settings, Progress progress) {
        if (settings.supportSize().equals(SupportSize.of(1))) {
            throw EvaluationException.setting("support size", 1, "at least 2 to shuffle masks");
        }
        int k = settings.supportSize().of(pool);
        List<Annotated> asked =
                pool.queries().stream()
                        .filter(query -> pool.of(query).size() >= FEWEST_SUPPORTS)
                        .toList();
        if (k < FEWEST_SUPPORTS || asked.isEmpty()) {
            throw new EvaluationException(
                    EvaluationException.Code.TOO_FEW_SUPPORTS,
                    "label "
                            + pool.label()
                            + " has at most "
                            + Math.min(k, pool.mostSupports())
                            + " supports a query; shuffling their masks needs 2",
                    "k",
                    k,
                    FEWEST_SUPPORTS);
        }
        Map<Condition, List<QueryResult>> results = new LinkedHashMap<>();
        List<Segmentation> emptied = new ArrayList<>();
        long done = 0;
        for (Annotated query : asked) {
            long seed = LeaveOneOut.seed(settings.seed(), query, 0);
            List<Scored> right = choose(pool, query.source(), settings, k, seed);
            for (Condition condition : Condition.values()) {
                List<Scored> supports = falsified(condition, right, seed);
                results.computeIfAbsent(condition, c -> new ArrayList<>())
                        .add(
                                examiner.result(
                                        query,
                                        0,
                                        supports,
                                        settings.temperature(),
                                        examiner.answer(
                                                query.image(), supports, settings.temperature()),
                                        0));
            }
            emptied.add(
                    examiner.answer(
                            query.image(),
                            masked(right, one -> FalseMasks.empty(one.mask())),
                            settings.temperature()));
            progress.step(pool.label(), ++done, asked.size());
        }
        Map<Condition, LabelResult> byCondition = new LinkedHashMap<>();
        results.forEach((condition, queries) ->
                byCondition.put(
                        condition,
                        new LabelResult(
                                pool.label(), examiner.side(), k, pool.without().size(), queries)));
        return new Result(
                pool.label(),
                byCondition,
                emptiness(emptied),
                absent(pool, settings, k),
                otherLabel(pool, settings, k));
    }

    private List<Scored> choose(
            EvaluationPool pool, EvaluationCase query, Settings settings, int k, long seed) {
        return examiner.choose(
                new TrialRunner.Asked(settings.chooser(), pool.of(query), k, seed, pool.label()),
                query);
    }

    private static Emptiness emptiness(List<Segmentation> answers) {
        return new Emptiness(
                answers.size(),
                answers.stream().filter(a -> a.mask().area() == 0).count()
                        / (double) answers.size(),
                answers.stream()
                        .mapToDouble(a -> (double) a.mask().area() / a.mask().inside().length)
                        .average()
                        .orElseThrow());
    }

    // ---- falsified masks

    private static List<Scored> falsified(Condition condition, List<Scored> right, long seed) {
        return switch (condition) {
            case RIGHT -> right;
            case ONE_MISPLACED -> {
                List<Scored> supports = new ArrayList<>(right);
                Scored first = right.getFirst();
                supports.set(
                        0,
                        new Scored(
                                first.support().with(FalseMasks.misplaced(first.support().mask())),
                                first.similarity()));
                yield supports;
            }
            case SHUFFLED -> FalseMasks.shuffled(right, new Random(seed));
            case SCRAMBLED -> {
                Random random = new Random(seed);
                yield masked(right, one -> FalseMasks.scrambled(one.mask(), random));
            }
        };
    }

    /** How a support's mask is replaced. */
    private interface Falsifier {
        Mask mask(Annotated support);
    }

    private static List<Scored> masked(List<Scored> supports, Falsifier falsifier) {
        return supports.stream()
                .map(one ->
                        new Scored(
                                one.support().with(falsifier.mask(one.support())),
                                one.similarity()))
                .toList();
    }

    // ---- other targets

    private Optional<Emptiness> absent(EvaluationPool pool, Settings settings, int k) {
        List<Segmentation> answers = new ArrayList<>();
        for (EvaluationCase query : pool.without()) {
            if (answers.size() < pool.queries().size() && pool.of(query).size() >= k) {
                long seed = EvaluationPool.seed(settings.seed(), pool.label() + "\0" + query.id());
                answers.add(
                        examiner.answer(
                                query.image(),
                                choose(pool, query, settings, k, seed),
                                settings.temperature()));
            }
        }
        return answers.isEmpty() ? Optional.empty() : Optional.of(emptiness(answers));
    }

    private Optional<OtherLabel> otherLabel(EvaluationPool pool, Settings settings, int k) {
        Map<String, Long> beside = new LinkedHashMap<>();
        for (Annotated member : pool.members()) {
            member.source().masks().keySet().stream()
                    .filter(label -> !label.equals(pool.label()))
                    .forEach(label -> beside.merge(label, 1L, Long::sum));
        }
        String other =
                beside.entrySet().stream()
                        .max(
                                Map.Entry.<String, Long>comparingByValue()
                                        .thenComparing(
                                                Map.Entry.<String, Long>comparingByKey(
                                                        Comparator.reverseOrder())))
                        .map(Map.Entry::getKey)
                        .orElse("");
        double[] sums = new double[4];
        int n = 0;
        for (Annotated query : pool.queries()) {
            Mask otherTruth = query.source().masks().get(other);
            List<Annotated> both =
                    pool.of(query).stream()
                            .filter(one -> one.source().masks().containsKey(other))
                            .toList();
            if (otherTruth == null || both.size() < k) {
                continue;
            }
            long seed = LeaveOneOut.seed(settings.seed(), query, 0);
            List<Scored> supports =
                    examiner.choose(
                            new TrialRunner.Asked(settings.chooser(), both, k, seed, pool.label()),
                            query.source());
            Mask asked = examiner.answer(query.image(), supports, settings.temperature()).mask();
            Mask answer =
                    examiner.answer(
                                    query.image(),
                                    relabelled(supports, other),
                                    settings.temperature())
                            .mask();
            sums[0] += Dice.hard(answer, otherTruth);
            sums[1] += Dice.hard(answer, query.mask());
            sums[2] += Dice.hard(answer, asked);
            sums[3] += Dice.hard(otherTruth, query.mask());
            n++;
        }
        return n == 0
                ? Optional.empty()
                : Optional.of(
                        new OtherLabel(
                                other, n, sums[0] / n, sums[1] / n, sums[2] / n, sums[3] / n));
    }

    private static List<Scored> relabelled(List<Scored> supports, String label) {
        return supports.stream()
                .map(one -> {
                    EvaluationCase source = one.support().source();
                    return new Scored(
                            new Annotated(
                                    source,
                                    label,
                                    Objects.requireNonNull(source.masks().get(label))),
                            one.similarity());
                })
                .toList();
    }
}
