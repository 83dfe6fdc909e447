package org.precedent.network.iris;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.precedent.network.Episode;
import org.precedent.network.Episode.LabelContext;
import org.precedent.network.Episode.Support;
import org.precedent.network.Prediction;
import org.precedent.network.SupportEncoding;
import org.precedent.network.SupportImage;
import org.precedent.tensor.Torch;
import org.precedent.weights.StateDict;
import org.precedent.weights.Tensor;
import org.precedent.weights.WeightsException;

class IrisPropertyTest {
    private static Torch torch;
    private static Iris network;

    @BeforeAll
    static void start() {
        torch = Torch.start(new Torch.Threads(1, 1));
        network = new Iris(torch, IrisCases.goldenWeights(IrisCases.SMALL));
    }

    @AfterAll
    static void stop() {
        network.close();
        torch.close();
    }

    /** Order, a weight of zero, one-hot weights and the other labels asked for change nothing. */
    @Test
    void weightsMeanWhatTheySayOnRandomCases() {
        for (int seed = 0; seed < 60; seed++) {
            Random random = new Random(seed);
            int h = 8 * (1 + random.nextInt(4));
            int w = 8 * (1 + random.nextInt(4));
            int k = 2 + random.nextInt(4);
            float[] query = noise(random, h * w);
            List<Support> supports = new ArrayList<>();
            double rest = 1;
            for (int i = 0; i < k; i++) {
                double weight = i == k - 1 ? rest : rest * random.nextDouble();
                rest -= weight;
                supports.add(new Support(encoding(random, h, w), weight));
            }
            float[] answer = network.segment(Episode.of(h, w, query, supports)).logits();

            List<Support> shuffled = new ArrayList<>(supports);
            Collections.shuffle(shuffled, random);
            shuffled.add(random.nextInt(k + 1), new Support(encoding(random, h, w), 0));
            assertSame(seed, answer, network.segment(Episode.of(h, w, query, shuffled)).logits());

            Support alone = new Support(supports.getFirst().encoding(), 1);
            List<Support> oneHot = new ArrayList<>(List.of(alone));
            supports.subList(1, k).forEach(s -> oneHot.add(new Support(s.encoding(), 0)));
            assertSame(
                    seed,
                    network.segment(Episode.of(h, w, query, List.of(alone))).logits(),
                    network.segment(Episode.of(h, w, query, oneHot)).logits());

            List<LabelContext> labels =
                    List.of(
                            new LabelContext(List.of(alone)),
                            new LabelContext(supports),
                            new LabelContext(List.of(new Support(encoding(random, h, w), 1))));
            Prediction together = network.segment(new Episode(h, w, query, labels, List.of()));
            assertSame(seed, answer, together.labels().get(1).logits());
        }
    }

    @Test
    void anEmptyMaskHasAFiniteEmbeddingAndTheQueryDoesNotChangeIt() {
        SupportImage image = SupportImage.of(16, 16, noise(new Random(1), 256), new float[256]);
        float[] before = network.taskVector(network.encode(image).getFirst());
        network.segment(
                Episode.of(
                        16,
                        16,
                        noise(new Random(2), 256),
                        List.of(new Support(network.encode(image).getFirst(), 1))));

        for (float value : before) {
            assertThat(value).isFinite();
        }
        assertThat(network.taskVector(network.encode(image).getFirst())).isEqualTo(before);
    }

    @Test
    void everyParameterHasItsNameAndShape() {
        Map<String, long[]> shapes = IrisCases.SMALL.parameterShapes();

        assertThat(shapes)
                .containsKeys(
                        "encoder.stem.weight",
                        "task_encoder.tokens",
                        "task_encoder.fuse.weight",
                        "class_decoder.norm_token.weight");
        assertThat(shapes.get("task_encoder.tokens")).containsExactly(3, 128);
    }

    @Test
    void refusesWeightsThatMissOneOrHoldAnother() {
        Map<String, Tensor> tensors = new LinkedHashMap<>(IrisCases.goldenTensors(IrisCases.SMALL));
        tensors.remove("task_encoder.fuse.bias");
        tensors.put("surplus", new Tensor(new long[] {1}, new float[1]));
        StateDict wrong = new StateDict("wrong", IrisCases.HASH, tensors);

        assertThatThrownBy(() -> new Iris(torch, wrong))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("task_encoder.fuse.bias")
                .hasMessageContaining("surplus");
    }

    @Test
    void leavesNoArrayBehind() {
        int weights = network.weightArrays();
        int root = torch.liveArrays();
        Random random = new Random(4);
        for (int i = 0; i < 20; i++) {
            network.segment(
                    Episode.of(
                            16,
                            16,
                            noise(random, 256),
                            List.of(new Support(encoding(random, 16, 16), 1))));
        }

        assertThat(network.weightArrays()).isEqualTo(weights);
        assertThat(torch.liveArrays()).isEqualTo(root);
    }

    private static SupportEncoding encoding(Random random, int h, int w) {
        float[] mask = new float[h * w];
        int top = random.nextInt(h);
        for (int i = top * w; i < mask.length; i++) {
            mask[i] = random.nextInt(3) > 0 ? 1 : 0;
        }
        return network.encode(SupportImage.of(h, w, noise(random, h * w), mask)).getFirst();
    }

    private static float[] noise(Random random, int n) {
        float[] noise = new float[n];
        for (int i = 0; i < n; i++) {
            noise[i] = random.nextFloat();
        }
        return noise;
    }

    private static void assertSame(int seed, float[] expected, float[] actual) {
        double largest = 1e-6;
        double difference = 0;
        for (int i = 0; i < expected.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            difference = Math.max(difference, Math.abs((double) expected[i] - actual[i]));
        }
        assertThat(difference / largest).as("seed %d", seed).isLessThan(1e-4);
    }
}
