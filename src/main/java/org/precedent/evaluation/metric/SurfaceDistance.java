package org.precedent.evaluation.metric;

import java.util.Arrays;
import org.precedent.imaging.DistanceTransform;
import org.precedent.imaging.Mask;

/**
 * How far the outlines of a prediction A and the truth B lie apart. An outline is the pixels of a
 * mask that have a 4-neighbour outside it, or lie at the image's edge; distances are between pixel
 * centres, each to the nearest pixel of the other outline.
 *
 * <p>Empty masks: where both are empty the distance is 0. Where one is, there is no distance; it
 * counts as the diagonal of the image, the longest that there could be, so that a mean never leaves
 * out a query that failed.
 *
 * @param hausdorff95 the larger of the two directions' 95th percentiles, between ranks
 *     interpolated; the unit is the spacing's
 * @param average the mean over the pixels of both outlines together, in the same unit
 */
public record SurfaceDistance(double hausdorff95, double average) {
    private static final double PERCENTILE = 0.95;

    /**
     * @throws IllegalArgumentException when the masks differ in size
     */
    public static SurfaceDistance between(Mask prediction, Mask truth, PixelSpacing spacing) {
        Dice.requireSize(prediction.width(), prediction.height(), truth);
        boolean nothing = prediction.area() == 0;
        if (nothing || truth.area() == 0) {
            double distance =
                    nothing && truth.area() == 0
                            ? 0
                            : Math.hypot(truth.width() * spacing.x(), truth.height() * spacing.y());
            return new SurfaceDistance(distance, distance);
        }
        Mask a = outline(prediction);
        Mask b = outline(truth);
        double[] fromA = distances(a, b, spacing);
        double[] fromB = distances(b, a, spacing);
        double sum = Arrays.stream(fromA).sum() + Arrays.stream(fromB).sum();
        return new SurfaceDistance(
                Math.max(percentile(fromA), percentile(fromB)),
                sum / (fromA.length + fromB.length));
    }

    private static Mask outline(Mask mask) {
        int width = mask.width();
        int height = mask.height();
        boolean[] outline = new boolean[width * height];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                boolean surrounded =
                        x > 0
                                && y > 0
                                && x < width - 1
                                && y < height - 1
                                && mask.at(x - 1, y)
                                && mask.at(x + 1, y)
                                && mask.at(x, y - 1)
                                && mask.at(x, y + 1);
                outline[y * width + x] = mask.at(x, y) && !surrounded;
            }
        }
        return new Mask(width, height, outline);
    }

    /** Of every pixel of one outline to the nearest of the other. */
    private static double[] distances(Mask from, Mask to, PixelSpacing spacing) {
        double[] nearest = DistanceTransform.to(to, spacing.x(), spacing.y());
        double[] distances = new double[from.area()];
        int found = 0;
        for (int i = 0; i < nearest.length; i++) {
            if (from.inside()[i]) {
                distances[found++] = nearest[i];
            }
        }
        return distances;
    }

    private static double percentile(double[] distances) {
        double[] sorted = distances.clone();
        Arrays.sort(sorted);
        double rank = PERCENTILE * (sorted.length - 1);
        int below = (int) rank;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (rank - below) * (sorted[above] - sorted[below]);
    }
}
