package org.precedent.network.mobilesam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.precedent.network.ImageEncoder;
import org.precedent.network.Model;
import org.precedent.network.NetworkException;
import org.precedent.network.universeg.UniverSegCases;
import org.precedent.network.zoo.Networks;
import org.precedent.tensor.Torch;
import org.precedent.weights.StateDict;
import org.precedent.weights.Tensor;
import org.precedent.weights.WeightsException;

/** The published network, run anew with weights and an input that formulas give. */
class MobileSamTest {
    /** A map of the golden pass, channels-last. */
    private record FeatureMap(Shape shape, float[] values) {
        static FeatureMap of(NDArray x) {
            return new FeatureMap(x.getShape(), x.toFloatArray());
        }

        long cells() {
            return shape.get(0) * shape.get(1);
        }

        int channels() {
            return (int) shape.get(2);
        }

        /** Element {@code i} of [C, H, W]. */
        float channelsFirst(long i) {
            return values[(int) (i % cells() * channels() + i / cells())];
        }

        double mean() {
            double sum = 0;
            for (float value : values) {
                sum += value;
            }
            return sum / values.length;
        }

        double deviation() {
            double mean = mean();
            double squares = 0;
            for (float value : values) {
                squares += (value - mean) * (value - mean);
            }
            return Math.sqrt(squares / values.length);
        }
    }

    private static final Map<String, FeatureMap> STAGES = new LinkedHashMap<>();
    private static Torch torch;
    private static MobileSam golden;

    @BeforeAll
    static void runTheGoldenPass() {
        torch = Torch.start(Torch.Threads.ofCores());
        golden = new MobileSam(torch, MobileSamCases.goldenWeights());
        golden.forward(
                MobileSamCases.goldenImage(),
                (stage, x) -> STAGES.put(stage, FeatureMap.of(x)),
                x -> true);
    }

    @AfterAll
    static void stop() {
        golden.close();
        torch.close();
    }

    @ParameterizedTest
    @CsvSource({
        "patch_embed, 64,   256, .005188,  .121145, .17303 .43191 .42233 .41202,"
                + " -.10501 -.10554 -.10607 -.10658",
        "layers.0,    128,  128, .015465,  .387834, .44471 -.41015 -.60233 .77621,"
                + " -.18502 -.50643 .07441 .45135",
        "layers.1,    160,   64, .010842,  .556531, 1.37703 .71582 -.5769 -1.01367,"
                + " .16667 -.43804 -.56692 -.14784",
        "layers.2,    320,   64, .021778,  5.743635, 1.2903 1.06028 -3.24482 3.53167,"
                + " -.18843 -3.42965 4.72379 -.56037",
        "layers.3,    320,   64, .042477,  10.223538, -5.04887 .74537 .49116 .02083,"
                + " -1.53951 -3.74361 -.03362 -2.06766",
        "neck,        256,   64, -.000962, 1.012832, -.02658 -.50124 -.38653 -.21431,"
                + " -.42116 -.42667 -.38009 -.61366"
    })
    void everyStageGivesTheGoldenNumbers(
            String stage,
            int channels,
            int side,
            double mean,
            double std,
            String head,
            String tail) {
        FeatureMap map = STAGES.get(stage);
        // The published network holds the first and the last of these channels-first.
        boolean first = stage.equals("patch_embed") || stage.equals("neck");

        assertThat(map.shape()).isEqualTo(new Shape(side, side, channels));
        assertThat(map.mean()).isCloseTo(mean, within(2e-6));
        assertThat(map.deviation()).isCloseTo(std, within(2e-6 * Math.max(1, std)));
        for (int i = 0; i < 4; i++) {
            int end = map.values().length - 4 + i;
            // Printed to 5 digits, so exact to half of the last.
            double tolerance = 1e-5 + 1e-5 * std;
            assertThat(first ? map.channelsFirst(i) : map.values()[i])
                    .isCloseTo(number(head, i), within((float) tolerance));
            assertThat(first ? map.channelsFirst(end) : map.values()[end])
                    .isCloseTo(number(tail, i), within((float) tolerance));
        }
    }

    private static float number(String list, int i) {
        return Float.parseFloat(list.split(" ")[i]);
    }

    @Test
    void theMeanOverSpaceIsTheGoldenOne() {
        FeatureMap output = STAGES.get("neck");
        double[] expected = {
            .327292, .448614, .53315, .030591, .061532, .143053, .020528, -.026726
        };
        for (int c = 0; c < expected.length; c++) {
            double sum = 0;
            for (int cell = 0; cell < output.cells(); cell++) {
                sum += output.values()[cell * output.channels() + c];
            }
            // Processors round differently: 5.2e-6 was seen.
            assertThat(sum / output.cells()).isCloseTo(expected[c], within(2e-5));
        }
    }

    @Test
    void theHeightOfBandsChangesRoundingOnly() {
        float[] output = STAGES.get("neck").values();
        try (MobileSam narrow = new MobileSam(torch, MobileSamCases.goldenWeights(), 1 << 20)) {
            float[] other =
                    narrow.forward(
                            MobileSamCases.goldenImage(), (stage, x) -> {}, NDArray::toFloatArray);
            assertThat(UniverSegCases.maxDifference(output, other)).isLessThan(1e-4);
        }
    }

    @Test
    void anImageFillsTheTopLeftAndItsCellsComeBack() {
        int h = 412;
        byte[] rgb = new byte[h * 1024 * 3];
        new Random(3).nextBytes(rgb);
        float[] mean = {123.675f, 116.28f, 103.53f};
        float[] deviation = {58.395f, 57.12f, 57.375f};
        float[] square = new float[1024 * 1024 * 3];
        for (int i = 0; i < rgb.length; i++) {
            square[i] = ((rgb[i] & 0xff) - mean[i % 3]) / deviation[i % 3];
        }
        int root = torch.liveArrays();
        int weights = golden.weightArrays();

        ImageEncoder.FeatureGrid grid = golden.encode(h, 1024, rgb);
        float[] whole = golden.forward(square, (stage, x) -> {}, NDArray::toFloatArray);

        assertThat(grid.height()).isEqualTo(26); // 412 / 16 is 25.75
        assertThat(grid.width()).isEqualTo(64);
        assertThat(grid.channels()).isEqualTo(golden.channels()).isEqualTo(256);
        assertThat(grid.values()).isEqualTo(Arrays.copyOf(whole, 26 * 64 * 256));
        // Nothing stays behind.
        assertThat(torch.liveArrays()).isEqualTo(root);
        assertThat(golden.weightArrays()).isEqualTo(weights).isPositive();
    }

    @Test
    void refusesAnImageOfAnotherSize() {
        assertThatThrownBy(() -> golden.encode(512, 512, new byte[512 * 512 * 3]))
                .isInstanceOfSatisfying(
                        NetworkException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo(NetworkException.Code.SIZE_REFUSED);
                            assertThat(e.fields()).containsEntry("limit", 1024);
                        })
                .hasMessageContaining("512 x 512");
        assertThatThrownBy(() -> golden.encode(1024, 1024, new byte[3]))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void parameterNamesAreThoseOfTheOfficialFile() {
        Map<String, long[]> shapes = MobileSam.parameterShapes();

        assertThat(shapes).hasSize(302);
        assertThat(shapes.keySet().stream().filter(n -> n.startsWith("layers.2.blocks.5.")))
                .containsExactly(
                        "layers.2.blocks.5.attn.attention_biases",
                        "layers.2.blocks.5.attn.norm.weight",
                        "layers.2.blocks.5.attn.norm.bias",
                        "layers.2.blocks.5.attn.qkv.weight",
                        "layers.2.blocks.5.attn.qkv.bias",
                        "layers.2.blocks.5.attn.proj.weight",
                        "layers.2.blocks.5.attn.proj.bias",
                        "layers.2.blocks.5.mlp.norm.weight",
                        "layers.2.blocks.5.mlp.norm.bias",
                        "layers.2.blocks.5.mlp.fc1.weight",
                        "layers.2.blocks.5.mlp.fc1.bias",
                        "layers.2.blocks.5.mlp.fc2.weight",
                        "layers.2.blocks.5.mlp.fc2.bias",
                        "layers.2.blocks.5.local_conv.c.weight",
                        "layers.2.blocks.5.local_conv.bn.weight",
                        "layers.2.blocks.5.local_conv.bn.bias",
                        "layers.2.blocks.5.local_conv.bn.running_mean",
                        "layers.2.blocks.5.local_conv.bn.running_var",
                        "layers.2.blocks.5.local_conv.bn.num_batches_tracked");
        assertThat(shapes.get("layers.2.blocks.5.attn.attention_biases")).containsExactly(5, 196);
        assertThat(shapes.keySet())
                .startsWith("patch_embed.seq.0.c.weight", "patch_embed.seq.0.bn.weight")
                .containsSubsequence(
                        "layers.0.blocks.0.conv1.c.weight",
                        "layers.0.downsample.conv3.c.weight",
                        "layers.1.blocks.0.attn.attention_biases",
                        "layers.3.blocks.1.local_conv.c.weight")
                .endsWith(
                        "norm_head.weight",
                        "norm_head.bias",
                        "head.weight",
                        "head.bias",
                        "neck.0.weight",
                        "neck.1.weight",
                        "neck.1.bias",
                        "neck.2.weight",
                        "neck.3.weight",
                        "neck.3.bias");
    }

    @Test
    void parametersAreAsManyAsPublished() {
        assertThat(parameters("")).isEqualTo(6_065_532);
        assertThat(parameters("patch_embed.")).isEqualTo(19_488);
        assertThat(parameters("layers.0.")).isEqualTo(98_944);
        assertThat(parameters("layers.1.")).isEqualTo(448_232);
        assertThat(parameters("layers.2.")).isEqualTo(2_030_520);
        assertThat(parameters("layers.3.")).isEqualTo(2_473_940);
        assertThat(parameters("neck.")).isEqualTo(672_768);
    }

    /** Trained ones; what batch norms have counted is none. */
    private static long parameters(String prefix) {
        return MobileSam.parameterShapes().entrySet().stream()
                .filter(e -> e.getKey().startsWith(prefix))
                .filter(e -> !e.getKey().contains(".running_"))
                .filter(e -> e.getValue().length > 0)
                .mapToLong(e -> Tensor.elements(e.getValue()))
                .sum();
    }

    @Test
    void takesTheEncoderOutOfTheWholeModelAndWithoutItsHead() {
        Map<String, Tensor> whole = new LinkedHashMap<>();
        MobileSamCases.GOLDEN.forEach((name, tensor) -> {
            if (!MobileSam.deadParameters().contains(name)) {
                whole.put("image_encoder." + name, tensor);
            }
        });
        whole.put("mask_decoder.iou_token.weight", new Tensor(new long[] {1}, new float[1]));

        try (MobileSam network = new MobileSam(torch, dict(whole))) {
            assertThat(network.weightArrays()).isEqualTo(golden.weightArrays());
            assertThat(network.weightsSha256()).isEqualTo("1".repeat(64));
        }
        try (MobileSam alone = new MobileSam(torch, dict(MobileSamCases.GOLDEN))) {
            assertThat(alone.weightArrays()).isEqualTo(golden.weightArrays());
        }
    }

    @Test
    void refusesOtherWeightsWithTheListOfWhatIsWrong() {
        Map<String, Tensor> wrong = new LinkedHashMap<>(MobileSamCases.GOLDEN);
        wrong.remove("neck.3.bias");
        wrong.put("neck.4.bias", new Tensor(new long[] {1}, new float[1]));
        wrong.put("layers.3.blocks.0.attn.qkv.bias", new Tensor(new long[] {2}, new float[2]));

        assertThatThrownBy(() -> new MobileSam(torch, dict(wrong)))
                .isInstanceOfSatisfying(
                        WeightsException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo(WeightsException.Code.WEIGHTS_MISMATCH);
                            assertThat(e.fields())
                                    .containsEntry("missing", "neck.3.bias")
                                    .containsEntry("unexpected", "neck.4.bias")
                                    .containsEntry(
                                            "misshaped",
                                            "layers.3.blocks.0.attn.qkv.bias [2] instead of"
                                                    + " [960]");
                        });
    }

    @Test
    void closingReleasesTheWeights() {
        MobileSam network = new MobileSam(torch, dict(MobileSamCases.GOLDEN));
        network.close();
        network.close();

        assertThat(network.weightArrays()).isZero();
        assertThatThrownBy(() -> network.encode(1024, 1, new byte[1024 * 3]))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void costsWhatIsPublished() {
        Model.Cost cost = Networks.architecture("mobilesam").published().cost(1, 1024, 1024, 1);

        assertThat(cost.flopsAsPublished() / 1e9).isCloseTo(77.54, within(.005));
        assertThat(cost.flops()).isLessThan(cost.flopsAsPublished());
    }

    private static StateDict dict(Map<String, Tensor> tensors) {
        return new StateDict("other", "1".repeat(64), tensors);
    }
}
