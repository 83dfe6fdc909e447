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

/**
 * A data set, or an item of a sequence, on its way out: explicit VR little endian, elements in
 * order of their numbers, every length stated and even.
 */
final class DataSetWriter {
    private static final Set<String> LONG =
            Set.of("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV");

    private final Charset charset;
    private final TreeMap<Integer, byte[]> elements = new TreeMap<>(Integer::compareUnsigned);

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
        ByteBuffer out =
                ByteBuffer.allocate((wide ? 12 : 8) + padded).order(ByteOrder.LITTLE_ENDIAN);
        out.putShort((short) (number >>> 16)).putShort((short) number);
        out.put(representation.getBytes(StandardCharsets.US_ASCII));
        if (wide) {
            out.putShort((short) 0).putInt(padded);
        } else {
            out.putShort((short) padded);
        }
        out.put(value);
        if (padded > value.length) {
            boolean blank = !representation.equals("UI") && !representation.startsWith("O");
            out.put((byte) (blank ? ' ' : 0));
        }
        elements.put(number, out.array());
        return this;
    }

    /** All elements in order. */
    byte[] toBytes() {
        int length = elements.values().stream().mapToInt(element -> element.length).sum();
        ByteBuffer out = ByteBuffer.allocate(length);
        elements.values().forEach(out::put);
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
        byte[] body = toBytes();
        ByteBuffer file =
                ByteBuffer.allocate(132 + length.length + rest.length + body.length).position(128);
        file.put("DICM".getBytes(StandardCharsets.US_ASCII)).put(length).put(rest).put(body);
        return file.array();
    }
}
