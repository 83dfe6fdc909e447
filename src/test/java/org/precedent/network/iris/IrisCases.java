package org.precedent.network.iris;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.precedent.weights.StateDict;
import org.precedent.weights.Tensor;

/** Weights of small networks, as {@code models/training/iris_golden.py} fills them. */
final class IrisCases {
    /** The hash that all weights of this class are given. */
    static final String HASH = "0".repeat(64);

    static final IrisSize SMALL = new IrisSize(2, List.of(8, 12, 16, 128), 3);
    static final IrisSize SMALL_3D = new IrisSize(3, List.of(4, 8, 16, 32), 3);

    private IrisCases() {}

    static StateDict goldenWeights(IrisSize size) {
        return new StateDict("golden", HASH, goldenTensors(size));
    }

    static Map<String, Tensor> goldenTensors(IrisSize size) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        size.parameterShapes()
                .forEach((name, shape) ->
                        tensors.put(name, new Tensor(shape, fill(name, shape, tensors.size()))));
        return tensors;
    }

    private static float[] fill(String name, long[] shape, int t) {
        float[] values = new float[(int) Tensor.elements(shape)];
        double offset = 0;
        double scale = 0.1;
        if (name.equals("task_encoder.tokens")) {
            scale = 0.5;
        } else if (shape.length > 1) {
            scale = Math.sqrt((double) shape[0] / values.length);
        } else if (name.contains("norm") && name.endsWith(".weight")) {
            offset = 1;
            scale = 0.2;
        }
        for (int i = 0; i < values.length; i++) {
            double wave = Math.sin(0.7 * (i + 1) + 1.3 * t + 0.01 * ((long) i * i % 97));
            values[i] = (float) (offset + scale * wave);
        }
        return values;
    }
}
