package org.precedent.evaluation.protocol;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.precedent.evaluation.EvaluationException;
import org.precedent.evaluation.metric.Estimate;

/**
 * Dice over the settings that something may have: what each query scored at each of them, and which
 * of them is best. Labels count equally, whatever the number of their queries.
 *
 * @param <S> a setting
 */
public abstract sealed class SettingCurve<S> permits TemperatureCurve, FusionCurve {
    private final List<S> grid;
    private final S reference;
    private final List<Answers> answers = new ArrayList<>();

    /** One query's scores. */
    record Answers(String label, String patient, double[] dice) {}

    /**
     * @param grid the later a setting, the less it assumes
     * @param reference what choosing is compared with; of the grid, so that leaving everything as
     *     it is is one of the choices
     */
    SettingCurve(List<S> grid, S reference) {
        this.grid = List.copyOf(grid);
        this.reference = reference;
        if (!this.grid.contains(reference)) {
            throw new IllegalArgumentException("a grid without " + reference + ": " + grid);
        }
    }

    public final List<S> grid() {
        return grid;
    }

    /**
     * Takes one query.
     *
     * @param dice at every setting of the grid
     */
    public final void add(String label, String patient, double[] dice) {
        if (dice.length != grid.size()) {
            throw new IllegalArgumentException(dice.length + " scores, expected " + grid.size());
        }
        answers.add(new Answers(label, patient, dice.clone()));
    }

    final List<Answers> answers() {
        return List.copyOf(answers);
    }

    /** Takes all queries of a curve of the same grid. */
    public final void addAll(SettingCurve<S> other) {
        other.answers().forEach(one -> add(one.label(), one.patient(), one.dice()));
    }

    /** Queries taken. */
    public final int n() {
        return answers.size();
    }

    /** Patients of the queries taken. */
    public final long patients() {
        return answers.stream().map(Answers::patient).distinct().count();
    }

    /** The mean over labels of their mean Dice at one setting. */
    public final double mean(S setting) {
        return mean(grid.indexOf(setting), one -> true);
    }

    /** The mean over queries at one setting, with its interval. */
    public final Estimate estimate(S setting, long seed) {
        int at = grid.indexOf(setting);
        return Estimate.of(
                answers.stream()
                        .map(one -> new Estimate.Observation(one.patient(), one.dice()[at]))
                        .toList(),
                seed);
    }

    /** The setting of the highest mean; of equal ones the last, which assumes the least. */
    public final S best() {
        return best(one -> true);
    }

    /**
     * What choosing gains over the reference on queries that did not choose: patients are dealt to
     * two halves, each is answered at the setting that is best on the other.
     *
     * @throws EvaluationException when there is but one patient
     */
    public final Estimate gain(long seed) {
        Set<String> first = firstHalf(answers.stream().map(Answers::patient).toList());
        int before = grid.indexOf(reference);
        int forFirst = grid.indexOf(best(one -> !first.contains(one.patient())));
        int forSecond = grid.indexOf(best(one -> first.contains(one.patient())));
        return Estimate.of(
                answers.stream()
                        .map(one -> {
                            int at = first.contains(one.patient()) ? forFirst : forSecond;
                            return new Estimate.Observation(
                                    one.patient(), one.dice()[at] - one.dice()[before]);
                        })
                        .toList(),
                seed);
    }

    /**
     * Every other patient, in the order given, so that both halves hold about as many queries.
     *
     * @throws EvaluationException when there is but one patient
     */
    static Set<String> firstHalf(List<String> patients) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        patients.forEach(patient -> counts.merge(patient, 1, Integer::sum));
        if (counts.size() < 2) {
            throw new EvaluationException(
                    EvaluationException.Code.TOO_FEW_SUPPORTS,
                    "choosing needs queries of at least 2 patients, there is " + counts.size(),
                    "queries",
                    counts.size(),
                    2);
        }
        Set<String> first = new LinkedHashSet<>();
        int balance = 0;
        for (Map.Entry<String, Integer> one : counts.entrySet()) {
            if (balance <= 0) {
                first.add(one.getKey());
                balance += one.getValue();
            } else {
                balance -= one.getValue();
            }
        }
        return first;
    }

    private S best(Predicate<Answers> which) {
        S best = grid.getFirst();
        double most = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < grid.size(); i++) {
            double mean = mean(i, which);
            if (mean >= most) {
                most = mean;
                best = grid.get(i);
            }
        }
        return best;
    }

    private double mean(int at, Predicate<Answers> which) {
        Map<String, double[]> sums = new HashMap<>();
        answers.stream()
                .filter(which)
                .forEach(one -> {
                    double[] sum = sums.computeIfAbsent(one.label(), l -> new double[2]);
                    sum[0] += one.dice()[at];
                    sum[1]++;
                });
        return sums.values().stream()
                .mapToDouble(sum -> sum[0] / sum[1])
                .average()
                .orElse(Double.NEGATIVE_INFINITY);
    }
}
