package org.precedent.weights;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The safetensors format: 8 bytes of header length, a JSON header that gives type, shape and byte
 * range of each tensor, then the bytes. As the format demands, ranges must cover the data exactly:
 * without overlap, without a gap, without a rest.
 */
public final class SafetensorsFile {
    private static final int MAX_HEADER_BYTES = 16 << 20;
    private static final String METADATA = "__metadata__";

    private SafetensorsFile() {}

    private record Entry(String name, ElementType type, long[] shape, long begin, long end) {}

    /**
     * What such a file holds, in its order.
     *
     * @param metadata free text by name; empty where the file has none
     */
    public record Contents(Map<String, String> metadata, Map<String, Tensor> tensors) {
        public Contents {
            metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
            tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
        }
    }

    /**
     * Reads all tensors.
     *
     * @throws WeightsException when the file breaks the format or the limits of {@link StateDict}
     */
    public static Contents read(Path path) {
        String file = String.valueOf(path.getFileName());
        ByteBuffer bytes;
        try (FileChannel channel = FileChannel.open(path)) {
            if (channel.size() > StateDict.MAX_BYTES) {
                throw WeightsException.tooLarge(
                        file, "size in bytes", channel.size(), StateDict.MAX_BYTES);
            }
            // Read, not mapped: a mapped file that shrinks meanwhile would end the process.
            bytes = ByteBuffer.allocate((int) channel.size());
            int read;
            do {
                read = channel.read(bytes);
            } while (read >= 0 && bytes.hasRemaining());
            bytes.flip();
        } catch (IOException e) {
            throw WeightsException.unreadable(file, "cannot be read (" + e + ")", e);
        }
        return read(file, bytes);
    }

    /**
     * As {@link #read(Path)}, from memory.
     *
     * @param file what errors call it
     * @param source everything up to its limit, from position 0
     */
    public static Contents read(String file, ByteBuffer source) {
        ByteBuffer bytes = source.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.limit() < 8) {
            throw WeightsException.malformed(file, "is shorter than a header");
        }
        long headerBytes = bytes.getLong(0);
        if (headerBytes < 2 || headerBytes > bytes.limit() - 8L) {
            throw WeightsException.malformed(
                    file,
                    "declares a header of " + headerBytes + " bytes in a file of " + bytes.limit());
        }
        if (headerBytes > MAX_HEADER_BYTES) {
            throw WeightsException.tooLarge(file, "header size", headerBytes, MAX_HEADER_BYTES);
        }
        String header;
        try {
            header =
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(bytes.slice(8, (int) headerBytes))
                            .toString();
        } catch (CharacterCodingException e) {
            throw WeightsException.malformed(file, "its header is no UTF-8", e);
        }
        int dataStart = 8 + (int) headerBytes;
        Map<String, Object> object;
        try {
            object = HeaderJson.parse(header);
        } catch (IllegalArgumentException e) {
            throw WeightsException.malformed(
                    file, "its header is no sound JSON: " + e.getMessage());
        }
        List<Entry> entries = entries(file, object, bytes.limit() - dataStart);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (Entry entry : entries) {
            int count = (int) ((entry.end - entry.begin) / entry.type.bytes);
            tensors.put(
                    entry.name,
                    new Tensor(
                            entry.shape,
                            entry.type.readAll(bytes, dataStart + (int) entry.begin, count)));
        }
        return new Contents(metadata(file, object.getOrDefault(METADATA, Map.of())), tensors);
    }

    private static Map<String, String> metadata(String file, Object value) {
        Map<String, String> metadata = new LinkedHashMap<>();
        if (value instanceof Map<?, ?> fields) {
            fields.forEach((name, text) -> metadata.put((String) name, String.valueOf(text)));
            return metadata;
        }
        throw WeightsException.malformed(file, METADATA + " is no object");
    }

    private static List<Entry> entries(String file, Map<String, Object> object, long dataBytes) {
        if (object.size() > StateDict.MAX_TENSORS) {
            throw WeightsException.tooLarge(
                    file, "number of tensors", object.size(), StateDict.MAX_TENSORS);
        }
        List<Entry> entries = new ArrayList<>();
        object.forEach((name, value) -> {
            if (!name.equals(METADATA)) {
                entries.add(entry(file, name, value, dataBytes));
            }
        });
        long covered = 0;
        for (Entry entry :
                entries.stream()
                        .sorted(
                                Comparator.comparingLong(Entry::begin)
                                        .thenComparingLong(Entry::end))
                        .toList()) {
            if (entry.begin != covered) {
                throw WeightsException.malformed(
                        file,
                        entry.name
                                + " begins at byte "
                                + entry.begin
                                + " where "
                                + covered
                                + " is due: tensors overlap or leave a gap");
            }
            covered = entry.end;
        }
        if (covered != dataBytes) {
            throw WeightsException.malformed(
                    file, "tensors take " + covered + " bytes of " + dataBytes);
        }
        return entries;
    }

    private static Entry entry(String file, String name, Object value, long dataBytes) {
        if (!(value instanceof Map<?, ?> fields)
                || fields.size() != 3
                || !(fields.get("dtype") instanceof String dtype)
                || !(fields.get("shape") instanceof List<?> shapeList)
                || !(fields.get("data_offsets") instanceof List<?> offsets)
                || offsets.size() != 2
                || shapeList.size() > 8) {
            throw WeightsException.malformed(
                    file, name + " is not described by dtype, shape and data_offsets");
        }
        ElementType type;
        try {
            type = ElementType.valueOf(dtype);
        } catch (IllegalArgumentException e) {
            throw WeightsException.unsupportedType(file, name + " is of type " + dtype);
        }
        long[] shape = new long[shapeList.size()];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = number(file, name, shapeList.get(i));
        }
        long begin = number(file, name, offsets.get(0));
        long end = number(file, name, offsets.get(1));
        long expected;
        try {
            expected = Math.multiplyExact(Tensor.elements(shape), (long) type.bytes);
        } catch (ArithmeticException e) {
            throw WeightsException.malformed(file, name + " has a shape beyond all bounds", e);
        }
        if (begin > end || end > dataBytes || end - begin != expected) {
            throw WeightsException.malformed(
                    file,
                    name
                            + " lies at bytes "
                            + begin
                            + " to "
                            + end
                            + " of "
                            + dataBytes
                            + ", its shape and type need "
                            + expected);
        }
        return new Entry(name, type, shape, begin, end);
    }

    private static long number(String file, String name, Object value) {
        if (value instanceof Long number) {
            return number;
        }
        throw WeightsException.malformed(file, name + " has '" + value + "' for a number");
    }

    /** Writes tensors as F32, in the map's order; replaces the file in one step or not at all. */
    public static void write(Path path, Map<String, Tensor> tensors) throws IOException {
        write(path, Map.of(), tensors);
    }

    /** As {@link #write(Path, Map)}, with metadata. */
    public static void write(Path path, Map<String, String> metadata, Map<String, Tensor> tensors)
            throws IOException {
        Path part = path.resolveSibling(path.getFileName() + ".part");
        try {
            try (OutputStream out =
                    new BufferedOutputStream(Files.newOutputStream(part), 1 << 16)) {
                write(out, metadata, tensors);
            }
            Files.move(
                    part,
                    path,
                    StandardCopyOption.REPLACE_EXISTING,
                    StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    /** Writes tensors as F32, in the map's order. */
    public static void write(
            OutputStream out, Map<String, String> metadata, Map<String, Tensor> tensors)
            throws IOException {
        byte[] json = header(metadata, tensors).getBytes(StandardCharsets.UTF_8);
        // The format asks for data aligned to 8 bytes; the header is padded with spaces.
        int padded = (json.length + 7) / 8 * 8;
        ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        out.write(length.putLong(0, padded).array());
        out.write(json);
        out.write(" ".repeat(padded - json.length).getBytes(StandardCharsets.US_ASCII));
        for (Tensor tensor : tensors.values()) {
            out.write(tensor.littleEndian().array());
        }
    }

    private static String header(Map<String, String> metadata, Map<String, Tensor> tensors) {
        StringBuilder header = new StringBuilder("{");
        if (!metadata.isEmpty()) {
            HeaderJson.quote(header, METADATA);
            header.append(":{");
            String separator = "";
            for (Map.Entry<String, String> field : metadata.entrySet()) {
                header.append(separator);
                HeaderJson.quote(header, field.getKey());
                header.append(':');
                HeaderJson.quote(header, field.getValue());
                separator = ",";
            }
            header.append('}');
        }
        long offset = 0;
        for (Map.Entry<String, Tensor> tensor : tensors.entrySet()) {
            long end = offset + 4L * tensor.getValue().values().length;
            header.append(header.length() == 1 ? "" : ",");
            HeaderJson.quote(header, tensor.getKey());
            header.append(":{\"dtype\":\"F32\",\"shape\":[");
            for (int i = 0; i < tensor.getValue().shape().length; i++) {
                header.append(i == 0 ? "" : ",").append(tensor.getValue().shape()[i]);
            }
            header.append("],\"data_offsets\":[").append(offset).append(',').append(end);
            header.append("]}");
            offset = end;
        }
        return header.append('}').toString();
    }
}
