package org.precedent.evaluation;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.precedent.Sha256;
import org.precedent.imaging.InputRange;
import org.precedent.imaging.NetworkInput;
import org.precedent.imaging.Plane;
import org.precedent.imaging.Raster;
import org.precedent.imaging.Resampling;

/**
 * Images that show the same thing twice: the same pixels, or the same picture taken, cut or encoded
 * anew and shifted a little. A query that finds its twin among its supports measures nothing.
 *
 * <ol>
 *   <li>Frames of one value are cut off. Only pairs whose centred 16 x 16 thumbnails have a cosine
 *       above .9 are looked at.
 *   <li>Both images are brought to 64 x 64 and laid over each other where they correlate best, at
 *       most 3 pixels apart.
 *   <li>In every window of 8 x 8 pixels that holds any structure the correlation of both is taken:
 *       a pair is a twin when their median is above .93.
 * </ol>
 *
 * <p>Different pictures of alike things agree in their coarse outline, so that no threshold on
 * thumbnails tells them from twins; twins agree everywhere in detail. Of 864 images of seven sets,
 * four pairs of one set (white blood cells) are twins with .956 to 1; all other pairs reach .901 at
 * most, neighbouring slices of one patient .871. Larger shifts, turns and flips are not looked for.
 */
public final class NearDuplicates {
    private static final int SIDE = 64;
    private static final int THUMBNAIL = 16;
    private static final double ALIKE = 0.9;
    private static final int SHIFT = 3;
    private static final int WINDOW = 8;

    /** Variance of the grey values, in [0, 1], below which a window is rounding and noise. */
    private static final double STRUCTURE = 1 / (255.0 * 255.0);

    private static final int FEWEST_WINDOWS = 64;
    private static final double TWIN = 0.93;

    private final Set<Set<String>> pairs;

    private NearDuplicates(Set<Set<String>> pairs) {
        this.pairs = pairs;
    }

    /** Compares every image with every other. */
    public static NearDuplicates among(List<EvaluationCase> cases) {
        List<Look> looks =
                cases.parallelStream().map(one -> Look.of(one.id(), one.image())).toList();
        Set<Set<String>> pairs = new HashSet<>();
        IntStream.range(0, looks.size())
                .parallel()
                .mapToObj(i ->
                        looks.subList(i + 1, looks.size()).stream()
                                .filter(other -> looks.get(i).isTwin(other))
                                .map(other -> Set.of(looks.get(i).id, other.id))
                                .toList())
                .toList()
                .forEach(pairs::addAll);
        return new NearDuplicates(Set.copyOf(pairs));
    }

    /** How alike two images are in detail, in [-1, 1]; 0 where they are not even in outline. */
    static double likeness(Raster a, Raster b) {
        return Look.of("a", a).likeness(Look.of("b", b));
    }

    /** Whether two images, by their cases' ids, are twins. */
    public boolean are(String id, String other) {
        return !id.equals(other) && pairs.contains(Set.of(id, other));
    }

    /** All twins, as pairs of ids. */
    public Set<Set<String>> pairs() {
        return pairs;
    }

    /** One image as it is compared. */
    private record Look(
            String id, String sha256, double[] fine, double[] half, double[] thumbnail) {
        static Look of(String id, Raster image) {
            Plane plane = Resampling.bilinear(trimmed(InputRange.CURRENT.plane(image)), SIDE, SIDE);
            double[] fine = new double[SIDE * SIDE];
            float[] stretched = NetworkInput.stretched(plane).values();
            for (int i = 0; i < fine.length; i++) {
                fine[i] = stretched[i];
            }
            double[] half = halved(fine, SIDE);
            double[] thumbnail = halved(half, SIDE / 2);
            return new Look(id, Sha256.of(image.toNetpbm()), fine, half, thumbnail);
        }

        boolean isTwin(Look other) {
            return likeness(other) > TWIN;
        }

        /** The median of step 3; 1 for equal pixels, 0 for pairs that step 1 leaves out. */
        double likeness(Look other) {
            if (sha256.equals(other.sha256)) {
                return 1;
            }
            if (correlation(thumbnail, other.thumbnail, THUMBNAIL, 0, 0) < ALIKE) {
                return 0;
            }
            int[] coarse = bestShift(half, other.half, SIDE / 2, 0, 0, (SHIFT + 1) / 2);
            int[] best = bestShift(fine, other.fine, SIDE, 2 * coarse[0], 2 * coarse[1], 1);
            return detail(fine, other.fine, best[0], best[1]);
        }
    }

    /** Without a frame of one value, whose edge would be a detail that all images share. */
    private static Plane trimmed(Plane plane) {
        float frame = plane.at(0, 0);
        int left = plane.width();
        int top = plane.height();
        int right = -1;
        int bottom = -1;
        for (int y = 0; y < plane.height(); y++) {
            for (int x = 0; x < plane.width(); x++) {
                if (plane.at(x, y) != frame) {
                    left = Math.min(left, x);
                    right = Math.max(right, x);
                    top = Math.min(top, y);
                    bottom = Math.max(bottom, y);
                }
            }
        }
        if (right < left) {
            return plane;
        }
        int width = right - left + 1;
        int height = bottom - top + 1;
        float[] values = new float[width * height];
        for (int y = 0; y < height; y++) {
            System.arraycopy(
                    plane.values(), (top + y) * plane.width() + left, values, y * width, width);
        }
        return new Plane(width, height, values);
    }

    private static double[] halved(double[] square, int side) {
        int half = side / 2;
        double[] halved = new double[half * half];
        for (int i = 0; i < halved.length; i++) {
            int at = 2 * (i / half) * side + 2 * (i % half);
            halved[i] =
                    (square[at] + square[at + 1] + square[at + side] + square[at + side + 1]) / 4;
        }
        return halved;
    }

    private static int[] bestShift(double[] a, double[] b, int side, int dx, int dy, int around) {
        int[] best = {dx, dy};
        double most = Double.NEGATIVE_INFINITY;
        for (int y = dy - around; y <= dy + around; y++) {
            for (int x = dx - around; x <= dx + around; x++) {
                double found = correlation(a, b, side, x, y);
                if (found > most) {
                    most = found;
                    best = new int[] {x, y};
                }
            }
        }
        return best;
    }

    /** Pearson's correlation where a, and b moved by (dx, dy), overlap; 0 where one is constant. */
    private static double correlation(double[] a, double[] b, int side, int dx, int dy) {
        double n = 0;
        double sumA = 0;
        double sumB = 0;
        double squaresA = 0;
        double squaresB = 0;
        double products = 0;
        for (int y = Math.max(0, dy); y < side + Math.min(0, dy); y++) {
            for (int x = Math.max(0, dx); x < side + Math.min(0, dx); x++) {
                double u = a[y * side + x];
                double v = b[(y - dy) * side + x - dx];
                n++;
                sumA += u;
                sumB += v;
                squaresA += u * u;
                squaresB += v * v;
                products += u * v;
            }
        }
        double variances = (squaresA - sumA * sumA / n) * (squaresB - sumB * sumB / n);
        return variances > 0 ? (products - sumA * sumB / n) / Math.sqrt(variances) : 0;
    }

    /** The median correlation of windows with structure; 0 where there are too few of them. */
    private static double detail(double[] a, double[] b, int dx, int dy) {
        int left = Math.max(0, dx);
        int top = Math.max(0, dy);
        int right = SIDE + Math.min(0, dx) - WINDOW;
        int bottom = SIDE + Math.min(0, dy) - WINDOW;
        double[] found = new double[SIDE * SIDE];
        int n = 0;
        double size = WINDOW * WINDOW;
        for (int y = top; y <= bottom; y++) {
            for (int x = left; x <= right; x++) {
                double sumA = 0;
                double sumB = 0;
                double squaresA = 0;
                double squaresB = 0;
                double products = 0;
                for (int v = y; v < y + WINDOW; v++) {
                    for (int u = x; u < x + WINDOW; u++) {
                        double p = a[v * SIDE + u];
                        double q = b[(v - dy) * SIDE + u - dx];
                        sumA += p;
                        sumB += q;
                        squaresA += p * p;
                        squaresB += q * q;
                        products += p * q;
                    }
                }
                double varianceA = squaresA / size - sumA * sumA / size / size;
                double varianceB = squaresB / size - sumB * sumB / size / size;
                if (varianceA > STRUCTURE || varianceB > STRUCTURE) {
                    double covariance = products / size - sumA * sumB / size / size;
                    found[n++] =
                            covariance
                                    / Math.sqrt(
                                            (Math.max(0, varianceA) + STRUCTURE)
                                                    * (Math.max(0, varianceB) + STRUCTURE));
                }
            }
        }
        if (n < FEWEST_WINDOWS) {
            return 0;
        }
        double[] sorted = Arrays.copyOf(found, n);
        Arrays.sort(sorted);
        return sorted[n / 2];
    }
}
