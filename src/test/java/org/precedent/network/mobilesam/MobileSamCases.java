package org.precedent.network.mobilesam;

import java.util.LinkedHashMap;
import java.util.Map;
import org.precedent.weights.StateDict;
import org.precedent.weights.Tensor;

/** Weights and input of the golden numbers. */
final class MobileSamCases {
    /** The encoder alone, without its checkpoint's prefix. */
    static final Map<String, Tensor> GOLDEN = goldenTensors();

    private MobileSamCases() {}

    private static Map<String, Tensor> goldenTensors() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        MobileSam.parameterShapes()
                .forEach((name, shape) ->
                        tensors.put(name, new Tensor(shape, fill(name, shape, tensors.size()))));
        return tensors;
    }

    /** As the official checkpoint names them. */
    static StateDict goldenWeights() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        GOLDEN.forEach((name, tensor) -> tensors.put("image_encoder." + name, tensor));
        return new StateDict("golden", "0".repeat(64), tensors);
    }

    /**
     * base(i) = sin(0.7 (i+1) + 1.3 t + 0.01 (i^2 mod 97)) for element i of tensor t, counted over
     * the whole file, scaled by what the tensor is.
     */
    private static float[] fill(String name, long[] shape, int t) {
        float[] values = new float[(int) Tensor.elements(shape)];
        boolean norm = shape.length == 1 && name.endsWith(".weight");
        double offset = norm || name.endsWith(".running_var") ? 1 : 0;
        double scale;
        if (shape.length == 0) {
            scale = 0;
        } else if (offset > 0) {
            scale = 0.2;
        } else if (shape.length == 1) {
            scale = 0.1;
        } else if (name.endsWith(".attention_biases")) {
            scale = 0.5;
        } else {
            scale = Math.sqrt(2.0 * shape[0] / values.length);
        }
        for (int i = 0; i < values.length; i++) {
            double base = Math.sin(0.7 * (i + 1) + 1.3 * t + 0.01 * ((long) i * i % 97));
            values[i] = (float) (offset + scale * base);
        }
        return values;
    }

    /** [1024, 1024, 3], already normalised. */
    static float[] goldenImage() {
        float[] image = new float[1024 * 1024 * 3];
        for (int y = 0; y < 1024; y++) {
            for (int x = 0; x < 1024; x++) {
                for (int c = 0; c < 3; c++) {
                    image[(y * 1024 + x) * 3 + c] = (float) Math.sin(0.02 * x + 0.03 * y + c);
                }
            }
        }
        return image;
    }
}
