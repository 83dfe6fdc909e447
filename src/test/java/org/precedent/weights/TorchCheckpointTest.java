package org.precedent.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
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
import org.precedent.network.SharedFiles;
import org.precedent.network.universeg.UniverSeg;
import org.precedent.weights.WeightsException.Code;

class TorchCheckpointTest {
    @TempDir private Path folder;

    private static final int[] TWO_BY_THREE = {2, 3};
    private static final int[] ROWS = {3, 1};

    @Test
    void readsTheReferenceCheckpointsOfBothNetworks() {
        Path fixtures = SharedFiles.shared("fixtures");
        assumeTrue(Files.isDirectory(fixtures), "skipped: no reference checkpoints at " + fixtures);

        StateDict universeg = StateDict.read(fixtures.resolve("universeg/state_dict.pt"));
        StateDict mobilesam = StateDict.read(fixtures.resolve("mobilesam/state_dict.pt"));

        assertThat(universeg.size()).isEqualTo(44);
        assertThat(universeg.parameters()).isEqualTo(1_182_785);
        assertThat(universeg.names())
                .containsExactlyElementsOf(UniverSeg.parameterShapes(64).keySet());
        assertThat(mobilesam.size()).isEqualTo(302);
        assertThat(mobilesam.names()).allMatch(name -> name.startsWith("image_encoder."));
    }

    @Test
    void readsAViewByItsOffsetAndStride() throws IOException {
        PickleBytes pickle = new PickleBytes().op('}').op('(');
        pickle.tensor("plain", "FloatStorage", 8, 2, TWO_BY_THREE, ROWS);
        pickle.tensor("transposed", "FloatStorage", 8, 0, TWO_BY_THREE, new int[] {1, 2});
        pickle.tensor("single", "FloatStorage", 8, 7, new int[0], new int[0]);
        pickle.op('u').op('.');

        StateDict dict =
                StateDict.read(
                        pickle.checkpoint(folder, PickleBytes.floats(0, 1, 2, 3, 4, 5, 6, 7)));

        assertThat(dict.names()).containsExactly("plain", "transposed", "single");
        assertThat(dict.get("plain").values()).containsExactly(2, 3, 4, 5, 6, 7);
        assertThat(dict.get("transposed").values()).containsExactly(0, 2, 4, 1, 3, 5);
        assertThat(dict.get("single").values()).containsExactly(7);
        assertThat(dict.shape("plain")).containsExactly(2L, 3L);
        assertThat(dict.sha256()).hasSize(64);
    }

    @ParameterizedTest
    @CsvSource({
        "HalfStorage, 003c, 1",
        "BFloat16Storage, 803f, 1",
        "DoubleStorage, 000000000000f03f, 1",
        "LongStorage, ffffffffffffffff, -1",
        "IntStorage, feffffff, -2",
        "ShortStorage, fdff, -3",
        "CharStorage, fc, -4",
        "ByteStorage, fc, 252",
        "BoolStorage, 01, 1"
    })
    void widensEveryNumberType(String storage, String hex, float value) throws IOException {
        PickleBytes pickle = new PickleBytes().op('}').op('(');
        pickle.tensor("a", storage, 1, 0, new int[] {1}, new int[] {1}).op('u').op('.');

        Path file = pickle.checkpoint(folder, HexFormat.of().parseHex(hex));

        assertThat(StateDict.read(file).get("a").values()).containsExactly(value);
    }

    @ParameterizedTest
    @ValueSource(strings = {"model", "state_dict", "model_state_dict"})
    void unwrapsTheStateDictOfATrainingRun(String key) throws IOException {
        PickleBytes pickle = new PickleBytes().op('}').op('(').text("epoch").number(7);
        pickle.text(key).op('}').op('(');
        pickle.tensor("a", "FloatStorage", 1, 0, new int[] {1}, new int[] {1}).op('u');
        pickle.op('u').op('.');

        StateDict dict = StateDict.read(pickle.checkpoint(folder, PickleBytes.floats(3)));

        assertThat(dict.names()).containsExactly("a");
    }

    @Test
    void readsParametersAndTheStateOfAnOrderedDictionary() throws IOException {
        PickleBytes pickle =
                new PickleBytes().global("collections", "OrderedDict").op(')').op('R').op('(');
        pickle.text("a").global("torch._utils", "_rebuild_parameter").op('(');
        pickle.tensor("FloatStorage", 1, 0, new int[] {1}, new int[] {1});
        pickle.op(0x88).op('}').op('t').op('R').op('u');
        pickle.op('}').text("_metadata").op('}').op('s').op('b').op('.');

        StateDict dict = StateDict.read(pickle.checkpoint(folder, PickleBytes.floats(3)));

        assertThat(dict.get("a").values()).containsExactly(3);
    }

    // What a hostile file would run in Python, and the name that the refusal must tell.
    @ParameterizedTest
    @CsvSource({
        "os, system",
        "posix, system",
        "builtins, eval",
        "builtins, exec",
        "builtins, getattr",
        "builtins, __import__",
        "subprocess, Popen",
        "torch.hub, load",
        "torch._utils, _rebuild_tensor",
        "torch.serialization, load",
        "collections, OrderedDict.fromkeys",
        "net.razorvine.pickle.objects, ClassDict",
        "decimal, Decimal",
        "datetime, datetime",
        "builtins, bytearray",
        "java.lang.Runtime, exec"
    })
    void neverBuildsAnythingButTensors(String module, String name) throws IOException {
        PickleBytes call = new PickleBytes().global(module, name).text("echo owned");
        assertRefused(call.op(0x85).op('R').op('.'), Code.CLASS_REFUSED, module + "." + name);

        // The same name from the stack, as protocol 4 has it.
        PickleBytes stack = new PickleBytes().text(module).text(name).op(0x93).op(')').op('R');
        assertRefused(stack.op('.'), Code.CLASS_REFUSED, module + "." + name);

        // Hidden as a value behind sound tensors.
        PickleBytes nested = new PickleBytes().op('}').op('(');
        nested.tensor("a", "FloatStorage", 1, 0, new int[] {1}, new int[] {1});
        nested.text("b").op(']').global(module, name).op(')').op('R').op('a').op('u').op('.');
        assertRefused(nested, Code.CLASS_REFUSED, module + "." + name);
    }

    @Test
    void refusesOtherWaysToMakeObjects() throws IOException {
        // INST, OBJ, NEWOBJ, NEWOBJ_EX, EXT1, STRING, BYTEARRAY8, NEXT_BUFFER
        for (int op : new int[] {'i', 'o', 0x81, 0x92, 0x82, 'S', 0x96, 0x97}) {
            PickleBytes pickle = new PickleBytes().op('(').global("collections", "OrderedDict");
            assertRefused(pickle.op(')').op(op).op('.'), Code.CLASS_REFUSED, "operation " + op);
        }
    }

    @Test
    void refusesToSetTheStateOfAnythingButADictionary() throws IOException {
        PickleBytes pickle = new PickleBytes().op(']').op('}').op('b').op('.');

        assertRefused(pickle, Code.CLASS_REFUSED, "BUILD");
    }

    @Test
    void refusesToCallWhatIsNoFunction() throws IOException {
        PickleBytes storageType = new PickleBytes().global("torch", "FloatStorage");
        assertRefused(storageType.op(')').op('R').op('.'), Code.CLASS_REFUSED, "ElementType");

        // A memo slot that was overwritten between naming a function and calling it.
        PickleBytes memo = new PickleBytes().global("collections", "OrderedDict").op('q', 0);
        memo.op('0').text("os.system").op('q', 0).op('0').op('h', 0).op(')').op('R').op('.');
        assertRefused(memo, Code.CLASS_REFUSED, "String");
    }

    @Test
    void refusesBrokenPickles() throws IOException {
        PickleBytes unknownMemo = new PickleBytes().op('h', 9).op('.');
        PickleBytes emptyStack = new PickleBytes().op('.');
        PickleBytes noMark = new PickleBytes().op('t').op('.');
        PickleBytes unfinished = new PickleBytes().op('}');
        PickleBytes number = new PickleBytes().number(3).op('.');
        PickleBytes longText = new PickleBytes().op('X').int32(Integer.MAX_VALUE).op('.');
        PickleBytes negativeText = new PickleBytes().op('X').int32(-1).op('.');
        PickleBytes keyHoldsItself =
                new PickleBytes().op('}').op(']').op('q', 0).op('h', 0).op('a').number(1).op('s');
        PickleBytes noStorage = new PickleBytes().text("x").op(0x85).op('Q').op('.');
        for (PickleBytes pickle :
                new PickleBytes[] {
                    unknownMemo,
                    emptyStack,
                    noMark,
                    unfinished,
                    number,
                    longText,
                    negativeText,
                    keyHoldsItself.op('.'),
                    noStorage
                }) {
            assertRefused(pickle, Code.FILE_MALFORMED, "pickle");
        }
    }

    @Test
    void refusesADictionaryThatHoldsItself() throws IOException {
        PickleBytes pickle = new PickleBytes().op('}').op('q', 0).text("model").op('h', 0).op('s');

        assertRefused(pickle.op('.'), Code.FILE_MALFORMED, "'model' is no tensor");
    }

    // storage, elements, offset, size, stride: each reaches outside, or is of no sound shape.
    @ParameterizedTest
    @CsvSource({
        "6, 1, '2,3', '3,1'",
        "6, -1, '2,3', '3,1'",
        "6, 0, '2,3', '4,1'",
        "6, 0, '2,3', '-3,1'",
        "6, 0, '-2,3', '3,1'",
        "6, 0, '2,3', '3'",
        "6, 0, '2147483647,2147483647,2147483647', '0,0,0'",
        "6, 0, '1000,1000', '0,0'",
        "6, 0, '7', '1'",
        "6, 6, '1', '1'",
        "6, 2147483647, '2', '2147483647'",
        "60, 0, '60', '1'"
    })
    void refusesTensorsOutsideTheirStorage(int elements, int offset, String size, String stride)
            throws IOException {
        PickleBytes pickle = new PickleBytes().op('}').op('(');
        pickle.tensor("a", "FloatStorage", elements, offset, ints(size), ints(stride));

        assertRefused(pickle.op('u').op('.'), Code.FILE_MALFORMED, "a");
    }

    @Test
    void refusesManyTensorsOnOneStorageThatTogetherPassTheLimit() throws IOException {
        int elements = 1 << 20;
        PickleBytes pickle = new PickleBytes().op('}').op('(');
        for (int i = 0; i < 300; i++) {
            // 300 times 4 MiB, all of them the same bytes of the file.
            pickle.tensor(
                    "t" + i, "FloatStorage", elements, 0, new int[] {elements}, new int[] {1});
        }
        pickle.op('u').op('.');
        Path file = pickle.checkpoint(folder, new byte[4 * elements]);

        assertThatThrownBy(() -> TorchCheckpoint.read(file, 64L << 20))
                .isInstanceOfSatisfying(
                        WeightsException.class,
                        e -> assertThat(e.code()).isEqualTo(Code.FILE_TOO_LARGE));
    }

    @Test
    void refusesAnArchiveThatUnpacksBeyondTheLimit() throws IOException {
        PickleBytes pickle = new PickleBytes().op('}').op('.');
        Path bomb = pickle.checkpoint(folder, new byte[64 << 20]);

        assertThat(Files.size(bomb)).isLessThan(1 << 20);
        assertThatThrownBy(() -> TorchCheckpoint.read(bomb, 32L << 20))
                .isInstanceOfSatisfying(
                        WeightsException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo(Code.FILE_TOO_LARGE);
                            assertThat(e.fields()).containsKeys("value", "limit", "file");
                        });
    }

    @Test
    void refusesAnEntryThatHoldsMoreThanItDeclares() throws IOException {
        PickleBytes pickle = new PickleBytes().op('}').op('(');
        pickle.tensor("a", "FloatStorage", 1, 0, new int[] {1}, new int[] {1}).op('u').op('.');
        Path file = pickle.checkpoint(folder, new byte[1 << 16]);
        byte[] bytes = Files.readAllBytes(file);
        // The central directory's uncompressed size of the last entry, x/data/0.
        int at = new String(bytes, StandardCharsets.ISO_8859_1).lastIndexOf("PK\1\2") + 24;
        bytes[at] = 4;
        bytes[at + 1] = 0;
        bytes[at + 2] = 0;
        Files.write(file, bytes);

        assertThatThrownBy(() -> StateDict.read(file))
                .isInstanceOfSatisfying(
                        WeightsException.class,
                        e -> assertThat(e.code()).isEqualTo(Code.FILE_MALFORMED));
    }

    @Test
    void refusesBigEndianAndForeignArchives() throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put("x/data.pkl", new PickleBytes().op('}').op('.').bytes());
        entries.put("x/byteorder", "big".getBytes(StandardCharsets.US_ASCII));
        Path big = PickleBytes.zip(folder, entries);
        Path foreign = PickleBytes.zip(folder, Map.of("readme.txt", new byte[3]));
        Path legacy = folder.resolve("legacy.pt");
        Files.write(legacy, new PickleBytes().number(1).op('.').bytes());

        assertRefused(big, Code.TYPE_UNSUPPORTED, "little-endian");
        assertRefused(foreign, Code.FORMAT_UNKNOWN, "data.pkl");
        assertRefused(legacy, Code.FORMAT_UNKNOWN, "neither safetensors nor");
        assertRefused(folder.resolve("nowhere.pt"), Code.FILE_UNREADABLE, "nowhere.pt");
    }

    @Test
    void refusesEveryTruncation() throws IOException {
        PickleBytes pickle = new PickleBytes().op('}').op('(');
        pickle.tensor("a", "FloatStorage", 1, 0, new int[] {1}, new int[] {1}).op('u').op('.');
        byte[] whole = Files.readAllBytes(pickle.checkpoint(folder, PickleBytes.floats(1)));
        Path cut = folder.resolve("cut.pt");
        for (int length = 0; length < whole.length; length += 7) {
            Files.write(cut, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> StateDict.read(cut))
                    .as("%d bytes of %d", length, whole.length)
                    .isInstanceOf(WeightsException.class);
        }
    }

    private static int[] ints(String list) {
        return Arrays.stream(list.split(",")).mapToInt(Integer::parseInt).toArray();
    }

    private void assertRefused(PickleBytes pickle, Code code, String told) throws IOException {
        assertRefused(pickle.checkpoint(folder, new byte[24]), code, told);
    }

    private static void assertRefused(Path file, Code code, String told) {
        assertThatThrownBy(() -> StateDict.read(file))
                .isInstanceOfSatisfying(
                        WeightsException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContaining(told);
    }
}
