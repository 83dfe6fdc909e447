package org.precedent.imaging.picture;

import org.precedent.imaging.InputRange;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Plane;
import org.precedent.imaging.Raster;
import org.precedent.imaging.Resampling;

/** Small pictures for grids: an image with the outline of one mask. */
public final class Thumbnail {
    /** Pixels of the longer side at most. */
    public static final int SIDE = 160;

    /** Okabe and Ito's orange, as the first label of an overlay has. */
    private static final int[] OUTLINE = {0xE6, 0x9F, 0x00};

    private Thumbnail() {}

    /**
     * Draws a small picture.
     *
     * @param mask of the image's size
     * @return 8-bit RGB; an image below {@link #SIDE} keeps its size
     */
    public static Raster draw(Raster image, Mask mask) {
        if (mask.width() != image.width() || mask.height() != image.height()) {
            throw new IllegalArgumentException("the mask is not of the image's size");
        }
        double scale = Math.min(1, (double) SIDE / Math.max(image.width(), image.height()));
        int width = Math.max(1, (int) Math.round(image.width() * scale));
        int height = Math.max(1, (int) Math.round(image.height() * scale));
        Raster small = stretched(image, width, height, 3);
        short[] samples = small.samples();
        boolean[] inside = new boolean[width * height];
        for (int i = 0; i < inside.length; i++) {
            inside[i] = covered(mask, i % width, i / width, width, height);
        }
        for (int i = 0; i < inside.length; i++) {
            if (inside[i] && isEdge(inside, i, width, height)) {
                for (int c = 0; c < 3; c++) {
                    samples[3 * i + c] = (short) OUTLINE[c];
                }
            }
        }
        return small;
    }

    /**
     * An image as networks see its grey values: outliers clipped, the rest stretched to 8 bits.
     *
     * @return 8 bit, of the image's size and channels
     */
    public static Raster shown(Raster image) {
        return stretched(image, image.width(), image.height(), image.channels());
    }

    /** Whether the mask has a pixel where a pixel of the small picture lies. */
    private static boolean covered(Mask mask, int x, int y, int width, int height) {
        int left = x * mask.width() / width;
        int top = y * mask.height() / height;
        int right = Math.max(left + 1, (x + 1) * mask.width() / width);
        int bottom = Math.max(top + 1, (y + 1) * mask.height() / height);
        int found = 0;
        for (int v = top; v < bottom; v++) {
            for (int u = left; u < right; u++) {
                found += mask.at(u, v) ? 1 : 0;
            }
        }
        return 2 * found >= (right - left) * (bottom - top);
    }

    private static boolean isEdge(boolean[] inside, int at, int width, int height) {
        int x = at % width;
        int y = at / width;
        return x == 0
                || y == 0
                || x == width - 1
                || y == height - 1
                || !inside[at - 1]
                || !inside[at + 1]
                || !inside[at - width]
                || !inside[at + width];
    }

    private static Raster stretched(Raster image, int width, int height, int channels) {
        int low = 0xffff;
        int high = 0;
        for (short sample : image.samples()) {
            low = Math.min(low, sample & 0xffff);
            high = Math.max(high, sample & 0xffff);
        }
        InputRange.Limits limits = InputRange.CURRENT.limits(image);
        double black = limits.clip(low);
        double white = limits.clip(high);
        double scale = white > black ? 255.0 / (white - black) : 0;
        short[] samples = new short[width * height * channels];
        for (int c = 0; c < image.channels(); c++) {
            float[] values = new float[image.width() * image.height()];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) limits.clip(image.samples()[i * image.channels() + c] & 0xffff);
            }
            Plane plane =
                    Resampling.area(
                            new Plane(image.width(), image.height(), values), width, height);
            for (int i = 0; i < width * height; i++) {
                long grey = Math.round((plane.values()[i] - black) * scale);
                short shown = (short) Math.max(0, Math.min(255, grey));
                if (image.channels() == channels) {
                    samples[i * channels + c] = shown;
                } else {
                    for (int d = 0; d < channels; d++) {
                        samples[i * channels + d] = shown;
                    }
                }
            }
        }
        return new Raster(width, height, channels, 8, samples);
    }
}
