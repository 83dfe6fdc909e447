package org.precedent.network.crossattention;

import static org.precedent.network.crossattention.CrossAttentionSize.SCALES;
import static org.precedent.network.crossattention.CrossAttentionSize.STAGES;
import static org.precedent.tensor.Layers.gelu;
import static org.precedent.tensor.Layers.linear;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.precedent.network.Parameters;
import org.precedent.network.crossattention.CrossAttentionEncoder.Conv;
import org.precedent.tensor.Layers;

/**
 * The decoder of the cross-attention network: five stages from the coarse grid to that of the stem,
 * of which the first three add what the attention gathered from the supports (eq. 3 of the paper),
 * and a head. Maps are [L, H, W, C], one a label; the query's skips are shared by all labels, so
 * their part of the convolution that merges them is computed once.
 *
 * <pre>
 *   x = norm1(merge([up(x) ; skip]))         the first stage: x = skip
 *   x = x + (A X_s) W_p + b_p                the first three stages
 *   x = x + conv2(GELU(conv1(norm2(x))))
 * </pre>
 */
final class CrossAttentionDecoder {
    private final List<Stage> stages = new ArrayList<>();
    private final UnaryOperator<NDArray> headNorm;
    private final @Nullable Doubling headUp;
    private final Conv head;

    /**
     * @param parameters checked against {@code size}
     */
    CrossAttentionDecoder(CrossAttentionSize size, Parameters parameters) {
        for (int scale = 0; scale <= STAGES; scale++) {
            stages.add(new Stage(parameters, "decoder." + scale, scale));
        }
        headNorm = parameters.norm("head.norm");
        headUp = size.stemStride() == 2 ? new Doubling(parameters, "head.up") : null;
        head = new Conv(parameters, "head.conv", 1);
    }

    /**
     * @param skips of the query, coarse to fine, each [1, h, w, D]
     * @param attended of the three coarse scales, each [L, h w, D]
     * @return [L, H, W, 1] logits, beside the skips
     */
    NDArray logits(List<NDArray> skips, List<NDArray> attended) {
        NDManager manager = skips.getFirst().getManager();
        NDArray x = skips.getFirst();
        for (int scale = 0; scale < stages.size(); scale++) {
            Stage stage = stages.get(scale);
            NDArray skip = skips.get(scale);
            NDArray gathered = scale < SCALES ? attended.get(scale) : null;
            x = Layers.contained(x, map -> stage.apply(map, skip, gathered));
        }
        NDArray logits =
                Layers.contained(
                        x,
                        map -> {
                            NDArray y = headNorm.apply(map);
                            return head.apply(headUp == null ? y : gelu(headUp.apply(y)));
                        });
        logits.attach(manager);
        return logits;
    }

    /** The transposed convolution that doubles a map. */
    private static final class Doubling {
        private final NDArray weight;
        private final NDArray bias;

        Doubling(Parameters parameters, String name) {
            weight = parameters.doublingKernel(name + ".weight");
            bias = parameters.repeated(name + ".bias", 4);
        }

        NDArray apply(NDArray x) {
            return Layers.doubled(x, weight, bias);
        }
    }

    /** One stage. */
    private static final class Stage {
        private final @Nullable Merge merge;
        private final @Nullable NDArray project;
        private final @Nullable NDArray projectBias;
        private final UnaryOperator<NDArray> norm;
        private final Conv conv1;
        private final Conv conv2;

        Stage(Parameters parameters, String name, int scale) {
            merge = scale > 0 ? new Merge(parameters, name) : null;
            boolean attends = scale < SCALES;
            project = attends ? parameters.matrix(name + ".project.weight") : null;
            projectBias = attends ? parameters.vector(name + ".project.bias") : null;
            norm = parameters.norm(name + ".norm2");
            conv1 = new Conv(parameters, name + ".conv1", 1);
            conv2 = new Conv(parameters, name + ".conv2", 1);
        }

        NDArray apply(NDArray below, NDArray skip, @Nullable NDArray gathered) {
            NDArray x = merge == null ? below : merge.apply(below, skip);
            if (gathered != null && project != null) {
                Shape grid = skip.getShape();
                NDArray added = linear(gathered, project, projectBias); // [L, hw, D]
                x = added.reshape(-1, grid.get(1), grid.get(2), grid.get(3)).add(x);
                x.attach(below.getManager());
            }
            NDArray mixed = gelu(conv1.apply(norm.apply(x)));
            return conv2.apply(mixed).addi(x);
        }
    }

    /** norm1(W [up(x) ; skip] + b), W split into what it does to each. */
    private static final class Merge {
        private final Doubling up;
        private final NDArray ofBelow;
        private final NDArray ofSkip;
        private final NDArray bias;
        private final UnaryOperator<NDArray> norm;

        Merge(Parameters parameters, String name) {
            up = new Doubling(parameters, name + ".up");
            String merge = name + ".merge.weight";
            int dim = (int) parameters.shape(merge)[0];
            ofBelow = parameters.columns(merge, 0, dim);
            ofSkip = parameters.columns(merge, dim, 2 * dim);
            bias = parameters.vector(name + ".merge.bias");
            norm = parameters.norm(name + ".norm1");
        }

        NDArray apply(NDArray below, NDArray skip) {
            NDArray x = linear(up.apply(below), ofBelow, null); // [L, H, W, D]
            NDArray y = Layers.contained(skip, map -> linear(map, ofSkip, bias)); // [1, H, W, D]
            try (y) {
                return norm.apply(x.addi(y));
            }
        }
    }
}
