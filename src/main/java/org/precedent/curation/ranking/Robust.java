package org.precedent.curation.ranking;

import java.util.Arrays;

/** Statistics that some wrong values among many do not move. */
final class Robust {
    /** The median absolute deviation of a normal distribution times this is its deviation. */
    private static final double NORMAL = 1.4826;

    private Robust() {}

    /** The median; 0 of nothing. */
    static double median(double[] values) {
        if (values.length == 0) {
            return 0;
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /**
     * How many deviations each value lies above the median.
     *
     * @param least deviation that counts, so that equal values do not make an unequal one infinite
     */
    static double[] scores(double[] values, double least) {
        double median = median(values);
        double[] away = Arrays.stream(values).map(v -> Math.abs(v - median)).toArray();
        double deviation = Math.max(least, NORMAL * median(away));
        return Arrays.stream(values).map(v -> (v - median) / deviation).toArray();
    }
}
