package org.precedent.imaging;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The samples of an image as acquired: grey or RGB, 8 or 16 bits. Immutable by convention: the
 * sample array is handed over at construction and never written again.
 *
 * @param width in pixels
 * @param height in pixels
 * @param channels 1 (grey) or 3 (red, green, blue)
 * @param bitsPerSample 8 or 16
 * @param samples [height, width, channels] row-major, unsigned; of a slice, the picture that its
 *     range of values gives
 * @param acquired what a slice of a volume holds exactly, and its range; null for pictures
 */
public record Raster(
        int width,
        int height,
        int channels,
        int bitsPerSample,
        short[] samples,
        @Nullable Acquired acquired) {
    /** What {@link #toNetpbm} writes ahead of the samples: one spelling, so no leading zeros. */
    private static final Pattern HEADER =
            Pattern.compile("(P[56])\n([1-9][0-9]{0,9}) ([1-9][0-9]{0,9})\n(255|65535)\n");

    /** What an 8-bit sample is multiplied by on the way to 16 bits: 255 becomes 65535. */
    private static final int WIDENED = 257;

    /** In bytes: the magic, two sizes of 10 digits, the largest value, and what parts them. */
    private static final int LONGEST_HEADER = 3 + 11 + 11 + 6;

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

    /** A picture: the samples are all there is to know. */
    public Raster(int width, int height, int channels, int bitsPerSample, short[] samples) {
        this(width, height, channels, bitsPerSample, samples, null);
    }

    /** A slice of a volume. */
    public static Raster of(int width, int height, Acquired acquired) {
        return new Raster(width, height, 1, 16, acquired.picture(), acquired);
    }

    /**
     * Whether black and white were given with the samples, for the whole volume that a slice is of:
     * then neither is looked for in the slice.
     */
    public boolean hasRange() {
        return acquired != null;
    }

    /** The unsigned sample at x, y of one channel. */
    public int sample(int x, int y, int channel) {
        return samples[(y * width + x) * channels + channel] & 0xffff;
    }

    /** Whether every sample is the same. */
    public boolean isConstant() {
        for (short sample : samples) {
            if (sample != samples[0]) {
                return false;
            }
        }
        return true;
    }

    /** The largest value that a sample can hold. */
    public int maxValue() {
        return (1 << bitsPerSample) - 1;
    }

    /**
     * The same picture in as few channels and bits as hold it exactly: grey where red, green and
     * blue are equal everywhere, 8 bits where every 16-bit sample is 257 times an 8-bit one (so
     * that 0 stays black and the largest value white). An image's identity is over these samples,
     * so the picture is one image whether it was sent as grey, RGB, 8 or 16 bit. An 8-bit grey
     * image is itself, and so is a slice with its stored samples.
     */
    public Raster canonical() {
        if (acquired != null) {
            return this;
        }
        boolean grey = channels == 3;
        for (int i = 0; grey && i < samples.length; i += 3) {
            grey = samples[i] == samples[i + 1] && samples[i] == samples[i + 2];
        }
        boolean narrow = bitsPerSample == 16;
        int step = grey ? 3 : 1;
        for (int i = 0; narrow && i < samples.length; i += step) {
            narrow = (samples[i] & 0xffff) % WIDENED == 0;
        }
        if (!grey && !narrow) {
            return this;
        }
        short[] kept = new short[samples.length / step];
        for (int i = 0; i < kept.length; i++) {
            short sample = samples[i * step];
            kept[i] = narrow ? (short) ((sample & 0xffff) / WIDENED) : sample;
        }
        return new Raster(width, height, grey ? 1 : channels, narrow ? 8 : bitsPerSample, kept);
    }

    /**
     * The same picture in a given sample format, as a file of that format would hold it: the way
     * back from {@link #canonical}.
     *
     * @param channels not fewer than there are
     * @param bitsPerSample not fewer than there are
     */
    public Raster spread(int channels, int bitsPerSample) {
        if (channels < this.channels || bitsPerSample < this.bitsPerSample) {
            throw new IllegalArgumentException(
                    "an image of %d channels and %d bits does not fit %d and %d"
                            .formatted(this.channels, this.bitsPerSample, channels, bitsPerSample));
        }
        int copies = channels / this.channels;
        int factor = bitsPerSample == this.bitsPerSample ? 1 : WIDENED;
        short[] spread = new short[samples.length * copies];
        for (int i = 0; i < spread.length; i++) {
            spread[i] = (short) ((samples[i / copies] & 0xffff) * factor);
        }
        return new Raster(width, height, channels, bitsPerSample, spread);
    }

    /**
     * The canonical bytes of these pixels: binary netpbm (P5 or P6, big-endian where 16 bit), or a
     * slice's stored samples under a line that says what they mean. Equal pixels give equal bytes,
     * whatever file they came in, so their SHA-256 names the pixels.
     */
    public byte[] toNetpbm() {
        if (acquired != null) {
            return acquired.bytes(width, height);
        }
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
                new ByteArrayOutputStream(header.length + samples.length * (bitsPerSample / 8));
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
        Raster slice = Acquired.read(bytes);
        if (slice != null) {
            return slice;
        }
        String start =
                new String(
                        bytes,
                        0,
                        Math.min(bytes.length, LONGEST_HEADER),
                        StandardCharsets.US_ASCII);
        Matcher header = HEADER.matcher(start);
        if (!header.lookingAt()) {
            throw new IllegalArgumentException("not a canonical netpbm image");
        }
        int channels = header.group(1).equals("P6") ? 3 : 1;
        long width = Long.parseLong(header.group(2));
        long height = Long.parseLong(header.group(3));
        int bits = header.group(4).equals("65535") ? 16 : 8;
        // No overflow: at most 10 digits each, so the quotient is taken instead of the product.
        long held = (long) bytes.length - header.end();
        long rowBytes = width * channels * (bits / 8);
        if (held % rowBytes != 0 || held / rowBytes != height) {
            throw new IllegalArgumentException(
                    "netpbm image of "
                            + width
                            + " x "
                            + height
                            + " holds "
                            + bytes.length
                            + " bytes");
        }
        short[] samples = new short[(int) held / (bits / 8)];
        int position = header.end();
        for (int i = 0; i < samples.length; i++) {
            int high = bits == 16 ? bytes[position++] & 0xff : 0;
            samples[i] = (short) ((high << 8) | (bytes[position++] & 0xff));
        }
        return new Raster((int) width, (int) height, channels, bits, samples);
    }
}
