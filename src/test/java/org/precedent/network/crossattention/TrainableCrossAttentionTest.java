package org.precedent.network.crossattention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.precedent.network.Episode;
import org.precedent.network.SharedFiles;
import org.precedent.network.SupportImage;
import org.precedent.network.crossattention.TrainableCrossAttention.Gradient;
import org.precedent.network.universeg.UniverSeg;
import org.precedent.network.universeg.UniverSegCases;
import org.precedent.tensor.GarbageCollection;
import org.precedent.tensor.Torch;
import org.precedent.weights.NpzFile;
import org.precedent.weights.StateDict;
import org.precedent.weights.Tensor;

class TrainableCrossAttentionTest {
    private static final int H = 32;
    private static final int W = 64;
    private static final int K = 4;

    private static Torch torch;

    @BeforeAll
    static void start() {
        torch = Torch.start(new Torch.Threads(1, 1));
    }

    @AfterAll
    static void stop() {
        torch.close();
    }

    private static TrainableCrossAttention small(int stemStride) {
        return new TrainableCrossAttention(
                CrossAttentionCases.goldenWeights(CrossAttentionCases.small(stemStride)),
                CrossAttentionCases.TOP_K);
    }

    private static TrainingEpisode episode(
            SplittableRandom random, float[] query, List<SupportImage> images) {
        List<TrainingEpisode.Support> supports = new ArrayList<>();
        for (SupportImage image : images) {
            supports.add(new TrainingEpisode.Support(image.image(), image.masks().getFirst()));
        }
        return new TrainingEpisode(H, W, query, CrossAttentionCases.mask(random, H, W), supports);
    }

    private static TrainingEpisode episode(int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return episode(
                random,
                CrossAttentionCases.image(random, H, W),
                CrossAttentionCases.images(random, H, W, K, 1));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void answersAsTheNetworkThatIsAsked(int stemStride) {
        SplittableRandom random = new SplittableRandom(stemStride);
        StateDict weights =
                CrossAttentionCases.goldenWeights(CrossAttentionCases.small(stemStride));
        TrainableCrossAttention trainable = small(stemStride);
        try (CrossAttention network =
                new CrossAttention(
                        torch, weights, CrossAttentionCases.TOP_K, UniverSeg.ARRAY_BYTES)) {
            List<SupportImage> images = CrossAttentionCases.images(random, H, W, K, 1);
            float[] query = CrossAttentionCases.image(random, H, W);
            double[] equal = {0.25, 0.25, 0.25, 0.25};
            float[] asked =
                    network.segment(
                                    Episode.of(
                                            H,
                                            W,
                                            query,
                                            CrossAttentionCases.supports(
                                                    network, images, 0, equal)))
                            .logits();

            float[] trained =
                    torch.alone(scratch ->
                            trainable.logits(
                                    scratch, trainable.values(), episode(random, query, images)));

            assertThat(UniverSegCases.maxDifference(trained, asked))
                    .isLessThan(1e-4 * UniverSegCases.largest(asked));
        }
    }

    /** Of every tensor by itself, so that a part without a gradient cannot hide. */
    @Test
    void givesTheTrainingProgramsGradient() {
        Map<String, Tensor> arrays =
                NpzFile.read(
                        SharedFiles.home()
                                .resolve("src/test/resources/cross-attention-gradient.npz"));
        long[] shape = arrays.get("query").shape();
        int h = (int) shape[2];
        int w = (int) shape[3];
        float[] images = arrays.get("support_images").values();
        float[] masks = arrays.get("support_labels").values();
        List<TrainingEpisode.Support> supports = new ArrayList<>();
        for (int from = 0; from < images.length; from += h * w) {
            supports.add(
                    new TrainingEpisode.Support(
                            Arrays.copyOfRange(images, from, from + h * w),
                            Arrays.copyOfRange(masks, from, from + h * w)));
        }
        TrainingEpisode episode =
                new TrainingEpisode(
                        h,
                        w,
                        arrays.get("query").values(),
                        arrays.get("target").values(),
                        supports);
        TrainableCrossAttention network = small(1);

        Gradient gradient = gradient(network, network.values(), episode);

        assertThat(gradient.loss()).isCloseTo(arrays.get("loss").values()[0], within(1e-5));
        // In the order of the file, which the vector does not have.
        float[] whole = Arrays.copyOf(gradient.gradient(), network.values().length);
        float[] norms = arrays.get("norms").values();
        float[] products = arrays.get("products").values();
        double largest = UniverSegCases.largest(norms);
        int tensor = 0;
        for (Map.Entry<String, Tensor> of : network.tensors(whole).entrySet()) {
            if (of.getKey().startsWith("mapper_momentum.")) {
                continue;
            }
            double square = 0;
            double product = 0;
            for (int i = 0; i < of.getValue().values().length; i++) {
                double value = of.getValue().values()[i];
                square += value * value;
                product += value * Math.sin(0.7 * (i + 1));
            }
            double tolerance = 2e-3 * norms[tensor] + 1e-5 * largest;
            assertThat(Math.sqrt(square))
                    .as(of.getKey())
                    .isCloseTo(norms[tensor], within(tolerance));
            assertThat(product).as(of.getKey()).isCloseTo(products[tensor], within(tolerance));
            tensor++;
        }
        assertThat(tensor).isEqualTo(norms.length);
    }

    private static double loss(
            TrainableCrossAttention network, float[] values, TrainingEpisode episode) {
        float[] logits = torch.alone(scratch -> network.logits(scratch, values, episode));
        return SegmentationLoss.of(logits, episode.mask()).value();
    }

    private static Gradient gradient(
            TrainableCrossAttention network, float[] values, TrainingEpisode episode) {
        return torch.alone(scratch -> network.gradient(scratch, values, episode));
    }

    @Test
    void lossHasItsSlope() {
        float[] logits = {-3, -0.5f, 0, 0.2f, 4};
        float[] target = {0, 1, 0, 1, 1};
        SegmentationLoss loss = SegmentationLoss.of(logits, target);
        for (int i = 0; i < logits.length; i++) {
            float[] up = logits.clone();
            float[] down = logits.clone();
            up[i] += 1e-3f;
            down[i] -= 1e-3f;
            double slope =
                    (SegmentationLoss.of(up, target).value()
                                    - SegmentationLoss.of(down, target).value())
                            / (up[i] - (double) down[i]);
            assertThat((double) loss.gradient()[i]).isCloseTo(slope, within(1e-5));
        }
    }

    @Test
    void stepsLeaveNothingInMemoryAndAreTheSameToTheBit() {
        TrainableCrossAttention network = small(2);
        TrainingEpisode episode = episode(4);
        Gradient first = gradient(network, network.values(), episode);
        int arrays = torch.liveArrays();

        Gradient second = gradient(network, network.values(), episode);

        assertThat(torch.liveArrays()).isEqualTo(arrays);
        assertThat(second.gradient()).isEqualTo(first.gradient());
        assertThat(second.loss()).isEqualTo(first.loss());
    }

    /** Numbers that an operation keeps for its gradient must outlive Java's references to them. */
    @Test
    void collectedGarbageIsNoPartOfAGradient() throws Exception {
        TrainableCrossAttention network = small(1);
        TrainingEpisode episode = episode(5);
        Gradient quiet = gradient(network, network.values(), episode);
        try (GarbageCollection meanwhile = new GarbageCollection()) {
            for (int i = 0; i < 20; i++) {
                assertThat(Arrays.hashCode(gradient(network, network.values(), episode).gradient()))
                        .isEqualTo(Arrays.hashCode(quiet.gradient()));
            }
        }
    }

    @Test
    void learnsOneEpisodeAndWritesWhatAnswers() {
        TrainableCrossAttention network = small(1);
        TrainingEpisode episode = episode(6);
        float[] values = network.values();
        double before = loss(network, values, episode);
        for (int step = 0; step < 20; step++) {
            float[] gradient = gradient(network, values, episode).gradient();
            double norm = 0;
            for (float g : gradient) {
                norm += g * g;
            }
            for (int i = 0; i < gradient.length; i++) {
                values[i] -= (float) (0.1 * gradient[i] / Math.sqrt(norm));
            }
            network.follow(values, 0.95f);
        }

        assertThat(loss(network, values, episode)).isLessThan(before - 0.05);
        StateDict written =
                new StateDict("adapted", CrossAttentionCases.HASH, network.tensors(values));
        assertThat(new TrainableCrossAttention(written).values()).isEqualTo(values);
    }
}
