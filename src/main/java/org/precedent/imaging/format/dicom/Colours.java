package org.precedent.imaging.format.dicom;

/** Full-range BT.601 YCbCr to RGB, rounded to the nearest. */
final class Colours {
    private Colours() {}

    /**
     * Converts pixels in place.
     *
     * @param samples Y, Cb and Cr of a pixel together, from 0 to 255
     */
    static void toRgb(long[] samples) {
        for (int at = 0; at + 2 < samples.length; at += 3) {
            double y = samples[at];
            double blue = samples[at + 1] - 128.0;
            double red = samples[at + 2] - 128.0;
            samples[at] = clip(y + 1.402 * red);
            samples[at + 1] = clip(y - 0.114 * 1.772 / 0.587 * blue - 0.299 * 1.402 / 0.587 * red);
            samples[at + 2] = clip(y + 1.772 * blue);
        }
    }

    private static long clip(double value) {
        return Math.max(0, Math.min(255, (long) Math.floor(value + 0.5)));
    }
}
