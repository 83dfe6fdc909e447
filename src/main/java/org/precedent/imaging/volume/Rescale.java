package org.precedent.imaging.volume;

/**
 * What stored samples mean: value = slope times stored plus intercept.
 *
 * @param unit of the values, e.g. {@code HU}; empty where unknown
 */
public record Rescale(double slope, double intercept, String unit) {
    /** The stored samples are the values. */
    public static final Rescale NONE = new Rescale(1, 0, "");

    public Rescale {
        if (!Double.isFinite(slope) || !Double.isFinite(intercept) || slope == 0) {
            throw new IllegalArgumentException(
                    "a rescale by "
                            + slope
                            + " and "
                            + intercept
                            + ", expected finite, no slope 0");
        }
    }

    /** The value of a stored sample. */
    public double apply(double stored) {
        return slope * stored + intercept;
    }

    /** Whether values are the stored samples themselves. */
    public boolean isIdentity() {
        return slope == 1 && intercept == 0;
    }
}
