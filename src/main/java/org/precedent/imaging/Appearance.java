package org.precedent.imaging;

import java.util.Arrays;

/**
 * What a picture looks like, whatever it shows: how its grey values are spread, how far they hang
 * together, how much detail it has at each scale, its colour and its form. Pictures of one kind
 * (the same modality, region and preparation) are alike in these figures; it says whether a picture
 * is of a pool's kind at all, not which of its images is the most similar one.
 *
 * <p>The picture is brought to {@value #SIDE} x {@value #SIDE} and its middle 99% of grey values to
 * [0, 1], so that neither resolution nor gain counts.
 *
 * @param features [{@value #FEATURES}]
 * @param constant whether all its grey values are the same
 * @param coherence correlation of neighbouring pixels, in [-1, 1]: about 0 in noise, above .35 in
 *     every image of the 69 annotated sets that it was tried on
 */
public record Appearance(float[] features, boolean constant, double coherence) {
    /** Number of features. */
    public static final int FEATURES = 31;

    private static final int SIDE = 128;
    private static final int BINS = 8;
    private static final int[] LAGS = {1, 2, 4, 8, 16};
    private static final int SCALES = 6;
    private static final int FRAME = 8;
    private static final double CUT = 0.005;

    /**
     * A difference in each feature that is none: a fifth of the spread over many kinds of pictures.
     * A pool whose images are more alike than this is not told apart by less.
     */
    private static final float[] TOLERANCES = tolerances();

    public Appearance {
        if (features.length != FEATURES) {
            throw new IllegalArgumentException(features.length + " features");
        }
    }

    /**
     * Describes what a picture shows inside its {@link Frame}, as networks are shown it; some
     * milliseconds of work for a million pixels.
     */
    public static Appearance of(Raster picture) {
        Raster image = Frame.shown(picture, InputRange.CURRENT).cut(picture);
        Plane plane = Resampling.plane(image);
        boolean small = Math.min(image.width(), image.height()) < SIDE;
        float[] square =
                (small
                                ? Resampling.bilinear(plane, SIDE, SIDE)
                                : Resampling.area(plane, SIDE, SIDE))
                        .values();
        boolean constant = stretch(square);
        float[] features = new float[FEATURES];
        int at = 0;
        double mean = mean(square, 0, SIDE);
        features[at++] = (float) mean;
        double variance = 0;
        for (float value : square) {
            variance += (value - mean) * (value - mean) / square.length;
        }
        features[at++] = (float) Math.sqrt(variance);
        for (int count : histogram(square)) {
            features[at++] = (float) Math.sqrt((double) count / square.length);
        }
        for (int lag : LAGS) {
            features[at++] = (float) correlation(square, mean, variance, lag, 0);
            features[at++] = (float) correlation(square, mean, variance, 0, lag);
        }
        // Enlarging would make neighbours of what are none.
        double coherence =
                small
                        ? coherence(plane)
                        : (features[at - 2 * LAGS.length] + features[at + 1 - 2 * LAGS.length]) / 2;
        float[] level = square;
        for (int scale = 0; scale < SCALES; scale++) {
            float[] coarser = halved(level);
            features[at++] = (float) Math.log10(detail(level, coarser) + 1e-6);
            level = coarser;
        }
        double center = mean(square, (SIDE - SIDE / 4) / 2, (SIDE + SIDE / 4) / 2);
        double inner = mean(square, FRAME, SIDE - FRAME);
        int innerSide = SIDE - 2 * FRAME;
        double whole = (double) SIDE * SIDE;
        double inside = (double) innerSide * innerSide;
        features[at++] = (float) ((mean * whole - inner * inside) / (whole - inside));
        features[at++] = (float) center;
        double[] colour = colour(image);
        features[at++] = (float) colour[0];
        features[at++] = (float) colour[1];
        features[at] = (float) Math.log((double) image.width() / image.height());
        return new Appearance(features, constant, coherence);
    }

    /**
     * [{@value #FEATURES}], the difference in each feature below which two pictures are alike in
     * it.
     */
    public static float[] tolerance() {
        return TOLERANCES.clone();
    }

    private static float[] tolerances() {
        float[] tolerances = new float[FEATURES];
        Arrays.fill(tolerances, 0.04f);
        tolerances[1] = 0.012f;
        int lags = 2 + BINS;
        Arrays.fill(tolerances, 2, lags + 2 * LAGS.length, 0.03f);
        Arrays.fill(tolerances, lags + 2 * LAGS.length, lags + 2 * LAGS.length + SCALES, 0.07f);
        return tolerances;
    }

    /** Brings the middle of the values to [0, 1] and cuts the rest; says whether all are equal. */
    private static boolean stretch(float[] values) {
        float[] sorted = values.clone();
        Arrays.sort(sorted);
        int cut = (int) (CUT * sorted.length);
        float low = sorted[cut];
        float range = sorted[sorted.length - 1 - cut] - low;
        for (int i = 0; i < values.length; i++) {
            values[i] = range > 0 ? Math.clamp((values[i] - low) / range, 0, 1) : 0;
        }
        return sorted[0] == sorted[sorted.length - 1];
    }

    private static int[] histogram(float[] values) {
        int[] counts = new int[BINS];
        for (float value : values) {
            counts[Math.min(BINS - 1, (int) (value * BINS))]++;
        }
        return counts;
    }

    /** The mean of the square from one row and column to another. */
    private static double mean(float[] square, int from, int until) {
        double sum = 0;
        for (int y = from; y < until; y++) {
            for (int x = from; x < until; x++) {
                sum += square[y * SIDE + x];
            }
        }
        return sum / ((double) (until - from) * (until - from));
    }

    private static double correlation(
            float[] square, double mean, double variance, int dx, int dy) {
        if (variance == 0) {
            return 0;
        }
        double sum = 0;
        for (int y = 0; y < SIDE - dy; y++) {
            for (int x = 0; x < SIDE - dx; x++) {
                int i = y * SIDE + x;
                sum += (square[i] - mean) * (square[i + dy * SIDE + dx] - mean);
            }
        }
        return sum / ((double) (SIDE - dx) * (SIDE - dy)) / variance;
    }

    /** Correlation of neighbours of a picture at its own size; 0 where it is constant. */
    private static double coherence(Plane plane) {
        int width = plane.width();
        float[] values = plane.values();
        double mean = 0;
        for (float value : values) {
            mean += value / values.length;
        }
        double variance = 0;
        double products = 0;
        long pairs = 0;
        for (int i = 0; i < values.length; i++) {
            double here = values[i] - mean;
            variance += here * here / values.length;
            if (i % width + 1 < width) {
                products += here * (values[i + 1] - mean);
                pairs++;
            }
            if (i + width < values.length) {
                products += here * (values[i + width] - mean);
                pairs++;
            }
        }
        return variance == 0 || pairs == 0 ? 0 : products / pairs / variance;
    }

    private static float[] halved(float[] square) {
        int side = (int) Math.round(Math.sqrt(square.length));
        int half = side / 2;
        float[] halved = new float[half * half];
        for (int y = 0; y < half; y++) {
            for (int x = 0; x < half; x++) {
                int i = 2 * y * side + 2 * x;
                halved[y * half + x] =
                        (square[i] + square[i + 1] + square[i + side] + square[i + side + 1]) / 4;
            }
        }
        return halved;
    }

    /** Mean square of what a halved square loses. */
    private static double detail(float[] square, float[] halved) {
        int side = (int) Math.round(Math.sqrt(square.length));
        double sum = 0;
        for (int i = 0; i < square.length; i++) {
            double lost = square[i] - halved[(i / side / 2) * (side / 2) + i % side / 2];
            sum += lost * lost;
        }
        return sum / square.length;
    }

    /** How coloured it is, and how much more red than blue; 0 and 0 where it is grey. */
    private static double[] colour(Raster image) {
        if (image.channels() < 3) {
            return new double[2];
        }
        double saturation = 0;
        double warmth = 0;
        int pixels = image.width() * image.height();
        int most = 1;
        for (int i = 0; i < pixels; i++) {
            int red = image.samples()[image.channels() * i] & 0xFFFF;
            int green = image.samples()[image.channels() * i + 1] & 0xFFFF;
            int blue = image.samples()[image.channels() * i + 2] & 0xFFFF;
            int high = Math.max(red, Math.max(green, blue));
            most = Math.max(most, high);
            saturation += high - Math.min(red, Math.min(green, blue));
            warmth += red - blue;
        }
        return new double[] {saturation / pixels / most, warmth / pixels / most};
    }
}
