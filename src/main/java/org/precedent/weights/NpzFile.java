package org.precedent.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Arrays by name from a NumPy {@code .npz} archive: versions 1 and 2 of the format, C order,
 * little-endian floats of 2, 4 or 8 bytes and unsigned bytes, stored or deflated.
 */
public final class NpzFile {
    /** Most bytes of all arrays of one archive together, unpacked. */
    private static final int MAX_BYTES = 256 << 20;

    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final String SUFFIX = ".npy";

    // As numpy writes it; there is no other writer of these files to be lenient to.
    private static final Pattern HEADER =
            Pattern.compile(
                    "\\{'descr': '([^']{1,8})', 'fortran_order': (True|False), 'shape': "
                            + "\\(([0-9, ]{0,200})\\), ?\\}\\s*");

    private NpzFile() {}

    /**
     * Reads all arrays, widened (or, for doubles, rounded) to float32.
     *
     * @throws WeightsException when the archive or an array in it breaks the format, is of another
     *     type or order, or goes past the limits
     */
    public static Map<String, Tensor> read(Path path) {
        try (Archive archive = Archive.open(path, MAX_BYTES)) {
            Map<String, Tensor> arrays = new LinkedHashMap<>();
            for (String name : archive.names()) {
                if (name.endsWith(SUFFIX)) {
                    arrays.put(
                            name.substring(0, name.length() - SUFFIX.length()),
                            array(archive.file(), name, archive.read(name, MAX_BYTES)));
                }
            }
            return arrays;
        }
    }

    private static Tensor array(String file, String name, byte[] raw) {
        ByteBuffer bytes = ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN);
        if (raw.length < 12 || !Arrays.equals(raw, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw WeightsException.malformed(file, name + " is no npy array");
        }
        int version = raw[6];
        if (version != 1 && version != 2) {
            throw WeightsException.unsupportedType(file, name + " is of npy version " + version);
        }
        int headerStart = version == 1 ? 10 : 12;
        long headerBytes =
                version == 1 ? bytes.getShort(8) & 0xffff : bytes.getInt(8) & 0xffffffffL;
        if (headerBytes > raw.length - headerStart) {
            throw WeightsException.malformed(file, name + " ends within its header");
        }
        String header =
                new String(raw, headerStart, (int) headerBytes, StandardCharsets.ISO_8859_1);
        Matcher match = HEADER.matcher(header);
        if (!match.matches()) {
            throw WeightsException.malformed(file, name + " has an unknown header");
        }
        ElementType type =
                switch (match.group(1)) {
                    case "<f2" -> ElementType.F16;
                    case "<f4" -> ElementType.F32;
                    case "<f8" -> ElementType.F64;
                    case "|u1" -> ElementType.U8;
                    default ->
                            throw WeightsException.unsupportedType(
                                    file, name + " is of type " + match.group(1));
                };
        if (match.group(2).equals("True")) {
            throw WeightsException.unsupportedType(file, name + " is in Fortran order");
        }
        int dataStart = headerStart + (int) headerBytes;
        try {
            long[] shape =
                    Arrays.stream(match.group(3).split(","))
                            .map(String::trim)
                            .filter(extent -> !extent.isEmpty())
                            .mapToLong(Long::parseLong)
                            .toArray();
            long elements = Tensor.elements(shape);
            if (Math.multiplyExact(elements, (long) type.bytes) != raw.length - dataStart) {
                throw WeightsException.malformed(
                        file,
                        name
                                + " of shape "
                                + Arrays.toString(shape)
                                + " holds "
                                + (raw.length - dataStart)
                                + " bytes");
            }
            return new Tensor(shape, type.readAll(bytes, dataStart, (int) elements));
        } catch (ArithmeticException | NumberFormatException e) {
            throw WeightsException.malformed(file, name + " has a shape beyond all bounds", e);
        }
    }
}
