package org.precedent.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.nn.pooling.Pool;
import java.nio.Buffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The layers that networks are made of, on arrays of logical shape [B, C, H, W] whose memory is
 * channels-last. DJL knows no memory formats, but a transposed view of a [B, H, W, C] array is one,
 * and libtorch keeps it from layer to layer: convolutions then run without reordering their inputs
 * and outputs, and pooling reads whole vectors. On two cores at 64 channels this is 1.3 to 2 times
 * the speed of a convolution, and 15 times that of pooling, on [B, C, H, W] memory.
 *
 * <p>Every result is attached to the first argument's manager, unless said otherwise.
 */
public final class Layers {
    /** PyTorch's default slope for negative inputs. */
    static final float LEAKY_SLOPE = 0.01f;

    /** PyTorch's default for group norms. */
    static final float NORM_EPSILON = 1e-5f;

    /** Channels that oneDNN takes at a time, with instructions of 512 bits and of 256. */
    private static final int BLOCK = 16;

    private static final int HALF_BLOCK = 8;

    private static final NDIndex AFTER_FIRST = new NDIndex(":, 1:, 1:, :");
    private static final Shape ONE = new Shape(1, 1);
    private static final Shape TWO = new Shape(2, 2);
    private static final Shape ZERO = new Shape(0, 0);

    private Layers() {}

    /**
     * An array from values that lie channels-last.
     *
     * @param values [B, H, W, C] row-major
     * @return [B, C, H, W] float32, attached to {@code manager}
     */
    public static NDArray image(NDManager manager, float[] values, int b, int h, int w, int c) {
        return image(manager, FloatBuffer.wrap(values), b, h, w, c);
    }

    /**
     * As {@link #image(NDManager, float[], int, int, int, int)}, from a buffer that may be used
     * again afterwards. A direct byte buffer is read where it lies.
     */
    public static NDArray image(NDManager manager, Buffer values, int b, int h, int w, int c) {
        // Duplicated, because create() wraps a direct buffer, which a view does not keep alive.
        try (NDArray wrapped = manager.create(values, new Shape(b, h, w, c), DataType.FLOAT32);
                NDArray view = wrapped.transpose(0, 3, 1, 2)) {
            return view.duplicate();
        }
    }

    /**
     * An array in memory of libtorch's own, as it aligns it. What wraps a buffer of Java's lies
     * wherever that does, on which the last bits of products may depend.
     *
     * @param values row-major
     * @return float32 of the shape, attached to {@code manager}
     */
    public static NDArray own(NDManager manager, float[] values, Shape shape) {
        try (NDArray wrapped = manager.create(values, shape)) {
            return wrapped.duplicate();
        }
    }

    /** As {@link #own(NDManager, float[], Shape)}, of positions: int64. */
    public static NDArray own(NDManager manager, long[] values, Shape shape) {
        try (NDArray wrapped = manager.create(values, shape)) {
            return wrapped.duplicate();
        }
    }

    /**
     * x times a number, element-wise, where a gradient is asked for. The number is kept until the
     * gradient is computed. DJL's own product keeps it in memory of Java's, which the garbage
     * collector takes before that: the gradient is then multiplied by whatever lies there.
     */
    public static NDArray times(NDArray x, float number) {
        return x.mul(own(x.getManager(), new float[] {number}, new Shape()));
    }

    /**
     * A convolution's weight, channels-last.
     *
     * @param values [O, I, kH, kW] row-major
     * @return [O, I, kH, kW] float32, attached to {@code manager}
     */
    public static NDArray kernel(NDManager manager, float[] values, int o, int i, int kh, int kw) {
        float[] last = new float[values.length];
        for (int out = 0; out < o; out++) {
            for (int in = 0; in < i; in++) {
                for (int at = 0; at < kh * kw; at++) {
                    last[(out * kh * kw + at) * i + in] = values[(out * i + in) * kh * kw + at];
                }
            }
        }
        return image(manager, last, o, kh, kw, i);
    }

    /**
     * 2D convolution of stride 1 that pads with zeros to keep the size.
     *
     * @param x [B, I, H, W]
     * @param weight [O, I, kH, kW], odd kernel sizes
     * @param bias [O], or null
     * @return [B, O, H, W]
     */
    public static NDArray conv(NDArray x, NDArray weight, @Nullable NDArray bias) {
        Shape k = weight.getShape();
        return conv(x, weight, bias, (int) k.get(2) / 2, (int) k.get(3) / 2);
    }

    /** As {@link #conv(NDArray, NDArray, NDArray)} with stated padding. */
    public static NDArray conv(
            NDArray x, NDArray weight, @Nullable NDArray bias, int padH, int padW) {
        return conv(x, weight, bias, 1, padH, padW, 1);
    }

    /** max(x, 0.01 x), element-wise. */
    public static NDArray leakyRelu(NDArray x) {
        return x.getNDArrayInternal().leakyRelu(LEAKY_SLOPE);
    }

    /**
     * 2 x 2 maximum with stride 2.
     *
     * @param x [B, C, H, W], H and W even
     * @return [B, C, H/2, W/2]
     */
    public static NDArray maxPool(NDArray x) {
        return Pool.maxPool2d(x, TWO, TWO, ZERO, false);
    }

    /**
     * The matrix that doubles one axis, bilinear with align_corners = true: row i of 2n reads the
     * source at i (n - 1) / (2n - 1). DJL's interpolate ignores align_corners.
     *
     * @return [2n, n], attached to {@code manager}
     */
    public static NDArray doubling(NDManager manager, int n) {
        return interpolation(manager, 2 * n, n);
    }

    /**
     * As {@link #doubling} to any size: row i reads the source at i (n - 1) / (fine - 1).
     *
     * @return [fine, n], attached to {@code manager}
     */
    public static NDArray interpolation(NDManager manager, int fine, int n) {
        float[] matrix = new float[fine * n];
        for (int i = 0; i < fine; i++) {
            double source = (double) i * (n - 1) / Math.max(1, fine - 1);
            int low = Math.min((int) source, n - 1);
            int high = Math.min(low + 1, n - 1);
            double share = source - low;
            matrix[i * n + low] += (float) (1 - share);
            matrix[i * n + high] += (float) share;
        }
        return own(manager, matrix, new Shape(fine, n));
    }

    /**
     * Resizes every channel by a product along each axis: U_h X U_w^T in two dimensions.
     *
     * @param x [B, C, H, W], or [B, C, D, H, W]
     * @param axes of each axis, its {@link #doubling} or another {@link #interpolation}
     * @return [B, C, 2H, 2W] where these double
     */
    public static NDArray upsample(NDArray x, NDArray... axes) {
        try (NDArray last = channelsLast(x); // [B, H, W, C]
                NDArray grid = alongAxes(last, axes)) { // [B, 2H, 2W, C]
            return channelsFirst(grid);
        }
    }

    /**
     * A product along each axis between the first and the last.
     *
     * @param x [B, S_1, ..., S_n, C]
     * @param axes n matrices [T_i, S_i]
     * @return [B, T_1, ..., T_n, C], beside {@code x}
     */
    public static NDArray alongAxes(NDArray x, NDArray... axes) {
        NDManager manager = x.getManager();
        try (NDManager scratch = manager.newSubManager()) {
            long[] shape = x.getShape().getShape().clone();
            NDArray y = x;
            long before = shape[0];
            for (int i = 0; i < axes.length; i++) {
                long after = 1;
                for (int j = i + 2; j < shape.length; j++) {
                    after *= shape[j];
                }
                NDArray lines = y.reshape(before, shape[i + 1], after);
                NDArray product = axes[i].matMul(lines); // [before, T_i, after]
                lines.attach(scratch);
                product.attach(scratch);
                shape[i + 1] = axes[i].getShape().get(0);
                before *= shape[i + 1];
                y = product;
            }
            NDArray result = y.reshape(new Shape(shape));
            result.attach(manager);
            return result;
        }
    }

    /** [B, C, S_1, ..., S_n] seen as [B, S_1, ..., S_n, C]. */
    public static NDArray channelsLast(NDArray x) {
        int[] order = new int[x.getShape().dimension()];
        for (int i = 1; i < order.length - 1; i++) {
            order[i] = i + 1;
        }
        order[order.length - 1] = 1;
        return x.transpose(order);
    }

    /** [B, S_1, ..., S_n, C] seen as [B, C, S_1, ..., S_n]. */
    public static NDArray channelsFirst(NDArray x) {
        int[] order = new int[x.getShape().dimension()];
        order[1] = order.length - 1;
        for (int i = 2; i < order.length; i++) {
            order[i] = i - 1;
        }
        NDArray first = x.transpose(order);
        first.attach(x.getManager());
        return first;
    }

    /**
     * The sum over the batch axis, weighted.
     *
     * @param x [B, C, H, W]
     * @param weights [1, B]
     * @return [1, C, H, W]
     */
    public static NDArray weightedSum(NDArray x, NDArray weights) {
        long b = x.getShape().get(0);
        long c = x.getShape().get(1);
        long h = x.getShape().get(2);
        long w = x.getShape().get(3);
        try (NDArray last = x.transpose(0, 2, 3, 1); // [B, H, W, C]
                NDArray rows = last.reshape(b, h * w * c); // [B, HWC]
                NDArray sum = weights.matMul(rows); // [1, HWC]
                NDArray grid = sum.reshape(1, h, w, c)) { // [1, H, W, C]
            NDArray result = grid.transpose(0, 3, 1, 2); // [1, C, H, W]
            result.attach(x.getManager());
            return result;
        }
    }

    /**
     * 2D convolution that pads with zeros.
     *
     * @param x [B, I, H, W]
     * @param weight [O, I / groups, kH, kW]
     * @param bias [O], or null
     * @return [B, O, (H + 2 padH - kH) / stride + 1, (W + 2 padW - kW) / stride + 1]
     */
    public static NDArray conv(
            NDArray x,
            NDArray weight,
            @Nullable NDArray bias,
            int stride,
            int padH,
            int padW,
            int groups) {
        return convolution(
                x, weight, bias, new Shape(stride, stride), new Shape(padH, padW), ONE, groups);
    }

    /**
     * Convolution in two or three dimensions that pads with zeros.
     *
     * <p>oneDNN, as libtorch 2.7.1 brings it, gives wrong sums on some processors (AMD Zen 5 among
     * them) for inputs in [B, C, ...] memory whose channels, more than one of its blocks of 8 or
     * 16, do not fill the last block: what lies behind the last channel is added too. Such inputs
     * are given channels of zeros here, which leaves the sum as it is and fills the block.
     *
     * @param x [B, I, ...]
     * @param weight [O, I / groups, ...]
     * @param bias [O], or null
     * @param stride of every dimension, as {@code padding} and {@code dilation} are
     * @return [B, O, ...]
     */
    public static NDArray convolution(
            NDArray x,
            NDArray weight,
            @Nullable NDArray bias,
            Shape stride,
            Shape padding,
            Shape dilation,
            int groups) {
        long channels = x.size(1);
        boolean asItIs = groups > 1 || channels <= HALF_BLOCK || channels % BLOCK == 0;
        NDArray input = asItIs ? x : filled(x, x.getManager());
        NDArray kernel = asItIs ? weight : filled(weight, x.getManager());
        return x.getNDArrayInternal()
                .convolution(input, kernel, bias, stride, padding, dilation, groups)
                .singletonOrThrow();
    }

    /** The array with channels of zeros up to the next whole block, attached to {@code manager}. */
    private static NDArray filled(NDArray array, NDManager manager) {
        long[] missing = array.getShape().getShape().clone(); // a shape hands out its own array
        missing[1] = BLOCK - missing[1] % BLOCK;
        try (NDArray zeros = manager.zeros(new Shape(missing), array.getDataType())) {
            NDArray all = array.concat(zeros, 1);
            all.attach(manager);
            return all;
        }
    }

    /**
     * x W^T + b over the last axis: of a channels-last map, a 1 x 1 convolution.
     *
     * @param x [..., I]
     * @param weight [O, I]
     * @param bias [O], or null
     * @return [..., O]
     */
    public static NDArray linear(NDArray x, NDArray weight, @Nullable NDArray bias) {
        return Linear.linear(x, weight, bias).singletonOrThrow();
    }

    /** x Phi(x), the exact form with the error function, element-wise. */
    public static NDArray gelu(NDArray x) {
        return x.getNDArrayInternal().gelu();
    }

    /**
     * Mean 0 and biased variance 1 over the last axis, then scaled and shifted.
     *
     * @param x [..., C]
     * @param weight [C]
     * @param bias [C]
     * @return [..., C]
     */
    public static NDArray layerNorm(NDArray x, NDArray weight, NDArray bias, float epsilon) {
        return LayerNorm.layerNorm(x, weight.getShape(), weight, bias, epsilon).singletonOrThrow();
    }

    /**
     * 2D convolution of a channels-last map that pads with zeros by half its kernel. A weight of
     * one input channel is depthwise where the map has several.
     *
     * @param x [B, H, W, I]
     * @param weight [O, I, kH, kW], or [I, 1, kH, kW]; odd kernel sizes
     * @param bias [O]
     * @return [B, ceil(H / stride), ceil(W / stride), O]
     */
    public static NDArray spatial(NDArray x, NDArray weight, NDArray bias, int stride) {
        Shape k = weight.getShape();
        int groups = k.get(1) == 1 ? (int) x.getShape().get(3) : 1;
        int padH = (int) k.get(2) / 2;
        int padW = (int) k.get(3) / 2;
        return channelsLast(conv(channelsFirst(x), weight, bias, stride, padH, padW, groups));
    }

    /**
     * Transposed convolution of kernel 3 and stride 2 with padding 1 and output padding 1, as one
     * convolution of kernel 2 that gives the four pixels of a doubled one as channels.
     *
     * @param x [B, H, W, I]
     * @param weight of {@link #doublingKernel}
     * @param bias [4 O]
     * @return [B, 2H, 2W, O]
     */
    public static NDArray doubled(NDArray x, NDArray weight, NDArray bias) {
        long b = x.getShape().get(0);
        long h = x.getShape().get(1);
        long w = x.getShape().get(2);
        long o = weight.getShape().get(0) / 4;
        NDArray y = channelsLast(conv(channelsFirst(x), weight, bias, 1, 1, 1, 1));
        return y.get(AFTER_FIRST) // [B, H, W, 4 O]
                .reshape(b, h, w, 2, 2, o)
                .transpose(0, 1, 3, 2, 4, 5)
                .reshape(b, 2 * h, 2 * w, o);
    }

    /**
     * The kernel for {@link #doubled}. An even row of the output sees one row of the input through
     * tap 1; an odd one sees two, through taps 2 and 0; and so do columns.
     *
     * @param values [I, O, 3, 3] of the transposed convolution, row-major
     * @return [4 O, I, 2, 2], channels of the output by (row parity, column parity, O)
     */
    public static NDArray doublingKernel(NDManager manager, float[] values, int i, int o) {
        int[] places = doublingPlaces(i, o);
        float[] kernel = new float[places.length];
        for (int at = 0; at < kernel.length; at++) {
            kernel[at] = places[at] < 0 ? 0 : values[places[at]];
        }
        return kernel(manager, kernel, 4 * o, i, 2, 2);
    }

    /**
     * Where the values of {@link #doublingKernel} come from.
     *
     * @return [4 O, I, 2, 2] row-major, each a place in the transposed convolution's weight, or -1
     *     where the kernel is 0
     */
    public static int[] doublingPlaces(int i, int o) {
        int[][] taps = {{1, -1}, {2, 0}};
        int[] places = new int[4 * o * i * 4];
        Arrays.fill(places, -1);
        for (int parity = 0; parity < 4; parity++) {
            for (int at = 0; at < 4; at++) {
                int row = taps[parity / 2][at / 2];
                int column = taps[parity % 2][at % 2];
                for (int of = 0; row >= 0 && column >= 0 && of < o * i; of++) {
                    int in = of % i;
                    int out = of / i;
                    places[((parity * o + out) * i + in) * 4 + at] =
                            ((in * o + out) * 3 + row) * 3 + column;
                }
            }
        }
        return places;
    }

    /** A layer's output, beside its input; all between is released. */
    public static NDArray contained(NDArray x, UnaryOperator<NDArray> layer) {
        NDManager manager = x.getManager();
        try (NDManager scratch = manager.newSubManager()) {
            x.attach(scratch);
            try {
                NDArray y = layer.apply(x);
                y.attach(manager);
                return y;
            } finally {
                x.attach(manager);
            }
        }
    }
}
