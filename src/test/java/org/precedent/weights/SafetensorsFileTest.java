package org.precedent.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.precedent.weights.WeightsException.Code;

class SafetensorsFileTest {
    @TempDir private Path folder;

    @Test
    void readsBackWhatItWrote() throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("b.weight", new Tensor(new long[] {2, 3}, new float[] {1, -2, 3, 4, 5, 6}));
        tensors.put("a \"quoted\" \\ name", new Tensor(new long[0], new float[] {7}));
        tensors.put("empty", new Tensor(new long[] {0, 4}, new float[0]));
        Path file = folder.resolve("w.safetensors");

        SafetensorsFile.write(file, tensors);
        StateDict dict = StateDict.read(file);

        assertThat(dict.names()).containsExactlyElementsOf(tensors.keySet());
        tensors.forEach((name, tensor) -> {
            assertThat(dict.get(name).shape()).isEqualTo(tensor.shape());
            assertThat(dict.get(name).values()).isEqualTo(tensor.values());
        });
        assertThat(folder.toFile().list()).containsExactly("w.safetensors");
    }

    @Test
    void namesTheFileByItsHash() throws IOException {
        Path file = write("{}", new byte[0]);

        // printf '\x02\0\0\0\0\0\0\0{}' | sha256sum
        assertThat(StateDict.read(file).sha256()).isEqualTo(StateDict.sha256(file)).hasSize(64);
        assertThat(StateDict.read(file).size()).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "F32, 0000803f, 1",
        "F16, 00bc, -1",
        "F16, 0100, 5.9604645E-8",
        "BF16, 8040, 4",
        "F64, 000000000000e03f, 0.5",
        "I64, 0500000000000000, 5",
        "I32, ffffffff, -1",
        "U8, ff, 255",
        "BOOL, 01, 1"
    })
    void widensNumberTypes(String type, String hex, float value) throws IOException {
        byte[] data = HexFormat.of().parseHex(hex);
        Path file =
                write(
                        "{\"__metadata__\":{\"format\":\"pt\"},"
                                + entry("x", type, "[1]", 0, data.length)
                                + "}",
                        data);

        assertThat(StateDict.read(file).get("x").values()).containsExactly(value);
    }

    @Test
    void refusesRangesThatOverlapLeaveGapsOrPassTheEnd() throws IOException {
        String a = entry("a", "F32", "[2]", 0, 8);
        assertRefused("{" + a + "," + entry("b", "F32", "[2]", 4, 12) + "}", 12, "overlap");
        assertRefused("{" + a + "," + entry("b", "F32", "[1]", 12, 16) + "}", 16, "gap");
        assertRefused("{" + a + "}", 12, "take 8 bytes of 12");
        assertRefused("{" + a + "}", 4, "lies at bytes 0 to 8 of 4");
        assertRefused("{" + entry("a", "F32", "[2]", 8, 0) + "}", 8, "lies at bytes");
        assertRefused("{" + entry("a", "F32", "[3]", 0, 8) + "}", 8, "need 12");
        assertRefused("{" + a + "," + entry("b", "F32", "[2]", 0, 8) + "}", 8, "overlap");
    }

    @Test
    void refusesShapesBeyondAllBounds() throws IOException {
        String huge = "[4294967296, 4294967296, 4294967296]";
        assertRefused("{" + entry("a", "F32", huge, 0, 8) + "}", 8, "beyond all bounds");
        assertRefused("{" + entry("a", "F32", "[2,1,1,1,1,1,1,1,1]", 0, 8) + "}", 8, "described");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "{",
                "{}x",
                "{\"a\":1,}",
                "{\"a\" 1}",
                "{\"a\":-1}",
                "{\"a\":1.5}",
                "{\"a\":true}",
                "{\"a\":null}",
                "{\"a\":\"\\x\"}",
                "{\"a\":\"\\u00g0\"}",
                "{\"a\":\"unfinished}",
                "{\"a\":1,\"a\":2}",
                "{\"a\":[[[[[1]]]]]}",
                "{\"a\":12345678901234567890}",
                "{\"a\":1}",
                "{\"a\":{}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[\"1\"],\"data_offsets\":[0,4]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}}"
            })
    void refusesHeadersThatAreNotSound(String header) throws IOException {
        Path file = write(header, new byte[4]);

        assertThatThrownBy(() -> SafetensorsFile.read(file))
                .isInstanceOfSatisfying(
                        WeightsException.class,
                        e -> assertThat(e.code()).isEqualTo(Code.FILE_MALFORMED));
    }

    @Test
    void refusesNumberTypesThatItDoesNotRead() throws IOException {
        Path file = write("{" + entry("a", "F8_E4M3", "[4]", 0, 4) + "}", new byte[4]);

        assertThatThrownBy(() -> StateDict.read(file))
                .isInstanceOfSatisfying(
                        WeightsException.class,
                        e -> assertThat(e.code()).isEqualTo(Code.TYPE_UNSUPPORTED))
                .hasMessageContaining("F8_E4M3");
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 0, 1, 3, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE})
    void refusesAHeaderLengthThatTheFileDoesNotHold(long length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(length).put((byte) '{').put((byte) '}');
        Path file = Files.write(folder.resolve("f"), bytes.array());

        assertThatThrownBy(() -> StateDict.read(file)).isInstanceOf(WeightsException.class);
    }

    @Test
    void refusesEveryTruncation() throws IOException {
        Path file = folder.resolve("w.safetensors");
        SafetensorsFile.write(
                file, Map.of("a", new Tensor(new long[] {4}, new float[] {1, 2, 3, 4})));
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> StateDict.read(file))
                    .as("%d bytes of %d", length, whole.length)
                    .isInstanceOf(WeightsException.class);
        }
    }

    @Test
    void refusesInvalidUtf8InTheHeader() throws IOException {
        byte[] header = "{\"a\":1}".getBytes(StandardCharsets.UTF_8);
        header[2] = (byte) 0xff;

        assertThatThrownBy(() -> SafetensorsFile.read(write(header, new byte[0])))
                .hasMessageContaining("UTF-8");
    }

    private static String entry(String name, String type, String shape, long from, long to) {
        return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
                .formatted(name, type, shape, from, to);
    }

    private void assertRefused(String header, int dataBytes, String told) throws IOException {
        Path file = write(header, new byte[dataBytes]);
        assertThatThrownBy(() -> StateDict.read(file))
                .isInstanceOfSatisfying(
                        WeightsException.class,
                        e -> assertThat(e.code()).isEqualTo(Code.FILE_MALFORMED))
                .hasMessageContaining(told);
    }

    private Path write(String header, byte[] data) throws IOException {
        return write(header.getBytes(StandardCharsets.UTF_8), data);
    }

    private Path write(byte[] header, byte[] data) throws IOException {
        ByteBuffer bytes =
                ByteBuffer.allocate(8 + header.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(header.length).put(header).put(data);
        return Files.write(folder.resolve("f.safetensors"), bytes.array());
    }
}
