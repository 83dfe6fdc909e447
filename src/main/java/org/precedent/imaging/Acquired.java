package org.precedent.imaging;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The samples of a slice exactly as they were stored, with what they mean, and the range of values
 * that becomes a picture: {@code value = slope * sample + intercept}; {@code low} is black and
 * {@code high} white, whatever the rest of the slice holds. Equal where all of it is.
 *
 * @param block one sample a pixel, row-major, little-endian; handed over and never written again
 * @param low the value that becomes 0; above {@code high} where small values are bright
 * @param high the value that becomes 1
 * @param padding samples that are outside the image, or null
 */
public record Acquired(
        Type type,
        byte[] block,
        double slope,
        double intercept,
        double low,
        double high,
        @Nullable Padding padding) {
    private static final int WHITE = 0xffff;

    /** Ahead of the samples in {@link #bytes}: one spelling of everything, so no second one. */
    private static final Pattern HEADER =
            Pattern.compile(
                    "precedent slice 1\n"
                            + "([a-z0-9]+) ([1-9][0-9]{0,4}) ([1-9][0-9]{0,4})\n"
                            + "(\\S{1,32}) (\\S{1,32}) (\\S{1,32}) (\\S{1,32})\n"
                            + "(-|-?[0-9]{1,19} -?[0-9]{1,19})\n");

    private static final int LONGEST_HEADER = 256;

    /** How one sample is kept. */
    public enum Type {
        UINT8(1),
        INT16(2),
        UINT16(2),
        INT32(4),
        FLOAT32(4),
        FLOAT64(8);

        private final int bytes;

        Type(int bytes) {
            this.bytes = bytes;
        }

        /** Bytes of one sample. */
        public int bytes() {
            return bytes;
        }

        private String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Stored samples from {@code low} to {@code high} that are no part of the image. */
    public record Padding(long low, long high) {}

    public Acquired {
        if (block.length % type.bytes() != 0) {
            throw new IllegalArgumentException(
                    block.length + " bytes are no whole number of samples of " + type.bytes());
        }
        if (!Double.isFinite(slope) || slope == 0 || !Double.isFinite(intercept)) {
            throw new IllegalArgumentException("a rescale by " + slope + " and " + intercept);
        }
        if (!Double.isFinite(low) || !Double.isFinite(high) || low == high) {
            throw new IllegalArgumentException("a range from " + low + " to " + high);
        }
    }

    /** How many samples there are. */
    public int count() {
        return block.length / type.bytes();
    }

    /** The stored sample of a pixel. */
    public double stored(int index) {
        ByteBuffer samples = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
        return stored(samples, index);
    }

    private double stored(ByteBuffer samples, int index) {
        return switch (type) {
            case UINT8 -> samples.get(index) & 0xff;
            case INT16 -> samples.getShort(2 * index);
            case UINT16 -> samples.getShort(2 * index) & 0xffff;
            case INT32 -> samples.getInt(4 * index);
            case FLOAT32 -> samples.getFloat(4 * index);
            case FLOAT64 -> samples.getDouble(8 * index);
        };
    }

    /** The picture: [count] 0 for {@code low} and what is outside, 65535 for {@code high}. */
    short[] picture() {
        ByteBuffer samples = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
        short[] picture = new short[count()];
        double scale = WHITE / (high - low);
        for (int i = 0; i < picture.length; i++) {
            double sample = stored(samples, i);
            boolean outside =
                    padding != null && sample >= padding.low() && sample <= padding.high();
            double grey = (slope * sample + intercept - low) * scale;
            // NaN is outside, too: it compares as neither.
            picture[i] = outside || !(grey > 0) ? 0 : (short) Math.round(Math.min(WHITE, grey));
        }
        return picture;
    }

    /** The canonical bytes of a slice: equal samples of equal meaning give equal bytes. */
    byte[] bytes(int width, int height) {
        String header =
                "precedent slice 1\n"
                        + type.word()
                        + " "
                        + width
                        + " "
                        + height
                        + "\n"
                        + slope
                        + " "
                        + intercept
                        + " "
                        + low
                        + " "
                        + high
                        + "\n"
                        + (padding == null ? "-" : padding.low() + " " + padding.high())
                        + "\n";
        byte[] start = header.getBytes(StandardCharsets.US_ASCII);
        byte[] bytes = Arrays.copyOf(start, start.length + block.length);
        System.arraycopy(block, 0, bytes, start.length, block.length);
        return bytes;
    }

    /** Reads what {@link #bytes} wrote; null where the bytes begin as something else. */
    static @Nullable Raster read(byte[] bytes) {
        String start =
                new String(
                        bytes,
                        0,
                        Math.min(bytes.length, LONGEST_HEADER),
                        StandardCharsets.US_ASCII);
        Matcher header = HEADER.matcher(start);
        if (!header.lookingAt()) {
            return null;
        }
        Type type = Type.valueOf(header.group(1).toUpperCase(Locale.ROOT));
        int width = Integer.parseInt(header.group(2));
        int height = Integer.parseInt(header.group(3));
        long held = (long) bytes.length - header.end();
        if (held != (long) width * height * type.bytes()) {
            throw new IllegalArgumentException(
                    "a slice of " + width + " x " + height + " holds " + held + " bytes");
        }
        String outside = header.group(8);
        int blank = outside.indexOf(' ');
        Acquired acquired =
                new Acquired(
                        type,
                        Arrays.copyOfRange(bytes, header.end(), bytes.length),
                        Double.parseDouble(header.group(4)),
                        Double.parseDouble(header.group(5)),
                        Double.parseDouble(header.group(6)),
                        Double.parseDouble(header.group(7)),
                        blank < 0
                                ? null
                                : new Padding(
                                        Long.parseLong(outside.substring(0, blank)),
                                        Long.parseLong(outside.substring(blank + 1))));
        return Raster.of(width, height, acquired);
    }
}
