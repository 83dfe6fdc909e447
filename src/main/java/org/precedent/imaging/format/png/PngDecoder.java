package org.precedent.imaging.format.png;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.ImageFormat;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.LibraryReader;
import org.precedent.imaging.Reading;
import org.precedent.imaging.Samples;
import org.precedent.imaging.format.tiff.TiffDirectory;

/**
 * PNG (ISO/IEC 15948): every colour type, bit depth and interlacing. The chunks are walked here
 * first: order, checksums, size, and how much the pixel data inflates to. The library takes chunks
 * with wrong checksums, and it stops reading at the last row, so that neither surplus data nor a
 * missing or wrong checksum of the pixels would be noticed. It then sees only header, palette and
 * pixel data: no gamma, no profiles, no compressed texts. Bytes after the end chunk are ignored.
 *
 * <p>Transparency stays here. The library pads short palettes, which would hide pixels that point
 * beyond them, and it compares a transparent grey of less than 8 bits with samples that it has
 * already spread to 0..255.
 */
public final class PngDecoder {
    /** Adam7: first column, first row, column step, row step of each pass. */
    private static final int[][] PASSES = {
        {0, 0, 8, 8},
        {4, 0, 8, 8},
        {0, 4, 4, 8},
        {2, 0, 4, 4},
        {0, 2, 2, 4},
        {1, 0, 2, 2},
        {0, 1, 1, 2}
    };

    private static final int[][] WHOLE = {{0, 0, 1, 1}};

    private final Reading reading;
    private final ByteBuffer in;
    private final Inflater inflater;
    private final byte[] inflateBuffer = new byte[8192];
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();
    private int width;
    private int height;
    private int bits;
    private int colourType;
    private int channels;
    private long inflated;
    private long expected;
    private byte @Nullable [] palette;
    private byte @Nullable [] transparency;

    private PngDecoder(Reading reading, Inflater inflater) {
        this.reading = reading;
        this.in = ByteBuffer.wrap(reading.bytes());
        this.inflater = inflater;
    }

    public static Samples decode(Reading reading) {
        Inflater inflater = new Inflater();
        try {
            PngDecoder decoder = new PngDecoder(reading, inflater);
            decoder.walk();
            return decoder.read();
        } finally {
            inflater.end();
        }
    }

    private void walk() {
        in.position(8);
        if (!chunk().equals("IHDR")) {
            throw reading.refuse(Code.UNREADABLE, "does not begin with a header chunk");
        }
        readHeader();
        int dataEnd = 0;
        for (String name = chunk(); !name.equals("IEND"); name = chunk()) {
            int start = in.position();
            int length = in.getInt(start - 8);
            boolean late =
                    switch (name) {
                        case "PLTE", "tRNS" -> dataEnd != 0;
                        case "IDAT" -> dataEnd != 0 && dataEnd != start - 8;
                        default -> false;
                    };
            if (late) {
                throw reading.refuse(Code.UNREADABLE, "has its chunk " + name + " out of order");
            }
            switch (name) {
                case "PLTE" -> readPalette(start, length);
                case "tRNS" ->
                        transparency = Arrays.copyOfRange(reading.bytes(), start, start + length);
                case "eXIf" ->
                        reading.checkOrientation(
                                TiffDirectory.orientation(in.slice(start, length)));
                case "acTL" ->
                        throw reading.refuse(
                                Code.MULTIPLE_PAGES, "is an animation: send one image a file");
                case "IDAT" -> {
                    dataEnd = start + length + 4;
                    count(start, length);
                    data.write(reading.bytes(), start, length);
                }
                default -> {
                    if (Character.isUpperCase(name.charAt(0))) {
                        throw reading.refuse(
                                Code.UNREADABLE, "has an unknown critical chunk " + name);
                    }
                }
            }
            in.position(start + length + 4);
        }
        if (colourType == 3 && palette == null) {
            throw reading.refuse(Code.UNREADABLE, "has no palette");
        }
        if (dataEnd == 0) {
            throw reading.refuse(Code.TRUNCATED, "has no pixel data");
        }
        if (inflated < expected) {
            throw reading.refuse(Code.TRUNCATED, "has fewer pixels than it declares");
        }
        if (!inflater.finished()) {
            throw reading.refuse(Code.TRUNCATED, "stops before its pixels' checksum");
        }
    }

    /** Checks the next chunk and returns its name; the position is then at its content. */
    private String chunk() {
        if (in.remaining() < 12) {
            throw reading.refuse(Code.TRUNCATED, "stops before its end chunk");
        }
        int start = in.position();
        int length = in.getInt();
        byte[] type = new byte[4];
        in.get(type);
        for (byte letter : type) {
            if (!((letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z'))) {
                throw reading.refuse(Code.UNREADABLE, "holds a chunk without a name");
            }
        }
        String name = new String(type, StandardCharsets.US_ASCII);
        if (length < 0 || length > in.remaining() - 4) {
            throw reading.refuse(Code.TRUNCATED, "stops inside its chunk " + name);
        }
        if (checksum(reading.bytes(), start + 4, length + 4) != in.getInt(in.position() + length)) {
            throw reading.refuse(
                    Code.UNREADABLE,
                    "chunk " + name + " does not match its checksum: send it again");
        }
        return name;
    }

    private static int checksum(byte[] bytes, int from, int length) {
        CRC32 crc = new CRC32();
        crc.update(bytes, from, length);
        return (int) crc.getValue();
    }

    private void readHeader() {
        if (in.getInt(in.position() - 8) != 13) {
            throw reading.refuse(Code.UNREADABLE, "has a header chunk of a wrong length");
        }
        long declaredWidth = in.getInt() & 0xffffffffL;
        long declaredHeight = in.getInt() & 0xffffffffL;
        bits = in.get();
        colourType = in.get();
        int compression = in.get();
        int filter = in.get();
        int interlace = in.get();
        in.getInt();
        boolean known =
                switch (colourType) {
                    case 0 -> bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 16;
                    case 3 -> bits == 1 || bits == 2 || bits == 4 || bits == 8;
                    case 2, 4, 6 -> bits == 8 || bits == 16;
                    default -> false;
                };
        if (!known || compression != 0 || filter != 0 || interlace < 0 || interlace > 1) {
            throw reading.refuse(Code.UNREADABLE, "declares pixels that PNG does not know");
        }
        reading.checkSize(declaredWidth, declaredHeight);
        width = (int) declaredWidth;
        height = (int) declaredHeight;
        channels =
                switch (colourType) {
                    case 0, 3 -> 1;
                    case 4 -> 2;
                    case 2 -> 3;
                    default -> 4;
                };
        for (int[] pass : interlace == 1 ? PASSES : WHOLE) {
            long columns = (width - pass[0] + pass[2] - 1L) / pass[2];
            long rows = (height - pass[1] + pass[3] - 1L) / pass[3];
            if (columns > 0) {
                expected += rows * (1 + (columns * channels * bits + 7) / 8);
            }
        }
    }

    private void readPalette(int start, int length) {
        if (length == 0 || length % 3 != 0 || length > 768 || palette != null) {
            throw reading.refuse(Code.UNREADABLE, "has a broken palette");
        }
        // No pixel can point beyond the first 2^bits colours.
        int kept = colourType == 3 ? Math.min(length, 3 << bits) : length;
        palette = Arrays.copyOfRange(reading.bytes(), start, start + kept);
    }

    /** Inflates a data chunk only to count; more pixels than declared are as wrong as fewer. */
    private void count(int start, int length) {
        inflater.setInput(reading.bytes(), start, length);
        try {
            int more = inflater.inflate(inflateBuffer);
            while (more > 0) {
                inflated += more;
                if (inflated > expected) {
                    throw reading.refuse(Code.UNREADABLE, "has more pixels than it declares");
                }
                more = inflater.inflate(inflateBuffer);
            }
        } catch (DataFormatException e) {
            throw reading.refuse(Code.UNREADABLE, "has damaged pixel data", e);
        }
    }

    private Samples read() {
        ByteArrayOutputStream file = new ByteArrayOutputStream(data.size() + 1024);
        file.write(reading.bytes(), 0, 8 + 25);
        if (colourType == 3 && palette != null) {
            write(file, "PLTE", palette);
        }
        write(file, "IDAT", data.toByteArray());
        write(file, "IEND", new byte[0]);
        short[] samples =
                LibraryReader.samples(
                        reading,
                        LibraryReader.image(reading, ImageFormat.PNG, file.toByteArray()),
                        width,
                        height,
                        channels);
        refuseColourKey(samples);
        return new Samples(width, height, channels, bits, samples, colours());
    }

    private static void write(ByteArrayOutputStream out, String name, byte[] content) {
        ByteBuffer chunk = ByteBuffer.allocate(12 + content.length).putInt(content.length);
        chunk.put(name.getBytes(StandardCharsets.US_ASCII)).put(content);
        out.writeBytes(chunk.putInt(checksum(chunk.array(), 4, 4 + content.length)).array());
    }

    private int @Nullable [] colours() {
        if (colourType != 3 || palette == null) {
            return null;
        }
        int[] colours = new int[palette.length / 3];
        for (int i = 0; i < colours.length; i++) {
            int alpha =
                    transparency != null && i < transparency.length ? transparency[i] & 255 : 255;
            colours[i] =
                    (alpha << 24)
                            | ((palette[3 * i] & 255) << 16)
                            | ((palette[3 * i + 1] & 255) << 8)
                            | (palette[3 * i + 2] & 255);
        }
        return colours;
    }

    /** Grey and RGB files may declare one colour transparent: refused if a pixel has it. */
    private void refuseColourKey(short[] samples) {
        if ((colourType != 0 && colourType != 2)
                || transparency == null
                || transparency.length < 2 * channels) {
            return;
        }
        ByteBuffer key = ByteBuffer.wrap(transparency);
        for (int i = 0; i < samples.length; i += channels) {
            boolean same = true;
            for (int c = 0; c < channels; c++) {
                same &= samples[i + c] == key.getShort(2 * c);
            }
            if (same) {
                throw Samples.transparent(reading);
            }
        }
    }
}
