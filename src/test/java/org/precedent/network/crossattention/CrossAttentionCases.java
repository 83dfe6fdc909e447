package org.precedent.network.crossattention;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.precedent.network.Episode;
import org.precedent.network.Episode.LabelContext;
import org.precedent.network.Episode.QueryPoint;
import org.precedent.network.Episode.Support;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.SharedFiles;
import org.precedent.network.SupportImage;
import org.precedent.network.crossattention.CrossAttentionSize.Stage;
import org.precedent.weights.StateDict;
import org.precedent.weights.Tensor;

/** Weights and episodes for tests of the cross-attention network. */
final class CrossAttentionCases {
    /** The hash that all weights of this class are given. */
    static final String HASH = "0".repeat(64);

    /** Pairs of K0 that the golden cases were made with. */
    static final int TOP_K = 2;

    private CrossAttentionCases() {}

    /** The network of {@code models/training/cross_attention_golden.py}. */
    static CrossAttentionSize small(int stemStride) {
        return new CrossAttentionSize(
                List.of(
                        new Stage(8, 1, 2),
                        new Stage(8, 2, 3),
                        new Stage(12, 1, 2),
                        new Stage(16, 1, 2)),
                6,
                List.of(
                        new Stage(8, 1, 2),
                        new Stage(10, 2, 2),
                        new Stage(12, 1, 3),
                        new Stage(14, 2, 2)),
                stemStride,
                3,
                5);
    }

    /** What {@code cross_attention_golden.py} wrote for a stride of the stem. */
    static Path goldenCase(int stemStride) {
        return SharedFiles.home()
                .resolve("src/test/resources/cross-attention-golden-" + stemStride + ".npz");
    }

    /** The weights of the golden cases' formula. */
    static StateDict goldenWeights(CrossAttentionSize size) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        size.parameterShapes()
                .forEach((name, shape) ->
                        tensors.put(name, new Tensor(shape, fill(name, shape, tensors.size()))));
        return new StateDict("golden", HASH, tensors);
    }

    private static float[] fill(String name, long[] shape, int t) {
        float[] values = new float[(int) Tensor.elements(shape)];
        double offset = 0;
        double scale = 0.1;
        if (values.length == 1 || name.equals("attention.tokens")) {
            scale = 0.5;
        } else if (name.startsWith("upsamplers.") && name.endsWith("out.weight")) {
            scale = 3;
        } else if (name.contains(".scale")) {
            offset = 0.5;
            scale = 0.2;
        } else if (shape.length > 1) {
            scale = Math.sqrt(2.0 * shape[0] / values.length);
        } else if (name.endsWith(".weight")) {
            offset = 1;
            scale = 0.2;
        }
        for (int i = 0; i < values.length; i++) {
            double wave = Math.sin(0.7 * (i + 1) + 1.3 * t + 0.01 * ((long) i * i % 97));
            values[i] = (float) (offset + scale * wave);
        }
        return values;
    }

    /** A smooth random image, so that its cells differ. */
    static float[] image(RandomGenerator random, int h, int w) {
        double[] wave = random.doubles(6, 0.05, 0.8).toArray();
        float[] image = new float[h * w];
        for (int i = 0; i < image.length; i++) {
            int y = i / w;
            int x = i % w;
            double value =
                    Math.sin(wave[0] * y + wave[1] * x) * Math.cos(wave[2] * y - wave[3] * x);
            image[i] = (float) (0.5 + 0.3 * value + 0.2 * (random.nextDouble() - 0.5));
        }
        return image;
    }

    /** A random disc. */
    static float[] mask(RandomGenerator random, int h, int w) {
        double cy = random.nextDouble(h);
        double cx = random.nextDouble(w);
        double radius = random.nextDouble(0.1, 0.5) * Math.min(h, w);
        float[] mask = new float[h * w];
        for (int i = 0; i < mask.length; i++) {
            mask[i] = Math.hypot((double) i / w - cy, i % w - cx) < radius ? 1 : 0;
        }
        return mask;
    }

    /** Random images with so many random masks each. */
    static List<SupportImage> images(RandomGenerator random, int h, int w, int k, int labels) {
        List<SupportImage> images = new ArrayList<>();
        for (int i = 0; i < k; i++) {
            List<float[]> masks = new ArrayList<>();
            for (int l = 0; l < labels; l++) {
                masks.add(mask(random, h, w));
            }
            images.add(new SupportImage(h, w, image(random, h, w), masks));
        }
        return images;
    }

    /** The supports of one label. */
    static List<Support> supports(
            SegmentationNetwork network, List<SupportImage> images, int label, double... weights) {
        List<Support> supports = new ArrayList<>();
        for (int k = 0; k < weights.length; k++) {
            supports.add(new Support(network.encode(images.get(k)).get(label), weights[k]));
        }
        return supports;
    }

    /** A random episode of one label. */
    static Episode episode(
            SegmentationNetwork network, RandomGenerator random, int h, int w, double... weights) {
        List<SupportImage> images = images(random, h, w, weights.length, 1);
        return Episode.of(h, w, image(random, h, w), supports(network, images, 0, weights));
    }

    static Episode attending(Episode episode, QueryPoint... points) {
        return new Episode(
                episode.height(),
                episode.width(),
                episode.query(),
                episode.labels(),
                List.of(points));
    }

    static Episode with(Episode episode, List<Support> supports) {
        return new Episode(
                episode.height(),
                episode.width(),
                episode.query(),
                List.of(new LabelContext(supports)),
                episode.attended());
    }
}
