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

    /** What a palette's indices become. */
    public enum Palette {
        /** The colours: grey if all colours that occur are grey, else RGB. */
        COLOURS,
        /** Grey if all colours that occur are grey, else the indices themselves: label maps. */
        LABELS
    }

    public Raster resolve(Reading reading, Palette use) {
        if (palette != null) {
            return resolvePalette(reading, palette, use);
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

    private Raster resolvePalette(Reading reading, int[] palette, Palette use) {
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
        if (use == Palette.LABELS) {
            return new Raster(width, height, 1, palette.length > 256 ? 16 : 8, samples);
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
                "has transparent pixels, whose grey value is undefined: flatten it first");
    }
}
