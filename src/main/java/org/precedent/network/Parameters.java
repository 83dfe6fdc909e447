package org.precedent.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.function.UnaryOperator;
import org.precedent.tensor.GroupNorm;
import org.precedent.tensor.Layers;
import org.precedent.weights.StateDict;

/**
 * A weights' file as arrays, in the forms that layers want them. A subclass may give arrays that
 * carry gradients; the forms are the same.
 */
public class Parameters {
    private final StateDict weights;
    private final NDManager manager;

    /**
     * @param weights checked against the network that reads them
     * @param manager what every array is attached to
     */
    public Parameters(StateDict weights, NDManager manager) {
        this.weights = weights;
        this.manager = manager;
    }

    public StateDict weights() {
        return weights;
    }

    public NDManager manager() {
        return manager;
    }

    /** All values of one tensor, row-major. */
    public float[] values(String name) {
        return weights.get(name).values();
    }

    /** The only value of one tensor. */
    public float scalar(String name) {
        return values(name)[0];
    }

    /** The extents of one tensor. */
    public long[] shape(String name) {
        return weights.get(name).shape();
    }

    /** [n], whatever the tensor's shape. */
    public NDArray vector(String name) {
        return manager.create(values(name));
    }

    /** [times n], a tensor's values again and again. */
    public NDArray repeated(String name, int times) {
        float[] once = values(name);
        float[] all = new float[times * once.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = once[i % once.length];
        }
        return manager.create(all);
    }

    /** [O, I] of a linear layer's weight, or of a 1 x 1 convolution's. */
    public NDArray matrix(String name) {
        long[] shape = shape(name);
        return manager.create(values(name), new Shape(shape[0], shape[1]));
    }

    /** [O, to - from], some columns of {@link #matrix}. */
    public NDArray columns(String name, int from, int to) {
        long[] shape = shape(name);
        float[] all = values(name);
        int width = (int) shape[1];
        float[] some = new float[(int) shape[0] * (to - from)];
        for (int row = 0; row < shape[0]; row++) {
            System.arraycopy(all, row * width + from, some, row * (to - from), to - from);
        }
        return manager.create(some, new Shape(shape[0], to - from));
    }

    /** [O, I / groups, kH, kW] of a convolution's weight, channels-last. */
    public NDArray kernel(String name) {
        long[] shape = shape(name);
        return Layers.kernel(
                manager,
                values(name),
                (int) shape[0],
                (int) shape[1],
                (int) shape[2],
                (int) shape[3]);
    }

    /** The kernel of {@link Layers#doubled} of a transposed convolution's weight. */
    public NDArray doublingKernel(String name) {
        long[] shape = shape(name);
        return Layers.doublingKernel(manager, values(name), (int) shape[0], (int) shape[1]);
    }

    /** A group norm of one group, on maps [B, H, W, C], from its weight and bias. */
    public UnaryOperator<NDArray> norm(String name) {
        return norm(vector(name + ".weight"), vector(name + ".bias"));
    }

    /**
     * As {@link #norm(String)}.
     *
     * @param weight [C]
     * @param bias [C]
     */
    public UnaryOperator<NDArray> norm(NDArray weight, NDArray bias) {
        return new GroupNorm(weight, bias);
    }
}
