package org.precedent.network.zoo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.network.NetworkException;
import org.precedent.network.NetworkException.Code;
import org.precedent.network.universeg.UniverSeg;
import org.precedent.network.universeg.UniverSegCases;
import org.precedent.tensor.OnTorch;
import org.precedent.weights.SafetensorsFile;
import org.precedent.weights.StateDict;
import org.precedent.weights.Tensor;
import org.precedent.weights.WeightsException;

class WeightsLibraryTest extends OnTorch {
    @TempDir private Path folder;
    private Path shipped;
    private Path imported;
    private WeightsLibrary library;

    @BeforeEach
    void open() throws IOException {
        shipped = Files.createDirectories(folder.resolve("models"));
        imported = folder.resolve("data/models");
        library = new WeightsLibrary(shipped, imported);
    }

    private static StateDict weights(int features) {
        return UniverSegCases.randomWeights(new SplittableRandom(features), features);
    }

    private Path write(String name, Map<String, Tensor> tensors) throws IOException {
        Path file = folder.resolve(name);
        SafetensorsFile.write(file, tensors);
        return file;
    }

    @Test
    void importsUnderTheSameParameterNamesOnce() throws IOException {
        StateDict weights = weights(8);
        Path file = folder.resolve("from-elsewhere.safetensors");
        SafetensorsFile.write(file, Map.of("recipe", "4 steps"), weights.tensors());

        WeightsLibrary.Entry first = library.importFile(torch, "universeg", file);
        WeightsLibrary.Entry again = library.importFile(torch, "universeg", file);

        assertThat(again).isEqualTo(first);
        assertThat(first.file())
                .isEqualTo(
                        imported.resolve(
                                "universeg-" + first.sha256().substring(0, 12) + ".safetensors"));
        assertThat(first.sha256()).isEqualTo(StateDict.sha256(first.file()));
        assertThat(first.parameters()).isEqualTo(weights.parameters());
        assertThat(first.bytes()).isEqualTo(Files.size(first.file()));
        assertThat(first.shipped()).isFalse();
        assertThat(imported.toFile().list()).hasSize(1);
        StateDict kept = StateDict.read(first.file());
        assertThat(kept.metadata()).containsExactly(Map.entry("recipe", "4 steps"));
        assertThat(kept.names()).containsExactlyElementsOf(UniverSeg.parameterShapes(8).keySet());
        assertThat(library.find("universeg")).isEqualTo(first.file());
    }

    @Test
    void shippedWeightsComeFirstAndHaveTheirCard() throws IOException {
        write("models/universeg.safetensors", weights(8).tensors());
        Files.writeString(shipped.resolve("universeg.md"), "how it was trained");
        write("models/universeg-draft.safetensors", weights(9).tensors());
        library.importFile(torch, "universeg", write("x", weights(10).tensors()));

        List<WeightsLibrary.Entry> entries = library.list();

        assertThat(entries).extracting(WeightsLibrary.Entry::shipped).containsExactly(true, false);
        assertThat(entries.get(0).card()).contains(shipped.resolve("universeg.md"));
        assertThat(entries.get(1).card()).isEmpty();
        assertThat(library.find("universeg")).isEqualTo(shipped.resolve("universeg.safetensors"));
    }

    @Test
    void findsTheWeightsOfAnAnswerWhereverTheyLie() throws IOException {
        Files.createDirectories(shipped.resolve("earlier"));
        Path now = write("models/universeg.safetensors", weights(8).tensors());
        Path before = write("before", weights(9).tensors());
        String hash = StateDict.sha256(before);
        Path earlier =
                Files.move(
                        before,
                        shipped.resolve(
                                "earlier/universeg-" + hash.substring(0, 12) + ".safetensors"));
        WeightsLibrary.Entry other =
                library.importFile(torch, "universeg", write("x", weights(10).tensors()));

        assertThat(library.withHash("universeg+mirror", hash)).contains(earlier);
        assertThat(library.withHash("universeg", other.sha256())).contains(other.file());
        assertThat(library.withHash("universeg", StateDict.sha256(now))).contains(now);
        assertThat(library.withHash("iris", hash)).isEmpty();
        assertThat(library.withHash("unet", hash)).isEmpty();
        assertThat(library.find("universeg")).isEqualTo(now);
        assertThat(library.list())
                .extracting(WeightsLibrary.Entry::file)
                .containsExactly(now, other.file());

        Files.write(earlier, new byte[] {0}, StandardOpenOption.APPEND);
        assertThat(library.withHash("universeg", hash)).as("other bytes").isEmpty();
    }

    @Test
    void asksForANameWhereItCannotChoose() throws IOException {
        assertThatThrownBy(() -> library.find("universeg"))
                .isInstanceOfSatisfying(
                        NetworkException.class,
                        e -> assertThat(e.code()).isEqualTo(Code.NO_WEIGHTS))
                .hasMessageContaining("model import");
        Path first =
                library.importFile(torch, "universeg", write("a", weights(8).tensors())).file();
        Path second =
                library.importFile(torch, "universeg", write("b", weights(9).tensors())).file();

        assertThatThrownBy(() -> library.find("universeg"))
                .isInstanceOf(NetworkException.class)
                .hasMessageContaining(first.toString())
                .hasMessageContaining(second.toString());
        assertThatThrownBy(() -> library.find("unet"))
                .isInstanceOfSatisfying(
                        NetworkException.class,
                        e -> assertThat(e.code()).isEqualTo(Code.UNKNOWN_NETWORK));
    }

    @Test
    void refusesOtherWeightsWithEveryDifferenceAndLeavesNothing() throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>(weights(8).tensors());
        tensors.remove("enc_blocks.2.cross.cross_conv.bias");
        tensors.put("enc_blocks.9.weight", new Tensor(new long[] {1}, new float[1]));
        tensors.put("out_conv.conv.bias", new Tensor(new long[] {2}, new float[2]));
        Path file = write("other.safetensors", tensors);

        assertThatThrownBy(() -> library.importFile(torch, "universeg", file))
                .isInstanceOfSatisfying(
                        WeightsException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo(WeightsException.Code.WEIGHTS_MISMATCH);
                            assertThat(e.fields())
                                    .containsEntry("missing", "enc_blocks.2.cross.cross_conv.bias")
                                    .containsEntry("unexpected", "enc_blocks.9.weight")
                                    .containsEntry(
                                            "misshaped", "out_conv.conv.bias [2] instead of [1]");
                        });
        assertThat(imported).doesNotExist();
    }

    @Test
    void refusesDamagedFilesAndLeavesNothing() throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>(weights(8).tensors());
        byte[] whole = Files.readAllBytes(write("whole.safetensors", tensors));
        for (int length : new int[] {0, 7, 100, whole.length / 2, whole.length - 1}) {
            Path cut = folder.resolve("cut");
            Files.write(cut, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> library.importFile(torch, "universeg", cut))
                    .as("%d of %d bytes", length, whole.length)
                    .isInstanceOf(WeightsException.class);
        }
        tensors.put("out_conv.conv.bias", new Tensor(new long[] {1}, new float[] {Float.NaN}));
        Path broken = write("nan.safetensors", tensors);
        assertThatThrownBy(() -> library.importFile(torch, "universeg", broken))
                .isInstanceOfSatisfying(
                        WeightsException.class,
                        e -> assertThat(e.code()).isEqualTo(WeightsException.Code.FILE_MALFORMED))
                .hasMessageContaining("out_conv.conv.bias holds NaN");
        assertThat(imported).doesNotExist();
    }
}
