package org.precedent.imaging.format;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;

/** Masks as people save them: palettes, colours, soft edges, lossy formats, written as files. */
public final class MaskFiles {
    private MaskFiles() {}

    /** A disc and a smaller ellipse, somewhere in the middle. */
    public static Mask blobs(int width, int height, long seed) {
        Random random = new Random(seed);
        double x = width * (0.35 + 0.3 * random.nextDouble());
        double y = height * (0.35 + 0.3 * random.nextDouble());
        double radius = Math.min(width, height) * (0.12 + 0.13 * random.nextDouble());
        boolean[] inside = new boolean[width * height];
        for (int i = 0; i < inside.length; i++) {
            double dx = i % width - x;
            double dy = Math.floorDiv(i, width) - y;
            double ex = dx / 2 + radius / 2;
            inside[i] =
                    dx * dx + dy * dy < radius * radius || ex * ex + dy * dy < radius * radius / 3;
        }
        return new Mask(width, height, inside);
    }

    /** A file of indices and their colours, 0xRRGGBB, in PNG, TIFF or BMP. */
    public static byte[] palette(
            String format, int width, int height, IntUnaryOperator index, int... colours) {
        byte[][] channels = new byte[3][256];
        for (int i = 0; i < colours.length; i++) {
            channels[0][i] = (byte) (colours[i] >> 16);
            channels[1][i] = (byte) (colours[i] >> 8);
            channels[2][i] = (byte) colours[i];
        }
        // 256 colours, because the runtime writes broken bitmaps for shorter palettes.
        BufferedImage image =
                new BufferedImage(
                        width,
                        height,
                        BufferedImage.TYPE_BYTE_INDEXED,
                        new IndexColorModel(8, 256, channels[0], channels[1], channels[2]));
        for (int i = 0; i < width * height; i++) {
            image.getRaster().setSample(i % width, i / width, 0, index.applyAsInt(i));
        }
        return SampleFiles.write(image, format, null);
    }

    /** A file of colours, 0xRRGGBB. */
    public static byte[] rgb(String format, int width, int height, IntUnaryOperator colour) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < width * height; i++) {
            image.setRGB(i % width, i / width, colour.applyAsInt(i));
        }
        return SampleFiles.write(image, format, null);
    }

    /** A PNG of colours with alpha, 0xAARRGGBB. */
    static byte[] argb(int width, int height, IntUnaryOperator colour) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_ARGB);
        for (int i = 0; i < width * height; i++) {
            image.setRGB(i % width, i / width, new Color(colour.applyAsInt(i), true).getRGB());
        }
        return SampleFiles.write(image, "png", null);
    }

    public static Raster grey(int width, int height, IntUnaryOperator value) {
        short[] samples = new short[width * height];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (short) value.applyAsInt(i);
        }
        return new Raster(width, height, 1, 8, samples);
    }

    /** A grey JPEG. */
    static byte[] jpeg(Raster grey, float quality) {
        BufferedImage image =
                new BufferedImage(grey.width(), grey.height(), BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < grey.samples().length; i++) {
            image.getRaster().setSample(i % grey.width(), i / grey.width(), 0, grey.samples()[i]);
        }
        return SampleFiles.jpeg(image, quality);
    }

    /** Blurred by a Gaussian; the edge is continued outwards. */
    public static Raster blurred(Raster grey, double sigma) {
        int reach = (int) Math.ceil(4 * sigma);
        double[] kernel = new double[2 * reach + 1];
        double sum = 0;
        for (int i = 0; i < kernel.length; i++) {
            kernel[i] = Math.exp(-(i - reach) * (i - reach) / (2 * sigma * sigma));
            sum += kernel[i];
        }
        int width = grey.width();
        int height = grey.height();
        double[] rows = new double[width * height];
        double[] both = new double[width * height];
        for (int i = 0; i < rows.length; i++) {
            for (int k = -reach; k <= reach; k++) {
                int x = Math.clamp(i % width + k, 0, width - 1);
                rows[i] += kernel[k + reach] / sum * grey.sample(x, i / width, 0);
            }
        }
        for (int i = 0; i < rows.length; i++) {
            for (int k = -reach; k <= reach; k++) {
                int y = Math.clamp(i / width + k, 0, height - 1);
                both[i] += kernel[k + reach] / sum * rows[y * width + i % width];
            }
        }
        short[] samples = new short[rows.length];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (short) Math.round(both[i]);
        }
        return new Raster(width, height, 1, grey.bitsPerSample(), samples);
    }

    /**
     * An uncompressed grey TIFF whose inside looks white.
     *
     * @param bits 1, 8 or 16; with 1, the width has to be a multiple of 8
     * @param photometric 0 says that 0 is white, 1 that it is black
     */
    static byte[] tiff(Mask mask, int bits, int photometric) {
        byte[] pixels = new byte[(mask.inside().length * bits + 15) / 16 * 2];
        for (int i = 0; i < mask.inside().length; i++) {
            boolean one = mask.inside()[i] == (photometric == 1);
            for (int bit = i * bits; one && bit < (i + 1) * bits; bit++) {
                pixels[bit / 8] |= (byte) (0x80 >> bit % 8);
            }
        }
        int[][] entries = {
            {256, mask.width()},
            {257, mask.height()},
            {258, bits},
            {259, 1},
            {262, photometric},
            {273, 8},
            {277, 1},
            {278, mask.height()},
            {279, mask.inside().length * bits / 8}
        };
        ByteBuffer out = ByteBuffer.allocate(8 + pixels.length + 2 + 12 * entries.length + 4);
        out.order(ByteOrder.LITTLE_ENDIAN);
        out.put((byte) 'I').put((byte) 'I').putShort((short) 42).putInt(8 + pixels.length);
        out.put(pixels).putShort((short) entries.length);
        for (int[] entry : entries) {
            out.putShort((short) entry[0]).putShort((short) 4).putInt(1).putInt(entry[1]);
        }
        return out.array();
    }

    /** Dice of two masks. */
    static double dice(Mask a, Mask b) {
        int both = 0;
        for (int i = 0; i < a.inside().length; i++) {
            both += a.inside()[i] && b.inside()[i] ? 1 : 0;
        }
        return 2.0 * both / (a.area() + b.area());
    }
}
