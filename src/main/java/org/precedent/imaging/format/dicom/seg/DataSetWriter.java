package org.precedent.imaging.format.dicom.seg;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * A data set, or an item of a sequence, on its way out: explicit VR little endian, elements in
 * order of their numbers, every length stated and even.
 */
final class DataSetWriter {
    private static final Set<String> LONG =
            Set.of("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV");

    private final Charset charset;
    private final TreeMap<Integer, Written> elements = new TreeMap<>(Integer::compareUnsigned);

    /** An element: what stands before its value, the value itself and what pads it. */
    private record Written(byte[] head, byte[] value, byte[] padding) {
        int length() {
            return head.length + value.length + padding.length;
        }
    }

    /**
     * @param charset of texts that people read
     */
    DataSetWriter(Charset charset) {
        this.charset = charset;
    }

    /** An empty item, with the same character set. */
    DataSetWriter item() {
        return new DataSetWriter(charset);
    }

    /** One or several texts; none for an element without a value. */
    DataSetWriter text(int number, String representation, String... values) {
        return bytes(number, representation, String.join("\\", values).getBytes(charset));
    }

    /** Unsigned 16-bit numbers. */
    DataSetWriter shorts(int number, int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        Arrays.stream(values).forEach(value -> bytes.putShort((short) value));
        return bytes(number, "US", bytes.array());
    }

    /** Unsigned 32-bit numbers. */
    DataSetWriter integers(int number, int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        Arrays.stream(values).forEach(bytes::putInt);
        return bytes(number, "UL", bytes.array());
    }

    /** The number of another element. */
    DataSetWriter pointer(int number, int to) {
        ByteBuffer bytes = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putShort((short) (to >>> 16)).putShort((short) to);
        return bytes(number, "AT", bytes.array());
    }

    /** A code with its scheme and its meaning, in a sequence of one item. */
    DataSetWriter code(int number, Code code) {
        return sequence(
                number,
                List.of(
                        item().text(0x0008_0100, "SH", code.value())
                                .text(0x0008_0102, "SH", code.scheme())
                                .text(0x0008_0104, "LO", code.meaning())));
    }

    DataSetWriter sequence(int number, List<DataSetWriter> items) {
        ByteArrayOutputStream value = new ByteArrayOutputStream();
        for (DataSetWriter item : items) {
            byte[] body = item.toBytes();
            ByteBuffer head = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
            head.putShort((short) 0xfffe).putShort((short) 0xe000).putInt(body.length);
            value.writeBytes(head.array());
            value.writeBytes(body);
        }
        return bytes(number, "SQ", value.toByteArray());
    }

    /** Any value, padded to an even length as its representation wants. */
    DataSetWriter bytes(int number, String representation, byte[] value) {
        boolean wide = LONG.contains(representation);
        int padded = value.length + (value.length & 1);
        if (!wide && padded > 0xffff) {
            throw new IllegalArgumentException(
                    "%08x of %d bytes, at most 65534".formatted(number, value.length));
        }
        ByteBuffer head = ByteBuffer.allocate(wide ? 12 : 8).order(ByteOrder.LITTLE_ENDIAN);
        head.putShort((short) (number >>> 16)).putShort((short) number);
        head.put(representation.getBytes(StandardCharsets.US_ASCII));
        if (wide) {
            head.putShort((short) 0).putInt(padded);
        } else {
            head.putShort((short) padded);
        }
        boolean blank = !representation.equals("UI") && !representation.startsWith("O");
        byte[] padding = new byte[padded - value.length];
        Arrays.fill(padding, (byte) (blank ? ' ' : 0));
        elements.put(number, new Written(head.array(), value, padding));
        return this;
    }

    /** How many bytes all elements take. */
    int length() {
        return elements.values().stream().mapToInt(Written::length).reduce(0, Math::addExact);
    }

    /** Shows all elements in order, piece by piece: pixels are large, and not copied. */
    void each(Consumer<byte[]> piece) {
        for (Written element : elements.values()) {
            piece.accept(element.head());
            piece.accept(element.value());
            piece.accept(element.padding());
        }
    }

    /** All elements in order. */
    byte[] toBytes() {
        ByteBuffer out = ByteBuffer.allocate(length());
        each(out::put);
        return out.array();
    }

    /**
     * A whole file: preamble, meta information and this data set.
     *
     * @param meta what the meta information says besides its length and version, by number: UIDs
     */
    byte[] toFile(Map<Integer, String> meta, String implementation) {
        DataSetWriter group = new DataSetWriter(StandardCharsets.US_ASCII);
        group.bytes(0x0002_0001, "OB", new byte[] {0, 1});
        meta.forEach((number, uid) -> group.text(number, "UI", uid));
        group.text(0x0002_0013, "SH", implementation);
        byte[] rest = group.toBytes();
        byte[] length =
                new DataSetWriter(StandardCharsets.US_ASCII)
                        .integers(0x0002_0000, rest.length)
                        .toBytes();
        int all = Math.addExact(132 + length.length + rest.length, length());
        ByteBuffer file = ByteBuffer.allocate(all).position(128);
        file.put("DICM".getBytes(StandardCharsets.US_ASCII)).put(length).put(rest);
        each(file::put);
        return file.array();
    }
}
