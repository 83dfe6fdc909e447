package org.precedent.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/**
 * Group norm of one group: mean 0 and biased variance 1 over all of a map, then scaled and shifted
 * by channel. It keeps scale and shift for every size of map that it has met, so that a map is read
 * once; they belong to the weights' manager. Thread-safe.
 */
public final class GroupNorm implements UnaryOperator<NDArray> {
    private final NDArray weight;
    private final NDArray bias;
    private final Map<Long, Affine> affine = new ConcurrentHashMap<>();

    private record Affine(NDArray scale, NDArray shift) {}

    /**
     * @param weight [C]
     * @param bias [C], of the same manager
     */
    public GroupNorm(NDArray weight, NDArray bias) {
        this.weight = weight;
        this.bias = bias;
    }

    /**
     * @param x [B, H, W, C]
     * @return [B, H, W, C]
     */
    @Override
    public NDArray apply(NDArray x) {
        Shape shape = x.getShape();
        long cells = shape.get(1) * shape.get(2);
        Affine of =
                affine.computeIfAbsent(
                        cells, n -> new Affine(repeated(weight, n), repeated(bias, n)));
        try (NDArray flat = x.reshape(shape.get(0), cells * shape.get(3)); // [B, HWC]
                NDArray normalized =
                        Layers.layerNorm(flat, of.scale, of.shift, Layers.NORM_EPSILON)) {
            return normalized.reshape(shape); // [B, H, W, C]
        }
    }

    /** [C] n times, [n C]. */
    private static NDArray repeated(NDArray vector, long n) {
        int channels = (int) vector.getShape().get(0);
        float[] once = vector.toFloatArray();
        float[] all = new float[Math.toIntExact(n * channels)];
        for (int i = 0; i < all.length; i++) {
            all[i] = once[i % channels];
        }
        return Layers.own(vector.getManager(), all, new Shape(all.length));
    }
}
