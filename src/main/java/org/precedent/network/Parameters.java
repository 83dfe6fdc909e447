package org.precedent.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.precedent.tensor.Layers;
import org.precedent.weights.StateDict;

/**
 * A weights' file as arrays.
 *
 * @param weights checked against the network that reads them
 * @param manager what every array is attached to
 */
public record Parameters(StateDict weights, NDManager manager) {

    /** All values of one tensor, row-major. */
    public float[] values(String name) {
        return weights.get(name).values();
    }

    /** The only value of one tensor. */
    public float scalar(String name) {
        return values(name)[0];
    }

    /** [n], whatever the tensor's shape. */
    public NDArray vector(String name) {
        return manager.create(values(name));
    }

    /** [O, I] of a linear layer's weight, or of a 1 x 1 convolution's. */
    public NDArray matrix(String name) {
        long[] shape = weights.get(name).shape();
        return manager.create(values(name), new Shape(shape[0], shape[1]));
    }

    /** [O, I / groups, kH, kW] of a convolution's weight, channels-last. */
    public NDArray kernel(String name) {
        long[] shape = weights.get(name).shape();
        return Layers.kernel(
                manager,
                values(name),
                (int) shape[0],
                (int) shape[1],
                (int) shape[2],
                (int) shape[3]);
    }
}
