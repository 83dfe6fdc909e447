package org.precedent.evaluation.metric;

import org.precedent.evaluation.EvaluationException;

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
            throw new EvaluationException(
                    EvaluationException.Code.SETTING,
                    "pixel spacing " + x + " x " + y + " must be above 0 and finite",
                    "spacing",
                    x + "," + y,
                    "above 0");
        }
    }

    /** In millimetres. */
    public static PixelSpacing ofMm(double x, double y) {
        return new PixelSpacing(x, y, Unit.MILLIMETRE);
    }
}
