package org.precedent.evaluation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.precedent.retrieval.Temperature;

/**
 * Dice over temperature: what each query scored at each of them, and which of them is best. Labels
 * count equally, whatever the number of their queries.
 */
public final class TemperatureCurve {
    /** The similarity-weighted UniverSeg paper's range, 1e-5 to 100, with uniform behind it. */
    public static final List<Temperature> GRID =
            List.of(
                    new Temperature(1e-5),
                    new Temperature(1e-4),
                    new Temperature(1e-3),
                    new Temperature(0.005),
                    new Temperature(0.01),
                    new Temperature(0.025),
                    new Temperature(0.05),
                    new Temperature(0.1),
                    new Temperature(0.25),
                    new Temperature(0.5),
                    new Temperature(1),
                    new Temperature(10),
                    new Temperature(100),
                    Temperature.UNIFORM);

    private final List<Temperature> grid;
    private final List<Answers> answers = new ArrayList<>();

    /** One query's scores. */
    record Answers(String label, String patient, double[] dice) {}

    /**
     * @param grid rising; uniform among them, so that not weighing at all is one of the choices
     */
    public TemperatureCurve(List<Temperature> grid) {
        this.grid = List.copyOf(grid);
        if (!this.grid.contains(Temperature.UNIFORM)) {
            throw new IllegalArgumentException("a grid without uniform: " + grid);
        }
    }

    public List<Temperature> grid() {
        return grid;
    }

    /**
     * Takes one query.
     *
     * @param dice at every temperature of the grid
     */
    public void add(String label, String patient, double[] dice) {
        if (dice.length != grid.size()) {
            throw new IllegalArgumentException(dice.length + " scores, expected " + grid.size());
        }
        answers.add(new Answers(label, patient, dice.clone()));
    }

    List<Answers> answers() {
        return List.copyOf(answers);
    }

    /** Takes all queries of a curve of the same grid. */
    public void addAll(TemperatureCurve other) {
        other.answers.forEach(one -> add(one.label(), one.patient(), one.dice()));
    }

    /** Queries taken. */
    public int n() {
        return answers.size();
    }

    /** Patients of the queries taken. */
    public long patients() {
        return answers.stream().map(Answers::patient).distinct().count();
    }

    /** The mean over labels of their mean Dice at one temperature. */
    public double mean(Temperature temperature) {
        return mean(grid.indexOf(temperature), one -> true);
    }

    /** The mean over queries at one temperature, with its interval. */
    public Estimate estimate(Temperature temperature, long seed) {
        int at = grid.indexOf(temperature);
        return Estimate.of(
                answers.stream()
                        .map(one -> new Estimate.Observation(one.patient(), one.dice()[at]))
                        .toList(),
                seed);
    }

    /** The temperature of the highest mean; of equal ones the largest, which assumes the least. */
    public Temperature best() {
        return best(one -> true);
    }

    /**
     * What choosing gains over uniform weights on queries that did not choose: patients are dealt
     * to two halves, each is answered at the temperature that is best on the other.
     *
     * @throws EvaluationException when there is but one patient
     */
    public Estimate gain(long seed) {
        Set<String> first = firstHalf(answers.stream().map(Answers::patient).toList());
        int uniform = grid.indexOf(Temperature.UNIFORM);
        int forFirst = grid.indexOf(best(one -> !first.contains(one.patient())));
        int forSecond = grid.indexOf(best(one -> first.contains(one.patient())));
        return Estimate.of(
                answers.stream()
                        .map(one -> {
                            int at = first.contains(one.patient()) ? forFirst : forSecond;
                            return new Estimate.Observation(
                                    one.patient(), one.dice()[at] - one.dice()[uniform]);
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
                    "choosing a temperature needs queries of at least 2 patients, there is "
                            + counts.size(),
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

    private Temperature best(Predicate<Answers> which) {
        Temperature best = grid.getFirst();
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
