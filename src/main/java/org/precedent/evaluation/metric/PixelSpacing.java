package org.precedent.evaluation.metric;

import org.precedent.ServiceException;

/**
 * How far apart pixels are, for distances between outlines.
 *
 * @param x distance of neighbouring columns, > 0
 * @param y distance of neighbouring rows, > 0
 * @param unit what both are measured in
 */
public record PixelSpacing(double x, double y, Unit unit) {
    /** Distances counted in pixels. */
    public static final PixelSpacing PIXELS = new PixelSpacing(1, 1, Unit.PIXEL);

    /** What a distance is measured in. */
    public enum Unit {
        PIXEL("px"),
        MILLIMETRE("mm");

        private final String word;

        Unit(String word) {
            this.word = word;
        }

        /** The unit as written behind a number. */
        public String word() {
            return word;
        }
    }

    public PixelSpacing {
        if (!(x > 0 && y > 0 && x < Double.POSITIVE_INFINITY && y < Double.POSITIVE_INFINITY)) {
            throw ServiceException.badParameter(
                    "spacing", x + "," + y, "both distances must be above 0 and finite");
        }
    }

    /** In millimetres. */
    public static PixelSpacing ofMm(double x, double y) {
        return new PixelSpacing(x, y, Unit.MILLIMETRE);
    }
}
