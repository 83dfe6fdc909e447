package org.precedent.imaging.picture;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The colours of an overlay's labels. They differ from each other, and from the greys of the image,
 * for eyes with all three kinds of cones as for those without the long (protanopia) or the middle
 * ones (deuteranopia).
 *
 * <p>Distances are CIE76, Euclidean in CIELAB (sRGB, D65); what other eyes see is simulated as
 * Machado, Oliveira and Fernandes (2009) do, at full severity. Of the first 20 no two are nearer
 * than 26 for the first kind of eyes and 16 for the others, of the first 64 than 13 and 7.
 */
final class LabelColours {
    /**
     * Okabe and Ito's seven, then those of {@link #next} after them. Written down, so that a label
     * keeps its colour whatever becomes of the search; RGB.
     */
    static final List<Integer> FIXED =
            List.of(
                    0xE69F00, 0x56B4E9, 0x009E73, 0xF0E442, 0x0072B2, 0xD55E00, 0xCC79A7, 0x0000FF,
                    0x4B69FF, 0x00FF87, 0x693C0F, 0x00FFFF, 0xFF005A, 0x870078, 0xA5FFC3, 0x6900B4,
                    0x960F4B, 0x7896FF, 0xC3A54B, 0xD200B4);

    /** Candidates are the colours of a grid, this far apart in each channel. */
    private static final int STEP = 15;

    /** Nearer to grey, or darker, or lighter, a line is lost on an image. */
    private static final double LEAST_CHROMA = 35;

    private static final double LEAST_LIGHTNESS = 30;
    private static final double MOST_LIGHTNESS = 95;

    /** Two kinds of cones span less room: a distance there counts as this much more. */
    private static final double FEWER_CONES = 1.7;

    /** Linear sRGB to what a protanope sees of it, in linear sRGB; rows are the results. */
    private static final double[][] PROTANOPIA = {
        {0.152286, 1.052583, -0.204868},
        {0.114503, 0.786281, 0.099216},
        {-0.003882, -0.048116, 1.051998}
    };

    private static final double[][] DEUTERANOPIA = {
        {0.367322, 0.860646, -0.227968},
        {0.280085, 0.672501, 0.047413},
        {-0.011820, 0.042940, 0.968881}
    };

    /** Linear sRGB to CIE XYZ. */
    private static final double[][] XYZ = {
        {0.4124564, 0.3575761, 0.1804375},
        {0.2126729, 0.7151522, 0.0721750},
        {0.0193339, 0.1191920, 0.9503041}
    };

    private LabelColours() {}

    /**
     * The colours of so many labels; the first ones are always the same.
     *
     * @return RGB, distinct up to the 1,000th and beyond
     */
    static List<Integer> of(int labels) {
        List<Integer> colours = new ArrayList<>(FIXED.subList(0, Math.min(labels, FIXED.size())));
        if (labels > FIXED.size()) {
            next(colours, labels);
        }
        return colours;
    }

    /** Adds the candidate that is farthest from all colours before, until there are enough. */
    private static void next(List<Integer> colours, int labels) {
        List<Seen> candidates = candidates();
        double[] nearest = new double[candidates.size()];
        Arrays.fill(nearest, Double.POSITIVE_INFINITY);
        for (int added = 0; colours.size() < labels; ) {
            for (; added < colours.size(); added++) {
                Seen colour = Seen.of(colours.get(added));
                for (int i = 0; i < nearest.length; i++) {
                    nearest[i] = Math.min(nearest[i], candidates.get(i).distance(colour));
                }
            }
            int best = 0;
            for (int i = 1; i < nearest.length; i++) {
                best = nearest[i] > nearest[best] ? i : best;
            }
            colours.add(candidates.get(best).rgb());
        }
    }

    private static List<Seen> candidates() {
        List<Seen> candidates = new ArrayList<>();
        for (int r = 0; r < 256; r += STEP) {
            for (int g = 0; g < 256; g += STEP) {
                for (int b = 0; b < 256; b += STEP) {
                    Seen seen = Seen.of(r << 16 | g << 8 | b);
                    double lightness = seen.lab()[0];
                    double chroma = Math.hypot(seen.lab()[1], seen.lab()[2]);
                    if (chroma >= LEAST_CHROMA
                            && lightness >= LEAST_LIGHTNESS
                            && lightness <= MOST_LIGHTNESS) {
                        candidates.add(seen);
                    }
                }
            }
        }
        return candidates;
    }

    /**
     * A colour as three kinds of eyes see it, each in CIELAB.
     *
     * @param lab with all cones
     * @param protan without the long ones
     * @param deutan without the middle ones
     */
    record Seen(int rgb, double[] lab, double[] protan, double[] deutan) {
        static Seen of(int rgb) {
            double[] linear = {linear(rgb >> 16 & 255), linear(rgb >> 8 & 255), linear(rgb & 255)};
            return new Seen(
                    rgb,
                    cieLab(linear),
                    cieLab(times(PROTANOPIA, linear)),
                    cieLab(times(DEUTERANOPIA, linear)));
        }

        private double distance(Seen other) {
            double fewer = Math.min(distance(protan, other.protan), distance(deutan, other.deutan));
            return Math.min(distance(lab, other.lab), FEWER_CONES * fewer);
        }

        static double distance(double[] a, double[] b) {
            return Math.hypot(Math.hypot(a[0] - b[0], a[1] - b[1]), a[2] - b[2]);
        }
    }

    private static double linear(int channel) {
        double value = channel / 255.0;
        return value <= 0.04045 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4);
    }

    private static double[] times(double[][] matrix, double[] vector) {
        double[] product = new double[3];
        for (int i = 0; i < 3; i++) {
            double sum = 0;
            for (int j = 0; j < 3; j++) {
                sum += matrix[i][j] * vector[j];
            }
            product[i] = sum;
        }
        return product;
    }

    /** Linear sRGB, cut to what a screen shows, to CIELAB; white is (1, 1, 1). */
    private static double[] cieLab(double[] linear) {
        double[] shown = new double[3];
        for (int i = 0; i < 3; i++) {
            shown[i] = Math.max(0, Math.min(1, linear[i]));
        }
        double[] white = times(XYZ, new double[] {1, 1, 1});
        double[] xyz = times(XYZ, shown);
        double[] f = new double[3];
        for (int i = 0; i < 3; i++) {
            double share = xyz[i] / white[i];
            f[i] = share > 216.0 / 24389 ? Math.cbrt(share) : (24389.0 / 27 * share + 16) / 116;
        }
        return new double[] {116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])};
    }
}
