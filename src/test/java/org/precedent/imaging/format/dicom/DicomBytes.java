package org.precedent.imaging.format.dicom;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.Deflater;

/**
 * Writes DICOM files for tests, by the standard's text and not by the reader's code: every
 * encoding, sequences of either kind of length, encapsulated frames with or without a table, and
 * what is wrong on purpose.
 */
public final class DicomBytes {
    public static final String IMPLICIT = "1.2.840.10008.1.2";
    public static final String EXPLICIT = "1.2.840.10008.1.2.1";
    public static final String BIG = "1.2.840.10008.1.2.2";
    public static final String DEFLATED = "1.2.840.10008.1.2.1.99";
    public static final String RLE = "1.2.840.10008.1.2.5";
    public static final String CT = "1.2.840.10008.5.1.4.1.1.2";

    private static final Set<String> LONG =
            Set.of("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV");

    private final String syntax;
    private final boolean explicit;
    private final ByteOrder order;
    private final TreeMap<Integer, byte[]> elements = new TreeMap<>();

    public DicomBytes(String syntax) {
        this.syntax = syntax;
        this.explicit = !syntax.equals(IMPLICIT);
        this.order = syntax.equals(BIG) ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    }

    /** A grey picture's description, without pixels. */
    public static DicomBytes image(
            String syntax, int rows, int columns, int allocated, int stored, boolean signed) {
        return new DicomBytes(syntax)
                .text(0x00080016, "UI", CT)
                .text(0x00080018, "UI", "1.2.3.4")
                .text(0x00080060, "CS", "CT")
                .text(0x00100010, "PN", "Doe^Jane")
                .text(0x00100020, "LO", "ID-4711")
                .text(0x0020000d, "UI", "1.2.3")
                .text(0x0020000e, "UI", "1.2.3.1")
                .number(0x00280002, 1)
                .text(0x00280004, "CS", "MONOCHROME2")
                .number(0x00280010, rows)
                .number(0x00280011, columns)
                .number(0x00280100, allocated)
                .number(0x00280101, stored)
                .number(0x00280102, stored - 1)
                .number(0x00280103, signed ? 1 : 0);
    }

    /** Makes the picture one of colours. */
    public DicomBytes colour(String photometric, int planar) {
        return number(0x00280002, 3).text(0x00280004, "CS", photometric).number(0x00280006, planar);
    }

    /** Where the slice lies: axial, its rows along x and its columns along y. */
    public DicomBytes place(double x, double y, double z, double between, double across) {
        return text(0x00200032, "DS", x + "\\" + y + "\\" + z)
                .text(0x00200037, "DS", "1\\0\\0\\0\\1\\0")
                .text(0x00280030, "DS", between + "\\" + across);
    }

    public DicomBytes text(int tag, String representation, String text) {
        byte[] value = text.getBytes(StandardCharsets.ISO_8859_1);
        byte[] even = Arrays.copyOf(value, value.length + value.length % 2);
        if (even.length > value.length) {
            even[value.length] = (byte) (representation.equals("UI") ? 0 : ' ');
        }
        return value(tag, representation, even);
    }

    public DicomBytes number(int tag, int number) {
        return value(
                tag, "US", ByteBuffer.allocate(2).order(order).putShort((short) number).array());
    }

    /** Words, in the order of the file. */
    public DicomBytes words(int tag, String representation, int... numbers) {
        ByteBuffer value = ByteBuffer.allocate(2 * numbers.length).order(order);
        for (int number : numbers) {
            value.putShort((short) number);
        }
        return value(tag, representation, value.array());
    }

    public DicomBytes value(int tag, String representation, byte[] value) {
        return raw(tag, representation, value.length, value);
    }

    /** An element whose length may be a lie. */
    public DicomBytes raw(int tag, String representation, int length, byte[] value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(head(tag, representation, length));
        out.writeBytes(value);
        elements.put(tag, out.toByteArray());
        return this;
    }

    private byte[] head(int tag, String representation, int length) {
        boolean wide = explicit && LONG.contains(representation);
        ByteBuffer head = ByteBuffer.allocate(wide ? 12 : 8).order(order);
        head.putShort((short) (tag >>> 16)).putShort((short) tag);
        if (!explicit) {
            return head.putInt(length).array();
        }
        head.put(representation.getBytes(StandardCharsets.US_ASCII));
        return wide
                ? head.putShort((short) 0).putInt(length).array()
                : head.putShort((short) length).array();
    }

    /** A sequence with or without lengths. */
    public DicomBytes sequence(int tag, boolean lengths, DicomBytes... items) {
        ByteArrayOutputStream value = new ByteArrayOutputStream();
        for (DicomBytes item : items) {
            byte[] body = item.body();
            value.writeBytes(item(0xfffee000, lengths ? body.length : -1));
            value.writeBytes(body);
            if (!lengths) {
                value.writeBytes(item(0xfffee00d, 0));
            }
        }
        if (!lengths) {
            value.writeBytes(item(0xfffee0dd, 0));
        }
        return raw(tag, "SQ", lengths ? value.size() : -1, value.toByteArray());
    }

    private byte[] item(int tag, int length) {
        return ByteBuffer.allocate(8)
                .order(order)
                .putShort((short) (tag >>> 16))
                .putShort((short) tag)
                .putInt(length)
                .array();
    }

    /** Uncompressed pixels of 8 or 16 bits. */
    public DicomBytes pixels(int allocated, int... samples) {
        if (allocated == 16) {
            return words(0x7fe00010, "OW", samples);
        }
        byte[] value = new byte[samples.length + samples.length % 2];
        for (int i = 0; i < samples.length; i++) {
            value[i] = (byte) samples[i];
        }
        return value(0x7fe00010, "OB", value);
    }

    /**
     * Encapsulated frames.
     *
     * @param table the offset table, possibly empty
     */
    public DicomBytes fragments(int[] table, List<byte[]> fragments) {
        ByteArrayOutputStream value = new ByteArrayOutputStream();
        value.writeBytes(item(0xfffee000, 4 * table.length));
        for (int offset : table) {
            value.writeBytes(ByteBuffer.allocate(4).order(order).putInt(offset).array());
        }
        for (byte[] fragment : fragments) {
            byte[] even = Arrays.copyOf(fragment, fragment.length + fragment.length % 2);
            value.writeBytes(item(0xfffee000, even.length));
            value.writeBytes(even);
        }
        value.writeBytes(item(0xfffee0dd, 0));
        return raw(0x7fe00010, "OB", -1, value.toByteArray());
    }

    /** Packs bytes as literal runs, which every run-length decoder must take. */
    public static byte[] runLengths(byte[]... segments) {
        ByteBuffer header = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        header.putInt(segments.length);
        for (byte[] segment : segments) {
            header.putInt(64 + body.size());
            for (int at = 0; at < segment.length; at += 100) {
                int length = Math.min(100, segment.length - at);
                body.write(length - 1);
                body.write(segment, at, length);
            }
            if (body.size() % 2 == 1) {
                body.write(0);
            }
        }
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.writeBytes(header.array());
        frame.writeBytes(body.toByteArray());
        return frame.toByteArray();
    }

    private byte[] body() {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        elements.values().forEach(body::writeBytes);
        return body.toByteArray();
    }

    /** The whole file. */
    public byte[] file() {
        byte[] body = body();
        return syntax.equals(DEFLATED) ? file(deflated(body)) : file(body);
    }

    /** A file with any bytes for its data set. */
    public byte[] file(byte[] body) {
        DicomBytes meta = new DicomBytes(EXPLICIT).text(0x00020010, "UI", syntax);
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(new byte[128]);
        file.writeBytes("DICM".getBytes(StandardCharsets.US_ASCII));
        file.writeBytes(meta.body());
        file.writeBytes(body);
        return file.toByteArray();
    }

    /** Raw deflate. */
    public static byte[] deflated(byte[] body) {
        Deflater deflater = new Deflater(9, true);
        deflater.setInput(body);
        deflater.finish();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] buffer = new byte[1 << 16];
        while (!deflater.finished()) {
            out.write(buffer, 0, deflater.deflate(buffer));
        }
        deflater.end();
        return out.toByteArray();
    }
}
