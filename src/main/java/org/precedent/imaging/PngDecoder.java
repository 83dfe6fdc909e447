package org.precedent.imaging;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.ImagingException.Code;

/**
 * PNG (ISO/IEC 15948): every colour type, bit depth and interlacing. Written out here because the
 * library's reader accepts broken checksums and inflates text chunks. Memory: the samples and two
 * rows; nothing that the file can inflate. Samples are kept as stored: gamma and colour profiles
 * are ignored, as are bytes after the end chunk.
 */
final class PngDecoder {
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

    /** The name of a data chunk as a number. */
    private static final int IDAT = 0x49444154;

    private static final int[][] WHOLE = {{0, 0, 1, 1}};

    private final Reading reading;
    private final ByteBuffer in;
    private int width;
    private int height;
    private int bits;
    private int colourType;
    private boolean interlaced;
    private int @Nullable [] palette;
    private byte @Nullable [] transparency;

    private PngDecoder(Reading reading) {
        this.reading = reading;
        this.in = ByteBuffer.wrap(reading.bytes());
    }

    static Samples decode(Reading reading) {
        PngDecoder decoder = new PngDecoder(reading);
        Inflater inflater = new Inflater();
        try {
            return decoder.read(inflater);
        } finally {
            inflater.end();
        }
    }

    private Samples read(Inflater inflater) {
        in.position(8);
        if (!chunk().equals("IHDR")) {
            throw reading.refuse(Code.UNREADABLE, "does not begin with a header chunk");
        }
        readHeader();
        // 1. Walk the chunks, checksums included, and note where the pixels are.
        int data = 0;
        for (String name = chunk(); !name.equals("IEND"); name = chunk()) {
            int length = in.getInt(in.position() - 8);
            switch (name) {
                case "PLTE" -> readPalette(length);
                case "tRNS" ->
                        transparency =
                                Arrays.copyOfRange(
                                        reading.bytes(), in.position(), in.position() + length);
                case "eXIf" ->
                        reading.checkOrientation(
                                TiffDirectory.orientation(in.slice(in.position(), length)));
                case "acTL" ->
                        throw reading.refuse(
                                Code.MULTIPLE_PAGES, "is an animation: send one image a file");
                case "IDAT" -> data = data == 0 ? in.position() - 8 : data;
                default -> {
                    if (Character.isUpperCase(name.charAt(0))) {
                        throw reading.refuse(
                                Code.UNREADABLE, "has an unknown critical chunk " + name);
                    }
                }
            }
            in.position(in.position() + length + 4);
        }
        if (colourType == 3 && palette == null) {
            throw reading.refuse(Code.UNREADABLE, "has no palette");
        }
        if (data == 0) {
            throw reading.refuse(Code.TRUNCATED, "has no pixel data");
        }
        // 2. Inflate row by row.
        int channels =
                switch (colourType) {
                    case 0, 3 -> 1;
                    case 4 -> 2;
                    case 2 -> 3;
                    default -> 4;
                };
        short[] samples = new short[width * height * channels];
        new Rows(inflater, data).read(samples, channels);
        Samples read =
                new Samples(
                        width, height, channels, bits, samples, colourType == 3 ? colours() : null);
        refuseColourKey(read);
        return read;
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
            if (!(letter >= 'A' && letter <= 'Z' || letter >= 'a' && letter <= 'z')) {
                throw reading.refuse(Code.UNREADABLE, "holds a chunk without a name");
            }
        }
        String name = new String(type, StandardCharsets.US_ASCII);
        if (length < 0 || length > in.remaining() - 4) {
            throw reading.refuse(Code.TRUNCATED, "stops inside its chunk " + name);
        }
        CRC32 crc = new CRC32();
        crc.update(reading.bytes(), start + 4, length + 4);
        if ((int) crc.getValue() != in.getInt(in.position() + length)) {
            throw reading.refuse(
                    Code.UNREADABLE,
                    "chunk " + name + " does not match its checksum: send it again");
        }
        return name;
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
        interlaced = interlace == 1;
    }

    private void readPalette(int length) {
        if (length == 0 || length % 3 != 0 || length > 768 || palette != null) {
            throw reading.refuse(Code.UNREADABLE, "has a broken palette");
        }
        palette = new int[length / 3];
        for (int i = 0; i < palette.length; i++) {
            int at = in.position() + 3 * i;
            palette[i] =
                    0xff000000
                            | (in.get(at) & 255) << 16
                            | (in.get(at + 1) & 255) << 8
                            | in.get(at + 2) & 255;
        }
    }

    private int[] colours() {
        int[] colours = palette == null ? new int[0] : palette.clone();
        if (transparency != null) {
            for (int i = 0; i < Math.min(colours.length, transparency.length); i++) {
                colours[i] = colours[i] & 0xffffff | transparency[i] << 24;
            }
        }
        return colours;
    }

    /** Grey and RGB files may declare one colour transparent: refused if a pixel has it. */
    private void refuseColourKey(Samples read) {
        int channels = read.channels();
        if (transparency == null
                || palette != null && colourType == 3
                || channels % 2 == 0
                || transparency.length < 2 * channels) {
            return;
        }
        ByteBuffer key = ByteBuffer.wrap(transparency);
        for (int i = 0; i < read.samples().length; i += channels) {
            boolean same = true;
            for (int c = 0; c < channels; c++) {
                same &= read.samples()[i + c] == key.getShort(2 * c);
            }
            if (same) {
                throw Samples.transparent(reading);
            }
        }
    }

    /** The pixel data: inflated, unfiltered, unpacked. */
    private final class Rows {
        private final Inflater inflater;
        private int next;

        /**
         * @param first where the first data chunk starts; the others follow it without a gap
         */
        Rows(Inflater inflater, int first) {
            this.inflater = inflater;
            this.next = first;
        }

        void read(short[] samples, int channels) {
            int pixelBytes = Math.max(1, channels * bits / 8);
            for (int[] pass : interlaced ? PASSES : WHOLE) {
                int columns = (width - pass[0] + pass[2] - 1) / pass[2];
                int rows = (height - pass[1] + pass[3] - 1) / pass[3];
                if (columns < 1 || rows < 1) {
                    continue;
                }
                int rowBytes = (int) (((long) columns * channels * bits + 7) / 8);
                byte[] before = new byte[rowBytes];
                byte[] row = new byte[rowBytes];
                byte[] filter = new byte[1];
                for (int r = 0; r < rows; r++) {
                    fill(filter);
                    fill(row);
                    unfilter(filter[0], row, before, pixelBytes);
                    int y = pass[1] + r * pass[3];
                    for (int i = 0; i < columns * channels; i++) {
                        int x = pass[0] + i / channels * pass[2];
                        samples[(y * width + x) * channels + i % channels] = unpack(row, i);
                    }
                    byte[] swap = before;
                    before = row;
                    row = swap;
                }
            }
            finish();
        }

        private short unpack(byte[] row, int i) {
            return switch (bits) {
                case 16 -> (short) (row[2 * i] << 8 | row[2 * i + 1] & 255);
                case 8 -> (short) (row[i] & 255);
                default -> {
                    int bit = i * bits;
                    yield (short)
                            ((row[bit >> 3] & 255) >> (8 - bits - (bit & 7)) & (1 << bits) - 1);
                }
            };
        }

        private void unfilter(int filter, byte[] row, byte[] before, int pixelBytes) {
            if (filter < 0 || filter > 4) {
                throw reading.refuse(Code.UNREADABLE, "has a row with filter " + filter);
            }
            for (int i = 0; filter != 0 && i < row.length; i++) {
                int left = i < pixelBytes ? 0 : row[i - pixelBytes] & 255;
                int up = before[i] & 255;
                int corner = i < pixelBytes ? 0 : before[i - pixelBytes] & 255;
                int predicted =
                        switch (filter) {
                            case 1 -> left;
                            case 2 -> up;
                            case 3 -> (left + up) / 2;
                            default -> paeth(left, up, corner);
                        };
                row[i] += (byte) predicted;
            }
        }

        private static int paeth(int left, int up, int corner) {
            int toLeft = Math.abs(up - corner);
            int toUp = Math.abs(left - corner);
            int toCorner = Math.abs(left + up - 2 * corner);
            if (toLeft <= toUp && toLeft <= toCorner) {
                return left;
            }
            return toUp <= toCorner ? up : corner;
        }

        private void fill(byte[] target) {
            int filled = 0;
            while (filled < target.length) {
                int count = inflate(target, filled);
                if (count == 0) {
                    throw reading.refuse(Code.TRUNCATED, "has fewer pixels than it declares");
                }
                filled += count;
            }
        }

        /** Up to the stream's checksum; more pixels than declared are as wrong as fewer. */
        private void finish() {
            if (!inflater.finished() && inflate(new byte[1], 0) > 0) {
                throw reading.refuse(Code.UNREADABLE, "has more pixels than it declares");
            }
            if (!inflater.finished()) {
                throw reading.refuse(Code.TRUNCATED, "stops before its pixels' checksum");
            }
        }

        private int inflate(byte[] target, int from) {
            try {
                while (true) {
                    int count = inflater.inflate(target, from, target.length - from);
                    if (count > 0 || inflater.finished() || inflater.needsDictionary()) {
                        return count;
                    }
                    if (in.getInt(next + 4) != IDAT) {
                        return 0;
                    }
                    int length = in.getInt(next);
                    inflater.setInput(reading.bytes(), next + 8, length);
                    next += length + 12;
                }
            } catch (DataFormatException e) {
                throw reading.refuse(Code.UNREADABLE, "has damaged pixel data", e);
            }
        }
    }
}
