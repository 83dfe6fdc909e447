package org.precedent.imaging;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.precedent.Sha256;

/**
 * A small version of a picture by which it is recognised again: the same pixels, or the same
 * picture encoded, scaled, brightened or framed anew, cut a little, or photographed twice. It is
 * the one place that decides this, for queries and for evaluations alike.
 *
 * <ol>
 *   <li>Pictures are brought to 64 x 64. Only pairs whose 16 x 16 thumbnails correlate above .9 are
 *       looked at.
 *   <li>They are laid over each other where they correlate best, at most 3 pixels apart.
 *   <li>In every window of 8 x 8 pixels that holds any structure the correlation of both is taken.
 *       The median of these correlations is the likeness: above {@value #SAME} two pictures are the
 *       same.
 *   <li>A picture with a {@link Frame} is also looked at without it, and the largest likeness
 *       counts. Windows that reach into the frames of both do not count: edges of frames are
 *       details that all pictures of one size share. A frame of more than nine tenths of a picture
 *       leaves too little of it for that, and the picture is looked at without it only.
 * </ol>
 *
 * <p>Different pictures of alike things agree in their coarse outline, so that no threshold on
 * thumbnails tells them from one picture sent twice; the same picture agrees everywhere in detail.
 * Larger shifts and turns are not looked for, mirror images only by {@link #mirrored}. {@code
 * NearDuplicateRatesTest} measures both kinds of error on seven sets and prints them.
 */
public final class Fingerprint {
    /** Two pictures whose likeness is above this show the same. */
    public static final double SAME = 0.93;

    private static final int SIDE = 64;
    private static final int THUMBNAIL = 16;
    private static final double ALIKE = 0.9;
    private static final int SHIFT = 3;
    private static final int WINDOW = 8;

    /** Variance of the grey values, in [0, 1], below which a window is rounding and noise. */
    private static final double STRUCTURE = 1 / (255.0 * 255.0);

    private static final int FEWEST_WINDOWS = 64;

    /** The least part of a picture inside its frame that is compared where it is. */
    private static final double LEAST_INSIDE = 0.1;

    /** How far the values of a frame lie apart, as a part of the picture's range. */
    private static final double EVEN = 0.03;

    private static final Frame ALL = new Frame(0, 0, SIDE, SIDE);

    private final String pixelsSha256;

    /** The picture, and the picture without its frame where it has one, or that alone. */
    private final List<Small> versions;

    private Fingerprint(String pixelsSha256, List<Small> versions) {
        this.pixelsSha256 = pixelsSha256;
        this.versions = versions;
    }

    /** Makes the fingerprint of a picture, some milliseconds of work for a million pixels. */
    public static Fingerprint of(Raster image) {
        Raster canonical = image.canonical();
        Plane plane = Resampling.plane(canonical);
        return new Fingerprint(Sha256.of(canonical.toNetpbm()), versions(plane));
    }

    private static List<Small> versions(Plane plane) {
        Small whole = Small.of(plane);
        Frame inside = Frame.around(plane, EVEN * whole.range(), 1);
        Frame exactly = Frame.around(plane, 0, 0);
        long pixels = (long) plane.width() * plane.height();
        List<Small> versions = new ArrayList<>();
        if (exactly.pixels() < pixels) {
            versions.add(Small.of(exactly.cut(plane)));
        }
        if (versions.isEmpty() || inside.pixels() >= LEAST_INSIDE * pixels) {
            versions.add(whole.inside(inside.scaled(plane.width(), plane.height(), SIDE)));
        }
        return versions;
    }

    /** The SHA-256 of the canonical samples. */
    public String pixelsSha256() {
        return pixelsSha256;
    }

    /** Whether both are the same samples, whatever files and sample formats they came in. */
    public boolean samePixels(Fingerprint other) {
        return pixelsSha256.equals(other.pixelsSha256);
    }

    /** Whether both show the same picture. */
    public boolean samePicture(Fingerprint other) {
        return likeness(other) > SAME;
    }

    /**
     * How alike two pictures are in detail.
     *
     * @return in [-1, 1]; 1 for the same samples, 0 where they are not even alike in outline
     */
    public double likeness(Fingerprint other) {
        if (samePixels(other)) {
            return 1;
        }
        double most = -1;
        for (Small mine : versions) {
            for (Small theirs : other.versions) {
                most = Math.max(most, mine.likeness(theirs));
            }
        }
        return most;
    }

    /**
     * The fingerprint of the same picture mirrored. It never has the same pixels as another one,
     * because only what is compared is mirrored.
     *
     * @param leftToRight whether columns change places
     * @param upsideDown whether rows change places
     */
    public Fingerprint mirrored(boolean leftToRight, boolean upsideDown) {
        return new Fingerprint(
                pixelsSha256 + " mirrored " + leftToRight + upsideDown,
                versions.stream().map(one -> one.mirrored(leftToRight, upsideDown)).toList());
    }

    /**
     * One picture as it is compared: [64 x 64], [32 x 32] and [16 x 16] grey values.
     *
     * @param inside what counts of the 64 x 64
     * @param range of the picture's own values, the middle 98% of them
     */
    private record Small(
            float[] fine, float[] half, float[] thumbnail, Frame inside, double range) {
        static Small of(Plane plane) {
            float[] values = Resampling.bilinear(plane, SIDE, SIDE).values();
            float[] middle = middle(values);
            float range = middle[1] - middle[0];
            float[] fine = scaled(values, middle[0], range);
            float[] half = halved(fine, SIDE);
            return new Small(fine, half, halved(half, SIDE / 2), ALL, range);
        }

        Small inside(Frame frame) {
            return new Small(fine, half, thumbnail, frame, range);
        }

        Small mirrored(boolean leftToRight, boolean upsideDown) {
            return new Small(
                    mirrored(fine, SIDE, leftToRight, upsideDown),
                    mirrored(half, SIDE / 2, leftToRight, upsideDown),
                    mirrored(thumbnail, THUMBNAIL, leftToRight, upsideDown),
                    new Frame(
                            leftToRight ? SIDE - inside.right() : inside.left(),
                            upsideDown ? SIDE - inside.bottom() : inside.top(),
                            leftToRight ? SIDE - inside.left() : inside.right(),
                            upsideDown ? SIDE - inside.top() : inside.bottom()),
                    range);
        }

        private static float[] mirrored(
                float[] square, int side, boolean leftToRight, boolean upsideDown) {
            float[] mirrored = new float[square.length];
            for (int i = 0; i < square.length; i++) {
                int x = leftToRight ? side - 1 - i % side : i % side;
                int y = upsideDown ? side - 1 - i / side : i / side;
                mirrored[i] = square[y * side + x];
            }
            return mirrored;
        }

        double likeness(Small other) {
            if (correlation(thumbnail, other.thumbnail, THUMBNAIL, 0, 0) < ALIKE) {
                return 0;
            }
            int[] coarse = bestShift(half, other.half, SIDE / 2, 0, 0, (SHIFT + 1) / 2);
            int[] best = bestShift(fine, other.fine, SIDE, 2 * coarse[0], 2 * coarse[1], 1);
            return detail(this, other, best[0], best[1]);
        }
    }

    /**
     * The least and the greatest of the middle 98% of the values, or of all where those are equal:
     * one bright pixel must not decide what counts as structure.
     */
    private static float[] middle(float[] values) {
        float[] sorted = values.clone();
        Arrays.sort(sorted);
        int end = sorted.length / 100;
        float[] middle = {sorted[end], sorted[sorted.length - 1 - end]};
        return middle[0] < middle[1] ? middle : new float[] {sorted[0], sorted[sorted.length - 1]};
    }

    /** Brings a range of values to [0, 1], and cuts none. */
    private static float[] scaled(float[] values, float low, float range) {
        float[] scaled = new float[values.length];
        if (range > 0) {
            for (int i = 0; i < values.length; i++) {
                scaled[i] = (values[i] - low) / range;
            }
        }
        return scaled;
    }

    private static float[] halved(float[] square, int side) {
        int half = side / 2;
        float[] halved = new float[half * half];
        for (int i = 0; i < halved.length; i++) {
            int at = 2 * (i / half) * side + 2 * (i % half);
            halved[i] =
                    (square[at] + square[at + 1] + square[at + side] + square[at + side + 1]) / 4;
        }
        return halved;
    }

    private static int[] bestShift(float[] a, float[] b, int side, int dx, int dy, int around) {
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
    private static double correlation(float[] a, float[] b, int side, int dx, int dy) {
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

    /**
     * The median correlation of windows with structure that lie inside one of both frames; 0 where
     * there are too few of them. Sums over windows are differences of running sums, so that a pair
     * costs a fraction of a millisecond.
     */
    private static double detail(Small first, Small second, int dx, int dy) {
        float[] a = first.fine();
        float[] b = second.fine();
        Frame mine = first.inside();
        Frame theirs = second.inside();
        int left = Math.max(Math.max(0, dx), Math.min(mine.left(), theirs.left() + dx));
        int top = Math.max(Math.max(0, dy), Math.min(mine.top(), theirs.top() + dy));
        int width =
                Math.min(SIDE + Math.min(0, dx), Math.max(mine.right(), theirs.right() + dx))
                        - left;
        int height =
                Math.min(SIDE + Math.min(0, dy), Math.max(mine.bottom(), theirs.bottom() + dy))
                        - top;
        if (width < WINDOW || height < WINDOW) {
            return 0;
        }
        int stride = width + 1;
        double[] sumA = new double[stride * (height + 1)];
        double[] sumB = new double[sumA.length];
        double[] squaresA = new double[sumA.length];
        double[] squaresB = new double[sumA.length];
        double[] products = new double[sumA.length];
        for (int y = 0; y < height; y++) {
            double rowA = 0;
            double rowB = 0;
            double rowSquaresA = 0;
            double rowSquaresB = 0;
            double rowProducts = 0;
            for (int x = 0; x < width; x++) {
                double u = a[(top + y) * SIDE + left + x];
                double v = b[(top + y - dy) * SIDE + left + x - dx];
                rowA += u;
                rowB += v;
                rowSquaresA += u * u;
                rowSquaresB += v * v;
                rowProducts += u * v;
                int at = (y + 1) * stride + x + 1;
                sumA[at] = sumA[at - stride] + rowA;
                sumB[at] = sumB[at - stride] + rowB;
                squaresA[at] = squaresA[at - stride] + rowSquaresA;
                squaresB[at] = squaresB[at - stride] + rowSquaresB;
                products[at] = products[at - stride] + rowProducts;
            }
        }
        double[] found = new double[(width - WINDOW + 1) * (height - WINDOW + 1)];
        int n = 0;
        double size = WINDOW * WINDOW;
        for (int y = 0; y + WINDOW <= height; y++) {
            for (int x = 0; x + WINDOW <= width; x++) {
                int at = y * stride + x;
                double meanA = window(sumA, at, stride) / size;
                double meanB = window(sumB, at, stride) / size;
                double varianceA = window(squaresA, at, stride) / size - meanA * meanA;
                double varianceB = window(squaresB, at, stride) / size - meanB * meanB;
                if (varianceA > STRUCTURE || varianceB > STRUCTURE) {
                    double covariance = window(products, at, stride) / size - meanA * meanB;
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

    private static double window(double[] sums, int at, int stride) {
        int below = at + WINDOW * stride;
        return sums[below + WINDOW] - sums[below] - sums[at + WINDOW] + sums[at];
    }
}
