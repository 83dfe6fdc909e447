package org.precedent.network.universeg;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.precedent.network.Episode;
import org.precedent.network.Episode.Support;
import org.precedent.tensor.Layers;
import org.precedent.tensor.Torch;
import org.precedent.weights.StateDict;
import org.precedent.weights.Tensor;

/**
 * The network as released, step by step: every support goes through every convolution, nothing is
 * split, folded or left out. The oracle of the tests and the other side of the benchmark; memory is
 * laid out [B, C, H, W] as the authors' code has it.
 */
final class PlainUniverSeg {
    private final Torch torch;
    private final StateDict weights;

    PlainUniverSeg(Torch torch, StateDict weights) {
        this.torch = torch;
        this.weights = weights;
    }

    /** Logits [H, W] of an episode. */
    float[] segment(Episode episode) {
        return torch.call(manager -> new Pass(manager, episode).run());
    }

    private final class Pass {
        private final NDManager manager;
        private final Episode episode;
        private final int k;

        Pass(NDManager manager, Episode episode) {
            this.manager = manager;
            this.episode = episode;
            this.k = UniverSegCases.supports(episode).size();
        }

        float[] run() {
            int h = episode.height();
            int w = episode.width();
            NDArray q = manager.create(episode.query(), new Shape(1, 1, h, w));
            List<NDArray> pairs = new ArrayList<>();
            for (Support support : UniverSegCases.supports(episode)) {
                NDArray image = manager.create(support.encoding().image(), new Shape(1, 1, h, w));
                NDArray label = manager.create(support.encoding().label(), new Shape(1, 1, h, w));
                pairs.add(image.concat(label, 1));
            }
            NDArray s = NDArrays.concat(new NDList(pairs), 0); // [K, 2, H, W]
            List<NDArray[]> skips = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                NDArray[] out = crossBlock("enc_blocks." + i, q, s);
                q = out[0];
                s = out[1];
                if (i < 3) {
                    skips.add(out);
                    q = Layers.maxPool(q);
                    s = Layers.maxPool(s);
                }
            }
            Collections.reverse(skips);
            for (int j = 0; j < 3; j++) {
                q = upsample(q).concat(skips.get(j)[0], 1);
                s = upsample(s).concat(skips.get(j)[1], 1);
                NDArray[] out = crossBlock("dec_blocks." + j, q, s);
                q = out[0];
                s = out[1];
            }
            return conv(q, "out_conv.conv").toFloatArray();
        }

        /** Returns the query's and the supports' features. */
        private NDArray[] crossBlock(String name, NDArray q, NDArray s) {
            NDArray repeated = q.broadcast(k, q.size(1), q.size(2), q.size(3));
            try (NDArray pairs = repeated.concat(s, 1);
                    NDArray z = conv(pairs, name + ".cross.cross_conv");
                    NDArray mean = weightedMean(z)) {
                return new NDArray[] {
                    Layers.leakyRelu(conv(mean, name + ".target.vmapped.conv")),
                    Layers.leakyRelu(conv(z, name + ".support.vmapped.conv"))
                };
            }
        }

        private NDArray weightedMean(NDArray z) {
            NDArray mean = null;
            for (int i = 0; i < k; i++) {
                float weight = (float) UniverSegCases.supports(episode).get(i).weight();
                NDArray term = z.get(i).mul(weight);
                mean = mean == null ? term : mean.add(term);
            }
            return mean.expandDims(0);
        }

        private NDArray conv(NDArray x, String name) {
            Tensor weight = weights.get(name + ".weight");
            return Layers.conv(
                    x,
                    manager.create(weight.values(), new Shape(weight.shape())),
                    manager.create(weights.get(name + ".bias").values()));
        }

        private NDArray upsample(NDArray x) {
            NDArray rows = Layers.doubling(manager, (int) x.size(2));
            NDArray columns = Layers.doubling(manager, (int) x.size(3));
            return rows.matMul(x).matMul(columns.transpose());
        }
    }
}
