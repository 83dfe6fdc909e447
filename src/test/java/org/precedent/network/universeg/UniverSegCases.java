package org.precedent.network.universeg;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.precedent.network.Episode;
import org.precedent.network.Episode.Support;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.SupportEncoding;
import org.precedent.network.SupportImage;
import org.precedent.weights.StateDict;
import org.precedent.weights.Tensor;

/** Weights and episodes for tests: the fill of the golden numbers, and random ones. */
public final class UniverSegCases {
    /** The hash that all weights of this class are given. */
    public static final String HASH = "0".repeat(64);

    private UniverSegCases() {}

    /**
     * v = c sin(0.7 (i+1) + 1.3 t + 0.01 (i^2 mod 97)) for element i of tensor t, in double; c =
     * sqrt(2 / fan in) for weights and 0.1 for biases.
     */
    public static StateDict goldenWeights() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        int t = 0;
        for (Map.Entry<String, long[]> entry : UniverSeg.parameterShapes(64).entrySet()) {
            long[] shape = entry.getValue();
            float[] values = new float[(int) Tensor.elements(shape)];
            double fanIn = (double) values.length / shape[0];
            double c = shape.length == 4 ? Math.sqrt(2 / fanIn) : 0.1;
            for (int i = 0; i < values.length; i++) {
                values[i] =
                        (float)
                                (c
                                        * Math.sin(
                                                0.7 * (i + 1)
                                                        + 1.3 * t
                                                        + 0.01 * ((long) i * i % 97)));
            }
            tensors.put(entry.getKey(), new Tensor(shape, values));
            t++;
        }
        return new StateDict("golden", HASH, tensors);
    }

    /** 32 x 32, K = 3, with the given weights. */
    public static Episode goldenEpisode(double... weights) {
        float[] query = new float[32 * 32];
        List<Support> supports = new ArrayList<>();
        for (int k = 0; k < weights.length; k++) {
            float[] image = new float[32 * 32];
            float[] label = new float[32 * 32];
            for (int y = 0; y < 32; y++) {
                for (int x = 0; x < 32; x++) {
                    int i = y * 32 + x;
                    query[i] = (float) (0.5 + 0.5 * Math.sin(0.3 * x + 0.2 * y));
                    image[i] = (float) (0.5 + 0.5 * Math.sin(0.3 * x + 0.2 * y + 0.9 * (k + 1)));
                    int dx = x - 10 - 2 * k;
                    int dy = y - 14 - k;
                    label[i] = dx * dx + dy * dy < 64 ? 1 : 0;
                }
            }
            supports.add(support(32, 32, image, label, weights[k]));
        }
        return Episode.of(32, 32, query, supports);
    }

    /** He-normal weights, biases of some size, so that a lost bias shows. */
    public static StateDict randomWeights(RandomGenerator random, int features) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        UniverSeg.parameterShapes(features)
                .forEach((name, shape) -> {
                    float[] values = new float[(int) Tensor.elements(shape)];
                    double fanIn = (double) values.length / shape[0];
                    double c = shape.length == 4 ? Math.sqrt(2 / fanIn) : 0.2;
                    for (int i = 0; i < values.length; i++) {
                        values[i] = (float) (c * random.nextGaussian());
                    }
                    tensors.put(name, new Tensor(shape, values));
                });
        return new StateDict("random", HASH, tensors);
    }

    /** Uniform noise with a random rectangle as label. */
    static Episode randomEpisode(RandomGenerator random, int h, int w, double... weights) {
        List<Support> supports = new ArrayList<>();
        for (double weight : weights) {
            float[] label = new float[h * w];
            int top = random.nextInt(h);
            int left = random.nextInt(w);
            for (int y = top; y < h; y++) {
                for (int x = left; x < w; x++) {
                    label[y * w + x] = 1;
                }
            }
            supports.add(support(h, w, noise(random, h * w), label, weight));
        }
        return Episode.of(h, w, noise(random, h * w), supports);
    }

    /** A support of the weights of this class, which all have one hash. */
    static Support support(int h, int w, float[] image, float[] label, double weight) {
        long[] shape = {h, w};
        SupportEncoding encoding =
                new SupportEncoding(
                        UniverSeg.NAME,
                        HASH,
                        h,
                        w,
                        SupportEncoding.imageSha256(image),
                        Map.of(
                                "image",
                                new Tensor(shape, image),
                                "label",
                                new Tensor(shape, label)));
        return new Support(encoding, weight);
    }

    /** The supports of the only label. */
    public static List<Support> supports(Episode episode) {
        return episode.labels().getFirst().supports();
    }

    /** The same query with other supports. */
    public static Episode with(Episode episode, List<Support> supports) {
        return Episode.of(episode.height(), episode.width(), episode.query(), supports);
    }

    /** The same episode with every support encoded by another network. */
    public static Episode encodedBy(SegmentationNetwork network, Episode episode) {
        List<Support> supports = new ArrayList<>();
        for (Support support : supports(episode)) {
            SupportEncoding pixels = support.encoding();
            SupportImage image =
                    SupportImage.of(
                            episode.height(), episode.width(), pixels.image(), pixels.label());
            supports.add(new Support(network.encode(image).getFirst(), support.weight()));
        }
        return Episode.of(episode.height(), episode.width(), episode.query(), supports);
    }

    private static float[] noise(RandomGenerator random, int n) {
        float[] noise = new float[n];
        for (int i = 0; i < n; i++) {
            noise[i] = random.nextFloat();
        }
        return noise;
    }

    static double[] uniform(int k) {
        double[] weights = new double[k];
        Arrays.fill(weights, 1.0 / k);
        return weights;
    }

    /** Weights of very different size that sum to 1. */
    public static double[] randomWeights(RandomGenerator random, int k, double spread) {
        double[] weights = new double[k];
        double sum = 0;
        for (int i = 0; i < k; i++) {
            weights[i] = Math.exp(spread * random.nextGaussian());
            sum += weights[i];
        }
        for (int i = 0; i < k; i++) {
            weights[i] /= sum;
        }
        return weights;
    }

    public static double largest(float[] values) {
        double largest = 0;
        for (float value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }

    public static double maxDifference(float[] a, float[] b) {
        double difference = 0;
        for (int i = 0; i < a.length; i++) {
            difference = Math.max(difference, Math.abs((double) a[i] - b[i]));
        }
        return difference;
    }
}
