package org.precedent.evaluation.metric;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A mean and how sure it is. The interval is the percentile bootstrap over patients: all of a
 * patient's values are drawn together, because they are not independent.
 *
 * @param mean of the values
 * @param low 2.5th percentile of the resampled means; NaN for fewer than two patients
 * @param high 97.5th percentile; NaN for fewer than two patients
 * @param n number of values
 */
public record Estimate(double mean, double low, double high, int n) {
    private static final int RESAMPLES = 2000;

    /** One value and whose it is. */
    public record Observation(String patient, double value) {}

    /**
     * @param observations at least one
     * @param seed of the resampling
     */
    public static Estimate of(List<Observation> observations, long seed) {
        if (observations.isEmpty()) {
            throw new IllegalArgumentException("no observations");
        }
        Map<String, List<Double>> byPatient = new LinkedHashMap<>();
        for (Observation one : observations) {
            byPatient.computeIfAbsent(one.patient(), p -> new ArrayList<>()).add(one.value());
        }
        double mean = observations.stream().mapToDouble(Observation::value).average().orElseThrow();
        int patients = byPatient.size();
        if (patients < 2) {
            return new Estimate(mean, Double.NaN, Double.NaN, observations.size());
        }
        double[] sums = new double[patients];
        int[] counts = new int[patients];
        int next = 0;
        for (List<Double> values : byPatient.values()) {
            sums[next] = values.stream().mapToDouble(Double::doubleValue).sum();
            counts[next++] = values.size();
        }
        Random random = new Random(seed);
        double[] means = new double[RESAMPLES];
        for (int r = 0; r < RESAMPLES; r++) {
            double sum = 0;
            int count = 0;
            for (int i = 0; i < patients; i++) {
                int drawn = random.nextInt(patients);
                sum += sums[drawn];
                count += counts[drawn];
            }
            means[r] = sum / count;
        }
        Arrays.sort(means);
        return new Estimate(
                mean,
                means[(int) Math.round(0.025 * (RESAMPLES - 1))],
                means[(int) Math.round(0.975 * (RESAMPLES - 1))],
                observations.size());
    }

    /** The sample's standard deviation (n - 1); 0 for one value. */
    public static double deviation(double[] values) {
        if (values.length < 2) {
            return 0;
        }
        double mean = Arrays.stream(values).average().orElseThrow();
        double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
        return Math.sqrt(squares / (values.length - 1));
    }
}
