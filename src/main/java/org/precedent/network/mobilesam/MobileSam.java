package org.precedent.network.mobilesam;

import static org.precedent.tensor.Layers.gelu;
import static org.precedent.tensor.Layers.kernel;
import static org.precedent.tensor.Layers.layerNorm;
import static org.precedent.tensor.Layers.linear;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.precedent.network.ImageEncoder;
import org.precedent.network.NetworkException;
import org.precedent.tensor.Layers;
import org.precedent.tensor.LoadedModel;
import org.precedent.tensor.Torch;
import org.precedent.weights.StateDict;
import org.precedent.weights.Tensor;

/**
 * The image encoder of MobileSAM (Zhang et al., 2023): TinyViT (Wu et al., ECCV 2022) of 5 million
 * parameters, with Segment Anything's neck. 1024 x 1024 pixels become 64 x 64 cells of 256
 * components:
 *
 * <pre>
 *   patch_embed  1024 -> 256    3 -> 64   two 3 x 3 convolutions of stride 2
 *   layers.0      256 -> 128   64 -> 128  2 MBConv; patch merging
 *   layers.1      128 -> 64   128 -> 160  2 blocks, 4 heads, windows of 7; patch merging
 *   layers.2       64         160 -> 320  6 blocks, 5 heads, windows of 14; patch merging, stride 1
 *   layers.3       64         320         2 blocks, 10 heads, windows of 7
 *   neck           64         320 -> 256  1 x 1 and 3 x 3 convolution, a layer norm after each
 * </pre>
 *
 * <p>The same function with less work: batch norms are folded into their convolutions, and the
 * tokens that pad the attention's windows, all equal, are projected once, at load.
 *
 * <p>Longer than others because it is the paper's network from top to bottom: each part stands with
 * its weights beside its pass, in the paper's order, and is used nowhere else.
 *
 * <p>A feature map is [H, W, C] here, one image, so that a 1 x 1 convolution is a matrix product.
 * It passes through a layer in bands of rows, because between a layer's two ends it is up to four
 * times as wide: 64 MB of one array at 256 x 256. GELU is the exact one.
 */
public final class MobileSam implements ImageEncoder {
    /** The name of this network. */
    public static final String NAME = "mobilesam";

    /** Side of its input; its window grids fit no other. */
    public static final int NATIVE_SIZE = 1024;

    /** C of the output. */
    static final int CHANNELS = 256;

    private static final int STRIDE = 16;

    /** The encoder's part of the official checkpoint; its other parts are not read. */
    private static final String PREFIX = "image_encoder.";

    /** Of red, green and blue over ImageNet, as 8-bit values. */
    private static final float[] MEAN = {123.675f, 116.28f, 103.53f};

    private static final float[] DEVIATION = {58.395f, 57.12f, 57.375f};

    static final int PATCH_DIM = 32;
    static final int HEAD_DIM = 32;
    static final int EXPANSION = 4;
    private static final int CLASSES = 1000;
    private static final double BATCH_NORM_EPSILON = 1e-5;
    private static final float LAYER_NORM_EPSILON = 1e-5f;
    private static final float NECK_EPSILON = 1e-6f;

    /**
     * One stage of blocks on one grid.
     *
     * @param side of its grid
     * @param dim C of it
     * @param blocks how many
     * @param window side of their attention's windows; 0 where the blocks are convolutions
     * @param downsample stride of the patch merging at the stage's end; 0 where there is none
     */
    record Stage(int side, int dim, int blocks, int window, int downsample) {
        int heads() {
            return dim / HEAD_DIM;
        }
    }

    static final List<Stage> STAGES =
            List.of(
                    new Stage(256, 64, 2, 0, 2),
                    new Stage(128, 128, 2, 7, 2),
                    new Stage(64, 160, 6, 14, 1),
                    new Stage(64, 320, 2, 7, 0));

    /** Largest array of a band, in bytes: with ten times as much it takes 1.8 times the time. */
    static final long BAND_BYTES = 8 << 20;

    private final Torch torch;
    private final long bandBytes;
    private final String weightsSha256;
    private final LoadedModel model;
    private final PatchEmbed patchEmbed;
    private final List<List<UnaryOperator<NDArray>>> stages = new ArrayList<>();
    private final Neck neck;

    /**
     * @param torch where it runs; stays the caller's to close
     * @param checkpoint the encoder under {@code image_encoder.}, beside anything else, or the
     *     encoder alone without a prefix; its classification head feeds nothing and may be missing
     * @throws NetworkException when names or shapes are others
     */
    public MobileSam(Torch torch, StateDict checkpoint) {
        this(torch, checkpoint, BAND_BYTES);
    }

    /**
     * @param bandBytes instead of {@link #BAND_BYTES}, for tests and measurements
     */
    MobileSam(Torch torch, StateDict checkpoint, long bandBytes) {
        StateDict weights = checkpoint.part(PREFIX);
        weights.require(NAME, parameterShapes(), deadParameters());
        this.torch = torch;
        this.bandBytes = bandBytes;
        this.weightsSha256 = weights.sha256();
        this.model = new LoadedModel(NAME, torch);
        this.patchEmbed = new PatchEmbed(weights, "patch_embed.seq");
        for (int s = 0; s < STAGES.size(); s++) {
            Stage stage = STAGES.get(s);
            List<UnaryOperator<NDArray>> layers = new ArrayList<>();
            for (int b = 0; b < stage.blocks(); b++) {
                String name = "layers." + s + ".blocks." + b;
                layers.add(
                        stage.window() == 0
                                ? new MbConv(weights, name)
                                : new Block(weights, name, stage));
            }
            if (stage.downsample() > 0) {
                layers.add(
                        new PatchMerging(
                                weights, "layers." + s + ".downsample", stage.downsample()));
            }
            stages.add(layers);
        }
        this.neck = new Neck(weights, "neck");
    }

    /** Names and shapes of all tensors of the encoder, in the order of the official file. */
    static Map<String, long[]> parameterShapes() {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        convShapes(shapes, "patch_embed.seq.0", PATCH_DIM, 3, 3);
        convShapes(shapes, "patch_embed.seq.2", STAGES.getFirst().dim(), PATCH_DIM, 3);
        for (int s = 0; s < STAGES.size(); s++) {
            Stage stage = STAGES.get(s);
            int dim = stage.dim();
            for (int b = 0; b < stage.blocks(); b++) {
                String block = "layers." + s + ".blocks." + b;
                if (stage.window() == 0) {
                    bottleneckShapes(shapes, block, dim, EXPANSION * dim, dim);
                } else {
                    long window = (long) stage.window() * stage.window();
                    shapes.put(
                            block + ".attn.attention_biases", new long[] {stage.heads(), window});
                    affineShapes(shapes, block + ".attn.norm", dim);
                    affineShapes(shapes, block + ".attn.qkv", 3 * dim, dim);
                    affineShapes(shapes, block + ".attn.proj", dim, dim);
                    affineShapes(shapes, block + ".mlp.norm", dim);
                    affineShapes(shapes, block + ".mlp.fc1", EXPANSION * dim, dim);
                    affineShapes(shapes, block + ".mlp.fc2", dim, EXPANSION * dim);
                    convShapes(shapes, block + ".local_conv", dim, 1, 3);
                }
            }
            if (stage.downsample() > 0) {
                int next = STAGES.get(s + 1).dim();
                bottleneckShapes(shapes, "layers." + s + ".downsample", dim, next, next);
            }
        }
        int last = STAGES.getLast().dim();
        affineShapes(shapes, "norm_head", last);
        affineShapes(shapes, "head", CLASSES, last);
        shapes.put("neck.0.weight", new long[] {CHANNELS, last, 1, 1});
        affineShapes(shapes, "neck.1", CHANNELS);
        shapes.put("neck.2.weight", new long[] {CHANNELS, CHANNELS, 3, 3});
        affineShapes(shapes, "neck.3", CHANNELS);
        return shapes;
    }

    private static void bottleneckShapes(
            Map<String, long[]> shapes, String name, int in, int hidden, int out) {
        convShapes(shapes, name + ".conv1", hidden, in, 1);
        convShapes(shapes, name + ".conv2", hidden, 1, 3);
        convShapes(shapes, name + ".conv3", out, hidden, 1);
    }

    private static void convShapes(
            Map<String, long[]> shapes, String name, int out, int in, int side) {
        shapes.put(name + ".c.weight", new long[] {out, in, side, side});
        affineShapes(shapes, name + ".bn", out);
        shapes.put(name + ".bn.running_mean", new long[] {out});
        shapes.put(name + ".bn.running_var", new long[] {out});
        shapes.put(name + ".bn.num_batches_tracked", new long[] {});
    }

    private static void affineShapes(Map<String, long[]> shapes, String name, long... weight) {
        shapes.put(name + ".weight", weight);
        shapes.put(name + ".bias", new long[] {weight[0]});
    }

    /** The classification head, and counters of the training. */
    static Set<String> deadParameters() {
        Set<String> dead = new LinkedHashSet<>();
        for (String name : parameterShapes().keySet()) {
            if (name.startsWith("norm_head.")
                    || name.startsWith("head.")
                    || name.endsWith(".num_batches_tracked")) {
                dead.add(name);
            }
        }
        return dead;
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
    public int channels() {
        return CHANNELS;
    }

    @Override
    public int stride() {
        return STRIDE;
    }

    @Override
    public FeatureGrid encode(int height, int width, byte[] rgb) {
        if (Math.max(height, width) != NATIVE_SIZE || Math.min(height, width) < 1) {
            throw NetworkException.longerSideRefused(height, width, NATIVE_SIZE);
        }
        if (rgb.length != height * width * MEAN.length) {
            throw new IllegalArgumentException(
                    rgb.length + " samples for " + height + " x " + width + " x 3");
        }
        int down = Math.ceilDiv(height, STRIDE);
        int across = Math.ceilDiv(width, STRIDE);
        float[] features =
                forward(
                        normalised(height, width, rgb),
                        (stage, x) -> {},
                        x ->
                                x.get(new NDIndex().addSliceDim(0, down).addSliceDim(0, across))
                                        .toFloatArray());
        NetworkException.requireFinite(NAME, features);
        return new FeatureGrid(down, across, CHANNELS, features);
    }

    /** [1024, 1024, 3]; zero, which is the mean colour, right of the image and below. */
    private static float[] normalised(int height, int width, byte[] rgb) {
        float[] image = new float[NATIVE_SIZE * NATIVE_SIZE * MEAN.length];
        for (int y = 0; y < height; y++) {
            int to = y * NATIVE_SIZE * MEAN.length;
            int from = y * width * MEAN.length;
            for (int i = 0; i < width * MEAN.length; i++) {
                int c = i % MEAN.length;
                image[to + i] = ((rgb[from + i] & 0xff) - MEAN[c]) / DEVIATION[c];
            }
        }
        return image;
    }

    /**
     * The whole encoder.
     *
     * @param image [1024, 1024, 3] normalised
     * @param probe told the map after each stage, for tests
     * @param read takes what the caller needs of the output, [64, 64, 256]
     */
    <T> T forward(float[] image, BiConsumer<String, NDArray> probe, Function<NDArray, T> read) {
        model.requireOpen();
        return torch.call(scratch -> {
            NDArray x = scratch.create(image, new Shape(NATIVE_SIZE, NATIVE_SIZE, MEAN.length));
            x = inPlaceOf(x, patchEmbed);
            probe.accept("patch_embed", x);
            for (int s = 0; s < stages.size(); s++) {
                for (UnaryOperator<NDArray> layer : stages.get(s)) {
                    x = inPlaceOf(x, layer);
                }
                probe.accept("layers." + s, x);
            }
            x = inPlaceOf(x, neck);
            probe.accept("neck", x);
            return read.apply(x);
        });
    }

    /** A layer's output, attached where its input was; the input and all between is released. */
    private static NDArray inPlaceOf(NDArray x, UnaryOperator<NDArray> layer) {
        NDManager manager = x.getManager();
        try (NDManager scratch = manager.newSubManager()) {
            x.attach(scratch);
            NDArray y = layer.apply(x);
            y.attach(manager);
            return y;
        }
    }

    /**
     * Rows {@code from} to {@code to} of the output of a 3 x 3 convolution that pads by 1, and the
     * rows {@code inFrom} to {@code inTo} of its input that these depend on.
     *
     * @param skip rows of the output of the convolution on just these input rows that come before
     *     {@code from}: made with zeros where the input goes on
     */
    private record Band(int from, int to, int inFrom, int inTo, int skip) {
        static Band of(int from, int to, int stride, int inputRows) {
            int first = Math.max(0, from - 1);
            int inTo = Math.min(inputRows, stride * (to - 1) + 2);
            return new Band(from, to, stride * first, inTo, from - first);
        }

        /** Of this band's input rows. */
        NDArray input(NDArray x) {
            return rows(x, inFrom, inTo);
        }

        /** Of the convolution's output on {@link #input}, the rows that are right. */
        NDArray output(NDArray y) {
            return rows(y, skip, skip + to - from);
        }

        /** Of the input rows, stride 1, those in the output rows' places. */
        NDArray residual(NDArray x) {
            return rows(x, from, to);
        }
    }

    private static NDArray rows(NDArray x, int from, int to) {
        return from == 0 && to == x.getShape().get(0)
                ? x
                : x.get(new NDIndex().addSliceDim(from, to));
    }

    /** Makes one band of an output. */
    private interface BandLayer {
        /**
         * @param x the whole input, attached to a manager of this band
         */
        NDArray apply(NDArray x, int from, int to);
    }

    /**
     * An output made in bands of rows.
     *
     * @param outputRows of the whole
     * @param rowBytes what the widest array takes for a row of output
     * @param unit bands are whole multiples of this many rows
     */
    private NDArray inBands(NDArray x, int outputRows, long rowBytes, int unit, BandLayer layer) {
        NDManager manager = x.getManager();
        int most = (int) Math.max(1, bandBytes / (rowBytes * unit));
        int units = Math.ceilDiv(outputRows, unit);
        // Bands of equal size, but for rounding.
        int height = Math.ceilDiv(units, Math.ceilDiv(units, most)) * unit;
        NDList bands = new NDList();
        for (int from = 0; from < outputRows; from += height) {
            int to = Math.min(outputRows, from + height);
            try (NDManager scratch = manager.newSubManager()) {
                x.attach(scratch);
                NDArray band = layer.apply(x, from, to);
                band.attach(manager);
                bands.add(band);
                x.attach(manager);
            }
        }
        return bands.size() == 1 ? bands.getFirst() : NDArrays.concat(bands, 0);
    }

    private static long bytes(long width, long channels) {
        return width * channels * Float.BYTES;
    }

    private static int height(NDArray x) {
        return (int) x.getShape().get(0);
    }

    private static int width(NDArray x) {
        return (int) x.getShape().get(1);
    }

    private static int channels(NDArray x) {
        return (int) x.getShape().get(2);
    }

    /** A convolution without bias and the batch norm after it, as one convolution with bias. */
    private final class ConvBn {
        private final int out;
        private final int in;
        private final int side;
        private final NDArray weight;
        private final NDArray bias;

        ConvBn(StateDict weights, String name) {
            Tensor convolution = weights.get(name + ".c.weight");
            float[] gamma = values(weights, name + ".bn.weight");
            float[] beta = values(weights, name + ".bn.bias");
            float[] mean = values(weights, name + ".bn.running_mean");
            float[] variance = values(weights, name + ".bn.running_var");
            out = (int) convolution.shape()[0];
            in = (int) convolution.shape()[1];
            side = (int) convolution.shape()[2];
            float[] folded = convolution.values().clone();
            float[] shift = new float[out];
            int each = folded.length / out;
            for (int o = 0; o < out; o++) {
                double scale = gamma[o] / Math.sqrt(variance[o] + BATCH_NORM_EPSILON);
                for (int i = o * each; i < (o + 1) * each; i++) {
                    folded[i] = (float) (folded[i] * scale);
                }
                shift[o] = (float) (beta[o] - mean[o] * scale);
            }
            weight =
                    side == 1
                            ? matrix(folded, out, in)
                            : kernel(model.weights(), folded, out, in, side, side);
            bias = model.weights().create(shift);
        }

        /** 1 x 1: [H, W, I] to [H, W, O]. */
        NDArray pointwise(NDArray x) {
            return linear(x, weight, bias);
        }

        /** 3 x 3, padded by 1: [H, W, I] to [ceil(H / stride), ceil(W / stride), O]. */
        NDArray spatial(NDArray x, int stride) {
            return spatialConv(x, weight, bias, stride, in == 1 ? out : 1);
        }
    }

    private static NDArray spatialConv(
            NDArray x, NDArray weight, @Nullable NDArray bias, int stride, int groups) {
        NDArray image = x.expandDims(0).transpose(0, 3, 1, 2); // [1, I, H, W]
        NDArray y = Layers.conv(image, weight, bias, stride, 1, 1, groups); // [1, O, h, w]
        return y.transpose(0, 2, 3, 1).squeeze(0); // [h, w, O]
    }

    private static float[] values(StateDict weights, String name) {
        return weights.get(name).values();
    }

    private NDArray matrix(float[] values, int out, int in) {
        return model.weights().create(values, new Shape(out, in));
    }

    private NDArray matrix(StateDict weights, String name) {
        Tensor tensor = weights.get(name);
        return matrix(tensor.values(), (int) tensor.shape()[0], (int) tensor.shape()[1]);
    }

    private NDArray vector(StateDict weights, String name) {
        return model.weights().create(values(weights, name));
    }

    /** [1024, 1024, 3] to [256, 256, 64]. */
    private final class PatchEmbed implements UnaryOperator<NDArray> {
        private final ConvBn first;
        private final ConvBn second;

        PatchEmbed(StateDict weights, String name) {
            first = new ConvBn(weights, name + ".0");
            second = new ConvBn(weights, name + ".2");
        }

        @Override
        public NDArray apply(NDArray x) {
            int h = height(x) / 2;
            long rowBytes = 2 * bytes(width(x) / 2, first.out);
            return inBands(
                    x,
                    h / 2,
                    rowBytes,
                    1,
                    (image, from, to) -> {
                        Band outer = Band.of(from, to, 2, h);
                        Band inner = Band.of(outer.inFrom(), outer.inTo(), 2, 2 * h);
                        NDArray half = inner.output(first.spatial(inner.input(image), 2));
                        return outer.output(second.spatial(gelu(half), 2));
                    });
        }
    }

    /** Inverted bottleneck with a residual: [H, W, C] to the same. */
    private final class MbConv implements UnaryOperator<NDArray> {
        private final ConvBn expand;
        private final ConvBn depthwise;
        private final ConvBn project;

        MbConv(StateDict weights, String name) {
            expand = new ConvBn(weights, name + ".conv1");
            depthwise = new ConvBn(weights, name + ".conv2");
            project = new ConvBn(weights, name + ".conv3");
        }

        @Override
        public NDArray apply(NDArray x) {
            return inBands(
                    x,
                    height(x),
                    bytes(width(x), expand.out),
                    1,
                    (all, from, to) -> {
                        Band band = Band.of(from, to, 1, height(all));
                        NDArray wide = gelu(expand.pointwise(band.input(all)));
                        NDArray mixed = gelu(band.output(depthwise.spatial(wide, 1)));
                        NDArray y = project.pointwise(mixed);
                        return gelu(y.addi(band.residual(all)));
                    });
        }
    }

    /** [H, W, C] to [H / stride, W / stride, C']. */
    private final class PatchMerging implements UnaryOperator<NDArray> {
        private final ConvBn expand;
        private final ConvBn depthwise;
        private final ConvBn project;
        private final int stride;

        PatchMerging(StateDict weights, String name, int stride) {
            expand = new ConvBn(weights, name + ".conv1");
            depthwise = new ConvBn(weights, name + ".conv2");
            project = new ConvBn(weights, name + ".conv3");
            this.stride = stride;
        }

        @Override
        public NDArray apply(NDArray x) {
            return inBands(
                    x,
                    height(x) / stride,
                    stride * bytes(width(x), expand.out),
                    1,
                    (all, from, to) -> {
                        Band band = Band.of(from, to, stride, height(all));
                        NDArray wide = gelu(expand.pointwise(band.input(all)));
                        NDArray mixed = gelu(band.output(depthwise.spatial(wide, stride)));
                        return project.pointwise(mixed);
                    });
        }
    }

    /** TinyViT block: [H, W, C] to the same. */
    private final class Block implements UnaryOperator<NDArray> {
        private final Attention attention;
        private final ConvBn localConv;
        private final Mlp mlp;

        Block(StateDict weights, String name, Stage stage) {
            attention = new Attention(weights, name + ".attn", stage);
            localConv = new ConvBn(weights, name + ".local_conv");
            mlp = new Mlp(weights, name + ".mlp");
        }

        @Override
        public NDArray apply(NDArray x) {
            NDArray y = inPlaceOf(x, attention);
            y = inPlaceOf(y, z -> localConv.spatial(z, 1)); // no residual around this one
            return inPlaceOf(y, mlp);
        }
    }

    /**
     * x + attention in windows, with a learnt bias for every distance between two places of a
     * window.
     *
     * <p>The grid is padded with zeros, below and right, to whole windows, before the layer norm;
     * nothing is masked. So a padded token is the norm's bias and takes part as key and value.
     */
    private final class Attention implements UnaryOperator<NDArray> {
        private final int window;
        private final int heads;
        private final NDArray normWeight;
        private final NDArray normBias;
        private final NDArray qkv;
        private final NDArray qkvBias;
        private final NDArray padded;
        private final NDArray distanceBias;
        private final NDArray proj;
        private final NDArray projBias;

        Attention(StateDict weights, String name, Stage stage) {
            window = stage.window();
            heads = stage.heads();
            int c = stage.dim();
            normWeight = vector(weights, name + ".norm.weight");
            normBias = vector(weights, name + ".norm.bias");
            float[] weight = new float[3 * c * c];
            float[] bias = new float[3 * c];
            float[] paddedToken = new float[3 * c];
            reorder(weights, name, weight, bias, paddedToken);
            qkv = matrix(weight, 3 * c, c);
            qkvBias = model.weights().create(bias);
            padded = model.weights().create(paddedToken, new Shape(1, 1, 3L * c));
            distanceBias = distances(values(weights, name + ".attention_biases"));
            proj = matrix(weights, name + ".proj.weight");
            projBias = vector(weights, name + ".proj.bias");
        }

        /**
         * From the file's order [head][q, k, v][32] to [q, k, v][head][32], with the scale of the
         * logits in q; and what a padded token becomes.
         */
        private void reorder(
                StateDict weights, String name, float[] weight, float[] bias, float[] paddedToken) {
            int c = heads * HEAD_DIM;
            float[] fileWeight = values(weights, name + ".qkv.weight");
            float[] fileBias = values(weights, name + ".qkv.bias");
            float[] token = values(weights, name + ".norm.bias");
            for (int row = 0; row < 3 * c; row++) {
                int part = row / c;
                int head = row % c / HEAD_DIM;
                int from = (head * 3 + part) * HEAD_DIM + row % HEAD_DIM;
                double scale = part == 0 ? 1 / Math.sqrt(HEAD_DIM) : 1;
                double sum = fileBias[from];
                for (int i = 0; i < c; i++) {
                    weight[row * c + i] = (float) (scale * fileWeight[from * c + i]);
                    sum += (double) fileWeight[from * c + i] * token[i];
                }
                bias[row] = (float) (scale * fileBias[from]);
                paddedToken[row] = (float) (scale * sum);
            }
        }

        /**
         * [1, heads, n, n] for the n places of a window, row-major.
         *
         * @param table [heads, window^2]: of |dy| window + |dx|
         */
        private NDArray distances(float[] table) {
            int n = window * window;
            float[] bias = new float[heads * n * n];
            for (int head = 0; head < heads; head++) {
                for (int p = 0; p < n; p++) {
                    for (int q = 0; q < n; q++) {
                        int dy = Math.abs(p / window - q / window);
                        int dx = Math.abs(p % window - q % window);
                        bias[(head * n + p) * n + q] = table[head * n + dy * window + dx];
                    }
                }
            }
            return model.weights().create(bias, new Shape(1, heads, n, n));
        }

        @Override
        public NDArray apply(NDArray x) {
            long across = Math.ceilDiv(width(x), window);
            long qkvBytes = bytes(across * window, 3L * channels(x));
            long logitBytes = bytes(across * heads * window * window, window);
            return inBands(x, height(x), Math.max(qkvBytes, logitBytes), window, this::windowRows);
        }

        /** Whole rows of windows, but for the rows that the last one lacks. */
        private NDArray windowRows(NDArray all, int from, int to) {
            int n = window * window;
            int c = channels(all);
            int down = Math.ceilDiv(to - from, window);
            int across = Math.ceilDiv(width(all), window);
            long windows = (long) down * across * heads;
            NDArray x = rows(all, from, to); // [h, W, C]
            NDArray normal = layerNorm(x, normWeight, normBias, LAYER_NORM_EPSILON);
            NDArray projected = pad(linear(normal, qkv, qkvBias), down, across);
            NDArray parts =
                    projected
                            .reshape(down, window, across, window, 3, heads, HEAD_DIM)
                            .transpose(4, 0, 2, 5, 1, 3, 6)
                            .reshape(3, windows, n, HEAD_DIM);
            NDArray q = parts.get(0); // [windows, n, 32]
            NDArray k = parts.get(1);
            NDArray v = parts.get(2);
            NDArray logits = q.batchMatMul(k.transpose(0, 2, 1)); // [windows, n, n]
            logits.reshape((long) down * across, heads, n, n).addi(distanceBias);
            NDArray mixed = logits.softmax(2).batchMatMul(v); // [windows, n, 32]
            NDArray joined =
                    mixed.reshape(down, across, heads, window, window, HEAD_DIM)
                            .transpose(0, 3, 1, 4, 2, 5)
                            .reshape((long) down * window, (long) across * window, c);
            NDArray cropped =
                    joined.get(new NDIndex().addSliceDim(0, to - from).addSliceDim(0, width(all)));
            return linear(cropped, proj, projBias).addi(x);
        }

        /** [h, W, 3C] to whole windows. */
        private NDArray pad(NDArray x, int down, int across) {
            long h = height(x);
            long w = width(x);
            NDArray wide = x;
            if (w < (long) across * window) {
                wide = x.concat(padding(x, h, (long) across * window - w), 1);
            }
            if (h < (long) down * window) {
                NDArray below = padding(x, (long) down * window - h, (long) across * window);
                wide = wide.concat(below, 0);
            }
            return wide;
        }

        private NDArray padding(NDArray x, long h, long w) {
            NDArray padding = padded.broadcast(new Shape(h, w, channels(x)));
            padding.attach(x.getManager());
            return padding;
        }
    }

    /** x + MLP(x): [H, W, C] to the same. */
    private final class Mlp implements UnaryOperator<NDArray> {
        private final NDArray normWeight;
        private final NDArray normBias;
        private final NDArray expand;
        private final NDArray expandBias;
        private final NDArray project;
        private final NDArray projectBias;

        Mlp(StateDict weights, String name) {
            normWeight = vector(weights, name + ".norm.weight");
            normBias = vector(weights, name + ".norm.bias");
            expand = matrix(weights, name + ".fc1.weight");
            expandBias = vector(weights, name + ".fc1.bias");
            project = matrix(weights, name + ".fc2.weight");
            projectBias = vector(weights, name + ".fc2.bias");
        }

        @Override
        public NDArray apply(NDArray x) {
            return inBands(
                    x,
                    height(x),
                    bytes(width(x), (long) EXPANSION * channels(x)),
                    1,
                    (all, from, to) -> {
                        NDArray band = rows(all, from, to);
                        NDArray normal = layerNorm(band, normWeight, normBias, LAYER_NORM_EPSILON);
                        NDArray hidden = gelu(linear(normal, expand, expandBias));
                        return linear(hidden, project, projectBias).addi(band);
                    });
        }
    }

    /** [64, 64, 320] to [64, 64, 256]. The norms are per cell, over channels. */
    private final class Neck implements UnaryOperator<NDArray> {
        private final NDArray project;
        private final NDArray firstNormWeight;
        private final NDArray firstNormBias;
        private final NDArray spatial;
        private final NDArray secondNormWeight;
        private final NDArray secondNormBias;

        Neck(StateDict weights, String name) {
            int in = STAGES.getLast().dim();
            project = matrix(values(weights, name + ".0.weight"), CHANNELS, in);
            firstNormWeight = vector(weights, name + ".1.weight");
            firstNormBias = vector(weights, name + ".1.bias");
            float[] kernel = values(weights, name + ".2.weight");
            spatial = kernel(model.weights(), kernel, CHANNELS, CHANNELS, 3, 3);
            secondNormWeight = vector(weights, name + ".3.weight");
            secondNormBias = vector(weights, name + ".3.bias");
        }

        @Override
        public NDArray apply(NDArray x) {
            NDArray y = linear(x, project, null);
            y = layerNorm(y, firstNormWeight, firstNormBias, NECK_EPSILON);
            y = spatialConv(y, spatial, null, 1, 1);
            return layerNorm(y, secondNormWeight, secondNormBias, NECK_EPSILON);
        }
    }

    @Override
    public Cost cost(int k, int height, int width, int labels) {
        return MobileSamCost.of();
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
