package org.precedent.curation.ranking;

import java.util.Comparator;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** Similarities and nearest images, compared one by one. */
final class Neighbours {
    private Neighbours() {}

    /** The inner product of two vectors. */
    static double similarity(float[] a, float[] b) {
        double sum = 0;
        for (int d = 0; d < a.length; d++) {
            sum += (double) a[d] * b[d];
        }
        return sum;
    }

    /**
     * The nearest of some positions, best first, ties by position.
     *
     * @param vectors of all positions
     * @param among which positions may be found
     * @param most of them at most
     */
    static List<Integer> nearest(float[] to, List<float[]> vectors, IntPredicate among, int most) {
        double[] similarities = new double[vectors.size()];
        return IntStream.range(0, vectors.size())
                .filter(among)
                .peek(i -> similarities[i] = similarity(to, vectors.get(i)))
                .boxed()
                .sorted(
                        Comparator.comparingDouble((Integer i) -> -similarities[i])
                                .thenComparingInt(i -> i))
                .limit(most)
                .toList();
    }
}
