package org.precedent.network.patchicl;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.precedent.network.NetworkException;
import org.precedent.network.patchicl.PatchLevel.Plan;
import org.precedent.network.universeg.UniverSeg;
import org.precedent.weights.StateDict;
import org.precedent.weights.WeightsException;

/**
 * How large a {@link PatchIcl} is, and with that the names and shapes of its tensors. The number of
 * heads is always {@link #HEADS}; the levels are a tensor of the file; shapes tell the rest.
 *
 * @param levels coarse to fine; the last is the image itself, and only that
 * @param width D, numbers of a patch's vector
 * @param features F of a block of the UniverSeg encoder
 * @param contextLayers attention layers of the supports alone
 * @param jointLayers attention layers of everything
 * @param registers register tokens of a level
 * @param skips whether the decoder also sees the maps of the patch encoder
 */
record PatchIclSize(
        List<Plan> levels,
        int width,
        int features,
        int contextLayers,
        int jointLayers,
        int registers,
        boolean skips) {

    static final int HEADS = 4;

    /** Groups of the group normalisation. */
    static final int GROUPS = 8;

    /** Blocks of the UniverSeg encoder. */
    static final int BLOCKS = UniverSeg.ENCODERS;

    /** Convolutions of the patch encoder and of the decoder: 8 x 8, 4 x 4, 2 x 2. */
    static final int STAGES = 3;

    /** Hidden width of the feed-forward layers, in multiples of D. */
    static final int FEED_FORWARD = 4;

    /** Channels of the mask encoder before its last layer. */
    static final int[] MASK_WIDTHS = {16, 32};

    static final String LEVELS = "levels";
    static final String TEMPERATURE = "_log_temperature";
    private static final String FUSION = "backbone.fusion_proj.bias";
    private static final String FIRST_CROSS = "universeg.enc_blocks.0.cross.cross_conv.bias";
    private static final String REGISTERS = "backbone.attention.register_tokens";
    private static final String FUSE = "backbone.decoder.levels.0.fuse_conv.weight";

    /** That of this project. */
    static final PatchIclSize RECIPE =
            new PatchIclSize(
                    List.of(new Plan(16, 4), new Plan(32, 12), new Plan(64, 16), new Plan(0, 24)),
                    128,
                    64,
                    1,
                    2,
                    1,
                    false);

    /** That of the paper's tables, as its code has it. */
    static final PatchIclSize PUBLISHED =
            new PatchIclSize(
                    List.of(new Plan(24, 9), new Plan(64, 20), new Plan(128, 20), new Plan(0, 30)),
                    256,
                    64,
                    1,
                    2,
                    1,
                    false);

    // What a file is believed to hold.
    private static final int MAX_WIDTH = 4096;
    private static final int MAX_LEVELS = 16;
    private static final int MAX_LAYERS = 64;
    private static final int MAX_REGISTERS = 256;
    private static final int MAX_RESOLUTION = 1 << 14;

    PatchIclSize {
        levels = List.copyOf(levels);
        if (levels.isEmpty() || levels.size() > MAX_LEVELS || levels.getLast().resolution() != 0) {
            throw new IllegalArgumentException(
                    "levels " + levels + ", expected 1 to " + MAX_LEVELS + ", the last of them 0");
        }
        for (Plan level : levels) {
            boolean whole = level == levels.getLast();
            if (!whole && level.resolution() < PatchLevel.PATCH
                    || level.resolution() > MAX_RESOLUTION
                    || level.patches() < 1) {
                throw new IllegalArgumentException(
                        level
                                + ", expected a resolution of "
                                + PatchLevel.PATCH
                                + " to "
                                + MAX_RESOLUTION
                                + " and at least one patch");
            }
        }
        if (width < 1 || width > MAX_WIDTH || width % (4 * HEADS) != 0) {
            throw new IllegalArgumentException(
                    "width " + width + ", expected a multiple of " + 4 * HEADS);
        }
        requireWithin("features", features, 1, MAX_WIDTH);
        requireWithin("context layers", contextLayers, 0, MAX_LAYERS);
        requireWithin("joint layers", jointLayers, 1, MAX_LAYERS);
        requireWithin("registers", registers, 1, MAX_REGISTERS);
    }

    private static void requireWithin(String what, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    value + " " + what + ", expected " + least + " to " + most);
        }
    }

    /**
     * The size of the network that a file holds.
     *
     * @throws NetworkException when the file has none
     */
    static PatchIclSize of(StateDict weights, String network) {
        boolean known =
                rank(weights, LEVELS) == 2
                        && weights.shape(LEVELS).get(1) == 2
                        && rank(weights, FUSION) == 1
                        && rank(weights, FIRST_CROSS) == 1
                        && rank(weights, REGISTERS) == 3
                        && rank(weights, FUSE) == 4;
        if (!known) {
            throw WeightsException.mismatch(
                    network,
                    List.of(
                            LEVELS + " [L, 2]",
                            FUSION + " [D]",
                            FIRST_CROSS + " [F]",
                            REGISTERS + " [1, R, D]",
                            FUSE + " [D, D or 2D, 3, 3]"),
                    List.of(),
                    List.of());
        }
        List<Plan> levels = new ArrayList<>();
        float[] values = weights.get(LEVELS).values();
        for (int i = 0; i < values.length; i += 2) {
            levels.add(new Plan((int) values[i], (int) values[i + 1]));
        }
        long width = weights.shape(FUSION).getFirst();
        try {
            return new PatchIclSize(
                    levels,
                    clamped(width),
                    clamped(weights.shape(FIRST_CROSS).getFirst()),
                    layers(weights, "context_layers"),
                    layers(weights, "layers"),
                    clamped(weights.shape(REGISTERS).get(1)),
                    weights.shape(FUSE).get(1) > width);
        } catch (IllegalArgumentException e) {
            throw WeightsException.mismatch(network, List.of(), List.of(), List.of(e.getMessage()));
        }
    }

    private static int rank(StateDict weights, String name) {
        return weights.has(name) ? weights.shape(name).size() : -1;
    }

    private static int clamped(long extent) {
        return (int) Math.min(Integer.MAX_VALUE, extent);
    }

    private static int layers(StateDict weights, String stack) {
        int count = 0;
        while (weights.has("backbone.attention." + stack + "." + count + ".norm1.weight")) {
            count++;
        }
        return count;
    }

    /** C, numbers of a pixel of a patch: the outputs of all blocks. */
    int channels() {
        return BLOCKS * features;
    }

    /** Names and shapes of all tensors, in the file's order. */
    Map<String, long[]> parameterShapes() {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        long d = width;
        shapes.put(LEVELS, new long[] {levels.size(), 2});
        shapes.put(TEMPERATURE, new long[] {});
        shapes.put("backbone.scale_encoder.freqs", new long[] {d / 2});
        affine(shapes, "backbone.encoder.input_proj", d, channels());
        for (int i = 0; i < STAGES; i++) {
            String stage = "backbone.encoder.levels." + i;
            affine(shapes, stage + ".conv", d, d, 3, 3);
            film(shapes, stage + ".norm");
        }
        shapes.put(REGISTERS, new long[] {1, registers, d});
        for (int i = 0; i < contextLayers; i++) {
            attentionLayer(shapes, "backbone.attention.context_layers." + i);
        }
        for (int i = 0; i < jointLayers; i++) {
            attentionLayer(shapes, "backbone.attention.layers." + i);
        }
        norm(shapes, "backbone.attention.final_norm", d);
        for (int i = 0; i < STAGES; i++) {
            String stage = "backbone.decoder.levels." + i;
            affine(shapes, stage + ".up", d, d, 2, 2);
            affine(shapes, stage + ".fuse_conv", d, skips ? 2 * d : d, 3, 3);
            film(shapes, stage + ".fuse_norm");
        }
        affine(shapes, "backbone.decoder.seg_head.0", d / 2, d, 3, 3);
        affine(shapes, "backbone.decoder.seg_head.2", 1, d / 2, 1, 1);
        String mask = "backbone.mask_encoder.mask_downscaling.";
        affine(shapes, mask + "0", MASK_WIDTHS[0], 1, 2, 2);
        norm(shapes, mask + "1", MASK_WIDTHS[0]);
        affine(shapes, mask + "3", MASK_WIDTHS[1], MASK_WIDTHS[0], 2, 2);
        norm(shapes, mask + "4", MASK_WIDTHS[1]);
        affine(shapes, mask + "6", d, MASK_WIDTHS[1], 1, 1);
        affine(shapes, "backbone.fusion_proj", d, 2 * d);
        for (int i = 0; i < BLOCKS; i++) {
            String block = "universeg.enc_blocks." + i;
            affine(shapes, block + ".cross.cross_conv", features, i == 0 ? 3 : 2 * features, 3, 3);
            affine(shapes, block + ".target.vmapped.conv", features, features, 3, 3);
            if (i < BLOCKS - 1) {
                affine(shapes, block + ".support.vmapped.conv", features, features, 3, 3);
            }
        }
        return shapes;
    }

    private void attentionLayer(Map<String, long[]> shapes, String layer) {
        long d = width;
        shapes.put(layer + ".target_embed", new long[] {1, 1, d});
        shapes.put(layer + ".context_embed", new long[] {1, 1, d});
        norm(shapes, layer + ".norm1", d);
        for (String part : List.of(".q_proj", ".k_proj", ".v_proj", ".out_proj")) {
            affine(shapes, layer + part, d, d);
        }
        norm(shapes, layer + ".norm2", d);
        affine(shapes, layer + ".mlp.0", FEED_FORWARD * d, d);
        affine(shapes, layer + ".mlp.3", d, FEED_FORWARD * d);
    }

    private void film(Map<String, long[]> shapes, String norm) {
        affine(shapes, norm + ".gamma_proj", width, width);
        affine(shapes, norm + ".beta_proj", width, width);
    }

    /** A weight, and a bias as long as the weight's first extent. */
    private static void affine(Map<String, long[]> shapes, String name, long... weight) {
        shapes.put(name + ".weight", weight);
        shapes.put(name + ".bias", new long[] {weight[0]});
    }

    private static void norm(Map<String, long[]> shapes, String name, long width) {
        shapes.put(name + ".weight", new long[] {width});
        shapes.put(name + ".bias", new long[] {width});
    }

    /** Checks a file against the size that it tells of itself. */
    void require(StateDict weights, String network) {
        weights.require(network, parameterShapes(), Set.of());
    }
}
