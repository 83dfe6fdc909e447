package org.precedent.imaging;

import java.util.Arrays;

/**
 * Changes of size and of colour. Pixel x of n covers [x, x + 1) of [0, n): resizing maps whole
 * extents onto whole extents, so nothing shifts by half a pixel.
 */
public final class Resampling {
    private Resampling() {}

    /**
     * One channel: grey as it is; RGB as (19595 R + 38470 G + 7471 B + 32768) >> 16, the ITU-R
     * 601-2 luma that Pillow's mode L uses.
     */
    public static Raster grey(Raster image) {
        if (image.channels() == 1) {
            return image;
        }
        short[] rgb = image.samples();
        short[] grey = new short[rgb.length / 3];
        for (int i = 0; i < grey.length; i++) {
            long sum =
                    19595L * (rgb[3 * i] & 0xffff)
                            + 38470L * (rgb[3 * i + 1] & 0xffff)
                            + 7471L * (rgb[3 * i + 2] & 0xffff);
            grey[i] = (short) ((sum + 32768) >> 16);
        }
        return new Raster(image.width(), image.height(), 1, image.bitsPerSample(), grey);
    }

    /**
     * Three channels of 8 bits each: grey in all three. Samples of 8 bits are kept; those of 16 are
     * brought to 0 to 255 between the image's own least and greatest in the range, because an
     * acquisition seldom fills 16 bits (a constant image is 0).
     *
     * @param inRange of the samples of 16 bits
     */
    public static Raster rgb8(Raster image, InputRange inRange) {
        if (image.channels() == 3 && image.bitsPerSample() == 8) {
            return image;
        }
        int low = 0;
        int range = 255;
        if (image.hasRange()) {
            range = image.maxValue();
        } else if (image.bitsPerSample() == 16) {
            low = 0xffff;
            int high = 0;
            for (short sample : image.samples()) {
                low = Math.min(low, sample & 0xffff);
                high = Math.max(high, sample & 0xffff);
            }
            InputRange.Limits limits = inRange.limits(image);
            low = (int) Math.round(limits.clip(low));
            high = (int) Math.round(limits.clip(high));
            range = Math.max(1, high - low);
        }
        int repeats = 3 / image.channels();
        short[] rgb = new short[image.samples().length * repeats];
        for (int i = 0; i < rgb.length; i++) {
            int sample = Math.clamp((image.samples()[i / repeats] & 0xffff) - low, 0, range);
            rgb[i] = (short) ((2 * 255 * sample + range) / (2 * range));
        }
        return new Raster(image.width(), image.height(), 3, 8, rgb);
    }

    /** The grey samples as numbers, 0 to {@link Raster#maxValue}. */
    public static Plane plane(Raster image) {
        Raster grey = grey(image);
        float[] values = new float[grey.samples().length];
        for (int i = 0; i < values.length; i++) {
            values[i] = grey.samples()[i] & 0xffff;
        }
        return new Plane(grey.width(), grey.height(), values);
    }

    /** A mask as numbers: 1 inside, 0 outside. */
    public static Plane plane(Mask mask) {
        float[] values = new float[mask.inside().length];
        for (int i = 0; i < values.length; i++) {
            values[i] = mask.inside()[i] ? 1 : 0;
        }
        return new Plane(mask.width(), mask.height(), values);
    }

    /**
     * Bilinear with antialiasing, as Pillow's BILINEAR: a triangle of half-width max(1, in / out)
     * input pixels around each output pixel's centre, cut at the border and normalised; columns
     * first, then rows. When enlarging this is plain bilinear interpolation between pixel centres
     * (align_corners = false).
     *
     * @return values in the range of the input's
     */
    public static Plane bilinear(Plane plane, int width, int height) {
        return resize(plane, triangle(plane.width(), width), triangle(plane.height(), height));
    }

    /** Fraction bits of a weight in {@link #bilinear(Raster, int, int)}: 32 less 8 less 2. */
    private static final int WEIGHT_BITS = 22;

    /**
     * An 8-bit image at another size, as Pillow's BILINEAR to the bit: the filter of {@link
     * #bilinear(Plane, int, int)} with weights rounded to 22 fraction bits, and the samples rounded
     * to 8 bits after the columns and again after the rows.
     *
     * @param image of 8 bits a sample
     * @return with the same number of channels
     */
    public static Raster bilinear(Raster image, int width, int height) {
        if (image.bitsPerSample() != 8) {
            throw new IllegalArgumentException(
                    image.bitsPerSample() + " bits a sample, expected 8");
        }
        int channels = image.channels();
        short[] across =
                eightBit(
                        image.samples(),
                        image.height(),
                        image.width() * channels,
                        channels,
                        triangle(image.width(), width));
        // The rows of the image as one line: a step along it is a whole row.
        short[] out =
                eightBit(
                        across,
                        1,
                        image.height() * width * channels,
                        width * channels,
                        triangle(image.height(), height));
        return new Raster(width, height, channels, 8, out);
    }

    /**
     * One axis.
     *
     * @param in [lines, taps' input, step]
     * @return [lines, taps' output, step]
     */
    private static short[] eightBit(short[] in, int lines, int lineLength, int step, Taps taps) {
        int size = taps.first().length;
        short[] out = new short[lines * size * step];
        for (int x = 0; x < size; x++) {
            double[] weights = taps.weights()[x];
            int[] fixed = new int[weights.length];
            for (int i = 0; i < fixed.length; i++) {
                fixed[i] = (int) (weights[i] * (1 << WEIGHT_BITS) + 0.5);
            }
            for (int line = 0; line < lines; line++) {
                int from = line * lineLength + taps.first()[x] * step;
                int to = (line * size + x) * step;
                for (int s = 0; s < step; s++) {
                    int sum = 1 << (WEIGHT_BITS - 1);
                    for (int i = 0; i < fixed.length; i++) {
                        sum += fixed[i] * in[from + i * step + s];
                    }
                    out[to + s] = (short) Math.min(255, sum >> WEIGHT_BITS);
                }
            }
        }
        return out;
    }

    /**
     * The mean over the input area that each output pixel covers.
     *
     * @return values in the range of the input's
     */
    public static Plane area(Plane plane, int width, int height) {
        return resize(plane, box(plane.width(), width), box(plane.height(), height));
    }

    /**
     * A mask at another size: inside where at least half of the covered area is inside.
     *
     * <p>A structure smaller than half an output pixel would vanish: then the pixels that it covers
     * most are kept instead, so that a mask that is not empty never becomes empty.
     */
    public static Mask area(Mask mask, int width, int height) {
        Plane covered = area(plane(mask), width, height);
        float most = 0;
        for (float value : covered.values()) {
            most = Math.max(most, value);
        }
        // Just below half: sums of fractions that are half in exact arithmetic may round down.
        float least = Math.min(0.5f, most) - 1e-6f;
        boolean[] inside = new boolean[covered.values().length];
        for (int i = 0; i < inside.length; i++) {
            inside[i] = most > 0 && covered.values()[i] >= least;
        }
        return new Mask(width, height, inside);
    }

    /** The pixels above a threshold. */
    public static Mask above(Plane plane, double threshold) {
        boolean[] inside = new boolean[plane.values().length];
        for (int i = 0; i < inside.length; i++) {
            inside[i] = plane.values()[i] > threshold;
        }
        return new Mask(plane.width(), plane.height(), inside);
    }

    /**
     * Which input pixels make up each output pixel along one axis.
     *
     * @param first [out] first input pixel
     * @param weights [out, taps], each row summing to 1
     */
    private record Taps(int[] first, double[][] weights) {}

    private static Taps triangle(int in, int out) {
        double scale = (double) in / out;
        double stretch = Math.max(scale, 1);
        int[] first = new int[out];
        double[][] weights = new double[out][];
        for (int x = 0; x < out; x++) {
            double centre = (x + 0.5) * scale;
            int from = Math.max(0, (int) (centre - stretch + 0.5));
            int to = Math.min(in, (int) (centre + stretch + 0.5));
            double[] row = new double[to - from];
            double sum = 0;
            for (int i = 0; i < row.length; i++) {
                row[i] = Math.max(0, 1 - Math.abs((from + i - centre + 0.5) / stretch));
                sum += row[i];
            }
            for (int i = 0; i < row.length; i++) {
                row[i] /= sum;
            }
            first[x] = from;
            weights[x] = row;
        }
        return new Taps(first, weights);
    }

    private static Taps box(int in, int out) {
        int[] first = new int[out];
        double[][] weights = new double[out][];
        for (int x = 0; x < out; x++) {
            // Borders in whole units of 1 / out input pixels: exact.
            long from = (long) x * in;
            long to = from + in;
            first[x] = (int) (from / out);
            int last = (int) ((to - 1) / out);
            double[] row = new double[last - first[x] + 1];
            for (int i = 0; i < row.length; i++) {
                long pixel = (long) (first[x] + i) * out;
                row[i] = (double) (Math.min(to, pixel + out) - Math.max(from, pixel)) / (to - from);
            }
            weights[x] = row;
        }
        return new Taps(first, weights);
    }

    private static Plane resize(Plane plane, Taps columns, Taps rows) {
        int width = columns.first().length;
        int height = rows.first().length;
        float[] in = plane.values();
        float[] across = new float[width * plane.height()];
        for (int y = 0; y < plane.height(); y++) {
            for (int x = 0; x < width; x++) {
                int from = y * plane.width() + columns.first()[x];
                double sum = 0;
                double[] weights = columns.weights()[x];
                for (int i = 0; i < weights.length; i++) {
                    sum += weights[i] * in[from + i];
                }
                across[y * width + x] = (float) sum;
            }
        }
        float[] out = new float[width * height];
        double[] sums = new double[width];
        for (int y = 0; y < height; y++) {
            double[] weights = rows.weights()[y];
            Arrays.fill(sums, 0);
            for (int i = 0; i < weights.length; i++) {
                int from = (rows.first()[y] + i) * width;
                for (int x = 0; x < width; x++) {
                    sums[x] += weights[i] * across[from + x];
                }
            }
            for (int x = 0; x < width; x++) {
                out[y * width + x] = (float) sums[x];
            }
        }
        return new Plane(width, height, out);
    }
}
