package org.precedent.network.patchicl;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;
import org.precedent.network.patchicl.PatchIcl.ContextSampling;
import org.precedent.network.patchicl.PatchIcl.Pooling;
import org.precedent.network.patchicl.PatchIcl.Sampling;
import org.precedent.network.patchicl.PatchLevel.Plan;
import org.precedent.weights.StateDict;
import org.precedent.weights.Tensor;

/**
 * Weights of small networks, as {@code models/training/patchicl_golden.py} fills them, or random.
 */
final class PatchIclCases {
    /** The hash that all weights of this class are given. */
    static final String HASH = "0".repeat(64);

    static final PatchIclSize SMALL =
            new PatchIclSize(
                    List.of(new Plan(16, 4), new Plan(32, 5), new Plan(0, 7)),
                    32,
                    6,
                    1,
                    2,
                    1,
                    true);

    /** Of the golden case that has no skips and more layers than it must have. */
    static final PatchIclSize PLAIN =
            new PatchIclSize(List.of(new Plan(24, 9), new Plan(0, 6)), 32, 6, 2, 2, 2, false);

    /** The sampling of the paper's code. */
    static final Sampling AS_CODED =
            new Sampling(ContextSampling.FOREGROUND, Pooling.BLURRED_MAX, OptionalLong.empty());

    private static final double TEMPERATURE = 0.1;

    private PatchIclCases() {}

    static StateDict goldenWeights(PatchIclSize size) {
        return new StateDict("golden", HASH, goldenTensors(size));
    }

    static Map<String, Tensor> goldenTensors(PatchIclSize size) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        size.parameterShapes()
                .forEach((name, shape) -> {
                    float[] values = fixed(size, name);
                    if (values.length == 0) {
                        values = wave(name, shape, tensors.size());
                    }
                    tensors.put(name, new Tensor(shape, values));
                });
        return tensors;
    }

    /** Normal numbers of the same sizes. */
    static StateDict randomWeights(RandomGenerator random, PatchIclSize size) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        size.parameterShapes()
                .forEach((name, shape) -> {
                    float[] values = fixed(size, name);
                    if (values.length == 0) {
                        values = new float[(int) Tensor.elements(shape)];
                        for (int i = 0; i < values.length; i++) {
                            values[i] =
                                    (float)
                                            (offset(name, shape)
                                                    + scale(name, shape) * random.nextGaussian());
                        }
                    }
                    tensors.put(name, new Tensor(shape, values));
                });
        return new StateDict("random", HASH, tensors);
    }

    /** The tensors that are no weights, and the frequencies; empty for the others. */
    private static float[] fixed(PatchIclSize size, String name) {
        return switch (name) {
            case PatchIclSize.LEVELS -> {
                float[] levels = new float[2 * size.levels().size()];
                for (int i = 0; i < size.levels().size(); i++) {
                    levels[2 * i] = size.levels().get(i).resolution();
                    levels[2 * i + 1] = size.levels().get(i).patches();
                }
                yield levels;
            }
            case PatchIclSize.TEMPERATURE -> new float[] {(float) Math.log(TEMPERATURE)};
            case "backbone.scale_encoder.freqs" -> {
                float[] frequencies = new float[size.width() / 2];
                for (int i = 0; i < frequencies.length; i++) {
                    frequencies[i] = (float) Math.pow(10_000, -(double) i / frequencies.length);
                }
                yield frequencies;
            }
            default -> new float[0];
        };
    }

    private static float[] wave(String name, long[] shape, int t) {
        float[] values = new float[(int) Tensor.elements(shape)];
        for (int i = 0; i < values.length; i++) {
            double wave = Math.sin(0.7 * (i + 1) + 1.3 * t + 0.01 * ((long) i * i % 97));
            values[i] = (float) (offset(name, shape) + scale(name, shape) * wave);
        }
        return values;
    }

    private static boolean gain(String name, long[] shape) {
        return shape.length == 1 && name.endsWith(".weight") || name.endsWith("gamma_proj.bias");
    }

    private static double offset(String name, long[] shape) {
        return gain(name, shape) ? 1 : 0;
    }

    private static double scale(String name, long[] shape) {
        if (shape.length > 1) {
            return Math.sqrt(2.0 * shape[0] / Tensor.elements(shape));
        }
        return gain(name, shape) ? 0.2 : 0.1;
    }
}
