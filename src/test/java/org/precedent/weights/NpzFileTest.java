package org.precedent.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.precedent.weights.WeightsException.Code;

class NpzFileTest {
    @TempDir private Path folder;

    @ParameterizedTest
    @CsvSource({
        "<f4, 1, 0000803f00000040",
        "<f4, 2, 0000803f00000040",
        "<f8, 1, 000000000000f03f0000000000000040",
        "<f2, 1, 003c0040",
        "|u1, 1, 0102"
    })
    void readsTypesAndVersions(String type, int version, String hex) throws IOException {
        Path file = npz(npy(version, header(type, false, "2,"), HexFormat.of().parseHex(hex)));

        Tensor array = NpzFile.read(file).get("a");

        assertThat(array.shape()).containsExactly(2);
        assertThat(array.values()).containsExactly(1, 2);
    }

    @Test
    void readsSingleNumbersAndSeveralAxes() throws IOException {
        Path file =
                PickleBytes.zip(
                        folder,
                        Map.of(
                                "one.npy",
                                npy(1, header("|u1", false, ""), new byte[] {7}),
                                "grid.npy",
                                npy(1, header("|u1", false, "2, 1, 2"), new byte[] {1, 2, 3, 4}),
                                "note.txt",
                                new byte[] {1}));

        Map<String, Tensor> arrays = NpzFile.read(file);

        assertThat(arrays).containsOnlyKeys("one", "grid");
        assertThat(arrays.get("one").shape()).isEmpty();
        assertThat(arrays.get("grid").shape()).containsExactly(2, 1, 2);
    }

    @Test
    void refusesOrdersAndTypesThatItDoesNotRead() throws IOException {
        assertRefused(npy(1, header("<f4", true, "1,"), new byte[4]), Code.TYPE_UNSUPPORTED);
        assertRefused(npy(1, header(">f4", false, "1,"), new byte[4]), Code.TYPE_UNSUPPORTED);
        assertRefused(npy(1, header("|O", false, "1,"), new byte[4]), Code.TYPE_UNSUPPORTED);
        assertRefused(npy(3, header("<f4", false, "1,"), new byte[4]), Code.TYPE_UNSUPPORTED);
    }

    @Test
    void refusesArraysThatBreakTheirOwnHeader() throws IOException {
        assertRefused(npy(1, header("<f4", false, "2,"), new byte[4]), Code.FILE_MALFORMED);
        assertRefused(npy(1, header("<f4", false, "1,"), new byte[8]), Code.FILE_MALFORMED);
        String huge = "4294967296, 4294967296, 4294967296";
        assertRefused(npy(1, header("<f4", false, huge), new byte[4]), Code.FILE_MALFORMED);
        String beyondLong = "99999999999999999999,";
        assertRefused(npy(1, header("<f4", false, beyondLong), new byte[4]), Code.FILE_MALFORMED);
        assertRefused(npy(1, "{'descr': exec('x')}\n", new byte[4]), Code.FILE_MALFORMED);
        assertRefused("no array at all".getBytes(StandardCharsets.UTF_8), Code.FILE_MALFORMED);
        assertRefused(new byte[3], Code.FILE_MALFORMED);
        byte[] longHeader = npy(2, header("<f4", false, "1,"), new byte[4]);
        longHeader[11] = (byte) 0xff;
        assertRefused(longHeader, Code.FILE_MALFORMED);
    }

    private void assertRefused(byte[] npy, Code code) throws IOException {
        Path file = npz(npy);
        assertThatThrownBy(() -> NpzFile.read(file))
                .isInstanceOfSatisfying(
                        WeightsException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    private Path npz(byte[] npy) throws IOException {
        return PickleBytes.zip(folder, Map.of("a.npy", npy));
    }

    private static String header(String type, boolean fortran, String shape) {
        return "{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }   \n"
                .formatted(type, fortran ? "True" : "False", shape);
    }

    private static byte[] npy(int version, String header, byte[] data) {
        ByteBuffer bytes =
                ByteBuffer.allocate(8 + (version == 1 ? 2 : 4) + header.length() + data.length)
                        .order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0});
        if (version == 1) {
            bytes.putShort((short) header.length());
        } else {
            bytes.putInt(header.length());
        }
        bytes.put(header.getBytes(StandardCharsets.ISO_8859_1)).put(data);
        return bytes.array();
    }
}
