package org.precedent.phantom;

import java.util.Locale;

/**
 * How a scanner shows tissue: grey values in the order of {@link Tissue}, noise and field of view.
 * Greys of different organs overlap on purpose, as they do in patients: liver, spleen, muscle and
 * bowel can hardly be told apart by grey alone.
 */
public enum Scanner {
    /** CT with contrast agent: bright kidneys and vessels. */
    CT_PORTAL(
            new int[] {2, 62, 122, 140, 146, 178, 128, 228, 222, 160, 112, 168, 122, 6},
            9,
            0.55,
            0.02,
            1.0,
            false),
    /** CT without: everything soft is alike. */
    CT_NATIVE(
            new int[] {2, 66, 126, 138, 126, 112, 92, 236, 228, 158, 110, 116, 116, 6},
            11,
            0.7,
            0.02,
            0.9,
            false),
    /** MR, T1-weighted: bright fat, dark blood. */
    MR_T1(
            new int[] {3, 212, 92, 128, 96, 104, 72, 18, 24, 122, 44, 30, 90, 5},
            8,
            0.6,
            0.22,
            1.06,
            true),
    /** MR, T2-weighted: bright water. */
    MR_T2(
            new int[] {3, 178, 48, 76, 134, 152, 214, 16, 22, 98, 232, 18, 124, 5},
            9,
            0.75,
            0.28,
            0.95,
            true);

    private final int[] greys;

    /** Standard deviation of the noise, in grey values. */
    final double noise;

    /** Standard deviation of the point spread, in pixels. */
    final double blur;

    /** Relative amplitude of the slow change of brightness over the image. */
    final double bias;

    /** How large the body appears. */
    final double zoom;

    /** Whether noise adds in magnitude (Rician), as MR's does. */
    final boolean magnitude;

    Scanner(int[] greys, double noise, double blur, double bias, double zoom, boolean magnitude) {
        this.greys = greys;
        this.noise = noise;
        this.blur = blur;
        this.bias = bias;
        this.zoom = zoom;
        this.magnitude = magnitude;
    }

    int grey(Tissue tissue) {
        return greys[tissue.ordinal()];
    }

    /** The name in ids and as a site, e.g. {@code ct-portal}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
