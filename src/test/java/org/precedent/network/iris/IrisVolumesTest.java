package org.precedent.network.iris;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.Volume;
import org.precedent.network.Episode.LabelContext;
import org.precedent.network.Episode.Support;
import org.precedent.network.SharedFiles;
import org.precedent.network.SupportEncoding;
import org.precedent.network.zoo.ModelCheck;
import org.precedent.tensor.Torch;
import org.precedent.weights.NpzFile;
import org.precedent.weights.StateDict;
import org.precedent.weights.Tensor;
import org.precedent.weights.WeightsException;

class IrisVolumesTest {
    private static final Path GOLDEN =
            SharedFiles.home().resolve("src/test/resources/iris-golden-3d.npz");

    private static Torch torch;
    private static IrisVolumes network;

    @BeforeAll
    static void start() {
        torch = Torch.start(new Torch.Threads(1, 1));
        network = new IrisVolumes(torch, IrisCases.goldenWeights(IrisCases.SMALL_3D));
    }

    @AfterAll
    static void stop() {
        network.close();
        torch.close();
    }

    @Test
    void givesTheTrainedDefinitionsEmbeddingsAndLogits() {
        Map<String, Tensor> golden = NpzFile.read(GOLDEN);
        long[] shape = golden.get("query").shape();
        int voxels = golden.get("query").values().length;
        float[] weights = golden.get("weights").values();
        List<Support> supports = new ArrayList<>();
        int each = golden.get("embeddings").values().length / weights.length;
        for (int k = 0; k < weights.length; k++) {
            SupportEncoding encoding =
                    network.encodeVolume(
                                    volume(shape, part(golden.get("support_images"), k, voxels)),
                                    List.of(part(golden.get("support_labels"), k, voxels)))
                            .getFirst();
            float[] expected = part(golden.get("embeddings"), k, each);
            assertThat(
                            ModelCheck.compare(expected, encoding.tensor(Iris.TASK).values())
                                    .maxAbsError())
                    .isLessThan(5e-5);
            supports.add(new Support(encoding, weights[k]));
        }

        float[] logits =
                network.segmentVolume(
                                volume(shape, golden.get("query").values()),
                                List.of(new LabelContext(supports)))
                        .getFirst();

        ModelCheck check = ModelCheck.compare(golden.get("logits").values(), logits);
        assertThat(check.passed()).as("%s", check).isTrue();
    }

    /** A window as large as the volume is one pass; smaller ones cover it and average. */
    @Test
    void windowsCoverEveryVoxelOfAVolumeOfAnySize() {
        Random random = new Random(3);
        StateDict weights = IrisCases.goldenWeights(IrisCases.SMALL_3D);
        int ratio = IrisCases.SMALL_3D.ratio();
        try (IrisVolumes small = new IrisVolumes(torch, weights, 2 * ratio)) {
            for (int round = 0; round < 3; round++) {
                Volume query = volume(random, ratio);
                SupportEncoding support =
                        network.encodeVolume(query, List.of(mask(query))).getFirst();
                List<LabelContext> label =
                        List.of(new LabelContext(List.of(new Support(support, 1))));

                float[] windows = small.segmentVolume(query, label).getFirst();
                float[] whole = network.segmentVolume(query, label).getFirst();

                assertThat(windows).hasSameSizeAs(whole);
                for (float value : windows) {
                    assertThat(value).isFinite();
                }
            }
        }
    }

    @Test
    void windowsOverlapByHalfAndEndAtTheEnd() {
        assertThat(IrisVolumes.starts(100, 128)).containsExactly(0);
        assertThat(IrisVolumes.starts(128, 128)).containsExactly(0);
        assertThat(IrisVolumes.starts(129, 128)).containsExactly(0, 1);
        assertThat(IrisVolumes.starts(300, 128)).containsExactly(0, 64, 128, 172);
    }

    @Test
    void severalLabelsAtOnceAreEachAsAlone() {
        Random random = new Random(5);
        Volume query = volume(random, IrisCases.SMALL_3D.ratio());
        float[] mask = mask(query);
        float[] other = new float[mask.length];
        Arrays.fill(other, 0, mask.length / 3, 1);
        List<SupportEncoding> encodings = network.encodeVolume(query, List.of(mask, other));
        LabelContext first = new LabelContext(List.of(new Support(encodings.get(0), 1)));
        LabelContext second = new LabelContext(List.of(new Support(encodings.get(1), 1)));

        List<float[]> both = network.segmentVolume(query, List.of(first, second));

        assertThat(
                        ModelCheck.compare(
                                        network.segmentVolume(query, List.of(second)).getFirst(),
                                        both.get(1))
                                .passed())
                .isTrue();
    }

    @Test
    void refusesWeightsOfImagesAndMasksOfOtherSizes() {
        assertThatThrownBy(() -> new IrisVolumes(torch, IrisCases.goldenWeights(IrisCases.SMALL)))
                .isInstanceOf(WeightsException.class);
        Volume query = volume(new Random(1), IrisCases.SMALL_3D.ratio());
        assertThatThrownBy(() -> network.encodeVolume(query, List.of(new float[3])))
                .hasMessageContaining("its label 3");
    }

    private static float[] part(Tensor of, int k, int each) {
        return Arrays.copyOfRange(of.values(), k * each, (k + 1) * each);
    }

    private static Volume volume(long[] shape, float[] values) {
        int n = shape.length;
        return new Volume((int) shape[n - 3], (int) shape[n - 2], (int) shape[n - 1], values);
    }

    private static Volume volume(Random random, int ratio) {
        int d = 2 * ratio + random.nextInt(2 * ratio);
        int h = 2 * ratio + random.nextInt(2 * ratio);
        int w = 2 * ratio + random.nextInt(2 * ratio);
        float[] values = new float[d * h * w];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat();
        }
        return new Volume(d, h, w, values);
    }

    private static float[] mask(Volume volume) {
        float[] mask = new float[volume.values().length];
        for (int i = 0; i < mask.length; i++) {
            mask[i] = volume.values()[i] > .6f ? 1 : 0;
        }
        return mask;
    }
}
