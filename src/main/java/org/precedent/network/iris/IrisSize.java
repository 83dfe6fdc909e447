package org.precedent.network.iris;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.precedent.network.NetworkException;
import org.precedent.network.SupportEncoding;
import org.precedent.weights.StateDict;
import org.precedent.weights.Tensor;
import org.precedent.weights.WeightsException;

/**
 * How large an {@link IrisNetwork} is, and with that the names and shapes of its tensors. A file's
 * shapes tell all of it but the number of heads, which is always {@link #HEADS}.
 *
 * @param dims n, 2 or 3 axes of space
 * @param widths channels at strides 1, 2, 4, ..., r; the last is C
 * @param tokens m of the context embedding
 */
record IrisSize(int dims, List<Integer> widths, int tokens) {
    static final int HEADS = 8;
    static final int TASK_LAYERS = 2;
    static final int TWO_WAY_LAYERS = 2;

    /** Hidden width of the tokens' feed-forward layers, in multiples of C. */
    static final int FEED_FORWARD = 2;

    /** Channels of the class decoder at strides 1, 2, and 4 and more. */
    private static final int[] CLASS_WIDTHS = {8, 16, 32};

    /** The 2D network of this project. */
    static final IrisSize RECIPE = new IrisSize(2, List.of(32, 64, 128, 256), 10);

    /** Of three dimensions, with the feature level that divides its channels: r = 4, C = 128. */
    static final IrisSize OF_VOLUMES = new IrisSize(3, List.of(32, 64, 128), 10);

    // What a file is believed to hold.
    private static final int MAX_WIDTH = 4096;
    private static final int MAX_LEVELS = 6;
    private static final int MAX_TOKENS = 256;

    private static final String STEM = "encoder.stem.weight";
    private static final String TOKENS = "task_encoder.tokens";

    IrisSize {
        widths = List.copyOf(widths);
        if (dims != 2 && dims != 3) {
            throw new IllegalArgumentException(dims + " axes of space, expected 2 or 3");
        }
        if (widths.size() < 2 || widths.size() > MAX_LEVELS) {
            throw new IllegalArgumentException(
                    widths.size() + " levels, expected 2 to " + MAX_LEVELS);
        }
        for (int width : widths) {
            if (width < 1 || width > MAX_WIDTH) {
                throw new IllegalArgumentException(
                        "width " + width + ", expected 1 to " + MAX_WIDTH);
            }
        }
        if (widths.getLast() % (2 * HEADS) != 0) {
            throw new IllegalArgumentException(
                    "the last width must be a multiple of "
                            + 2 * HEADS
                            + ", not "
                            + widths.getLast());
        }
        if (tokens < 1 || tokens > MAX_TOKENS) {
            throw new IllegalArgumentException(tokens + " tokens, expected 1 to " + MAX_TOKENS);
        }
    }

    /**
     * The size of the network that a file holds.
     *
     * @param dims axes of space that are expected
     * @throws NetworkException when the file holds no such network, or its tensors do not fit its
     *     size
     */
    static IrisSize require(StateDict weights, String network, int dims) {
        IrisSize size = of(weights, network);
        if (size.dims() != dims) {
            String found = STEM + " of " + size.dims() + " axes of space instead of " + dims;
            throw WeightsException.mismatch(network, List.of(), List.of(), List.of(found));
        }
        weights.require(network, size.parameterShapes(), Set.of());
        return size;
    }

    private static IrisSize of(StateDict weights, String network) {
        boolean known =
                weights.has(STEM)
                        && (weights.shape(STEM).size() == 4 || weights.shape(STEM).size() == 5)
                        && weights.has(TOKENS)
                        && weights.shape(TOKENS).size() == 2;
        if (known) {
            List<Integer> widths = new ArrayList<>();
            String stage = stage(0);
            while (weights.has(stage) && !weights.shape(stage).isEmpty()) {
                widths.add((int) Math.min(Integer.MAX_VALUE, weights.shape(stage).getFirst()));
                stage = stage(widths.size());
            }
            int tokens = (int) Math.min(Integer.MAX_VALUE, weights.shape(TOKENS).getFirst());
            try {
                return new IrisSize(weights.shape(STEM).size() - 2, widths, tokens);
            } catch (IllegalArgumentException e) {
                throw WeightsException.mismatch(
                        network, List.of(), List.of(), List.of(e.getMessage()));
            }
        }
        throw WeightsException.mismatch(
                network,
                List.of(STEM + " [C, 1, 3, 3] or [C, 1, 3, 3, 3]", TOKENS + " [m, C]"),
                List.of(),
                List.of());
    }

    private static String stage(int i) {
        return "encoder.stages." + i + ".0.conv1.weight";
    }

    /** C, components of a token. */
    int channels() {
        return widths.getLast();
    }

    int levels() {
        return widths.size();
    }

    /** r, pixels of a coarse cell along one axis. */
    int ratio() {
        return 1 << (levels() - 1);
    }

    /** r^n, pixels of a coarse cell. */
    int cell() {
        return (int) Math.pow(ratio(), dims);
    }

    /** Channels after the pixel shuffle of eq. 3. */
    int fineChannels() {
        return Math.max(1, channels() / cell());
    }

    /** Whether C channels cannot be shuffled and are led to {@link #shuffled} and back. */
    boolean expands() {
        return shuffled() != channels();
    }

    int shuffled() {
        return fineChannels() * cell();
    }

    /** m + 1. */
    int taskTokens() {
        return tokens + 1;
    }

    /** Channels of the class decoder at stride 2^level. */
    static int classWidth(int level) {
        return CLASS_WIDTHS[Math.min(level, CLASS_WIDTHS.length - 1)];
    }

    /** Names and shapes of all tensors, in the file's order. */
    Map<String, long[]> parameterShapes() {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        int c = channels();
        conv(shapes, "encoder.stem", widths.getFirst(), 1, 3);
        for (int i = 0; i < levels(); i++) {
            int in = widths.get(Math.max(0, i - 1));
            for (int j = 0; j < (i == 0 ? 1 : 2); j++) {
                String block = "encoder.stages." + i + "." + j;
                block(shapes, block, j == 0 ? in : widths.get(i), widths.get(i));
            }
        }
        shapes.put(TOKENS, new long[] {tokens, c});
        if (expands()) {
            linear(shapes, "task_encoder.expand", shuffled(), c);
            linear(shapes, "task_encoder.contract", c, shuffled());
        }
        linear(shapes, "task_encoder.fuse", fineChannels(), fineChannels() + 1);
        norm(shapes, "task_encoder.norm_features");
        for (int i = 0; i < TASK_LAYERS; i++) {
            String layer = "task_encoder.layers." + i;
            for (int j = 1; j <= 3; j++) {
                norm(shapes, layer + ".norm" + j);
            }
            attention(shapes, layer + ".cross", c);
            attention(shapes, layer + ".self_attention", c);
            feedForward(shapes, layer + ".feed_forward");
        }
        norm(shapes, "task_encoder.norm");
        for (int i = 0; i < TWO_WAY_LAYERS; i++) {
            String layer = "two_way." + i;
            for (int j = 1; j <= 4; j++) {
                norm(shapes, layer + ".norm" + j);
            }
            norm(shapes, layer + ".norm_image");
            attention(shapes, layer + ".self_attention", c);
            attention(shapes, layer + ".to_image", c / 2);
            feedForward(shapes, layer + ".feed_forward");
            attention(shapes, layer + ".from_tokens", c / 2);
        }
        for (int i = 0; i < levels() - 1; i++) {
            int fine = levels() - 2 - i;
            conv(shapes, "shared_decoder.reduce." + i, widths.get(fine), widths.get(fine + 1), 1);
        }
        for (int i = 0; i < levels() - 1; i++) {
            int fine = widths.get(levels() - 2 - i);
            block(shapes, "shared_decoder.blocks." + i, 2 * fine, fine);
        }
        classDecoder(shapes);
        return shapes;
    }

    private void classDecoder(Map<String, long[]> shapes) {
        int c = channels();
        int finest = levels() - 2;
        norm(shapes, "class_decoder.norm_token");
        linear(shapes, "class_decoder.token", c, c);
        conv(shapes, "class_decoder.start", classWidth(finest), c, 1);
        for (int i = 0; i <= finest; i++) {
            int out = classWidth(finest - i);
            int in = widths.get(finest - i);
            shapes.put("class_decoder.dynamic." + i + ".fixed", new long[] {out, in});
            linear(shapes, "class_decoder.dynamic." + i + ".generate", out * in, c);
        }
        for (int i = 0; i <= finest; i++) {
            int level = finest - i;
            int out = level == 0 ? 1 : classWidth(level - 1);
            conv(shapes, "class_decoder.convs." + i, out, classWidth(level), level == 0 ? 1 : 3);
        }
    }

    private void conv(Map<String, long[]> shapes, String name, int out, int in, int side) {
        long[] weight = new long[2 + dims];
        weight[0] = out;
        weight[1] = in;
        for (int i = 0; i < dims; i++) {
            weight[2 + i] = side;
        }
        shapes.put(name + ".weight", weight);
        shapes.put(name + ".bias", new long[] {out});
    }

    private void block(Map<String, long[]> shapes, String name, int in, int out) {
        conv(shapes, name + ".conv1", out, in, 3);
        conv(shapes, name + ".conv2", out, out, 3);
        if (in != out) {
            conv(shapes, name + ".shortcut", out, in, 1);
        }
    }

    private static void linear(Map<String, long[]> shapes, String name, int out, int in) {
        shapes.put(name + ".weight", new long[] {out, in});
        shapes.put(name + ".bias", new long[] {out});
    }

    private void norm(Map<String, long[]> shapes, String name) {
        shapes.put(name + ".weight", new long[] {channels()});
        shapes.put(name + ".bias", new long[] {channels()});
    }

    private void attention(Map<String, long[]> shapes, String name, int inner) {
        for (String part : List.of(".q", ".k", ".v")) {
            linear(shapes, name + part, inner, channels());
        }
        linear(shapes, name + ".out", channels(), inner);
    }

    private void feedForward(Map<String, long[]> shapes, String name) {
        linear(shapes, name + ".0", FEED_FORWARD * channels(), channels());
        linear(shapes, name + ".2", channels(), FEED_FORWARD * channels());
    }

    /**
     * An encoding by a network of this size.
     *
     * @param embedding T, [m + 1, C] row-major
     */
    SupportEncoding encoding(
            String weightsSha256, int height, int width, String imageSha256, float[] embedding) {
        Tensor task = new Tensor(new long[] {taskTokens(), channels()}, embedding);
        return new SupportEncoding(
                Iris.NAME, weightsSha256, height, width, imageSha256, Map.of(Iris.TASK, task));
    }
}
