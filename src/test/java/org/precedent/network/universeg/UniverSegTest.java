package org.precedent.network.universeg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.precedent.network.Episode;
import org.precedent.network.Episode.Support;
import org.precedent.network.NetworkException;
import org.precedent.network.SegmentationNetwork;
import org.precedent.tensor.Torch;
import org.precedent.weights.StateDict;
import org.precedent.weights.Tensor;
import org.precedent.weights.WeightsException;

class UniverSegTest {
    private static Torch torch;
    private static UniverSeg golden;

    @BeforeAll
    static void start() {
        torch = Torch.start(new Torch.Threads(1, 1));
        golden = new UniverSeg(torch, UniverSegCases.goldenWeights());
    }

    @AfterAll
    static void stop() {
        golden.close();
        torch.close();
    }

    // Columns: w0 w1 w2, mean, std, min, max, then logits at (y, x).
    @Test
    void givesTheGoldenNumbersForEqualWeights() {
        float[] logits =
                golden.segment(UniverSegCases.goldenEpisode(UniverSegCases.uniform(3))).logits();

        assertThat(moments(logits))
                .containsExactly(
                        new double[] {-0.284451, 0.111102, -0.822437, 0.049368}, within(1e-4));
        assertThat(at(logits, 0, 0, 0, 31, 5, 7, 16, 16, 31, 31))
                .containsExactly(
                        new double[] {-0.316127, -0.358335, -0.319438, -0.249586, -0.505793},
                        within(1e-4));
    }

    @Test
    void givesTheGoldenNumbersForOneSupport() {
        float[] logits = golden.segment(UniverSegCases.goldenEpisode(1)).logits();

        assertThat(moments(logits))
                .containsExactly(
                        new double[] {-0.295261, 0.131818, -0.924393, 0.108083}, within(1e-4));
        assertThat(at(logits, 0, 0, 0, 31, 5, 7, 16, 16, 31, 31))
                .containsExactly(
                        new double[] {-0.351618, -0.346110, -0.033560, -0.243988, -0.558862},
                        within(1e-4));
    }

    @ParameterizedTest
    @CsvSource({
        ".571198,.313480,.115322, -.288351,.118011,"
                + " -.330499,-.350610,-.262971,-.237687,-.407936,-.523461",
        ".745181,.224444,.030375, -.290800,.122976,"
                + " -.339609,-.347653,-.158211,-.238993,-.419610,-.537846",
        "1,0,0, -.295261,.131818," + " -.351618,-.346110,-.033560,-.243988,-.431028,-.558863"
    })
    void givesTheGoldenNumbersForWeights(
            double w0,
            double w1,
            double w2,
            double mean,
            double std,
            double p00,
            double p031,
            double p57,
            double p1616,
            double p310,
            double p3131) {
        float[] logits = golden.segment(UniverSegCases.goldenEpisode(w0, w1, w2)).logits();

        assertThat(Arrays.copyOf(moments(logits), 2))
                .containsExactly(new double[] {mean, std}, within(1e-4));
        assertThat(at(logits, 0, 0, 0, 31, 5, 7, 16, 16, 31, 0, 31, 31))
                .containsExactly(new double[] {p00, p031, p57, p1616, p310, p3131}, within(1e-4));
    }

    @Test
    void goesToTheUniformMeanAtHighTemperature() {
        double[] similarities = {.98, .95, .90};
        double[] weights = new double[3];
        double sum = 0;
        for (int k = 0; k < 3; k++) {
            weights[k] = Math.exp((similarities[k] - .98) / 100);
            sum += weights[k];
        }
        for (int k = 0; k < 3; k++) {
            weights[k] /= sum;
        }

        float[] logits = golden.segment(UniverSegCases.goldenEpisode(weights)).logits();

        float[] uniform =
                golden.segment(UniverSegCases.goldenEpisode(UniverSegCases.uniform(3))).logits();
        assertThat(UniverSegCases.maxDifference(logits, uniform)).isBetween(1e-6, 1e-3);
    }

    @Test
    void doesNotDependOnTheOrderOfSupports() {
        Episode episode = UniverSegCases.goldenEpisode(.5, .3, .2);
        List<Support> supports = UniverSegCases.supports(episode);
        Episode permuted =
                UniverSegCases.with(
                        episode, List.of(supports.get(2), supports.get(0), supports.get(1)));

        assertSame(golden.segment(permuted).logits(), golden.segment(episode).logits());
    }

    @Test
    void givesTheSameBitsForTheSameEpisode() {
        Episode episode = UniverSegCases.goldenEpisode(.5, .3, .2);

        assertThat(golden.segment(episode).logits()).isEqualTo(golden.segment(episode).logits());
    }

    @Test
    void aSupportOfWeightZeroHasNoInfluenceWhateverItShows() {
        Episode episode = UniverSegCases.goldenEpisode(.6, .4);
        List<Support> supports = new ArrayList<>(UniverSegCases.supports(episode));
        float[] white = new float[32 * 32];
        Arrays.fill(white, 1);
        supports.add(1, UniverSegCases.support(32, 32, white, white, 0));

        assertThat(golden.segment(UniverSegCases.with(episode, supports)).logits())
                .isEqualTo(golden.segment(episode).logits());
    }

    @Test
    void duplicatesThatShareAWeightEqualOneCopy() {
        Episode episode = UniverSegCases.goldenEpisode(.6, .4);
        Support first = UniverSegCases.supports(episode).getFirst();
        List<Support> supports =
                List.of(
                        new Support(first.encoding(), .25),
                        UniverSegCases.supports(episode).get(1),
                        new Support(first.encoding(), .35));

        assertSame(
                golden.segment(UniverSegCases.with(episode, supports)).logits(),
                golden.segment(episode).logits());
    }

    @Test
    void leavesNegligibleSupportsOutWithinTheStatedBound() {
        RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
        double[] weights = new double[42];
        double light = 0;
        for (int k = 2; k < weights.length; k++) {
            weights[k] = 9e-7 - k * 1e-9;
            light += weights[k];
        }
        weights[0] = .7;
        weights[1] = .3 - light;
        StateDict dict = UniverSegCases.randomWeights(random, 8);
        Episode episode = UniverSegCases.randomEpisode(random, 32, 32, weights);

        List<Support> kept = UniverSeg.withoutNegligible(UniverSegCases.supports(episode));
        double dropped =
                1
                        - UniverSegCases.supports(episode).stream()
                                .filter(s ->
                                        kept.stream()
                                                .anyMatch(k ->
                                                        k.encoding().image()
                                                                == s.encoding().image()))
                                .mapToDouble(Support::weight)
                                .sum();
        assertThat(kept).hasSize(31);
        assertThat(dropped).isPositive().isLessThanOrEqualTo(UniverSeg.NEGLIGIBLE_TOTAL + 1e-12);
        assertThat(kept.stream().mapToDouble(Support::weight).sum()).isCloseTo(1, within(1e-12));
        assertThat(pixelMeanShift(UniverSegCases.supports(episode), kept))
                .isLessThanOrEqualTo(dropped + 1e-12);
        try (UniverSeg network = new UniverSeg(torch, dict)) {
            assertSame(
                    network.segment(episode).logits(),
                    new PlainUniverSeg(torch, dict).segment(episode));
        }
    }

    /** Largest change of the weighted mean image; its values spread over [0, 1]. */
    private static double pixelMeanShift(List<Support> all, List<Support> kept) {
        double shift = 0;
        for (int i = 0; i < all.getFirst().encoding().image().length; i++) {
            double before = 0;
            double after = 0;
            for (Support support : all) {
                before += support.weight() * support.encoding().image()[i];
            }
            for (Support support : kept) {
                after += support.weight() * support.encoding().image()[i];
            }
            shift = Math.max(shift, Math.abs(before - after));
        }
        return shift;
    }

    @Test
    void keepsEverySupportWhenAllAreLight() {
        int k = 50;
        List<Support> supports =
                UniverSegCases.supports(UniverSegCases.goldenEpisode(UniverSegCases.uniform(k)));

        assertThat(UniverSeg.withoutNegligible(supports)).hasSize(k);
    }

    @ParameterizedTest
    @CsvSource({"12,16", "16,20", "4,8", "33,32"})
    void refusesSizesThatTheNetworkCannotHalveThrice(int h, int w) {
        Episode episode = UniverSegCases.randomEpisode(RandomGenerator.getDefault(), h, w, 1);

        assertThatThrownBy(() -> golden.segment(episode).logits())
                .isInstanceOfSatisfying(
                        NetworkException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo(NetworkException.Code.SIZE_REFUSED);
                            assertThat(e.fields()).containsEntry("limit", 8);
                        })
                .hasMessageContaining(h + " x " + w)
                .hasMessageContaining("multiples of 8");
    }

    @Test
    void refusesAnAnswerThatIsNotFinite() {
        Episode episode = UniverSegCases.goldenEpisode(1);
        float[] broken = episode.query().clone();
        broken[5] = Float.NaN;

        assertThatThrownBy(() ->
                        golden.segment(Episode.of(32, 32, broken, UniverSegCases.supports(episode)))
                                .logits())
                .isInstanceOfSatisfying(
                        NetworkException.class,
                        e -> assertThat(e.code()).isEqualTo(NetworkException.Code.NOT_FINITE));
    }

    @Test
    void releasesEveryArrayOfAPass() {
        Episode episode =
                UniverSegCases.randomEpisode(
                        RandomGenerator.of("L64X128MixRandom"), 64, 64, UniverSegCases.uniform(70));
        golden.segment(episode).logits();
        int weights = golden.weightArrays();
        int root = torch.liveArrays();

        for (int i = 0; i < 3; i++) {
            golden.segment(episode).logits();
        }

        assertThat(golden.weightArrays()).isEqualTo(weights).isPositive();
        assertThat(torch.liveArrays()).isEqualTo(root);
    }

    // DJL builds arrays on Java's direct buffers; a view does not keep such a buffer alive.
    @Test
    void weightsOutliveGarbageCollection() throws InterruptedException {
        StateDict dict = UniverSegCases.randomWeights(RandomGenerator.of("L64X128MixRandom"), 16);
        Episode episode = UniverSegCases.goldenEpisode(.5, .3, .2);
        try (UniverSeg network = new UniverSeg(torch, dict)) {
            float[] expected = network.segment(episode).logits();
            for (int i = 0; i < 5; i++) {
                System.gc();
                Thread.sleep(20);
                // Takes over, and overwrites, whatever the collection gave back.
                try (UniverSeg other = new UniverSeg(torch, UniverSegCases.goldenWeights())) {
                    assertThat(other.features()).isEqualTo(64);
                }
                assertThat(network.segment(episode).logits()).isEqualTo(expected);
            }
        }
    }

    @Test
    void closingReleasesTheWeights() {
        UniverSeg network =
                new UniverSeg(
                        torch,
                        UniverSegCases.randomWeights(RandomGenerator.of("L64X128MixRandom"), 8));
        network.close();

        assertThat(network.weightArrays()).isZero();
        assertThatThrownBy(() -> network.segment(UniverSegCases.goldenEpisode(1)).logits())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void mayBeClosedAfterItsDeviceAndTwice() {
        Torch other = Torch.start(new Torch.Threads(1, 1));
        UniverSeg network =
                new UniverSeg(
                        other,
                        UniverSegCases.randomWeights(RandomGenerator.of("L64X128MixRandom"), 8));
        other.close();
        network.close();
        network.close();

        assertThat(network.weightArrays()).isZero();
    }

    @Test
    void refusesAWidthThatNoFileHolds() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put(
                "out_conv.conv.weight", new Tensor(new long[] {0, 1L << 60, 1, 1}, new float[0]));

        assertThatThrownBy(() ->
                        new UniverSeg(torch, new StateDict("f", UniverSegCases.HASH, tensors)))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("1 to 4096");
    }

    @Test
    void answersManyThreadsAsItAnswersOne() throws Exception {
        Episode one = UniverSegCases.goldenEpisode(1);
        Episode three = UniverSegCases.goldenEpisode(.5, .3, .2);
        float[] expectedOne = golden.segment(one).logits();
        float[] expectedThree = golden.segment(three).logits();
        try (ExecutorService threads = Executors.newFixedThreadPool(6)) {
            List<Callable<float[]>> calls = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                Episode episode = i % 2 == 0 ? one : three;
                calls.add(() -> golden.segment(episode).logits());
            }
            List<Future<float[]>> answers = threads.invokeAll(calls);
            for (int i = 0; i < answers.size(); i++) {
                assertThat(answers.get(i).get())
                        .isEqualTo(i % 2 == 0 ? expectedOne : expectedThree);
            }
        }
    }

    @Test
    void parameterNamesAndShapesAreThoseOfTheReleasedFile() {
        List<String> names = new ArrayList<>();
        UniverSeg.parameterShapes(64)
                .forEach((name, shape) -> names.add(name + " " + Arrays.toString(shape)));

        assertThat(names)
                .hasSize(44)
                .startsWith(
                        "enc_blocks.0.cross.cross_conv.weight [64, 3, 3, 3]",
                        "enc_blocks.0.cross.cross_conv.bias [64]",
                        "enc_blocks.0.target.vmapped.conv.weight [64, 64, 3, 3]",
                        "enc_blocks.0.target.vmapped.conv.bias [64]",
                        "enc_blocks.0.support.vmapped.conv.weight [64, 64, 3, 3]",
                        "enc_blocks.0.support.vmapped.conv.bias [64]",
                        "enc_blocks.1.cross.cross_conv.weight [64, 128, 3, 3]")
                .contains(
                        "enc_blocks.3.support.vmapped.conv.bias [64]",
                        "dec_blocks.0.cross.cross_conv.weight [64, 256, 3, 3]",
                        "dec_blocks.2.target.vmapped.conv.weight [64, 64, 3, 3]")
                .endsWith(
                        "dec_blocks.2.support.vmapped.conv.weight [64, 64, 3, 3]",
                        "dec_blocks.2.support.vmapped.conv.bias [64]",
                        "out_conv.conv.weight [1, 64, 1, 1]",
                        "out_conv.conv.bias [1]");
        assertThat(UniverSegCases.goldenWeights().parameters()).isEqualTo(1_182_785);
    }

    @Test
    void acceptsAFileWithoutTheBranchThatFeedsNothing() {
        Map<String, Tensor> tensors = new LinkedHashMap<>(UniverSegCases.goldenWeights().tensors());
        tensors.keySet().removeAll(UniverSeg.deadParameters());
        Episode episode = UniverSegCases.goldenEpisode(.5, .5);
        try (UniverSeg network =
                new UniverSeg(torch, new StateDict("f", UniverSegCases.HASH, tensors))) {
            assertThat(tensors).hasSize(42);
            assertThat(network.segment(episode).logits())
                    .isEqualTo(golden.segment(episode).logits());
        }
    }

    @Test
    void refusesOtherWeightsAndNamesEveryDifference() {
        Map<String, Tensor> tensors = new LinkedHashMap<>(UniverSegCases.goldenWeights().tensors());
        tensors.remove("enc_blocks.2.target.vmapped.conv.bias");
        tensors.put("extra", new Tensor(new long[] {1}, new float[1]));
        tensors.put("out_conv.conv.bias", new Tensor(new long[] {2}, new float[2]));

        assertThatThrownBy(() ->
                        new UniverSeg(torch, new StateDict("f", UniverSegCases.HASH, tensors)))
                .isInstanceOfSatisfying(
                        WeightsException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo(WeightsException.Code.WEIGHTS_MISMATCH);
                            assertThat(e.fields())
                                    .containsEntry(
                                            "missing", "enc_blocks.2.target.vmapped.conv.bias")
                                    .containsEntry("unexpected", "extra")
                                    .containsEntry(
                                            "misshaped", "out_conv.conv.bias [2] instead of [1]");
                        });
    }

    @ParameterizedTest
    @CsvSource({
        "128,1,13572767744",
        "128,3,34334572544",
        "256,3,137338290176",
        "256,10,428003557376",
        "512,3,549353160704"
    })
    void countsThePublishedFlops(int side, int k, long flops) {
        assertThat(golden.cost(k, side, side, 1).flopsAsPublished()).isEqualTo(flops);
    }

    @ParameterizedTest
    @CsvSource({"1,12.36", "4,21.88", "16,59.93", "64,212.13", "299,957.3"})
    void spendsLessThanTheRewriteWithoutTheFoldedBlock(int k, double rewriteGflops) {
        SegmentationNetwork.Cost cost = golden.cost(k, 128, 128, 1);
        long n = 128 * 128;
        // 318,592 + 61,952 K multiply-adds a pixel, and 512 + 2 ring pixels a support.
        long ring = 2L * (130 * 384 + 128 * 12288) + 2L * 128 * (384 + 12288);

        assertThat(cost.flops()).isEqualTo(2 * (n * (318_592 + 61_952L * k) + k * ring));
        assertThat(cost.flops() / 1e9).isLessThan(rewriteGflops * (k == 1 ? 1.02 : 1));
    }

    @Test
    void needsUnderThreeMegabytesForEachFurtherSupport() {
        long at64 = golden.cost(64, 128, 128, 1).workingBytes();
        long at1024 = golden.cost(1024, 128, 128, 1).workingBytes();

        assertThat((at1024 - at64) / 960.0).isBetween(1e6, 2e6);
    }

    private static void assertSame(float[] actual, float[] expected) {
        assertThat(UniverSegCases.maxDifference(actual, expected))
                .isLessThanOrEqualTo(1e-4 * UniverSegCases.largest(expected));
    }

    private static double[] moments(float[] values) {
        double sum = 0;
        double squares = 0;
        List<Float> sorted = new ArrayList<>();
        for (float value : values) {
            sum += value;
            squares += (double) value * value;
            sorted.add(value);
        }
        Collections.sort(sorted);
        double mean = sum / values.length;
        return new double[] {
            mean,
            Math.sqrt(squares / values.length - mean * mean),
            sorted.getFirst(),
            sorted.getLast()
        };
    }

    private static double[] at(float[] logits, int... yx) {
        double[] values = new double[yx.length / 2];
        for (int i = 0; i < values.length; i++) {
            values[i] = logits[yx[2 * i] * 32 + yx[2 * i + 1]];
        }
        return values;
    }
}
