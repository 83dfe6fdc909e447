package org.precedent.imaging;

import java.util.Arrays;

/**
 * The exact Euclidean distance of every pixel to the nearest pixel of a set, after Felzenszwalb and
 * Huttenlocher (Distance Transforms of Sampled Functions, 2012).
 *
 * <ol>
 *   <li>The squared distance is the lower envelope of one parabola a pixel of the set: in each row
 *       first, of the parabolas f(q) + s^2 (p - q)^2 with f = 0 in the set and infinite elsewhere.
 *   <li>Then along each column, with the result of the rows as f. The order of the axes does not
 *       matter, and each pass is linear in the number of pixels.
 * </ol>
 */
public final class DistanceTransform {
    private DistanceTransform() {}

    /**
     * Distances between pixel centres.
     *
     * @param set the pixels to measure to
     * @param spacingX distance of neighbouring columns, > 0, in any unit
     * @param spacingY distance of neighbouring rows, > 0, in the same unit
     * @return [height, width] in that unit, 0 in the set; infinite everywhere when the set is empty
     */
    public static double[] to(Mask set, double spacingX, double spacingY) {
        if (!(spacingX > 0 && spacingY > 0)) {
            throw new IllegalArgumentException(
                    "pixel spacing " + spacingX + " x " + spacingY + " is not above 0");
        }
        int width = set.width();
        int height = set.height();
        double[] squared = new double[width * height];
        for (int i = 0; i < squared.length; i++) {
            squared[i] = set.inside()[i] ? 0 : Double.POSITIVE_INFINITY;
        }
        Envelope envelope = new Envelope(Math.max(width, height));
        for (int y = 0; y < height; y++) {
            envelope.transform(squared, y * width, 1, width, spacingX * spacingX);
        }
        for (int x = 0; x < width; x++) {
            envelope.transform(squared, x, width, height, spacingY * spacingY);
        }
        for (int i = 0; i < squared.length; i++) {
            squared[i] = Math.sqrt(squared[i]);
        }
        return squared;
    }

    /** The lower envelope of parabolas along one line, with its working arrays. */
    private static final class Envelope {
        private final double[] f;

        /** v of the paper: the roots of the parabolas in the envelope, from the left. */
        private final int[] roots;

        /** z of the paper: parabola k is lowest from z[k] to z[k + 1]. */
        private final double[] borders;

        Envelope(int longest) {
            f = new double[longest];
            roots = new int[longest];
            borders = new double[longest + 1];
        }

        /**
         * Replaces n values from {@code offset} on, {@code stride} apart, by min over q of f(q) + a
         * (p - q)^2.
         */
        void transform(double[] values, int offset, int stride, int n, double a) {
            int last = -1;
            for (int q = 0; q < n; q++) {
                f[q] = values[offset + q * stride];
                if (f[q] == Double.POSITIVE_INFINITY) {
                    continue; // no parabola here
                }
                double border = Double.NEGATIVE_INFINITY;
                while (last >= 0) {
                    border = meeting(roots[last], q, a);
                    if (border > borders[last]) {
                        break;
                    }
                    last--;
                }
                last++;
                roots[last] = q;
                borders[last] = last == 0 ? Double.NEGATIVE_INFINITY : border;
            }
            if (last < 0) {
                return; // all infinite: stays so
            }
            Arrays.fill(borders, last + 1, n + 1, Double.POSITIVE_INFINITY);
            int k = 0;
            for (int p = 0; p < n; p++) {
                while (borders[k + 1] < p) {
                    k++;
                }
                double d = p - roots[k];
                values[offset + p * stride] = a * d * d + f[roots[k]];
            }
        }

        /** Where the parabolas with roots r < q meet. */
        private double meeting(int r, int q, double a) {
            return (f[q] - f[r]) / (2 * a * (q - r)) + (q + r) / 2.0;
        }
    }
}
