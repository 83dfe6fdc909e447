package org.precedent.imaging;

import org.jspecify.annotations.Nullable;
import org.precedent.imaging.ImagingException.Code;

/**
 * Samples as a file holds them, before palette, alpha and small bit depths are resolved.
 *
 * @param channels 1 grey or palette index, 2 grey and alpha, 3 RGB, 4 RGB and alpha
 * @param bits significant bits of a sample: 1, 2, 4, 8 or 16
 * @param samples [height, width, channels] row-major, unsigned
 * @param palette ARGB colours that the samples point to, or null
 */
public record Samples(
        int width, int height, int channels, int bits, short[] samples, int @Nullable [] palette) {

    /** The samples with a palette's colours in place of its indices, and without alpha. */
    public Raster resolve(Reading reading) {
        if (palette != null) {
            return resolvePalette(reading, palette);
        }
        if (channels == 2 || channels == 4) {
            return withoutAlpha(reading);
        }
        if (bits < 8) {
            int factor = 255 / ((1 << bits) - 1);
            for (int i = 0; i < samples.length; i++) {
                samples[i] = (short) (samples[i] * factor);
            }
        }
        return new Raster(width, height, channels, Math.max(bits, 8), samples);
    }

    /**
     * Whether the colours come from a palette that somebody chose, rather than from a grey ramp,
     * which is only another way to store grey values.
     */
    public boolean hasColourTable() {
        if (palette == null) {
            return false;
        }
        int last = palette.length - 1;
        boolean byIndex = true;
        boolean spread = last > 0;
        for (int i = 0; i <= last; i++) {
            byIndex &= palette[i] == opaqueGrey(i);
            spread &= last > 0 && palette[i] == opaqueGrey(Math.round(255f * i / last));
        }
        return !byIndex && !spread;
    }

    private static int opaqueGrey(int value) {
        return 0xff000000 | value * 0x010101;
    }

    private Raster resolvePalette(Reading reading, int[] palette) {
        boolean grey = true;
        for (short sample : samples) {
            int index = sample & 0xffff;
            if (index >= palette.length) {
                throw reading.refuse(
                        Code.UNREADABLE,
                        "a pixel points to colour " + index + " of a palette of " + palette.length);
            }
            int colour = palette[index];
            if (colour >>> 24 != 255) {
                throw transparent(reading);
            }
            int blue = colour & 255;
            grey &= blue == (colour >> 8 & 255) && blue == (colour >> 16 & 255);
        }
        if (grey) {
            for (int i = 0; i < samples.length; i++) {
                samples[i] = (short) (palette[samples[i] & 0xffff] & 255);
            }
            return new Raster(width, height, 1, 8, samples);
        }
        short[] rgb = new short[samples.length * 3];
        for (int i = 0; i < samples.length; i++) {
            int colour = palette[samples[i] & 0xffff];
            rgb[3 * i] = (short) (colour >> 16 & 255);
            rgb[3 * i + 1] = (short) (colour >> 8 & 255);
            rgb[3 * i + 2] = (short) (colour & 255);
        }
        return new Raster(width, height, 3, 8, rgb);
    }

    private Raster withoutAlpha(Reading reading) {
        int colours = channels - 1;
        int opaque = (1 << bits) - 1;
        short[] kept = new short[width * height * colours];
        for (int i = 0, to = 0; i < samples.length; i += channels) {
            if ((samples[i + colours] & 0xffff) != opaque) {
                throw transparent(reading);
            }
            for (int c = 0; c < colours; c++) {
                kept[to++] = samples[i + c];
            }
        }
        return new Raster(width, height, colours, bits, kept);
    }

    public static ImagingException transparent(Reading reading) {
        return reading.refuse(
                Code.UNSUPPORTED_CONTENT,
                "has transparent pixels, whose value is undefined: flatten it onto its background"
                        + " first; a mask is read by its colours, never by its alpha");
    }
}
