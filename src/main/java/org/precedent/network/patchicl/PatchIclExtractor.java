package org.precedent.network.patchicl;

import static org.precedent.tensor.Layers.conv;
import static org.precedent.tensor.Layers.kernel;
import static org.precedent.tensor.Layers.leakyRelu;
import static org.precedent.tensor.Layers.maxPool;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.precedent.network.patchicl.PatchMaps.FeatureMap;
import org.precedent.tensor.Layers;
import org.precedent.weights.StateDict;
import org.precedent.weights.Tensor;

/**
 * The frozen encoder of a UniverSeg that {@link PatchIcl} takes its features from: the query branch
 * of each block, at strides 1, 2, 4 and 8. A query looks at one support that is all zero; an
 * annotated image is its own support, with its mask.
 *
 * <p>With one support, q' = z. Of the first block's cross convolution an image that is query and
 * support at once needs the sum of both kernels, and a query the query's alone. The last block's
 * support branch feeds nothing.
 */
final class PatchIclExtractor {
    private static final int KERNEL = 9;

    private final int features;
    private final NDManager weightsManager;
    private final NDArray ofQuery;
    private final NDArray ofSupport;
    private final List<Block> blocks = new ArrayList<>();

    private record Block(
            NDArray cross,
            NDArray crossBias,
            NDArray target,
            NDArray targetBias,
            @Nullable NDArray support,
            @Nullable NDArray supportBias) {}

    /**
     * @param weights checked against the size
     * @param weightsManager holds the weights; closed by the caller
     */
    PatchIclExtractor(PatchIclSize size, StateDict weights, NDManager weightsManager) {
        this.features = size.features();
        this.weightsManager = weightsManager;
        for (int i = 0; i < PatchIclSize.BLOCKS; i++) {
            String block = "universeg.enc_blocks." + i;
            boolean last = i == PatchIclSize.BLOCKS - 1;
            blocks.add(
                    new Block(
                            convolution(weights, block + ".cross.cross_conv.weight"),
                            bias(weights, block + ".cross.cross_conv.bias"),
                            convolution(weights, block + ".target.vmapped.conv.weight"),
                            bias(weights, block + ".target.vmapped.conv.bias"),
                            last
                                    ? null
                                    : convolution(weights, block + ".support.vmapped.conv.weight"),
                            last ? null : bias(weights, block + ".support.vmapped.conv.bias")));
        }
        // [F, 3, 3, 3]: query, image of the support, its mask.
        float[] first = weights.get("universeg.enc_blocks.0.cross.cross_conv.weight").values();
        float[] query = new float[features * KERNEL];
        float[] annotated = new float[features * 2 * KERNEL];
        for (int o = 0; o < features; o++) {
            for (int i = 0; i < KERNEL; i++) {
                int at = o * 3 * KERNEL + i;
                query[o * KERNEL + i] = first[at];
                annotated[o * 2 * KERNEL + i] = first[at] + first[at + KERNEL];
                annotated[(o * 2 + 1) * KERNEL + i] = first[at + 2 * KERNEL];
            }
        }
        ofQuery = kernel(weightsManager, query, features, 1, 3, 3);
        ofSupport = kernel(weightsManager, annotated, features, 2, 3, 3);
    }

    private NDArray convolution(StateDict weights, String name) {
        Tensor weight = weights.get(name);
        return kernel(
                weightsManager,
                weight.values(),
                (int) weight.shape()[0],
                (int) weight.shape()[1],
                3,
                3);
    }

    private NDArray bias(StateDict weights, String name) {
        return weightsManager.create(weights.get(name).values(), new Shape(features));
    }

    /**
     * The features of an image.
     *
     * @param manager of arrays on the way; the caller's to close
     * @param image [H, W] row-major, H and W divisible by 8
     * @param mask [H, W] of a support, null for a query
     * @return maps [H / 2^i, W / 2^i, F]
     */
    List<FeatureMap> features(
            NDManager manager, float[] image, float @Nullable [] mask, int h, int w) {
        List<FeatureMap> maps = new ArrayList<>();
        NDArray z;
        if (mask == null) {
            NDArray query = Layers.image(manager, image, 1, h, w, 1);
            z = conv(query, ofQuery, blocks.getFirst().crossBias());
        } else {
            float[] both = new float[2 * image.length];
            for (int i = 0; i < image.length; i++) {
                both[2 * i] = image[i];
                both[2 * i + 1] = mask[i];
            }
            NDArray annotated = Layers.image(manager, both, 1, h, w, 2);
            z = conv(annotated, ofSupport, blocks.getFirst().crossBias());
        }
        for (int i = 0; ; i++) {
            Block block = blocks.get(i);
            NDManager scratch = manager.newSubManager();
            z.attach(scratch);
            NDArray q = leakyRelu(conv(z, block.target(), block.targetBias())); // [1, F, h, w]
            maps.add(
                    new FeatureMap(
                            h >> i, w >> i, features, q.transpose(0, 2, 3, 1).toFloatArray()));
            if (block.support() == null) {
                scratch.close();
                return maps;
            }
            NDArray s = leakyRelu(conv(z, block.support(), block.supportBias()));
            NDArray pair = maxPool(q).concat(maxPool(s), 1); // [1, 2F, h/2, w/2]
            Block next = blocks.get(i + 1);
            z = conv(pair, next.cross(), next.crossBias());
            z.attach(manager);
            scratch.close();
        }
    }
}
