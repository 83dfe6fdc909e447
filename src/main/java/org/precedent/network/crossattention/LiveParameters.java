package org.precedent.network.crossattention;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.precedent.network.Parameters;
import org.precedent.tensor.Layers;
import org.precedent.weights.StateDict;

/**
 * Weights as views of arrays that may carry gradients, in the same forms as those of a file. Every
 * form is an operation that libtorch can go back through.
 */
final class LiveParameters extends Parameters {
    private static final float NORM_EPSILON = 1e-5f;

    private final Map<String, NDArray> live;

    /**
     * @param shapes gives names and shapes; its values are not read
     * @param live [n] of each tensor, row-major
     */
    LiveParameters(StateDict shapes, NDManager manager, Map<String, NDArray> live) {
        super(shapes, manager);
        this.live = live;
    }

    private NDArray of(String name) {
        NDArray array = live.get(name);
        if (array == null) {
            throw new IllegalArgumentException("no parameter " + name);
        }
        return array;
    }

    @Override
    public float[] values(String name) {
        throw new UnsupportedOperationException("the values of " + name + " have no gradient");
    }

    @Override
    public NDArray vector(String name) {
        return of(name);
    }

    @Override
    public NDArray repeated(String name, int times) {
        return of(name).tile(times);
    }

    @Override
    public NDArray matrix(String name) {
        long[] shape = shape(name);
        return of(name).reshape(shape[0], shape[1]);
    }

    @Override
    public NDArray columns(String name, int from, int to) {
        return matrix(name).get(new NDIndex(":, " + from + ":" + to));
    }

    @Override
    public NDArray kernel(String name) {
        return of(name).reshape(shape(name));
    }

    @Override
    public NDArray doublingKernel(String name) {
        long[] shape = shape(name);
        int[] places = Layers.doublingPlaces((int) shape[0], (int) shape[1]);
        NDArray padded = of(name).concat(manager().zeros(new Shape(1)));
        long[] indices = new long[places.length];
        for (int at = 0; at < indices.length; at++) {
            indices[at] = places[at] < 0 ? padded.size() - 1 : places[at];
        }
        return padded.get(Layers.own(manager(), indices, new Shape(indices.length)))
                .reshape(4 * shape[1], shape[0], 2, 2);
    }

    @Override
    public UnaryOperator<NDArray> norm(NDArray weight, NDArray bias) {
        return x -> {
            Shape shape = x.getShape();
            long cells = shape.get(1) * shape.get(2);
            NDArray flat = x.reshape(shape.get(0), cells * shape.get(3)); // [B, HWC]
            return Layers.layerNorm(flat, weight.tile(cells), bias.tile(cells), NORM_EPSILON)
                    .reshape(shape); // [B, H, W, C]
        };
    }
}
