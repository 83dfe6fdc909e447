package org.precedent.imaging;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * The samples of an image as acquired: grey or RGB, 8 or 16 bits. Immutable by convention: the
 * sample array is handed over at construction and never written again.
 *
 * @param width in pixels
 * @param height in pixels
 * @param channels 1 (grey) or 3 (red, green, blue)
 * @param bitsPerSample 8 or 16
 * @param samples [height, width, channels] row-major, unsigned
 */
public record Raster(int width, int height, int channels, int bitsPerSample, short[] samples) {
    public Raster {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException("image size " + width + " x " + height);
        }
        if (channels != 1 && channels != 3) {
            throw new IllegalArgumentException(channels + " channels, expected 1 or 3");
        }
        if (bitsPerSample != 8 && bitsPerSample != 16) {
            throw new IllegalArgumentException(bitsPerSample + " bits a sample, expected 8 or 16");
        }
        if (samples.length != Math.multiplyExact(Math.multiplyExact(width, height), channels)) {
            throw new IllegalArgumentException(
                    samples.length + " samples for " + width + " x " + height + " x " + channels);
        }
    }

    /** The unsigned sample at x, y of one channel. */
    public int sample(int x, int y, int channel) {
        return samples[(y * width + x) * channels + channel] & 0xffff;
    }

    /** The largest value that a sample can hold. */
    public int maxValue() {
        return (1 << bitsPerSample) - 1;
    }

    /**
     * The canonical bytes of these pixels: binary netpbm (P5 or P6, big-endian where 16 bit). Equal
     * pixels give equal bytes, whatever file they came in, so their SHA-256 names the pixels.
     */
    public byte[] toNetpbm() {
        byte[] header =
                ((channels == 1 ? "P5\n" : "P6\n")
                                + width
                                + " "
                                + height
                                + "\n"
                                + maxValue()
                                + "\n")
                        .getBytes(StandardCharsets.US_ASCII);
        ByteArrayOutputStream out =
                new ByteArrayOutputStream(header.length + samples.length * bitsPerSample / 8);
        out.writeBytes(header);
        for (short sample : samples) {
            if (bitsPerSample == 16) {
                out.write(sample >> 8);
            }
            out.write(sample);
        }
        return out.toByteArray();
    }

    /**
     * Reads what {@link #toNetpbm} wrote.
     *
     * @throws IllegalArgumentException when the bytes are anything else
     */
    public static Raster fromNetpbm(byte[] bytes) {
        int position = 0;
        String[] words = new String[4];
        for (int w = 0; w < 4; w++) {
            int start = position;
            while (position < bytes.length && bytes[position] > ' ') {
                position++;
            }
            if (position == start || position == bytes.length) {
                throw new IllegalArgumentException("not a canonical netpbm image");
            }
            words[w] = new String(bytes, start, position - start, StandardCharsets.US_ASCII);
            position++;
        }
        int width = Integer.parseInt(words[1]);
        int height = Integer.parseInt(words[2]);
        int channels = words[0].equals("P6") ? 3 : 1;
        int bits = words[3].equals("65535") ? 16 : 8;
        short[] samples = new short[width * height * channels];
        if (bytes.length - position != samples.length * bits / 8) {
            throw new IllegalArgumentException(
                    "netpbm image of "
                            + width
                            + " x "
                            + height
                            + " holds "
                            + bytes.length
                            + " bytes");
        }
        for (int i = 0; i < samples.length; i++) {
            int high = bits == 16 ? bytes[position++] & 0xff : 0;
            samples[i] = (short) (high << 8 | bytes[position++] & 0xff);
        }
        return new Raster(width, height, channels, bits, samples);
    }
}
