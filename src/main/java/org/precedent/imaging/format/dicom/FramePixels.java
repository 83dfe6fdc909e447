package org.precedent.imaging.format.dicom;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Reading;
import org.precedent.imaging.format.codec.CodecException;
import org.precedent.imaging.format.codec.FrameCodec;
import org.precedent.imaging.format.codec.FrameDecoder;
import org.precedent.imaging.format.codec.FrameShape;
import org.precedent.imaging.format.dicom.Element.Fragment;
import org.precedent.imaging.volume.SampleType;
import org.precedent.imaging.volume.StoredSamples;

/**
 * Decodes the frames of a file to stored samples, after everything that can be known without pixel
 * memory was held against the limits.
 */
final class FramePixels {
    private static final int MOST_OF_A_BYTE = 64;

    private final Reading reading;
    private final DataSet set;
    private final PixelDescription pixels;
    private final TransferSyntax syntax;
    private final List<String> notes;

    FramePixels(
            Reading reading,
            DataSet set,
            PixelDescription pixels,
            TransferSyntax syntax,
            List<String> notes) {
        this.reading = reading;
        this.set = set;
        this.pixels = pixels;
        this.syntax = syntax;
        this.notes = notes;
    }

    /** Samples of all frames, colours of a pixel together. */
    StoredSamples decode(Element data, FrameDecoder decoder) {
        long bytes = (long) pixels.frames() * pixels.frameSamples() * pixels.type().bytes();
        if (bytes > Integer.MAX_VALUE - 1024) {
            throw reading.refuse(
                    Code.TOO_MANY_PIXELS,
                    "holds " + bytes + " bytes of samples; the limit is 2^31",
                    Tag.NUMBER_OF_FRAMES.toString(),
                    bytes,
                    Integer.MAX_VALUE);
        }
        if (syntax.pixels() == TransferSyntax.Pixels.PLAIN) {
            if (data.isEncapsulated()) {
                throw reading.refuse(
                        Code.UNREADABLE,
                        "holds fragments, although its transfer syntax is not compressed",
                        Tag.PIXEL_DATA.toString(),
                        "undefined length",
                        syntax.title());
            }
            return plain(data);
        }
        if (!data.isEncapsulated()) {
            throw reading.refuse(
                    Code.UNREADABLE,
                    "holds no fragments, although its transfer syntax is compressed",
                    Tag.PIXEL_DATA.toString(),
                    data.length() + " bytes",
                    syntax.title());
        }
        return compressed(data, decoder);
    }

    private StoredSamples plain(Element data) {
        long needed = pixels.plainBytes();
        if (data.length() < needed) {
            throw reading.refuse(
                    Code.TRUNCATED,
                    "holds "
                            + data.length()
                            + " bytes of pixels where its description needs "
                            + needed,
                    Tag.PIXEL_DATA.toString(),
                    data.length(),
                    needed);
        }
        long excess = data.length() - needed;
        long whole = (long) pixels.frames() * pixels.frameSamples() * (pixels.allocated() / 8);
        if (pixels.isHalved() && data.length() >= whole) {
            throw reading.refuse(
                    Code.UNREADABLE,
                    "holds "
                            + data.length()
                            + " bytes of pixels, as many as where no two of them share their colour",
                    Tag.PHOTOMETRIC_INTERPRETATION.toString(),
                    "YBR_FULL_422",
                    "YBR_FULL");
        }
        if (pixels.isHalved() && pixels.columns() % 2 != 0) {
            throw reading.refuse(
                    Code.UNREADABLE,
                    "has " + pixels.columns() + " columns, and pairs of them share their colour",
                    Tag.COLUMNS.toString(),
                    pixels.columns(),
                    "an even number");
        }
        if (pixels.frames() > 0 && excess >= Math.max(2, needed / pixels.frames())) {
            throw reading.refuse(
                    Code.UNREADABLE,
                    "holds "
                            + data.length()
                            + " bytes of pixels where "
                            + pixels.frames()
                            + " frames need "
                            + needed
                            + ": its number of frames is wrong",
                    Tag.NUMBER_OF_FRAMES.toString(),
                    data.length(),
                    needed);
        }
        if (excess > 1) {
            notes.add("%d bytes follow its pixels".formatted(excess));
        }
        byte[] raw = Arrays.copyOfRange(data.source(), data.offset(), data.offset() + (int) needed);
        SampleType type = pixels.type();
        if (pixels.real()) {
            if (data.order() == ByteOrder.BIG_ENDIAN) {
                StoredSamples.swap(raw, type.bytes());
            }
            return new StoredSamples(type, raw);
        }
        unswap(data, raw);
        byte[] block = new byte[pixels.frames() * pixels.frameSamples() * type.bytes()];
        StoredSamples cells =
                new StoredSamples(
                        pixels.allocated() <= 8
                                ? SampleType.UINT8
                                : SampleType.ofBits(pixels.allocated(), false),
                        raw);
        if (pixels.allocated() == 1) {
            for (int i = 0; i < block.length; i++) {
                StoredSamples.put(type, block, i, pixels.sample(raw[i >> 3] >> (i & 7) & 1));
            }
        } else if (pixels.samples() == 1) {
            for (int i = 0; i < cells.count(); i++) {
                StoredSamples.put(type, block, i, pixels.sample(cells.integer(i)));
            }
        } else {
            colours(cells, type, block);
        }
        return new StoredSamples(type, block);
    }

    /** Big endian turns cells round, and bytes that are written as words in pairs. */
    private void unswap(Element data, byte[] raw) {
        if (data.order() != ByteOrder.BIG_ENDIAN) {
            return;
        }
        if (pixels.allocated() > 8) {
            StoredSamples.swap(raw, pixels.allocated() / 8);
        } else if (data.representation().equals("OW")) {
            // An odd number of bytes ends in a word whose other half is beyond them.
            byte last = raw[raw.length - 1];
            StoredSamples.swap(raw, 2);
            boolean odd = raw.length % 2 == 1;
            boolean there = data.length() > raw.length;
            raw[raw.length - 1] =
                    odd
                            ? (there ? data.source()[data.offset() + raw.length] : last)
                            : raw[raw.length - 1];
        }
    }

    private void colours(StoredSamples cells, SampleType type, byte[] block) {
        int plane = pixels.rows() * pixels.columns();
        long[] frame = new long[3 * plane];
        for (int number = 0; number < pixels.frames(); number++) {
            if (pixels.isHalved()) {
                int from = number * 2 * plane;
                for (int i = 0; i < plane; i++) {
                    int pair = from + (i >> 1) * 4;
                    frame[3 * i] = pixels.sample(cells.integer(pair + (i & 1)));
                    frame[3 * i + 1] = pixels.sample(cells.integer(pair + 2));
                    frame[3 * i + 2] = pixels.sample(cells.integer(pair + 3));
                }
            } else {
                int from = number * 3 * plane;
                for (int i = 0; i < plane; i++) {
                    for (int c = 0; c < 3; c++) {
                        int at = pixels.planar() ? from + c * plane + i : from + 3 * i + c;
                        frame[3 * i + c] = pixels.sample(cells.integer(at));
                    }
                }
            }
            put(frame, pixels.isYbr(), type, block, number);
        }
    }

    private void put(long[] frame, boolean ybr, SampleType type, byte[] block, int number) {
        if (ybr) {
            if (pixels.stored() != 8) {
                throw reading.refuse(
                        Code.UNSUPPORTED_CONTENT,
                        "has luminance and colour differences of " + pixels.stored() + " bits",
                        Tag.BITS_STORED.toString(),
                        pixels.stored(),
                        8);
            }
            Colours.toRgb(frame);
        }
        int from = number * pixels.frameSamples();
        for (int i = 0; i < frame.length; i++) {
            StoredSamples.put(type, block, from + i, frame[i]);
        }
    }

    private StoredSamples compressed(Element data, FrameDecoder decoder) {
        boolean runs = syntax.pixels() == TransferSyntax.Pixels.RUN_LENGTHS;
        if (pixels.allocated() == 1 || pixels.real()) {
            throw reading.refuse(
                    Code.UNSUPPORTED_CONTENT,
                    "compresses single bits or floating-point numbers",
                    Tag.BITS_ALLOCATED.toString(),
                    pixels.allocated(),
                    "8, 16 or 32 of integers");
        }
        List<List<Fragment>> frames = Frames.of(reading, set, data, pixels.frames(), !runs);
        SampleType type = pixels.type();
        if (runs) {
            requireRuns(frames);
        }
        byte[] block = new byte[pixels.frames() * pixels.frameSamples() * type.bytes()];
        for (int number = 0; number < frames.size(); number++) {
            byte[] frame = Frames.join(data, frames.get(number));
            try {
                if (runs) {
                    runLengths(frame, type, block, number);
                } else {
                    coded(frame, decoder, type, block, number);
                }
            } catch (CodecException e) {
                throw refuse(e, number);
            }
        }
        return new StoredSamples(type, block);
    }

    /** Two bytes are a run of 128 at most: a few bytes that declare gigabytes get no memory. */
    private void requireRuns(List<List<Fragment>> frames) {
        long needed = (long) pixels.frameSamples() * (pixels.allocated() / 8);
        for (List<Fragment> frame : frames) {
            long held = frame.stream().mapToLong(Fragment::length).sum();
            if (held * MOST_OF_A_BYTE < needed) {
                throw reading.refuse(
                        Code.TRUNCATED,
                        "has a frame of "
                                + held
                                + " bytes of run lengths, which cannot become the "
                                + needed
                                + " of its pixels",
                        Tag.PIXEL_DATA.toString(),
                        held,
                        needed / MOST_OF_A_BYTE);
            }
        }
    }

    private void runLengths(byte[] frame, SampleType type, byte[] block, int number)
            throws CodecException {
        long[] cells =
                RunLength.decode(
                        frame,
                        pixels.rows() * pixels.columns(),
                        pixels.samples(),
                        pixels.allocated() / 8);
        for (int i = 0; i < cells.length; i++) {
            cells[i] = pixels.sample(cells[i]);
        }
        put(cells, pixels.isYbr(), type, block, number);
    }

    private void coded(
            byte[] frame, FrameDecoder decoder, SampleType type, byte[] block, int number)
            throws CodecException {
        FrameCodec codec = Objects.requireNonNull(syntax.codec());
        FrameShape shape = new FrameShape(pixels.columns(), pixels.rows(), pixels.samples());
        FrameDecoder.Coded coded = decoder.decode(codec, frame, shape);
        int precision = coded.frame().precision();
        if (precision != pixels.stored() && number == 0) {
            notes.add(
                    "its codestream has %d bits a sample, the file says %d"
                            .formatted(precision, pixels.stored()));
        }
        int[] samples = coded.frame().samples();
        long[] values = new long[samples.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = pixels.extend(samples[i]);
        }
        put(values, isYbr(codec, coded.luminance()), type, block, number);
    }

    /** What a JPEG says of its colours is believed before what the file says of them. */
    private boolean isYbr(FrameCodec codec, @Nullable Boolean luminance) {
        if (pixels.samples() == 1) {
            return false;
        }
        return codec == FrameCodec.JPEG && luminance != null ? luminance : pixels.isYbr();
    }

    private ImagingException refuse(CodecException e, int number) {
        Code code =
                switch (e.fault()) {
                    case DAMAGED -> Code.UNREADABLE;
                    case TRUNCATED -> Code.TRUNCATED;
                    case UNSUPPORTED -> Code.UNSUPPORTED_CONTENT;
                    case TOO_LARGE -> Code.TOO_MANY_PIXELS;
                    case UNAVAILABLE -> Code.OUT_OF_MEMORY;
                };
        String frame = pixels.frames() > 1 ? "frame " + (number + 1) + ": " : "";
        return reading.refuse(
                code,
                frame + e.getMessage() + " (" + Tag.PIXEL_DATA + ", " + syntax.title() + ")",
                e);
    }
}
