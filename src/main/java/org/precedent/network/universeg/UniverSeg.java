package org.precedent.network.universeg;

import static org.precedent.tensor.Layers.conv;
import static org.precedent.tensor.Layers.kernel;
import static org.precedent.tensor.Layers.leakyRelu;
import static org.precedent.tensor.Layers.maxPool;
import static org.precedent.tensor.Layers.weightedSum;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.precedent.network.Episode;
import org.precedent.network.Episode.Support;
import org.precedent.network.NetworkException;
import org.precedent.network.Prediction;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.SupportEncoding;
import org.precedent.network.SupportImage;
import org.precedent.tensor.Layers;
import org.precedent.tensor.LoadedModel;
import org.precedent.tensor.Torch;
import org.precedent.weights.StateDict;
import org.precedent.weights.Tensor;
import org.precedent.weights.WeightsException;

/**
 * UniverSeg (Butoi et al., ICCV 2023) with the weighted mean of similarity-weighted UniverSeg (MIDL
 * 2026): four encoder and three decoder blocks of one kind, in which the query q and the supports
 * s_k look at each other:
 *
 * <pre>
 *   1. z_k    = Conv3x3([q ; s_k])               cross convolution, no activation
 *   2. q'     = sum_k w_k z_k                    as published: w_k = 1/K
 *   3. q_out  = LeakyReLU(Conv3x3_t(q'))         query branch, "target"
 *   4. s_out_k = LeakyReLU(Conv3x3_s(z_k))       support branch
 * </pre>
 *
 * <p>The same function with less work, exact but for rounding, because a convolution is linear and
 * the weights sum to 1:
 *
 * <ul>
 *   <li>split: z_k = (W_q q + b) + W_s s_k, the bracket once for all supports;
 *   <li>first block: Conv_s(z_k) = Conv_s(W_q q + b) + (Conv_s W_s) s_k, the last product being one
 *       5 x 5 convolution of the two channels of s_k, less what its ring outside the image adds;
 *   <li>last block: only step 2 is needed, and sum_k w_k z_k = (W_q q + b) + W_s sum_k w_k s_k.
 * </ul>
 *
 * <p>Supports go through each block in groups of fixed size. Between blocks a support keeps its
 * features at half resolution and below; those at full resolution, four times as large, are needed
 * only as a weighted sum, which is built up while they pass by. At 128 x 128 and 64 features a
 * support holds 1.4 MB, see {@link UniverSegCost}.
 *
 * <p>What is left depends on the query, so an encoding is the support's pixels. The first block's
 * (Conv_s W_s) s_k alone could be kept, 4.2 MB a support at 128 x 128; reading it back takes as
 * long as the convolution (both 0.7 to 1 ms, of about 30 a support, measured in one run), so it is
 * done anew. For the same reason queries of a batch go one after the other: they would share those
 * 3% at most, and a query of one support already keeps the cores as busy as one of many.
 *
 * <p>Longer than others because it is the paper's network from top to bottom: each part stands with
 * its weights beside its pass, in the paper's order, and is used nowhere else.
 *
 * <p>The same episode gives the same bits. Another order of the supports changes rounding only.
 */
public final class UniverSeg implements SegmentationNetwork {
    /** The name of this network. */
    public static final String NAME = "universeg";

    /** A support of less weight may be left out. */
    static final double NEGLIGIBLE_WEIGHT = 1e-6;

    /**
     * Most weight that is left out altogether. The kept weights are scaled to sum to 1 again, so
     * every weighted mean moves by at most this times the spread of the supports' values there.
     */
    static final double NEGLIGIBLE_TOTAL = 1e-5;

    /** Side of the images that the network was trained on. */
    public static final int NATIVE_SIZE = 128;

    /** Three poolings. */
    private static final int SIZE_MULTIPLE = 8;

    /** The widest network that a file is believed to hold. */
    private static final int MAX_FEATURES = 4096;

    public static final int ENCODERS = 4;
    static final int DECODERS = 3;

    /**
     * Largest array, in bytes: glibc maps anything of 32 MiB or more afresh, and the page faults
     * then cost as much as the convolutions (measured: 1.4 times the time of a convolution, 5 times
     * that of an activation).
     */
    public static final long ARRAY_BYTES = 16 << 20;

    /** Beyond this many supports at once, small images gain nothing more. */
    private static final int MAX_CHUNK = 64;

    private final Torch torch;
    private final long arrayBytes;
    private final String weightsSha256;
    private final int features;
    private final LoadedModel model;
    private final CrossBlock[] encoder = new CrossBlock[ENCODERS];
    private final CrossBlock[] decoder = new CrossBlock[DECODERS];
    private final FoldedBlock first;
    private final NDArray headWeight;
    private final NDArray headBias;

    /**
     * @param torch where it runs; stays the caller's to close
     * @param weights the official names and shapes, of any number of features; the support branch
     *     of the last decoder block feeds nothing and may be missing
     * @throws NetworkException when names or shapes are others
     */
    public UniverSeg(Torch torch, StateDict weights) {
        this(torch, weights, ARRAY_BYTES);
    }

    /**
     * @param arrayBytes instead of {@link #ARRAY_BYTES}, for tests and measurements
     */
    UniverSeg(Torch torch, StateDict weights, long arrayBytes) {
        this.torch = torch;
        this.arrayBytes = arrayBytes;
        this.weightsSha256 = weights.sha256();
        this.features = features(weights);
        weights.require(NAME, parameterShapes(features), deadParameters());
        this.model = new LoadedModel(NAME, torch);
        for (int i = 0; i < ENCODERS; i++) {
            encoder[i] = new CrossBlock(weights, "enc_blocks." + i, i == 0 ? 1 : features);
        }
        for (int j = 0; j < DECODERS; j++) {
            decoder[j] = new CrossBlock(weights, "dec_blocks." + j, 2 * features);
        }
        this.first = new FoldedBlock(weights, "enc_blocks.0");
        this.headWeight =
                kernel(model.weights(), values(weights, "out_conv.conv.weight"), 1, features, 1, 1);
        this.headBias = vector(values(weights, "out_conv.conv.bias"));
    }

    /** Names and shapes of all tensors, in the order of the released file. */
    public static Map<String, long[]> parameterShapes(int features) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        for (int i = 0; i < ENCODERS; i++) {
            blockShapes(shapes, "enc_blocks." + i, i == 0 ? 3 : 2 * features, features);
        }
        for (int j = 0; j < DECODERS; j++) {
            blockShapes(shapes, "dec_blocks." + j, 4 * features, features);
        }
        shapes.put("out_conv.conv.weight", new long[] {1, features, 1, 1});
        shapes.put("out_conv.conv.bias", new long[] {1});
        return shapes;
    }

    private static void blockShapes(Map<String, long[]> shapes, String block, int in, int f) {
        shapes.put(block + ".cross.cross_conv.weight", new long[] {f, in, 3, 3});
        shapes.put(block + ".cross.cross_conv.bias", new long[] {f});
        for (String branch : List.of(".target", ".support")) {
            shapes.put(block + branch + ".vmapped.conv.weight", new long[] {f, f, 3, 3});
            shapes.put(block + branch + ".vmapped.conv.bias", new long[] {f});
        }
    }

    /** The support branch of the last decoder block. */
    static Set<String> deadParameters() {
        String branch = "dec_blocks." + (DECODERS - 1) + ".support.vmapped.conv";
        return Set.of(branch + ".weight", branch + ".bias");
    }

    private static int features(StateDict weights) {
        String head = "out_conv.conv.weight";
        if (!weights.has(head)
                || weights.shape(head).size() != 4
                || weights.shape(head).get(1) < 1
                || weights.shape(head).get(1) > MAX_FEATURES) {
            throw WeightsException.mismatch(
                    NAME,
                    List.of(head + " [1, 1 to " + MAX_FEATURES + ", 1, 1]"),
                    List.of(),
                    List.of());
        }
        return Math.toIntExact(weights.shape(head).get(1));
    }

    private static float[] values(StateDict weights, String name) {
        return weights.get(name).values();
    }

    private NDArray vector(float[] values) {
        return model.weights().create(values);
    }

    /**
     * The weights of one cross block, the cross convolution split into what it does to the query
     * and what to a support (the query's channels come first).
     */
    private final class CrossBlock {
        final NDArray crossQuery;
        final NDArray crossSupport;
        final NDArray crossBias;
        final NDArray target;
        final NDArray targetBias;
        final NDArray support;
        final NDArray supportBias;

        CrossBlock(StateDict weights, String name, int queryChannels) {
            int f = features;
            Tensor cross = weights.get(name + ".cross.cross_conv.weight");
            int all = (int) cross.shape()[1];
            float[] query = inputs(cross.values(), f, all, 0, queryChannels);
            float[] supports = inputs(cross.values(), f, all, queryChannels, all);
            crossQuery = kernel(model.weights(), query, f, queryChannels, 3, 3);
            crossSupport = kernel(model.weights(), supports, f, all - queryChannels, 3, 3);
            crossBias = vector(values(weights, name + ".cross.cross_conv.bias"));
            String branch = name + ".target.vmapped.conv";
            target = kernel(model.weights(), values(weights, branch + ".weight"), f, f, 3, 3);
            targetBias = vector(values(weights, branch + ".bias"));
            branch = name + ".support.vmapped.conv";
            boolean alive = weights.has(branch + ".weight") && weights.has(branch + ".bias");
            support =
                    alive
                            ? kernel(
                                    model.weights(),
                                    values(weights, branch + ".weight"),
                                    f,
                                    f,
                                    3,
                                    3)
                            : target;
            supportBias = alive ? vector(values(weights, branch + ".bias")) : targetBias;
        }

        /** W_q q + b: [1, C, H, W] to [1, f, H, W]. */
        NDArray queryPart(NDArray q) {
            return conv(q, crossQuery, crossBias);
        }

        /** Step 3: [1, f, H, W] to the same. */
        NDArray queryBranch(NDArray mean) {
            return leakyRelu(conv(mean, target, targetBias));
        }
    }

    /** Input channels {@code from} to {@code to} of a 3 x 3 convolution's weight [O, I, 3, 3]. */
    private static float[] inputs(float[] weight, int o, int i, int from, int to) {
        float[] part = new float[o * (to - from) * 9];
        for (int out = 0; out < o; out++) {
            System.arraycopy(
                    weight, (out * i + from) * 9, part, out * (to - from) * 9, (to - from) * 9);
        }
        return part;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String weightsSha256() {
        return weightsSha256;
    }

    @Override
    public int nativeSize() {
        return NATIVE_SIZE;
    }

    @Override
    public int sizeMultiple() {
        return SIZE_MULTIPLE;
    }

    /** Number of channels of every feature map; 64 as released. */
    public int features() {
        return features;
    }

    @Override
    public String device() {
        return torch.description();
    }

    @Override
    public boolean cachesSupports() {
        return false;
    }

    @Override
    public List<SupportEncoding> encode(SupportImage image) {
        requireSize(image.height(), image.width());
        String sha256 = SupportEncoding.imageSha256(image.image());
        return image.masks().stream()
                .map(mask -> SupportEncoding.ofPixels(this, image, mask, sha256))
                .toList();
    }

    @Override
    public List<Prediction> segment(List<Episode> episodes) {
        return episodes.stream().map(this::answer).toList();
    }

    private Prediction answer(Episode episode) {
        int h = episode.height();
        int w = episode.width();
        requireSize(h, w);
        model.requireOpen();
        List<Prediction.LabelAnswer> labels = new ArrayList<>();
        for (Episode.LabelContext label : episode.labels()) {
            label.supports().forEach(s -> s.encoding().requireOf(this));
            List<Support> supports = withoutNegligible(label.supports());
            float[] logits =
                    torch.call(
                            arrayBytes,
                            4L * features * h * w,
                            (scratch, bytes) ->
                                    new Pass(scratch, bytes, h, w, supports).run(episode.query()));
            NetworkException.requireFinite(NAME, logits);
            labels.add(new Prediction.LabelAnswer(logits, List.of()));
        }
        return new Prediction(labels);
    }

    private static void requireSize(int h, int w) {
        if (h % SIZE_MULTIPLE != 0 || w % SIZE_MULTIPLE != 0) {
            throw NetworkException.sizeRefused(h, w, SIZE_MULTIPLE);
        }
    }

    /**
     * The supports that are worth their time, in the given order, their weights scaled to sum to 1:
     * without those of weight 0, and without the lightest of those below {@link #NEGLIGIBLE_WEIGHT}
     * as long as they sum to no more than {@link #NEGLIGIBLE_TOTAL}.
     */
    static List<Support> withoutNegligible(List<Support> supports) {
        double[] ascending = supports.stream().mapToDouble(Support::weight).sorted().toArray();
        double dropped = 0;
        int lightest = 0;
        while (ascending[lightest] < NEGLIGIBLE_WEIGHT
                && dropped + ascending[lightest] <= NEGLIGIBLE_TOTAL) {
            dropped += ascending[lightest++];
        }
        double least = ascending[lightest];
        List<Support> kept = supports.stream().filter(s -> s.weight() >= least).toList();
        double sum = kept.stream().mapToDouble(Support::weight).sum();
        return kept.stream()
                .map(s -> new Support(s.encoding(), Math.min(1, s.weight() / sum)))
                .toList();
    }

    /**
     * The features of all supports at one resolution, [K, f, h, w]. One array, and groups copied
     * into it, because thousands of long-lived arrays between short-lived ones leave malloc with
     * holes as large as themselves. A block's output takes the place of its input.
     */
    private static final class Features {
        private final NDArray all;
        private final int group;

        /**
         * @param all [K, f, h, w]
         * @param group supports that come and go together
         */
        Features(NDArray all, int group) {
            this.all = all;
            this.group = group;
        }

        void put(int g, NDArray features) {
            all.set(slot(g), features);
        }

        /** A view, attached to {@code scratch}. */
        NDArray get(int g, NDManager scratch) {
            NDArray features = all.get(slot(g));
            features.attach(scratch);
            return features;
        }

        private NDIndex slot(int g) {
            long end = Math.min(all.getShape().get(0), (long) (g + 1) * group);
            return new NDIndex().addSliceDim((long) g * group, end);
        }
    }

    /** Gives a block its input for one group of supports, attached to {@code scratch}. */
    private interface Source {
        NDArray group(int group, NDManager scratch);
    }

    /** Takes a block's output for one group of supports, which is released afterwards. */
    private interface Sink {
        void accept(int group, NDArray supports);
    }

    /** One query through the network. All arrays belong to one manager, which the caller closes. */
    private final class Pass {
        private final NDManager manager;
        private final int h;
        private final int w;
        private final List<Support> supports;
        private final int chunk;
        private final int group;
        private final int groups;
        // One buffer for all chunks: a new one each would stay until a garbage collection.
        private final ByteBuffer staging;
        private final NDArray[] doubleRows = new NDArray[DECODERS]; // to H / 2^i
        private final NDArray[] doubleColumns = new NDArray[DECODERS];

        Pass(NDManager manager, long arrayBytes, int h, int w, List<Support> supports) {
            this.manager = manager;
            this.h = h;
            this.w = w;
            this.supports = supports;
            this.chunk = chunk(arrayBytes, features, h, w);
            this.group = 2 * chunk;
            this.groups = (supports.size() + group - 1) / group;
            this.staging =
                    ByteBuffer.allocateDirect(
                            Math.min(chunk, supports.size()) * h * w * 2 * Float.BYTES);
            for (int i = 0; i < DECODERS; i++) {
                doubleRows[i] = Layers.doubling(manager, h >> (i + 1));
                doubleColumns[i] = Layers.doubling(manager, w >> (i + 1));
            }
        }

        /** The whole network, top-down. */
        float[] run(float[] query) {
            NDArray q = Layers.image(manager, query, 1, h, w, 1); // [1, 1, H, W]
            NDArray[] querySkips = new NDArray[ENCODERS];
            Features[] features = new Features[ENCODERS]; // of the supports, at H / 2^i

            // Encoder block 0, full resolution: of its supports' features only the weighted sum,
            // for the last block, and the pooled ones go on.
            NDArray fullSum = zeros(1, 0);
            for (int i = 1; i < ENCODERS; i++) {
                features[i] = new Features(zeros(supports.size(), i), group);
            }
            q = firstBlock(q, features[1], fullSum);
            querySkips[0] = q;
            // Encoder blocks 1 to 3, each at half the resolution of the one before.
            for (int i = 1; i < ENCODERS; i++) {
                Features here = features[i];
                Features next = i + 1 < ENCODERS ? features[i + 1] : null;
                q =
                        crossBlock(
                                encoder[i],
                                maxPool(q),
                                here::get,
                                (g, s) -> {
                                    here.put(g, s);
                                    if (next != null) {
                                        next.put(g, maxPool(s));
                                    }
                                });
                querySkips[i] = q;
            }
            // Decoder blocks 0 and 1, upwards. The latter hands on its supports' weighted sum
            // alone.
            NDArray halfSum = zeros(1, 1);
            for (int level = ENCODERS - 2; level >= 1; level--) {
                int up = level;
                Features skip = features[level];
                Features below = features[level + 1];
                q =
                        crossBlock(
                                decoder[ENCODERS - 2 - level],
                                upsample(q, level).concat(querySkips[level], 1),
                                (g, scratch) ->
                                        upsample(below.get(g, scratch), up)
                                                .concat(skip.get(g, scratch), 1),
                                (g, s) -> {
                                    if (up > 1) {
                                        skip.put(g, s);
                                    } else {
                                        halfSum.addi(weightedSum(s, weights(s, g * group)));
                                    }
                                });
            }
            // Decoder block 2: the mean over supports before the convolution.
            CrossBlock last = decoder[DECODERS - 1];
            NDArray mean = upsample(halfSum, 0).concat(fullSum, 1); // [1, 2f, H, W]
            q = upsample(q, 0).concat(querySkips[0], 1); // [1, 2f, H, W]
            q = last.queryPart(q).addi(conv(mean, last.crossSupport, null));
            q = conv(last.queryBranch(q), headWeight, headBias); // [1, 1, H, W]
            return q.toFloatArray();
        }

        /**
         * One cross block over all supports, group by group.
         *
         * @param q [1, C, h, w]
         * @param in gives [G, C, h, w]
         * @param out takes [G, f, h, w]
         * @return the query's features [1, f, h, w], attached to the pass
         */
        private NDArray crossBlock(CrossBlock block, NDArray q, Source in, Sink out) {
            NDArray queryPart = block.queryPart(q);
            NDArray mean = queryPart.zerosLike();
            for (int g = 0; g < groups; g++) {
                try (NDManager scratch = manager.newSubManager()) {
                    NDArray s = in.group(g, scratch);
                    NDArray z = conv(s, block.crossSupport, null).addi(queryPart); // step 1
                    mean.addi(weightedSum(z, weights(z, g * group))); // step 2
                    out.accept(g, leakyRelu(conv(z, block.support, block.supportBias))); // step 4
                }
            }
            return block.queryBranch(mean); // step 3
        }

        /**
         * Encoder block 0 with its two convolutions of the supports folded into one.
         *
         * @param q [1, 1, H, W]
         * @param pooled receives the supports' features [G, f, H/2, W/2]
         * @param fullSum [1, f, H, W], receives their weighted sum
         */
        private NDArray firstBlock(NDArray q, Features pooled, NDArray fullSum) {
            CrossBlock block = encoder[0];
            NDArray queryPart = block.queryPart(q);
            NDArray shared = conv(queryPart, block.support, block.supportBias);
            NDArray mean = manager.zeros(new Shape(1, h, w, 2)).transpose(0, 3, 1, 2);
            for (int g = 0; g < groups; g++) {
                try (NDManager scratch = manager.newSubManager()) {
                    NDList halves = new NDList();
                    int end = Math.min(supports.size(), (g + 1) * group);
                    for (int k = g * group; k < end; k += chunk) {
                        try (NDManager inner = manager.newSubManager()) {
                            NDArray s = pixels(inner, k, Math.min(end, k + chunk));
                            NDArray share = weights(s, k);
                            mean.addi(weightedSum(s, share));
                            NDArray out = leakyRelu(first.apply(s).addi(shared)); // step 4
                            fullSum.addi(weightedSum(out, share));
                            NDArray half = maxPool(out);
                            half.attach(scratch);
                            halves.add(half);
                        }
                    }
                    pooled.put(g, NDArrays.concat(halves, 0));
                }
            }
            // Steps 1 to 3 at once.
            return block.queryBranch(queryPart.addi(conv(mean, block.crossSupport, null)));
        }

        /** Image and label of supports {@code from} to {@code to}: [n, 2, H, W]. */
        private NDArray pixels(NDManager inner, int from, int to) {
            ByteBuffer values = staging.slice(0, (to - from) * h * w * 2 * Float.BYTES);
            FloatBuffer floats = values.order(ByteOrder.nativeOrder()).asFloatBuffer();
            for (Support support : supports.subList(from, to)) {
                float[] image = support.encoding().image();
                float[] label = support.encoding().label();
                for (int i = 0; i < h * w; i++) {
                    floats.put(image[i]).put(label[i]);
                }
            }
            return Layers.image(inner, values, to - from, h, w, 2);
        }

        /** Weights of as many supports as {@code s} holds, from one on: [1, n] beside {@code s}. */
        private NDArray weights(NDArray s, int from) {
            float[] values = new float[(int) s.getShape().get(0)];
            for (int k = 0; k < values.length; k++) {
                values[k] = (float) supports.get(from + k).weight();
            }
            return s.getManager().create(values, new Shape(1, values.length));
        }

        private NDArray upsample(NDArray x, int to) {
            return Layers.upsample(x, doubleRows[to], doubleColumns[to]);
        }

        /** [n, f, H / 2^level, W / 2^level], channels-last. */
        private NDArray zeros(int n, int level) {
            return manager.zeros(new Shape(n, h >> level, w >> level, features))
                    .transpose(0, 3, 1, 2);
        }
    }

    /**
     * Encoder block 0's support branch as one convolution of the support's two channels.
     *
     * <p>The 5 x 5 kernel is the composition of both 3 x 3 kernels. Alone it would also let through
     * the first convolution's values on the ring of pixels just outside the image, where the second
     * one sees zeros; so what each side of the ring adds is taken off again. The corners of the
     * ring go with its rows.
     */
    private final class FoldedBlock {
        private final NDArray folded;
        private final Side[] sides;

        /**
         * One side of the ring.
         *
         * @param pixels of the image that the ring sees, and that the ring is seen from
         * @param inner the first kernel's part that leads from these pixels to the ring
         * @param outer the second kernel's part that leads back
         */
        private record Side(NDIndex pixels, NDArray inner, NDArray outer, int padH, int padW) {}

        FoldedBlock(StateDict weights, String name) {
            int f = features;
            float[] inner = inputs(values(weights, name + ".cross.cross_conv.weight"), f, 3, 1, 3);
            float[] outer = values(weights, name + ".support.vmapped.conv.weight");
            folded = kernel(model.weights(), compose(inner, outer, f), f, 2, 5, 5);
            sides =
                    new Side[] {
                        row(":, :, 0:1, :", inner, 2, outer, 0),
                        row(":, :, -1:, :", inner, 0, outer, 2),
                        column(":, :, :, 0:1", inner, 2, outer, 0),
                        column(":, :, :, -1:", inner, 0, outer, 2)
                    };
        }

        private Side row(String pixels, float[] inner, int innerRow, float[] outer, int outerRow) {
            // Two columns of padding: the ring's row is two pixels longer than the image's.
            return new Side(
                    new NDIndex(pixels),
                    kernel(model.weights(), line(inner, innerRow * 3, 1), features, 2, 1, 3),
                    kernel(model.weights(), line(outer, outerRow * 3, 1), features, features, 1, 3),
                    0,
                    2);
        }

        private Side column(String pixels, float[] inner, int innerCol, float[] outer, int outCol) {
            return new Side(
                    new NDIndex(pixels),
                    kernel(model.weights(), line(inner, innerCol, 3), features, 2, 3, 1),
                    kernel(model.weights(), line(outer, outCol, 3), features, features, 3, 1),
                    1,
                    0);
        }

        /**
         * @param s [n, 2, H, W]
         * @return Conv_s(W_s s) without biases, [n, f, H, W]
         */
        NDArray apply(NDArray s) {
            NDArray out = conv(s, folded, null);
            for (Side side : sides) {
                NDArray ring = conv(s.get(side.pixels), side.inner, null, side.padH, side.padW);
                // A row of the ring brings its own two ends; a column is padded to keep its length.
                NDArray excess = conv(ring, side.outer, null, side.padH, 0);
                out.get(side.pixels).subi(excess);
            }
            return out;
        }
    }

    /** Three elements, {@code step} apart, of every 3 x 3 kernel in a weight. */
    private static float[] line(float[] weight, int start, int step) {
        float[] line = new float[weight.length / 3];
        for (int i = 0; i < line.length; i++) {
            line[i] = weight[i / 3 * 9 + start + i % 3 * step];
        }
        return line;
    }

    /**
     * The kernel of two convolutions in a row.
     *
     * @param inner [f, 2, 3, 3], applied first
     * @param outer [f, f, 3, 3]
     * @return [f, 2, 5, 5], summed in double
     */
    private static float[] compose(float[] inner, float[] outer, int f) {
        double[] sum = new double[f * 2 * 25];
        for (int o = 0; o < f; o++) {
            for (int m = 0; m < f; m++) {
                for (int a = 0; a < 9; a++) {
                    double factor = outer[(o * f + m) * 9 + a];
                    for (int c = 0; c < 2; c++) {
                        for (int b = 0; b < 9; b++) {
                            int at = (a / 3 + b / 3) * 5 + a % 3 + b % 3;
                            sum[(o * 2 + c) * 25 + at] += factor * inner[(m * 2 + c) * 9 + b];
                        }
                    }
                }
            }
        }
        float[] kernel = new float[sum.length];
        for (int i = 0; i < kernel.length; i++) {
            kernel[i] = (float) sum[i];
        }
        return kernel;
    }

    /** Supports that pass together at full resolution; twice as many do at half of it. */
    static int chunk(long arrayBytes, int features, int h, int w) {
        long map = 4L * features * h * w;
        return Math.clamp(arrayBytes / map, 1, MAX_CHUNK);
    }

    @Override
    public Cost cost(int k, int height, int width, int labels) {
        return UniverSegCost.of(features, k, height, width).times(labels);
    }

    /** Arrays that the weights hold, for leak tests. */
    int weightArrays() {
        return model.arrays();
    }

    @Override
    public void close() {
        model.close();
    }
}
