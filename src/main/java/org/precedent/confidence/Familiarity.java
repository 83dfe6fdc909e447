package org.precedent.confidence;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.precedent.imaging.Appearance;

/**
 * What the images of a pool look like, and how far a query may be from them to be of their kind.
 * Nothing is fitted to answers, so that it needs no calibration: the distance of a query to the
 * nearest of the pool's images is compared with the distances of these to the nearest of another
 * patient.
 *
 * <p>The distance is the root mean square of the differences of {@link Appearance}, each divided by
 * its standard deviation in the pool, or by its tolerance where that is larger.
 */
final class Familiarity {
    /** Of fewer images with one of another patient nothing can be said. */
    static final int FEWEST = 6;

    /** The share of the pool's own images that are taken as its kind; the rest are its outliers. */
    private static final double WITHIN = 0.95;

    private static final double MARGIN = 0.05;

    private final List<Appearance> images;
    private final double[] scales;
    private final double reach;

    private Familiarity(List<Appearance> images, double[] scales, double reach) {
        this.images = images;
        this.scales = scales;
        this.reach = reach;
    }

    /** One image of a pool. */
    record Known(Appearance appearance, String patient) {}

    /**
     * Learns what a pool looks like.
     *
     * @return empty where fewer than {@value #FEWEST} images have another patient's beside them
     */
    static Optional<Familiarity> of(List<Known> pool) {
        List<Appearance> images = pool.stream().map(Known::appearance).toList();
        double[] scales = scales(images);
        double[] own =
                pool.stream()
                        .mapToDouble(one ->
                                pool.stream()
                                        .filter(other -> !other.patient().equals(one.patient()))
                                        .mapToDouble(other ->
                                                distance(
                                                        one.appearance(),
                                                        other.appearance(),
                                                        scales))
                                        .min()
                                        .orElse(Double.POSITIVE_INFINITY))
                        .filter(Double::isFinite)
                        .sorted()
                        .toArray();
        if (own.length < FEWEST) {
            return Optional.empty();
        }
        double reach = own[Math.min(own.length - 1, (int) (WITHIN * own.length))];
        return Optional.of(
                new Familiarity(images, scales, reach * (1 + MARGIN + 1.0 / own.length)));
    }

    /**
     * How strange a query is.
     *
     * @return its distance to the nearest image, over the pool's reach: above 1 it is unlike
     *     anything there
     */
    double strangeness(Appearance query) {
        double nearest =
                images.stream()
                        .mapToDouble(one -> distance(query, one, scales))
                        .min()
                        .orElseThrow();
        return reach == 0 ? (nearest == 0 ? 0 : Double.MAX_VALUE) : nearest / reach;
    }

    private static double[] scales(List<Appearance> images) {
        float[] tolerance = Appearance.tolerance();
        double[] scales = new double[Appearance.FEATURES];
        for (int f = 0; f < scales.length; f++) {
            int at = f;
            double mean = images.stream().mapToDouble(i -> i.features()[at]).average().orElse(0);
            double variance =
                    images.stream()
                            .mapToDouble(i -> Math.pow(i.features()[at] - mean, 2))
                            .average()
                            .orElse(0);
            scales[f] = Math.max(tolerance[f], Math.sqrt(variance));
        }
        return scales;
    }

    private static double distance(Appearance a, Appearance b, double[] scales) {
        double[] terms = new double[scales.length];
        for (int f = 0; f < terms.length; f++) {
            terms[f] = Math.pow((a.features()[f] - b.features()[f]) / scales[f], 2);
        }
        return Math.sqrt(Arrays.stream(terms).average().orElseThrow());
    }
}
