package org.precedent.network.crossattention;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.precedent.network.NetworkException;
import org.precedent.weights.StateDict;
import org.precedent.weights.WeightsException;

/**
 * How large a {@link CrossAttention} network is, and with that the names and shapes of its tensors.
 * A file's shapes tell all of it.
 *
 * @param mapper the four stages of the attention mapper, fine to coarse; D of the coarse attention
 *     is the last one's
 * @param stem channels of the stem of the segmentation and of the support encoder
 * @param encoder the four stages of both
 * @param stemStride 1, or 2 as in the paper
 * @param tokens synthetic tokens
 * @param hidden width of the network that refines the attention
 */
record CrossAttentionSize(
        List<Stage> mapper, int stem, List<Stage> encoder, int stemStride, int tokens, int hidden) {
    static final int STAGES = 4;

    /** Scales of the attention: coarse, middle and fine. */
    static final int SCALES = 3;

    /** Lengths of the strip convolutions of the multi-scale attention. */
    static final List<Integer> STRIPS = List.of(7, 11, 21);

    /** The network of this project: an image of 128 px has the paper's grids of 8, 16 and 32. */
    static final CrossAttentionSize RECIPE =
            new CrossAttentionSize(
                    stages(List.of(16, 32, 64, 128), List.of(1, 1, 2, 1), List.of(4, 4, 4, 4)),
                    16,
                    stages(List.of(32, 48, 64, 96), List.of(1, 1, 2, 1), List.of(4, 4, 4, 4)),
                    1,
                    8,
                    32);

    /**
     * The paper's layout for 256 px; it names the mapper and the strides, but no widths. 20.9
     * million parameters beside the momentum copy, where the paper counts about 25.
     */
    static final CrossAttentionSize PAPER =
            new CrossAttentionSize(
                    stages(List.of(32, 64, 160, 256), List.of(3, 3, 5, 2), List.of(8, 8, 4, 4)),
                    32,
                    stages(List.of(64, 128, 256, 320), List.of(3, 3, 5, 2), List.of(4, 4, 4, 4)),
                    2,
                    8,
                    64);

    // What a file is believed to hold.
    private static final int MAX_WIDTH = 4096;
    private static final int MAX_DEPTH = 64;
    private static final int MAX_RATIO = 16;

    private static final String EXPAND = ".ffn.expand.weight";

    /**
     * One stage of an encoder.
     *
     * @param dim channels
     * @param depth blocks
     * @param ratio of the hidden channels of a block's feed-forward network to {@code dim}
     */
    record Stage(int dim, int depth, int ratio) {
        Stage {
            require("dim", dim, MAX_WIDTH);
            require("depth", depth, MAX_DEPTH);
            require("ratio", ratio, MAX_RATIO);
        }
    }

    CrossAttentionSize {
        mapper = List.copyOf(mapper);
        encoder = List.copyOf(encoder);
        if (mapper.size() != STAGES || encoder.size() != STAGES) {
            throw new IllegalArgumentException(
                    mapper.size() + " and " + encoder.size() + " stages, expected " + STAGES);
        }
        if (mapper.getFirst().dim() % 2 != 0) {
            throw new IllegalArgumentException(
                    "the mapper's first dim must be even, not " + mapper.getFirst().dim());
        }
        require("stem", stem, MAX_WIDTH);
        require("stem stride", stemStride, 2);
        require("tokens", tokens, MAX_WIDTH);
        require("hidden", hidden, MAX_WIDTH);
    }

    private static void require(String field, int value, int most) {
        if (value < 1 || value > most) {
            throw new IllegalArgumentException(field + " " + value + ", expected 1 to " + most);
        }
    }

    private static List<Stage> stages(
            List<Integer> dims, List<Integer> depths, List<Integer> ratios) {
        List<Stage> stages = new ArrayList<>();
        for (int i = 0; i < STAGES; i++) {
            stages.add(new Stage(dims.get(i), depths.get(i), ratios.get(i)));
        }
        return stages;
    }

    /**
     * The size of the network that a file holds, whose every name and shape is then checked.
     *
     * @throws NetworkException that lists what is missing, unexpected or of another shape
     */
    static CrossAttentionSize require(StateDict weights, String network) {
        List<String> missing = new ArrayList<>();
        String stem = "segmentation.stem.conv1.weight";
        String tokens = "attention.tokens";
        String hidden = "upsamplers.0.out.weight";
        for (String name : List.of(stem, tokens, hidden)) {
            if (!weights.has(name) || weights.shape(name).size() < 2) {
                missing.add(name);
            }
        }
        for (String encoder : List.of("mapper", "segmentation")) {
            for (int i = 0; i < STAGES; i++) {
                String expand = block(encoder, i, 0) + EXPAND;
                if (!weights.has(expand) || weights.shape(expand).size() != 4) {
                    missing.add(expand);
                }
            }
        }
        if (!missing.isEmpty()) {
            throw WeightsException.mismatch(network, missing, List.of(), List.of());
        }
        CrossAttentionSize size;
        try {
            size =
                    new CrossAttentionSize(
                            read(weights, "mapper"),
                            extent(weights, stem, 0),
                            read(weights, "segmentation"),
                            weights.has("head.up.weight") ? 2 : 1,
                            extent(weights, tokens, 0),
                            extent(weights, hidden, 1));
        } catch (IllegalArgumentException e) {
            throw WeightsException.mismatch(network, List.of(), List.of(), List.of(e.getMessage()));
        }
        weights.require(network, size.parameterShapes(), Set.of());
        return size;
    }

    private static List<Stage> read(StateDict weights, String encoder) {
        List<Stage> stages = new ArrayList<>();
        for (int i = 0; i < STAGES; i++) {
            String expand = block(encoder, i, 0) + EXPAND;
            int dim = extent(weights, expand, 1);
            int depth = 1;
            while (depth < MAX_DEPTH && weights.has(block(encoder, i, depth) + EXPAND)) {
                depth++;
            }
            stages.add(new Stage(dim, depth, extent(weights, expand, 0) / Math.max(1, dim)));
        }
        return stages;
    }

    private static int extent(StateDict weights, String name, int axis) {
        return (int) Math.min(Integer.MAX_VALUE, weights.shape(name).get(axis));
    }

    private static String block(String encoder, int stage, int block) {
        return encoder + ".stages." + stage + ".blocks." + block;
    }

    /** D, components of a coarse cell's query and key. */
    int attentionDim() {
        return mapper.getLast().dim();
    }

    /** Channels of the mapper's map at a scale, 0 being the coarse one. */
    int mapperDim(int scale) {
        return mapper.get(STAGES - 1 - scale).dim();
    }

    /** Channels of the encoders' maps at a scale; from {@link #SCALES} on of those for skips. */
    int encoderDim(int scale) {
        return scale == STAGES ? stem : encoder.get(STAGES - 1 - scale).dim();
    }

    /** Pixels that one cell covers on a side, at a scale of the decoder, 0 being the coarse one. */
    int stride(int scale) {
        return stemStride << (STAGES - scale);
    }

    /** Height and width must be multiples of this. */
    int sizeMultiple() {
        return stride(0);
    }

    /** Names and shapes of all tensors, in the order of the training program. */
    Map<String, long[]> parameterShapes() {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        mapperShapes(shapes, "mapper");
        mapperShapes(shapes, "mapper_momentum");
        int d = attentionDim();
        shapes.put("attention.tokens", new long[] {tokens, d});
        shapes.put("attention.log_temperature", new long[] {1});
        shapes.put("attention.query.weight", new long[] {d, d});
        shapes.put("attention.key.weight", new long[] {d, d});
        for (int scale = 1; scale < SCALES; scale++) {
            upsamplerShapes(shapes, "upsamplers." + (scale - 1), mapperDim(scale));
        }
        encoderShapes(shapes, "segmentation", 1, STAGES + 1);
        encoderShapes(shapes, "support", 2, SCALES);
        for (int scale = 0; scale <= STAGES; scale++) {
            decoderShapes(shapes, "decoder." + scale, scale);
        }
        affine(shapes, "head.norm", stem);
        if (stemStride == 2) {
            shapes.put("head.up.weight", new long[] {stem, stem, 3, 3});
            shapes.put("head.up.bias", new long[] {stem});
        }
        affine(shapes, "head.conv", 1, stem, 3, 3);
        return shapes;
    }

    private void mapperShapes(Map<String, long[]> shapes, String name) {
        int first = mapper.getFirst().dim();
        affine(shapes, name + ".stem.conv1", first / 2, 1, 3, 3);
        affine(shapes, name + ".stem.norm1", first / 2);
        affine(shapes, name + ".stem.conv2", first, first / 2, 3, 3);
        for (int i = 0; i < STAGES; i++) {
            String stage = name + ".stages." + i;
            int dim = mapper.get(i).dim();
            if (i > 0) {
                affine(shapes, stage + ".down", dim, mapper.get(i - 1).dim(), 3, 3);
            }
            affine(shapes, stage + ".norm", dim);
            for (int j = 0; j < mapper.get(i).depth(); j++) {
                String block = block(name, i, j);
                shapes.put(block + ".scale1", new long[] {dim, 1, 1});
                shapes.put(block + ".scale2", new long[] {dim, 1, 1});
                affine(shapes, block + ".norm1", dim);
                attentionShapes(shapes, block + ".attention", dim);
                affine(shapes, block + ".norm2", dim);
                feedForwardShapes(shapes, block + ".ffn", mapper.get(i), true);
            }
            if (i > 0) {
                affine(shapes, stage + ".out", dim);
            }
        }
    }

    private static void attentionShapes(Map<String, long[]> shapes, String name, int dim) {
        affine(shapes, name + ".enter", dim, dim, 1, 1);
        affine(shapes, name + ".local", dim, 1, 5, 5);
        for (int s = 0; s < STRIPS.size(); s++) {
            affine(shapes, name + ".strips." + s + ".row", dim, 1, 1, STRIPS.get(s));
            affine(shapes, name + ".strips." + s + ".column", dim, 1, STRIPS.get(s), 1);
        }
        affine(shapes, name + ".gate", dim, dim, 1, 1);
        affine(shapes, name + ".leave", dim, dim, 1, 1);
    }

    private static void feedForwardShapes(
            Map<String, long[]> shapes, String name, Stage stage, boolean spatial) {
        int wide = stage.ratio() * stage.dim();
        affine(shapes, name + ".expand", wide, stage.dim(), 1, 1);
        if (spatial) {
            affine(shapes, name + ".spatial", wide, 1, 3, 3);
        }
        affine(shapes, name + ".reduce", stage.dim(), wide, 1, 1);
    }

    private void upsamplerShapes(Map<String, long[]> shapes, String name, int dim) {
        shapes.put(name + ".mix_support", new long[] {1});
        shapes.put(name + ".mix_query", new long[] {1});
        shapes.put(name + ".attention.weight", new long[] {hidden, 1});
        affine(shapes, name + ".query", hidden, dim);
        shapes.put(name + ".support.weight", new long[] {hidden, dim});
        affine(shapes, name + ".out", 1, hidden);
    }

    private void encoderShapes(Map<String, long[]> shapes, String name, int channels, int maps) {
        affine(shapes, name + ".stem.conv1", stem, channels, 3, 3);
        affine(shapes, name + ".stem.norm1", stem);
        affine(shapes, name + ".stem.conv2", stem, stem, 3, 3);
        if (maps > STAGES) {
            affine(shapes, name + ".stem.out", stem);
        }
        int in = stem;
        for (int i = 0; i < STAGES; i++) {
            String stage = name + ".stages." + i;
            int dim = encoder.get(i).dim();
            affine(shapes, stage + ".down", dim, in, 3, 3);
            affine(shapes, stage + ".norm", dim);
            for (int j = 0; j < encoder.get(i).depth(); j++) {
                String block = block(name, i, j);
                shapes.put(block + ".scale", new long[] {dim, 1, 1});
                affine(shapes, block + ".norm", dim);
                feedForwardShapes(shapes, block + ".ffn", encoder.get(i), j == 0);
            }
            if (STAGES - i <= maps) {
                affine(shapes, stage + ".out", dim);
            }
            in = dim;
        }
    }

    private void decoderShapes(Map<String, long[]> shapes, String name, int scale) {
        int dim = encoderDim(scale);
        if (scale > 0) {
            shapes.put(name + ".up.weight", new long[] {encoderDim(scale - 1), dim, 3, 3});
            shapes.put(name + ".up.bias", new long[] {dim});
            affine(shapes, name + ".merge", dim, 2 * dim, 1, 1);
            affine(shapes, name + ".norm1", dim);
        }
        if (scale < SCALES) {
            affine(shapes, name + ".project", dim, dim);
        }
        affine(shapes, name + ".norm2", dim);
        affine(shapes, name + ".conv1", dim, dim, 3, 3);
        affine(shapes, name + ".conv2", dim, dim, 3, 3);
    }

    private static void affine(Map<String, long[]> shapes, String name, long... weight) {
        shapes.put(name + ".weight", weight);
        shapes.put(name + ".bias", new long[] {weight[0]});
    }
}
