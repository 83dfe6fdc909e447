package org.precedent.curation.ranking;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * Images unlike anything in their pool. An image's distance is that within which a tenth of the
 * pool lies: so many that some images of another kind, which are near each other, still stand out.
 * It is divided by the median of the pool's own such distances.
 */
public final class Outliers {
    /** Share of the pool that neighbours are; a kind of image that is rarer counts as unusual. */
    private static final double NEIGHBOURS = 0.1;

    private static final int FEWEST_NEIGHBOURS = 3;

    private Outliers() {}

    /** Whether two images may be each other's neighbours: not of one patient, not one picture. */
    @FunctionalInterface
    public interface Apart {
        boolean test(int image, int other);
    }

    /**
     * Ranks all images.
     *
     * @param vectors of length 1, one an image
     * @return all of them, the most unlike first; those without any neighbour are left out
     */
    public static List<Finding> among(List<float[]> vectors, Apart apart) {
        int n = vectors.size();
        int neighbours = Math.max(FEWEST_NEIGHBOURS, (int) Math.ceil(NEIGHBOURS * n));
        double[] distances = new double[n];
        boolean[] alone = new boolean[n];
        for (int i = 0; i < n; i++) {
            int image = i;
            List<Integer> near =
                    Neighbours.nearest(
                            vectors.get(i),
                            vectors,
                            j -> j != image && apart.test(image, j),
                            neighbours);
            alone[i] = near.isEmpty();
            distances[i] =
                    near.isEmpty() ? 0 : distance(vectors.get(image), vectors.get(near.getLast()));
        }
        double typical = Robust.median(distances);
        List<Finding> found = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            if (alone[i]) {
                continue;
            }
            double score = typical > 0 ? distances[i] / typical : 0;
            found.add(
                    new Finding(
                            i,
                            score,
                            String.format(
                                    Locale.ROOT,
                                    "the nearest tenth of the pool is %.2f times as far away as is"
                                            + " usual here (distance %.3f, median %.3f)",
                                    score,
                                    distances[i],
                                    typical)));
        }
        found.sort(Comparator.comparingDouble(Finding::score).reversed());
        return List.copyOf(found);
    }

    /** The Euclidean distance of two vectors of length 1. */
    static double distance(float[] a, float[] b) {
        return Math.sqrt(Math.max(0, 2 - 2 * Neighbours.similarity(a, b)));
    }
}
