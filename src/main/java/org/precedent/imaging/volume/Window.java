package org.precedent.imaging.volume;

/**
 * A hint at which values a picture should show, as DICOM defines it.
 *
 * @param center on values, after the rescale
 * @param width on values
 */
public record Window(double center, double width, Function function) {
    /** How values between the ends become grey. */
    public enum Function {
        /** DICOM's default, which counts a width of n as n grey levels. */
        LINEAR,
        /** Straight from center - width / 2 to center + width / 2. */
        LINEAR_EXACT,
        /** An S-shaped curve. */
        SIGMOID
    }

    public Window {
        boolean wide = function == Function.LINEAR ? width >= 1 : width > 0;
        if (!Double.isFinite(center) || !Double.isFinite(width) || !wide) {
            throw new IllegalArgumentException(
                    "a window of " + center + ", " + width + " " + function);
        }
    }

    /**
     * The brightness of a value.
     *
     * @return from 0 (dark) to 1
     */
    public double apply(double value) {
        return switch (function) {
            case LINEAR -> {
                if (value <= center - 0.5 - (width - 1) / 2) {
                    yield 0;
                }
                // A width of 1 is a threshold: nothing is left between the two ends.
                yield value > center - 0.5 + (width - 1) / 2
                        ? 1
                        : (value - (center - 0.5)) / (width - 1) + 0.5;
            }
            case LINEAR_EXACT -> {
                if (value <= center - width / 2) {
                    yield 0;
                }
                yield value > center + width / 2 ? 1 : (value - center) / width + 0.5;
            }
            case SIGMOID -> 1 / (1 + Math.exp(-4 * (value - center) / width));
        };
    }
}
