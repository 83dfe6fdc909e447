package org.precedent.imaging.format.dicom;

import java.util.Set;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Reading;
import org.precedent.imaging.volume.SampleType;

/**
 * What a file says of its frames, each number held against what is possible and what is read.
 *
 * @param samples a pixel: 1 or 3
 * @param real whether samples are floating-point numbers of {@code allocated} bits
 */
record PixelDescription(
        int rows,
        int columns,
        int frames,
        int samples,
        boolean planar,
        int allocated,
        int stored,
        int highBit,
        boolean signed,
        boolean real,
        String photometric) {
    private static final Set<String> GREY = Set.of("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR");
    private static final Set<String> COLOUR =
            Set.of("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT");

    static PixelDescription of(Reading reading, DataSet set) {
        int rows = set.number(Tag.ROWS);
        int columns = set.number(Tag.COLUMNS);
        int frames = frames(reading, set);
        String photometric = set.code(Tag.PHOTOMETRIC_INTERPRETATION);
        int samples = set.optional(Tag.SAMPLES_PER_PIXEL).orElse(1);
        checkColours(reading, photometric, samples);
        long all = (long) rows * columns * samples * frames;
        if (rows < 1 || columns < 1) {
            throw refuse(
                    reading, Code.UNREADABLE, rows < 1 ? Tag.ROWS : Tag.COLUMNS, 0, "1 to 65535");
        }
        if (all > reading.limits().maxPixels()) {
            throw reading.refuse(
                    Code.TOO_MANY_PIXELS,
                    "declares "
                            + rows
                            + " x "
                            + columns
                            + " x "
                            + samples
                            + " x "
                            + frames
                            + " frames = "
                            + all
                            + " samples; the limit is "
                            + reading.limits().maxPixels(),
                    Tag.NUMBER_OF_FRAMES.toString(),
                    all,
                    reading.limits().maxPixels());
        }
        boolean single = set.has(Tag.FLOAT_PIXEL_DATA);
        if (single || set.has(Tag.DOUBLE_PIXEL_DATA)) {
            int bits = single ? 32 : 64;
            return new PixelDescription(
                    rows,
                    columns,
                    frames,
                    samples,
                    false,
                    bits,
                    bits,
                    bits - 1,
                    true,
                    true,
                    photometric);
        }
        int allocated = set.number(Tag.BITS_ALLOCATED);
        if (allocated != 1 && allocated != 8 && allocated != 16 && allocated != 32) {
            throw refuse(
                    reading,
                    Code.UNSUPPORTED_CONTENT,
                    Tag.BITS_ALLOCATED,
                    allocated,
                    "1, 8, 16 or 32");
        }
        int stored = set.number(Tag.BITS_STORED);
        if (stored < 1 || stored > allocated) {
            throw refuse(reading, Code.UNREADABLE, Tag.BITS_STORED, stored, "1 to " + allocated);
        }
        int highBit = set.optional(Tag.HIGH_BIT).orElse(stored - 1);
        if (highBit < stored - 1 || highBit >= allocated) {
            throw refuse(
                    reading,
                    Code.UNREADABLE,
                    Tag.HIGH_BIT,
                    highBit,
                    (stored - 1) + " to " + (allocated - 1));
        }
        int representation = set.number(Tag.PIXEL_REPRESENTATION);
        if (representation > 1) {
            throw refuse(
                    reading, Code.UNREADABLE, Tag.PIXEL_REPRESENTATION, representation, "0 or 1");
        }
        boolean planar = samples == 3 && set.optional(Tag.PLANAR_CONFIGURATION).orElse(0) == 1;
        return new PixelDescription(
                rows,
                columns,
                frames,
                samples,
                planar,
                allocated,
                stored,
                highBit,
                representation == 1,
                false,
                photometric);
    }

    private static int frames(Reading reading, DataSet set) {
        int frames = set.whole(Tag.NUMBER_OF_FRAMES, 1);
        // Nought is what some writers put where they mean one.
        if (frames < 0) {
            throw refuse(reading, Code.UNREADABLE, Tag.NUMBER_OF_FRAMES, frames, "1 and more");
        }
        return Math.max(1, frames);
    }

    private static void checkColours(Reading reading, String photometric, int samples) {
        boolean grey = GREY.contains(photometric) && samples == 1;
        boolean colour = COLOUR.contains(photometric) && samples == 3;
        if (!grey && !colour) {
            throw reading.refuse(
                    Code.UNSUPPORTED_CONTENT,
                    "has "
                            + Reading.shown(photometric)
                            + " as "
                            + Tag.PHOTOMETRIC_INTERPRETATION
                            + " with "
                            + samples
                            + " samples a pixel, which is not read",
                    Tag.PHOTOMETRIC_INTERPRETATION.toString(),
                    Reading.shown(photometric) + " of " + samples,
                    GREY + " of 1, " + COLOUR + " of 3");
        }
    }

    private static ImagingException refuse(
            Reading reading, Code code, Tag tag, int value, String limit) {
        return reading.refuse(
                code,
                "has " + value + " as " + tag + ", expected " + limit,
                tag.toString(),
                value,
                limit);
    }

    /** The type that holds its stored samples. */
    SampleType type() {
        if (real) {
            return allocated == 32 ? SampleType.FLOAT32 : SampleType.FLOAT64;
        }
        return SampleType.ofBits(stored, signed);
    }

    /** Samples of one frame. */
    int frameSamples() {
        return rows * columns * samples;
    }

    /** Bytes of all frames where they are not compressed. */
    long plainBytes() {
        long pixels = (long) rows * columns * frames;
        if (isHalved()) {
            return pixels * 2 * (allocated / 8);
        }
        return Math.ceilDiv(pixels * samples * allocated, 8);
    }

    /** Whether uncompressed pixels come in pairs that share their colour. */
    boolean isHalved() {
        return photometric.equals("YBR_FULL_422");
    }

    boolean isYbr() {
        return photometric.equals("YBR_FULL") || photometric.equals("YBR_FULL_422");
    }

    /**
     * The stored sample in a cell of {@code allocated} bits: the bits that count, with their sign.
     */
    long sample(long cell) {
        return extend(cell >>> (highBit + 1 - stored));
    }

    /** The low stored bits of a number, with their sign. */
    long extend(long number) {
        long mask = stored == 64 ? -1 : (1L << stored) - 1;
        long value = number & mask;
        return signed && (value >>> (stored - 1) & 1) == 1 ? value - (mask + 1) : value;
    }
}
