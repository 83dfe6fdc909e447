package org.precedent.weights;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.fuzz.Fuzzing;

/** Files of weights, damaged: tensors or a refusal, and never anything but tensors. */
class WeightsFuzzTest {
    private static final int BY_DEFAULT = 2000;
    private static final long BUDGET = 64L << 20;

    @TempDir Path folder;

    @Test
    void safetensors() throws Exception {
        Path file = folder.resolve("w.safetensors");
        SafetensorsFile.write(
                file,
                Map.of("crc32c", "0", "network", "n"),
                Map.of(
                        "a.weight",
                        new Tensor(new long[] {2, 3}, new float[] {1, 2, 3, 4, 5, 6}),
                        "b",
                        new Tensor(new long[] {1}, new float[] {7})));
        new Fuzzing("safetensors", BUDGET, WeightsException.class)
                .seed("w.safetensors", Files.readAllBytes(file))
                .run(
                        BY_DEFAULT,
                        (bytes, name) -> SafetensorsFile.read(name, ByteBuffer.wrap(bytes)));
    }

    /** As a file: what kind it is, is told by its content. */
    @Test
    void checkpoints() throws Exception {
        Path file = folder.resolve("w.pt");
        byte[] storage = PickleBytes.floats(1, 2, 3, 4, 5, 6);
        PickleBytes pickle =
                new PickleBytes()
                        .op('}')
                        .op('(')
                        .tensor(
                                "a.weight",
                                "FloatStorage",
                                6,
                                0,
                                new int[] {2, 3},
                                new int[] {3, 1})
                        .tensor("b", "FloatStorage", 6, 2, new int[] {2}, new int[] {1})
                        .op('u')
                        .op('.');
        byte[] whole = Files.readAllBytes(pickle.checkpoint(folder, storage));
        StateDict.read(Files.write(file, whole)); // sound to begin with
        new Fuzzing("checkpoints", BUDGET, WeightsException.class)
                .seed("w.pt", whole)
                .run(BY_DEFAULT, (bytes, name) -> StateDict.read(Files.write(file, bytes)));
    }

    /** The pickle alone, within an archive that is sound. */
    @Test
    void pickles() throws Exception {
        byte[] storage = PickleBytes.floats(1, 2, 3, 4, 5, 6);
        byte[] pickle =
                new PickleBytes()
                        .op('}')
                        .op('(')
                        .tensor(
                                "a.weight",
                                "FloatStorage",
                                6,
                                0,
                                new int[] {2, 3},
                                new int[] {3, 1})
                        .op('u')
                        .op('.')
                        .bytes();
        new Fuzzing("pickles", BUDGET, WeightsException.class)
                .seed("data.pkl", pickle)
                .run(
                        BY_DEFAULT,
                        (bytes, name) -> {
                            Path file =
                                    PickleBytes.zip(
                                            folder,
                                            Map.of("x/data.pkl", bytes, "x/data/0", storage));
                            try {
                                TorchCheckpoint.read(file);
                            } finally {
                                Files.delete(file);
                            }
                        });
    }

    @Test
    void arrays() throws Exception {
        Path file = folder.resolve("a.npz");
        byte[] header =
                "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }         \n"
                        .getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        ByteBuffer array = ByteBuffer.allocate(10 + header.length + 24);
        array.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
        array.put((byte) header.length).put((byte) 0).put(header);
        array.put(PickleBytes.floats(1, 2, 3, 4, 5, 6));
        new Fuzzing("arrays", BUDGET, WeightsException.class)
                .seed(
                        "a.npz",
                        Files.readAllBytes(PickleBytes.zip(folder, Map.of("a.npy", array.array()))))
                .run(BY_DEFAULT, (bytes, name) -> NpzFile.read(Files.write(file, bytes)));
    }
}
