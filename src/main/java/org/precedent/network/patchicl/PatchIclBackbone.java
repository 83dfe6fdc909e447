package org.precedent.network.patchicl;

import static org.precedent.network.patchicl.PatchIclSize.GROUPS;
import static org.precedent.network.patchicl.PatchIclSize.HEADS;
import static org.precedent.network.patchicl.PatchIclSize.MASK_WIDTHS;
import static org.precedent.network.patchicl.PatchIclSize.STAGES;
import static org.precedent.network.patchicl.PatchLevel.PATCH;
import static org.precedent.tensor.Layers.channelsFirst;
import static org.precedent.tensor.Layers.channelsLast;
import static org.precedent.tensor.Layers.conv;
import static org.precedent.tensor.Layers.gelu;
import static org.precedent.tensor.Layers.layerNorm;
import static org.precedent.tensor.Layers.linear;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.precedent.network.universeg.UniverSeg;
import org.precedent.tensor.Layers;
import org.precedent.weights.StateDict;
import org.precedent.weights.Tensor;

/**
 * The trained part of {@link PatchIcl}, shared by all of its levels.
 *
 * <pre>
 *   e        = [sin(f log2 r) ; cos(f log2 r)]       scale vector of a level of resolution r
 *   FiLM(x)  = gamma(e) groupnorm(x) + beta(e)
 *   v_i      = mean(three convolutions, each with FiLM and GELU, of the patch's features) + e
 *   c_i      = W [v_i ; mask encoder(mask of the patch)]                         of a support
 *   c        = layers over [c ; registers]                     supports among themselves
 *   v        = layers over [c ; registers ; v]                 everything together
 *   logits_i = three times (double, convolve, FiLM, GELU), then a head
 * </pre>
 *
 * <p>Attention has a rotary position code and one more key and value, both zero, that stand for
 * nothing. Patches of supports do not look at the query's. The last layer leaves the supports out,
 * since nothing reads them any more. Where the network has skips, the decoder also sees the maps of
 * the query's patch encoder, and its FiLM takes e + v_i for e: what the patch's vector found out
 * says what to look for in them.
 *
 * <p>Longer than others because it is the paper's network from top to bottom: each part stands with
 * its weights beside its pass, in the paper's order, and is used nowhere else.
 *
 * <p>P patches of the query, T of the supports together, R registers, D numbers a vector.
 */
final class PatchIclBackbone {
    private static final float EPSILON = 1e-5f;
    private static final float MASK_EPSILON = 1e-6f;
    private static final double ROPE_BASE = 10_000;

    private final int width;
    private final int registers;
    private final boolean skips;
    private final NDManager weightsManager;
    private final float[] frequencies;
    private final Affine inputProj;
    private final List<Conv> encoderConvs = new ArrayList<>();
    private final List<Film> encoderNorms = new ArrayList<>();
    private final Conv maskFirst;
    private final Norm maskFirstNorm;
    private final Conv maskSecond;
    private final Norm maskSecondNorm;
    private final Affine maskLast;
    private final Affine fusion;
    private final float[] registerTokens;
    private final List<AttentionLayer> contextLayers = new ArrayList<>();
    private final List<AttentionLayer> jointLayers = new ArrayList<>();
    private final Norm finalNorm;
    private final List<Affine> ups = new ArrayList<>();
    private final List<Conv> fuseConvs = new ArrayList<>();
    private final List<Film> fuseNorms = new ArrayList<>();
    private final Conv headConv;
    private final Affine head;
    private final NDArray[] ones = new NDArray[STAGES];
    private final NDArray[] zeros = new NDArray[STAGES];

    /**
     * @param weights checked against the size
     * @param weightsManager holds the weights; closed by the caller
     */
    PatchIclBackbone(PatchIclSize size, StateDict weights, NDManager weightsManager) {
        this.width = size.width();
        this.registers = size.registers();
        this.skips = size.skips();
        this.weightsManager = weightsManager;
        for (int stage = 0; stage < STAGES; stage++) {
            Shape group = new Shape((long) width / GROUPS * pixels(stage));
            ones[stage] = weightsManager.ones(group);
            zeros[stage] = weightsManager.zeros(group);
        }
        frequencies = weights.get("backbone.scale_encoder.freqs").values();
        String encoder = "backbone.encoder.";
        inputProj = new Affine(weights, encoder + "input_proj");
        for (int i = 0; i < STAGES; i++) {
            String stage = encoder + "levels." + i;
            encoderConvs.add(new Conv(weights, stage + ".conv", i == 0 ? 1 : 2, 1));
            encoderNorms.add(new Film(weights, stage + ".norm", i));
        }
        String mask = "backbone.mask_encoder.mask_downscaling.";
        maskFirst = new Conv(weights, mask + "0", 2, 0);
        maskFirstNorm = new Norm(weights, mask + "1");
        maskSecond = new Conv(weights, mask + "3", 2, 0);
        maskSecondNorm = new Norm(weights, mask + "4");
        maskLast = new Affine(weights, mask + "6");
        fusion = new Affine(weights, "backbone.fusion_proj");
        String attention = "backbone.attention.";
        registerTokens = weights.get(attention + "register_tokens").values();
        for (int i = 0; i < size.contextLayers(); i++) {
            contextLayers.add(new AttentionLayer(weights, attention + "context_layers." + i));
        }
        for (int i = 0; i < size.jointLayers(); i++) {
            jointLayers.add(new AttentionLayer(weights, attention + "layers." + i));
        }
        finalNorm = new Norm(weights, attention + "final_norm");
        for (int i = 0; i < STAGES; i++) {
            String stage = "backbone.decoder.levels." + i;
            ups.add(doubling(weights, stage + ".up"));
            fuseConvs.add(new Conv(weights, stage + ".fuse_conv", 1, 1));
            fuseNorms.add(new Film(weights, stage + ".fuse_norm", STAGES - 1 - i));
        }
        headConv = new Conv(weights, "backbone.decoder.seg_head.0", 1, 1);
        head = new Affine(weights, "backbone.decoder.seg_head.2");
    }

    /** Pixels of a patch after so many of the patch encoder's halvings: 8 x 8, 4 x 4, 2 x 2. */
    private static int pixels(int stage) {
        return (PATCH >> stage) * (PATCH >> stage);
    }

    // ---------------------------------------------------------------- parts with weights

    private NDArray array(StateDict weights, String name, long... shape) {
        return weightsManager.create(weights.get(name).values(), new Shape(shape));
    }

    /** x W^T + b over the last axis; a 1 x 1 convolution is one on channels-last maps. */
    private final class Affine {
        final NDArray weight;
        final NDArray bias;

        Affine(StateDict weights, String name) {
            long[] shape = weights.get(name + ".weight").shape();
            weight = array(weights, name + ".weight", shape[0], shape[1]);
            bias = array(weights, name + ".bias", shape[0]);
        }

        Affine(float[] weight, float[] bias) {
            long out = bias.length;
            this.weight = weightsManager.create(weight, new Shape(out, weight.length / out));
            this.bias = weightsManager.create(bias, new Shape(out));
        }

        NDArray apply(NDArray x) {
            return linear(x, weight, bias);
        }
    }

    private final class Conv {
        final NDArray weight;
        final NDArray bias;
        final int stride;
        final int pad;

        Conv(StateDict weights, String name, int stride, int pad) {
            Tensor values = weights.get(name + ".weight");
            long[] shape = values.shape();
            weight =
                    Layers.kernel(
                            weightsManager,
                            values.values(),
                            (int) shape[0],
                            (int) shape[1],
                            (int) shape[2],
                            (int) shape[3]);
            bias = array(weights, name + ".bias", shape[0]);
            this.stride = stride;
            this.pad = pad;
        }

        /** [N, I, y, x] -> [N, O, y / stride, x / stride] */
        NDArray apply(NDArray x) {
            return conv(x, weight, bias, stride, pad, pad, 1);
        }
    }

    private final class Norm {
        final NDArray weight;
        final NDArray bias;

        Norm(StateDict weights, String name) {
            long channels = weights.get(name + ".weight").shape()[0];
            weight = array(weights, name + ".weight", channels);
            bias = array(weights, name + ".bias", channels);
        }

        NDArray apply(NDArray x) {
            return layerNorm(x, weight, bias, EPSILON);
        }
    }

    /** Group normalisation whose scale and shift are linear in the scale vector. */
    private final class Film {
        final Affine gamma;
        final Affine beta;
        final int stage;

        Film(StateDict weights, String name, int stage) {
            gamma = new Affine(weights, name + ".gamma_proj");
            beta = new Affine(weights, name + ".beta_proj");
            this.stage = stage;
        }

        /**
         * And GELU.
         *
         * @param x [N, D, y, x] at the stage's resolution
         * @param scale [1, D], or [N, D]
         * @return [N, D, y, x]
         */
        NDArray apply(NDArray x, NDArray scale) {
            Shape shape = x.getShape();
            long n = shape.get(0);
            long rows = scale.getShape().get(0);
            NDArray groups = x.reshape(n, GROUPS, -1); // [N, G, D / G y x]
            NDArray normed =
                    layerNorm(groups, ones[stage], zeros[stage], EPSILON).reshape(n, width, -1);
            normed.muli(gamma.apply(scale).reshape(rows, width, 1));
            normed.addi(beta.apply(scale).reshape(rows, width, 1));
            return gelu(normed).reshape(shape);
        }
    }

    /** A transposed 2 x 2 convolution of stride 2: every pixel becomes four, by one matrix. */
    private Affine doubling(StateDict weights, String name) {
        float[] weight = weights.get(name + ".weight").values(); // [in, out, 2, 2]
        float[] bias = weights.get(name + ".bias").values();
        float[] rows = new float[4 * width * width]; // [2, 2, out, in]
        float[] shifts = new float[4 * width];
        for (int corner = 0; corner < 4; corner++) {
            for (int out = 0; out < width; out++) {
                shifts[corner * width + out] = bias[out];
                for (int in = 0; in < width; in++) {
                    rows[(corner * width + out) * width + in] =
                            weight[(in * width + out) * 4 + corner];
                }
            }
        }
        return new Affine(rows, shifts);
    }

    // ---------------------------------------------------------------- patches to vectors

    /** e, [1, D]. */
    NDArray scaleVector(NDManager manager, int resolution) {
        float[] scale = new float[width];
        double octaves = Math.log(resolution) / Math.log(2);
        for (int i = 0; i < frequencies.length; i++) {
            scale[i] = (float) Math.sin(octaves * frequencies[i]);
            scale[frequencies.length + i] = (float) Math.cos(octaves * frequencies[i]);
        }
        return manager.create(scale, new Shape(1, width));
    }

    /**
     * Patches of the query.
     *
     * @param vectors v, [P, D]
     * @param maps where the network has skips, what they come from: [P, D, y, x] at 8 x 8, 4 x 4
     *     and 2 x 2
     */
    record Encoded(NDArray vectors, List<NDArray> maps) {}

    /**
     * The vectors of patches.
     *
     * @param patches [P, 8, 8, C] row-major
     * @param scale e
     * @return attached to {@code scale}'s manager
     */
    Encoded encode(float[] patches, NDArray scale) {
        NDManager manager = scale.getManager();
        try (NDManager scratch = manager.newSubManager()) {
            long channels = inputProj.weight.getShape().get(1);
            long n = patches.length / (PATCH * PATCH * channels);
            NDArray features = scratch.create(patches, new Shape(n, PATCH, PATCH, channels));
            NDArray x = channelsFirst(inputProj.apply(features)); // [P, D, 8, 8]
            List<NDArray> maps = new ArrayList<>();
            for (int i = 0; i < STAGES; i++) {
                x = encoderNorms.get(i).apply(encoderConvs.get(i).apply(x), scale);
                x.attach(scratch);
                if (skips) {
                    maps.add(x);
                }
            }
            NDArray vectors = x.reshape(n, width, -1).mean(new int[] {2}).addi(scale); // [P, D]
            vectors.attach(manager);
            maps.forEach(map -> map.attach(manager));
            return new Encoded(vectors, maps);
        }
    }

    /**
     * The vectors of patches of a support.
     *
     * @param patches [P, 8, 8, C] row-major
     * @param masks [P, 8, 8] row-major
     * @return c, [P, D] row-major
     */
    float[] contextVectors(NDManager manager, float[] patches, float[] masks, int resolution) {
        try (NDManager scratch = manager.newSubManager()) {
            NDArray vectors = encode(patches, scaleVector(scratch, resolution)).vectors();
            int n = masks.length / (PATCH * PATCH);
            NDArray x = Layers.image(scratch, masks, n, PATCH, PATCH, 1); // [P, 1, 8, 8]
            x = normed(maskFirst.apply(x), maskFirstNorm); // [P, 16, 4, 4]
            x = channelsLast(normed(maskSecond.apply(x), maskSecondNorm)); // [P, 2, 2, 32]
            // The mean before the last layer: the same, since that is linear.
            NDArray mask = maskLast.apply(x.reshape(n, -1, MASK_WIDTHS[1]).mean(new int[] {1}));
            return fusion.apply(vectors.concat(mask, 1)).toFloatArray();
        }
    }

    /** Layer normalisation over channels, and GELU. */
    private static NDArray normed(NDArray x, Norm norm) {
        NDArray last = layerNorm(channelsLast(x), norm.weight, norm.bias, MASK_EPSILON);
        return channelsFirst(gelu(last));
    }

    // ---------------------------------------------------------------- attention

    /**
     * Patches of all supports of a label at one level.
     *
     * @param vectors [T, D] row-major
     * @param logWeights T: log w_k of the support that a patch is of
     * @param x T, positions of the patches
     * @param y T
     */
    record Context(float[] vectors, float[] logWeights, int[] x, int[] y) {}

    /**
     * What attention gives.
     *
     * @param registers [R, D] row-major, for the next level
     * @param target v, [P, D]
     * @param attention [P, T] row-major: the share of each patch of the supports in what a patch of
     *     the query saw in the last layer, mean over heads; empty unless asked for
     */
    record Attended(float[] registers, NDArray target, float[] attention) {}

    /**
     * Lets the supports look at each other, then the query at them.
     *
     * @param carried registers of the level before, [R, D] row-major; null at the first
     * @param target [P, D]
     * @param x P, positions of the query's patches
     * @param y P
     * @param report whether attention is wanted
     * @return attached to {@code target}'s manager
     */
    Attended attend(
            float @Nullable [] carried,
            NDArray target,
            int[] x,
            int[] y,
            Context context,
            boolean report) {
        NDManager manager = target.getManager();
        int t = context.x().length;
        int p = x.length;
        try (NDManager scratch = manager.newSubManager()) {
            Turns turns = new Turns(t, context, registers);
            NDArray tokens =
                    scratch.create(context.vectors(), new Shape(t, width))
                            .concat(scratch.create(registerTokens, new Shape(registers, width)));
            for (AttentionLayer layer : contextLayers) {
                tokens = layer.apply(scratch, tokens, turns, false, null);
            }
            int all = registers;
            if (carried != null) {
                NDArray more = scratch.create(carried, new Shape(registers, width));
                tokens = tokens.concat(more);
                all += registers;
            }
            tokens = tokens.concat(target);
            turns = new Turns(t, context, all, x, y);
            float[] attention = report ? new float[p * t] : new float[0];
            for (AttentionLayer layer : jointLayers) {
                boolean last = layer == jointLayers.getLast();
                tokens = layer.apply(scratch, tokens, turns, last, last ? attention : null);
            }
            // [R + P, D], or 2 R + P.
            NDArray normed = finalNorm.apply(tokens);
            NDArray found = rows(normed, all, all + p).duplicate();
            found.attach(manager);
            return new Attended(rows(normed, 0, registers).toFloatArray(), found, attention);
        }
    }

    private static NDArray rows(NDArray x, long from, long to) {
        return x.get(new NDIndex().addSliceDim(from, to));
    }

    /**
     * The order of tokens in a layer, patches of the supports, registers, patches of the query,
     * with what turns each and what is added to its logit as a key. A key of zeros comes before
     * all.
     */
    private final class Turns {
        final int contexts;
        final int registers;
        final int targets;
        final float[] cos;
        final float[] sin;
        final float[] bias;

        Turns(int contexts, Context context, int registers) {
            this(contexts, context, registers, new int[0], new int[0]);
        }

        Turns(int contexts, Context context, int registers, int[] x, int[] y) {
            this.contexts = contexts;
            this.registers = registers;
            this.targets = x.length;
            int tokens = contexts + registers + targets;
            cos = new float[tokens * width];
            sin = new float[tokens * width];
            Arrays.fill(cos, 1); // registers have no place
            for (int i = 0; i < contexts; i++) {
                turn(i, context.x()[i], context.y()[i]);
            }
            for (int i = 0; i < targets; i++) {
                turn(contexts + registers + i, x[i], y[i]);
            }
            bias = new float[1 + tokens];
            System.arraycopy(context.logWeights(), 0, bias, 1, contexts);
        }

        private void turn(int token, int x, int y) {
            int half = width / 2;
            for (int i = 0; i < half; i += 2) {
                double frequency = Math.pow(ROPE_BASE, -(double) i / half);
                int at = token * width + i;
                cos[at] = cos[at + 1] = (float) Math.cos(x * frequency);
                sin[at] = sin[at + 1] = (float) Math.sin(x * frequency);
                cos[at + half] = cos[at + half + 1] = (float) Math.cos(y * frequency);
                sin[at + half] = sin[at + half + 1] = (float) Math.sin(y * frequency);
            }
        }
    }

    /** One pre-norm layer. */
    private final class AttentionLayer {
        private final Norm norm1;
        private final float[] targetEmbed;
        private final float[] contextEmbed;
        private final Affine queries; // q and its partner, [2 D]
        private final Affine keysAndValues; // k, its partner, v, [3 D]
        private final Affine out;
        private final Norm norm2;
        private final Affine up;
        private final Affine down;

        AttentionLayer(StateDict weights, String name) {
            norm1 = new Norm(weights, name + ".norm1");
            targetEmbed = weights.get(name + ".target_embed").values();
            contextEmbed = weights.get(name + ".context_embed").values();
            // The logits' scale goes into q.
            double scale = 1 / Math.sqrt((double) width / HEADS);
            queries = joined(withPartner(weights, name + ".q_proj", scale));
            List<float[][]> keys = withPartner(weights, name + ".k_proj", 1);
            keys.add(
                    new float[][] {
                        weights.get(name + ".v_proj.weight").values(),
                        weights.get(name + ".v_proj.bias").values()
                    });
            keysAndValues = joined(keys);
            out = new Affine(weights, name + ".out_proj");
            norm2 = new Norm(weights, name + ".norm2");
            up = new Affine(weights, name + ".mlp.0");
            down = new Affine(weights, name + ".mlp.3");
        }

        /**
         * A projection, and the one that gives each number's partner in its turn: (a, b) turned by
         * an angle is (a, b) cos + (-b, a) sin.
         */
        private List<float[][]> withPartner(StateDict weights, String name, double scale) {
            float[] weight = weights.get(name + ".weight").values().clone();
            float[] bias = weights.get(name + ".bias").values().clone();
            scale(weight, scale);
            scale(bias, scale);
            return new ArrayList<>(
                    List.of(
                            new float[][] {weight, bias},
                            new float[][] {partner(weight, width), partner(bias, 1)}));
        }

        private Affine joined(List<float[][]> parts) {
            float[] weight = new float[parts.size() * width * width];
            float[] bias = new float[parts.size() * width];
            for (int i = 0; i < parts.size(); i++) {
                float[][] part = parts.get(i);
                System.arraycopy(part[0], 0, weight, i * width * width, width * width);
                System.arraycopy(part[1], 0, bias, i * width, width);
            }
            return new Affine(weight, bias);
        }

        /**
         * @param tokens in the order of {@link Turns}
         * @param last leaves out the patches of the supports
         * @param attention receives what the query's patches saw, [P, T]; null or empty: not wanted
         * @return the tokens after the layer, without the supports' patches where it is the last;
         *     attached to {@code manager}
         */
        NDArray apply(
                NDManager manager,
                NDArray tokens,
                Turns turns,
                boolean last,
                float @Nullable [] attention) {
            try (NDManager scratch = manager.newSubManager()) {
                int t = turns.contexts;
                int end = t + turns.registers + turns.targets;
                int from = last ? t : 0;
                tokens.attach(scratch);
                NDArray x = norm1.apply(tokens).addi(types(scratch, turns)); // [N, D]
                NDArray cos = scratch.create(turns.cos, new Shape(end, width));
                NDArray sin = scratch.create(turns.sin, new Shape(end, width));

                NDArray keyed = keysAndValues.apply(x); // [N, 3 D]
                NDArray k = withZero(scratch, heads(turned(keyed, cos, sin))); // [H, 1 + N, D / H]
                NDArray v = withZero(scratch, heads(part(keyed, 2)));
                NDArray q =
                        heads(
                                turned(
                                        queries.apply(rows(x, from, end)),
                                        rows(cos, from, end),
                                        rows(sin, from, end))); // [H, N, D / H]
                NDArray bias = scratch.create(turns.bias, new Shape(1, 1, 1 + end));
                NDList seen = new NDList();
                if (!last) {
                    int keys = 1 + t + turns.registers;
                    seen.addAll(
                            attend(
                                    columns(q, 0, t),
                                    columns(k, 0, keys),
                                    columns(v, 0, keys),
                                    bias.get(new NDIndex(":, :, 0:" + keys)),
                                    null,
                                    turns));
                }
                NDArray rest = columns(q, t - from, end - from);
                seen.addAll(attend(rest, k, v, bias, attention, turns));
                NDArray attended = seen.size() == 1 ? seen.getFirst() : NDArrays.concat(seen, 0);
                NDArray sum = out.apply(attended).addi(rows(tokens, from, end)); // [N, D]
                NDArray result = down.apply(gelu(up.apply(norm2.apply(sum)))).addi(sum);
                result.attach(manager);
                return result;
            }
        }

        /** What tells the kinds of tokens apart, [N, D]. */
        private NDArray types(NDManager scratch, Turns turns) {
            int before = turns.contexts + turns.registers;
            float[] types = new float[(before + turns.targets) * width];
            for (int i = 0; i < turns.contexts; i++) {
                System.arraycopy(contextEmbed, 0, types, i * width, width);
            }
            for (int i = 0; i < turns.targets; i++) {
                System.arraycopy(targetEmbed, 0, types, (before + i) * width, width);
            }
            return scratch.create(types, new Shape(before + turns.targets, width));
        }

        /** Columns {@code i D} to {@code (i + 1) D}. */
        private NDArray part(NDArray x, int i) {
            return x.get(new NDIndex().addAllDim().addSliceDim((long) i * width, (i + 1L) * width));
        }

        /** The first D columns turned, their partners being the next D. */
        private NDArray turned(NDArray x, NDArray cos, NDArray sin) {
            return part(x, 0).mul(cos).addi(part(x, 1).mul(sin));
        }

        /** [N, D] -> [H, N, D / H] */
        private NDArray heads(NDArray x) {
            return x.reshape(x.getShape().get(0), HEADS, -1).transpose(1, 0, 2);
        }

        private NDArray withZero(NDManager scratch, NDArray x) {
            return scratch.zeros(new Shape(HEADS, 1, width / HEADS)).concat(x, 1);
        }

        private NDArray columns(NDArray x, int from, int to) {
            return x.get(new NDIndex().addAllDim().addSliceDim(from, to));
        }

        /**
         * Softmax attention, by rows of queries that fit one array.
         *
         * @param q [H, Q, D / H]
         * @param k [H, N, D / H]
         * @param v [H, N, D / H]
         * @param bias [1, 1, N]
         * @return parts of [Q, D], attached to {@code q}'s manager
         */
        private NDList attend(
                NDArray q,
                NDArray k,
                NDArray v,
                NDArray bias,
                float @Nullable [] attention,
                Turns turns) {
            int count = (int) q.getShape().get(1);
            long keys = k.getShape().get(1);
            int most = (int) Math.max(1, UniverSeg.ARRAY_BYTES / (Float.BYTES * HEADS * keys));
            NDArray transposed = k.transpose(0, 2, 1);
            NDList parts = new NDList();
            for (int from = 0; from < count; from += most) {
                int to = Math.min(count, from + most);
                NDArray shares =
                        columns(q, from, to).matMul(transposed).addi(bias).softmax(-1); // [H, q, N]
                if (attention != null && attention.length > 0) {
                    report(shares, from, attention, turns);
                }
                NDArray mixed = shares.matMul(v).transpose(1, 0, 2); // [q, H, D / H]
                parts.add(mixed.reshape(to - from, width));
                shares.close();
            }
            return parts;
        }

        /** Takes the query's patches' rows, from {@code from} on, registers coming first. */
        private void report(NDArray shares, int from, float[] attention, Turns turns) {
            float[] means = shares.mean(new int[] {0}).toFloatArray(); // [q, N]
            int keys = turns.bias.length;
            for (int row = 0; row < means.length / keys; row++) {
                int patch = from + row - turns.registers;
                if (patch >= 0) {
                    System.arraycopy(
                            means,
                            row * keys + 1,
                            attention,
                            patch * turns.contexts,
                            turns.contexts);
                }
            }
        }
    }

    private static void scale(float[] values, double factor) {
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (values[i] * factor);
        }
    }

    /** Rows 2 i and 2 i + 1 exchanged, the first of them with the other sign. */
    private static float[] partner(float[] rows, int length) {
        float[] partner = new float[rows.length];
        for (int i = 0; i < rows.length; i++) {
            int row = i / length;
            boolean even = row % 2 == 0;
            partner[i] = even ? -rows[i + length] : rows[i - length];
        }
        return partner;
    }

    // ---------------------------------------------------------------- vectors to logits

    /**
     * The logits of patches.
     *
     * @param attended v after attention, [P, D]
     * @param maps of {@link Encoded}
     * @param scale e
     * @return [P, 8, 8] row-major
     */
    float[] decode(NDArray attended, List<NDArray> maps, NDArray scale) {
        try (NDManager scratch = attended.getManager().newSubManager()) {
            long p = attended.getShape().get(0);
            NDArray condition = skips ? attended.add(scale) : scale.duplicate();
            condition.attach(scratch);
            NDArray x = attended.reshape(p, 1, 1, width); // [P, y, x, D]
            x.attach(scratch);
            for (int i = 0; i < STAGES; i++) {
                long side = 1L << i;
                x =
                        ups.get(i)
                                .apply(x) // [P, y, x, 4 D]
                                .reshape(p, side, side, 2, 2, width)
                                .transpose(0, 1, 3, 2, 4, 5)
                                .reshape(p, 2 * side, 2 * side, width);
                x.attach(scratch);
                NDArray first = channelsFirst(x); // [P, D, 2 y, 2 x]
                if (skips) {
                    first = first.concat(maps.get(STAGES - 1 - i), 1);
                }
                x = channelsLast(fuseNorms.get(i).apply(fuseConvs.get(i).apply(first), condition));
            }
            NDArray hidden = gelu(headConv.apply(channelsFirst(x))); // [P, D / 2, 8, 8]
            return head.apply(channelsLast(hidden)).toFloatArray();
        }
    }
}
