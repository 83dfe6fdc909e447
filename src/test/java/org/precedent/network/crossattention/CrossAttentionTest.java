package org.precedent.network.crossattention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.precedent.Sha256;
import org.precedent.network.Episode;
import org.precedent.network.Episode.LabelContext;
import org.precedent.network.Episode.QueryPoint;
import org.precedent.network.Episode.Support;
import org.precedent.network.NetworkException;
import org.precedent.network.Parameters;
import org.precedent.network.Prediction;
import org.precedent.network.Prediction.AttentionMap;
import org.precedent.network.SupportEncoding;
import org.precedent.network.SupportImage;
import org.precedent.network.universeg.UniverSeg;
import org.precedent.network.universeg.UniverSegCases;
import org.precedent.network.zoo.ModelCheck;
import org.precedent.tensor.Torch;
import org.precedent.weights.NpzFile;
import org.precedent.weights.StateDict;
import org.precedent.weights.Tensor;
import org.precedent.weights.WeightsException;

class CrossAttentionTest {
    private static final int H = 48;
    private static final int W = 64;

    private static Torch torch;
    private static CrossAttention golden;

    @BeforeAll
    static void start() {
        torch = Torch.start(new Torch.Threads(1, 1));
        golden = network(1, UniverSeg.ARRAY_BYTES);
    }

    @AfterAll
    static void stop() {
        golden.close();
        torch.close();
    }

    private static CrossAttention network(int stemStride, long arrayBytes) {
        return new CrossAttention(
                torch,
                CrossAttentionCases.goldenWeights(CrossAttentionCases.small(stemStride)),
                CrossAttentionCases.TOP_K,
                arrayBytes);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void givesTheTrainedDefinitionsLogits(int stemStride) {
        ModelCheck.ReferenceCase expected =
                ModelCheck.read(CrossAttentionCases.goldenCase(stemStride));
        try (CrossAttention network = network(stemStride, UniverSeg.ARRAY_BYTES)) {
            ModelCheck check =
                    ModelCheck.compare(
                            expected.logits(), network.segment(expected.episode(network)).logits());

            assertThat(check.passed()).as("%s", check).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void looksWhereTheTrainedDefinitionLooks(int stemStride) {
        ModelCheck.ReferenceCase expected =
                ModelCheck.read(CrossAttentionCases.goldenCase(stemStride));
        Map<String, Tensor> arrays = NpzFile.read(CrossAttentionCases.goldenCase(stemStride));
        try (CrossAttention network = network(stemStride, UniverSeg.ARRAY_BYTES)) {
            List<String> names = List.of("coarse", "middle", "fine");
            for (int scale = 0; scale < names.size(); scale++) {
                Tensor rows = arrays.get(names.get(scale));
                int stride = stemStride * (16 >> scale);
                int columns = (int) rows.shape()[1];
                for (int row = 0; row < rows.shape()[0]; row++) {
                    int cell = scale == 2 ? 97 * row : row;
                    int across = expected.width() / stride;
                    QueryPoint point =
                            new QueryPoint(cell % across * stride, cell / across * stride);
                    AttentionMap map =
                            network.segment(
                                            CrossAttentionCases.attending(
                                                    expected.episode(network), point))
                                    .labels()
                                    .getFirst()
                                    .attention()
                                    .get(scale);

                    float[] of =
                            Arrays.copyOfRange(rows.values(), row * columns, (row + 1) * columns);
                    assertThat(UniverSegCases.maxDifference(joined(map), of))
                            .as("%s row %d", names.get(scale), row)
                            .isLessThan(2e-5 * UniverSegCases.largest(of) + 1e-7);
                    if (scale < 2 && row == 3) {
                        break; // an episode is segmented for every row
                    }
                }
            }
        }
    }

    private static float[] joined(AttentionMap map) {
        float[] all = new float[map.perSupport().size() * map.gridHeight() * map.gridWidth()];
        int at = 0;
        for (float[] one : map.perSupport()) {
            System.arraycopy(one, 0, all, at, one.length);
            at += one.length;
        }
        return all;
    }

    /** The sums are those of the training program's state: names and shapes, in its order. */
    @Test
    void parameterNamesAndShapesAreThoseOfTheTrainingProgram() {
        assertThat(lines(CrossAttentionSize.RECIPE))
                .hasSize(602)
                .startsWith(
                        "mapper.stem.conv1.weight [8, 1, 3, 3]",
                        "mapper.stem.conv1.bias [8]",
                        "mapper.stem.norm1.weight [8]")
                .contains(
                        "mapper.stages.2.blocks.1.attention.strips.2.column.weight [64, 1, 21, 1]",
                        "mapper_momentum.stages.3.out.bias [128]",
                        "attention.tokens [8, 128]",
                        "upsamplers.1.support.weight [32, 32]",
                        "segmentation.stem.out.weight [16]",
                        "support.stages.0.down.weight [32, 16, 3, 3]",
                        "decoder.2.project.weight [48, 48]")
                .endsWith("head.conv.weight [1, 16, 3, 3]", "head.conv.bias [1]");
        assertThat(sum(CrossAttentionSize.RECIPE))
                .isEqualTo("e892827c4fed25054b74c2f57433e11ea46d457df17279dec58096e7db69a6c0");
        assertThat(sum(CrossAttentionSize.PAPER))
                .isEqualTo("8c861c2c60674b1ae993ecf9d4d673daa49f035c722c9718d53e9d78c9e5da79");
        assertThat(CrossAttentionCases.goldenWeights(CrossAttentionSize.RECIPE).parameters())
                .isEqualTo(1_911_704);
    }

    private static List<String> lines(CrossAttentionSize size) {
        List<String> lines = new ArrayList<>();
        size.parameterShapes()
                .forEach((name, shape) -> lines.add(name + " " + Arrays.toString(shape)));
        return lines;
    }

    private static String sum(CrossAttentionSize size) {
        String text = String.join("\n", lines(size)) + "\n";
        return Sha256.of(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void readsItsSizeFromTheWeights() {
        for (CrossAttentionSize size :
                List.of(
                        CrossAttentionSize.RECIPE,
                        CrossAttentionCases.small(1),
                        CrossAttentionCases.small(2))) {
            assertThat(
                            CrossAttentionSize.require(
                                    CrossAttentionCases.goldenWeights(size), CrossAttention.NAME))
                    .isEqualTo(size);
        }
    }

    @Test
    void refusesOtherWeightsAndNamesEveryDifference() {
        Map<String, Tensor> tensors =
                new LinkedHashMap<>(
                        CrossAttentionCases.goldenWeights(CrossAttentionCases.small(1)).tensors());
        tensors.remove("support.stages.1.down.bias");
        tensors.put("extra", new Tensor(new long[] {1}, new float[1]));
        tensors.put("head.conv.bias", new Tensor(new long[] {2}, new float[2]));

        assertThatThrownBy(() -> opened(tensors))
                .isInstanceOfSatisfying(
                        WeightsException.class,
                        e ->
                                assertThat(e.fields())
                                        .containsEntry("missing", "support.stages.1.down.bias")
                                        .containsEntry("unexpected", "extra")
                                        .containsEntry(
                                                "misshaped", "head.conv.bias [2] instead of [1]"));
    }

    @Test
    void refusesTheWeightsOfAnotherNetworkAndImpossibleWidths() {
        assertThatThrownBy(() -> new CrossAttention(torch, UniverSegCases.goldenWeights()))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("segmentation.stem.conv1.weight");
        Map<String, Tensor> tensors =
                new LinkedHashMap<>(
                        CrossAttentionCases.goldenWeights(CrossAttentionCases.small(1)).tensors());
        tensors.put("attention.tokens", new Tensor(new long[] {1L << 40, 0}, new float[0]));
        assertThatThrownBy(() -> opened(tensors))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("tokens 2147483647, expected 1 to 4096");
    }

    private static void opened(Map<String, Tensor> tensors) {
        new CrossAttention(torch, new StateDict("f", CrossAttentionCases.HASH, tensors)).close();
    }

    @Test
    void doesNotDependOnTheOrderOfSupports() {
        Episode episode =
                CrossAttentionCases.episode(golden, new SplittableRandom(1), H, W, .5, .3, .2);
        List<Support> supports = UniverSegCases.supports(episode);
        Episode permuted =
                CrossAttentionCases.with(
                        episode, List.of(supports.get(2), supports.get(0), supports.get(1)));

        assertSame(golden.segment(permuted).logits(), golden.segment(episode).logits());
    }

    @Test
    void weightOneIsTheOnlySupportAndWeightZeroIsNone() {
        Episode episode =
                CrossAttentionCases.episode(golden, new SplittableRandom(2), H, W, 0, 1, 0);
        Support only = UniverSegCases.supports(episode).get(1);

        assertThat(golden.segment(episode).logits())
                .isEqualTo(
                        golden.segment(CrossAttentionCases.with(episode, List.of(only))).logits());
    }

    /** As small as a softmax leaves them at low temperatures. */
    @ParameterizedTest
    @ValueSource(doubles = {1e-9, 1e-39, 1e-50, 1e-300, Double.MIN_VALUE})
    void aWeightGoesToZeroWithoutAStep(double weight) {
        Episode two = CrossAttentionCases.episode(golden, new SplittableRandom(3), H, W, .4, .6);
        List<Support> supports = new ArrayList<>(UniverSegCases.supports(two));
        Support third =
                UniverSegCases.supports(
                                CrossAttentionCases.episode(
                                        golden, new SplittableRandom(4), H, W, 1))
                        .getFirst();
        supports.add(new Support(third.encoding(), weight));

        assertSame(
                golden.segment(CrossAttentionCases.with(two, supports)).logits(),
                golden.segment(two).logits());
    }

    @Test
    void aSupportGivenTwiceWithHalfItsWeightTakesNoMoreAttention() {
        Episode once =
                CrossAttentionCases.attending(
                        CrossAttentionCases.episode(golden, new SplittableRandom(5), H, W, .4, .6),
                        new QueryPoint(20, 30));
        List<Support> supports = UniverSegCases.supports(once);
        Support half = new Support(supports.get(1).encoding(), .3);
        Episode twice = CrossAttentionCases.with(once, List.of(supports.get(0), half, half));

        AttentionMap one = golden.segment(once).labels().getFirst().attention().getFirst();
        AttentionMap two = golden.segment(twice).labels().getFirst().attention().getFirst();
        assertThat(two.mass()).isEqualTo(one.mass(), within(1e-6));
        for (int i = 0; i < one.perSupport().get(1).length; i++) {
            assertThat(two.perSupport().get(1)[i] + two.perSupport().get(2)[i])
                    .isEqualTo(one.perSupport().get(1)[i], within(1e-6f));
        }
    }

    @Test
    void masksChangeTheAnswerButNotTheAttention() {
        SplittableRandom random = new SplittableRandom(6);
        SupportImage image = CrossAttentionCases.images(random, H, W, 1, 1).getFirst();
        float[] query = CrossAttentionCases.image(random, H, W);
        SupportImage blank = SupportImage.of(H, W, image.image(), new float[H * W]);
        QueryPoint point = new QueryPoint(1, 2);
        Prediction.LabelAnswer marked = golden.segment(of(query, image, point)).labels().getFirst();
        Prediction.LabelAnswer unmarked =
                golden.segment(of(query, blank, point)).labels().getFirst();

        assertThat(UniverSegCases.maxDifference(marked.logits(), unmarked.logits()))
                .isGreaterThan(1e-2);
        for (int scale = 0; scale < 3; scale++) {
            assertThat(unmarked.attention().get(scale).perSupport().getFirst())
                    .isEqualTo(marked.attention().get(scale).perSupport().getFirst());
        }
    }

    private static Episode of(float[] query, SupportImage image, QueryPoint... points) {
        return CrossAttentionCases.attending(
                Episode.of(H, W, query, CrossAttentionCases.supports(golden, List.of(image), 0, 1)),
                points);
    }

    @Test
    void noEncoderRunsForASupportOnceItIsEncoded() {
        SplittableRandom random = new SplittableRandom(7);
        long before = golden.supportEncoderRuns();
        List<SupportImage> images = CrossAttentionCases.images(random, H, W, 3, 2);
        List<LabelContext> labels = new ArrayList<>();
        List<List<SupportEncoding>> encoded = images.stream().map(golden::encode).toList();
        for (int l = 0; l < 2; l++) {
            int label = l;
            labels.add(
                    new LabelContext(
                            encoded.stream()
                                    .map(of -> new Support(of.get(label), 1 / 3.0))
                                    .toList()));
        }
        // The mapper once an image, the support encoder once a mask.
        assertThat(golden.supportEncoderRuns() - before).isEqualTo(3 * (1 + 2));

        float[] query = CrossAttentionCases.image(random, H, W);
        Prediction both = golden.segment(new Episode(H, W, query, labels, List.of()));
        assertThat(golden.supportEncoderRuns() - before).isEqualTo(9);

        for (int l = 0; l < 2; l++) {
            List<Support> alone = labels.get(l).supports();
            assertSame(
                    both.labels().get(l).logits(),
                    golden.segment(Episode.of(H, W, query, alone)).logits());
        }
    }

    @Test
    void answersABatchAsItAnswersEach() {
        SplittableRandom random = new SplittableRandom(8);
        List<Episode> episodes = new ArrayList<>();
        for (int i = 0; i < 11; i++) {
            double[] weights = UniverSegCases.randomWeights(random, 1 + i % 3, 1);
            int side = i % 4 == 3 ? 32 : H;
            episodes.add(CrossAttentionCases.episode(golden, random, side, side, weights));
        }

        List<Prediction> answers = golden.segment(episodes);

        for (int i = 0; i < episodes.size(); i++) {
            assertSame(answers.get(i).logits(), golden.segment(episodes.get(i)).logits());
        }
    }

    @Test
    void answersTheSameInSmallGroupsOfSupports() {
        Episode episode =
                CrossAttentionCases.episode(
                        golden,
                        new SplittableRandom(9),
                        H,
                        W,
                        UniverSegCases.randomWeights(new SplittableRandom(9), 7, 1));
        // The middle matrix has 48 rows: two supports at once, of seven.
        try (CrossAttention grouped = network(1, 2 * 48 * 48 * 4)) {
            assertSame(grouped.segment(episode).logits(), golden.segment(episode).logits());
        }
    }

    @Test
    void givesTheSameBitsForTheSameEpisodeAndForEncodingsReadAgain() {
        Episode episode =
                CrossAttentionCases.episode(golden, new SplittableRandom(10), H, W, .7, .3);
        List<Support> again =
                UniverSegCases.supports(episode).stream()
                        .map(s ->
                                new Support(
                                        SupportEncoding.read("e", s.encoding().bytes()),
                                        s.weight()))
                        .toList();

        float[] logits = golden.segment(episode).logits();

        assertThat(golden.segment(episode).logits()).isEqualTo(logits);
        assertThat(golden.segment(CrossAttentionCases.with(episode, again)).logits())
                .isEqualTo(logits);
    }

    @Test
    void givesTheSameBitsOnAnyNumberOfThreadsAndInAnyCompany() {
        SplittableRandom random = new SplittableRandom(15);
        Episode one = CrossAttentionCases.episode(golden, random, H, W, .7, .3);
        Episode sameQuery =
                CrossAttentionCases.with(
                        one,
                        List.of(new Support(UniverSegCases.supports(one).get(1).encoding(), 1)));
        float[] logits = golden.segment(one).logits();
        try (Torch three = Torch.start(new Torch.Threads(3, 1));
                CrossAttention other =
                        new CrossAttention(
                                three,
                                CrossAttentionCases.goldenWeights(CrossAttentionCases.small(1)),
                                CrossAttentionCases.TOP_K,
                                UniverSeg.ARRAY_BYTES)) {
            // The query was not met before, then it was; alone, then side by side.
            float[] second = other.segment(sameQuery).logits();
            List<Prediction> together = other.segment(List.of(one, sameQuery, one, sameQuery));

            assertThat(together.get(0).logits()).isEqualTo(logits);
            assertThat(together.get(2).logits()).isEqualTo(logits);
            assertThat(together.get(1).logits()).isEqualTo(second);
            assertThat(golden.segment(sameQuery).logits()).isEqualTo(second);
            assertThat(other.arithmetic())
                    .isEqualTo(golden.arithmetic())
                    .isEqualTo("3 cpu float32");
            assertThat(other.batch()).isEqualTo(3);
        }
    }

    @Test
    void anEncodingDoesNotDependOnOtherMasks() {
        SupportImage two =
                CrossAttentionCases.images(new SplittableRandom(11), H, W, 1, 2).getFirst();
        SupportImage second = SupportImage.of(H, W, two.image(), two.masks().get(1));

        SupportEncoding alone = golden.encode(second).getFirst();
        SupportEncoding beside = golden.encode(two).get(1);

        assertThat(beside.bytes()).isEqualTo(alone.bytes());
        assertThat(alone.tensors().keySet())
                .containsExactly("keys", "middle_pairs", "fine_pairs", "coarse", "middle", "fine");
    }

    @Test
    void reportsAttentionAtThreeScalesForEveryPoint() {
        Episode episode =
                CrossAttentionCases.attending(
                        CrossAttentionCases.episode(
                                golden, new SplittableRandom(12), H, W, .5, 0, .5),
                        new QueryPoint(0, 0),
                        new QueryPoint(W - 1, H - 1));

        List<AttentionMap> maps = golden.segment(episode).labels().getFirst().attention();

        assertThat(golden.reportsAttention()).isTrue();
        assertThat(maps).hasSize(6);
        for (int i = 0; i < 6; i++) {
            AttentionMap map = maps.get(i);
            int stride = 16 >> i % 3;
            assertThat(map.point()).isEqualTo(episode.attended().get(i / 3));
            assertThat(List.of(map.stride(), map.gridHeight(), map.gridWidth()))
                    .containsExactly(stride, H / stride, W / stride);
            assertThat(map.perSupport()).hasSize(3);
            assertThat(map.perSupport().get(1)).containsOnly(0);
            double sum = 0;
            for (float value : joined(map)) {
                assertThat(value).isBetween(0f, 1f);
                sum += value;
            }
            assertThat(map.mass()).isBetween(0.01, 1.0).isEqualTo(sum, within(1e-6));
        }
    }

    @Test
    void locationVectorsMultiplyToWhatIsInsideTheSoftmax() {
        SplittableRandom random = new SplittableRandom(13);
        SupportImage image = CrossAttentionCases.images(random, H, W, 1, 1).getFirst();
        float[] query = CrossAttentionCases.image(random, H, W);
        float[][] keys = golden.keyVectors(image.image(), H, W);
        float[][] queries = golden.queryVectors(query, H, W);
        AttentionMap map =
                golden.segment(of(query, image, new QueryPoint(17, 33)))
                        .labels()
                        .getFirst()
                        .attention()
                        .getFirst();

        assertThat(golden.locationStride()).isEqualTo(16);
        assertThat(keys).hasDimensions(12, golden.locationDimension());
        assertThat(queries).hasDimensions(12, golden.locationDimension());
        float[] row = map.perSupport().getFirst();
        double[] logits = new double[12];
        for (int j = 0; j < 12; j++) {
            for (int d = 0; d < golden.locationDimension(); d++) {
                logits[j] += (double) queries[9][d] * keys[j][d];
            }
            assertThat(Math.log(row[j] / row[0])).isEqualTo(logits[j] - logits[0], within(1e-4));
        }
    }

    @ParameterizedTest
    @CsvSource({"4,7", "3,19", "2,43", "1,91", "0,187"})
    void fieldsOfViewAreThePapers(int map, int pixels) {
        CrossAttentionSize size = CrossAttentionCases.small(2);
        Map<String, Tensor> positive = new LinkedHashMap<>();
        size.parameterShapes()
                .forEach((name, shape) -> {
                    float[] values = new float[(int) Tensor.elements(shape)];
                    Arrays.fill(values, (float) shape[0] / values.length);
                    positive.put(name, new Tensor(shape, values));
                });
        int side = 256;
        int seen =
                torch.call(scratch -> {
                    Parameters parameters =
                            new Parameters(new StateDict("p", "", positive), scratch);
                    // A norm's statistics would see the whole image.
                    CrossAttentionEncoder encoder =
                            new CrossAttentionEncoder(
                                    size,
                                    parameters,
                                    "segmentation",
                                    CrossAttentionEncoder.Kind.SEGMENTATION,
                                    (weight, bias) -> NDArray::duplicate);
                    return fieldOfView(scratch, encoder, map, side);
                });

        assertThat(seen).isEqualTo(pixels);
    }

    /** Pixels of the middle row that change a cell in the middle of a map. */
    private static int fieldOfView(
            NDManager scratch, CrossAttentionEncoder encoder, int map, int side) {
        float[] blank = new float[side * side];
        float[] reference = middleOf(scratch, encoder, map, blank, side);
        int first = firstToChange(scratch, encoder, map, side, reference, 0, 1);
        int last = firstToChange(scratch, encoder, map, side, reference, side - 1, -1);
        return last - first + 1;
    }

    private static int firstToChange(
            NDManager scratch,
            CrossAttentionEncoder encoder,
            int map,
            int side,
            float[] reference,
            int from,
            int step) {
        // Lights all columns up to one, and halves the interval: a positive network only grows.
        int low = -1;
        int high = side - 1;
        while (high - low > 1) {
            int middle = (low + high) / 2;
            float[] image = new float[side * side];
            for (int n = 0; n <= middle; n++) {
                for (int y = 0; y < side; y++) {
                    image[y * side + from + n * step] = 1;
                }
            }
            boolean changed =
                    !Arrays.equals(middleOf(scratch, encoder, map, image, side), reference);
            if (changed) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return from + high * step;
    }

    private static float[] middleOf(
            NDManager manager, CrossAttentionEncoder encoder, int map, float[] image, int side) {
        try (NDManager scratch = manager.newSubManager()) {
            NDArray out =
                    encoder.maps(CrossAttentionEncoder.input(scratch, side, side, image)).get(map);
            int n = (int) out.getShape().get(1);
            int c = (int) out.getShape().get(3);
            float[] values = out.toFloatArray();
            int at = (n / 2 * n + n / 2) * c;
            return Arrays.copyOfRange(values, at, at + c);
        }
    }

    /** Counted by {@code models/training/test_cross_attention.py}. */
    @ParameterizedTest
    @CsvSource({
        "1,128,128,1785659392",
        "16,128,128,11460247552",
        "5,48,64,734288896",
    })
    void countsTheFlopsOfTheNetworkAsPublished(int k, int height, int width, long flops) {
        assertThat(
                        CrossAttentionCost.of(
                                        CrossAttentionSize.RECIPE,
                                        CrossAttention.TOP_K,
                                        k,
                                        height,
                                        width,
                                        1)
                                .flopsAsPublished())
                .isEqualTo(flops);
    }

    @Test
    void countsTheFlopsOfThePapersLayout() {
        assertThat(CrossAttentionCost.ofPaper(16, 256, 256, 1).flopsAsPublished())
                .isEqualTo(117_555_609_600L);
    }

    @Test
    void spendsTheEncodersOfSupportsOnlyWhenTheyAreEncoded() {
        CrossAttentionSize size = CrossAttentionSize.RECIPE;
        long one = CrossAttentionCost.of(size, 8, 1, 128, 128, 1).flops();
        long many = CrossAttentionCost.of(size, 8, 64, 128, 128, 1).flops();
        long encoding = CrossAttentionCost.ofEncoding(size, 128, 128, 1);

        assertThat(encoding).isBetween(500_000_000L, 600_000_000L);
        assertThat((many - one) / 63).isLessThan(encoding / 15);
        // Labels of the same images share the encoders and the attention.
        long labels = CrossAttentionCost.of(size, 8, 64, 128, 128, 5).flops();
        assertThat(labels).isLessThan(5 * many);
    }

    @Test
    void refusesSizesAndForeignEncodings() {
        SupportImage odd =
                SupportImage.of(H + 8, W, new float[(H + 8) * W], new float[(H + 8) * W]);
        assertThatThrownBy(() -> golden.encode(odd))
                .isInstanceOf(NetworkException.class)
                .hasMessageContaining("16");
        Episode foreign = UniverSegCases.goldenEpisode(1);
        assertThatThrownBy(() -> golden.segment(foreign))
                .isInstanceOf(NetworkException.class)
                .hasMessageContaining("universeg");
    }

    @Test
    void leavesNoArraysBehind() {
        CrossAttention network = network(1, UniverSeg.ARRAY_BYTES);
        Episode episode =
                CrossAttentionCases.attending(
                        CrossAttentionCases.episode(
                                network, new SplittableRandom(14), H, W, .5, .5),
                        new QueryPoint(3, 3));
        network.segment(episode);
        int arrays = network.weightArrays();
        int live = torch.liveArrays();
        for (int i = 0; i < 5; i++) {
            network.segment(List.of(episode, episode));
            network.encode(
                    CrossAttentionCases.images(new SplittableRandom(i), H, W, 1, 2).getFirst());
            network.queryVectors(episode.query(), H, W);
        }

        assertThat(network.weightArrays()).isEqualTo(arrays);
        assertThat(torch.liveArrays()).isEqualTo(live);
        network.close();
        assertThat(network.weightArrays()).isZero();
        assertThatThrownBy(() -> network.segment(episode))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    private static void assertSame(float[] actual, float[] expected) {
        assertThat(UniverSegCases.maxDifference(actual, expected))
                .isLessThanOrEqualTo(1e-4 * UniverSegCases.largest(expected));
    }
}
