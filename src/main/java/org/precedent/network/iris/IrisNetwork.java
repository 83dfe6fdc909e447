package org.precedent.network.iris;

import static org.precedent.network.iris.IrisSize.HEADS;
import static org.precedent.tensor.Layers.channelsFirst;
import static org.precedent.tensor.Layers.channelsLast;
import static org.precedent.tensor.Layers.linear;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.precedent.network.universeg.UniverSeg;
import org.precedent.tensor.Layers;
import org.precedent.weights.StateDict;
import org.precedent.weights.Tensor;

/**
 * Iris (Gao et al., "Show and Segment", CVPR 2025) in n = 2 or 3 dimensions, on arrays; {@link
 * Iris} and {@link IrisVolumes} are its faces. An annotated image becomes a task embedding T of M =
 * m + 1 tokens of C components, without any query; a query is segmented with any number of task
 * embeddings at once, one a class:
 *
 * <pre>
 *   F        = E(x)                                    U-Net encoder, stride r, [P, C]
 *   T_f      = sum_p (U F)_p y_p / max(1, sum_p y_p)   eq. 2
 *   F^       = unshuffle(conv1([shuffle(F) ; y]))      eq. 3, 4
 *   T_c      = tokens that attended F^, twice
 *   T        = [T_f ; T_c]                             [M, C]
 *
 *   F_q', T' = two-way attention of F_q and T          eq. 5, each class by itself
 *   mask     = class decoder(F_q', T', D(F_q))         eq. 6
 * </pre>
 *
 * <p>Choices where the paper is open, as trained by {@code models/training/iris.py}:
 *
 * <ul>
 *   <li>U is linear interpolation, so T_f is the mean of F weighted with U^T y: the mask goes down
 *       to F, and not F up to the mask. The convolution of eq. 4 sees each of the r^n places in a
 *       coarse cell by itself, so it is one small matrix at coarse resolution, plus a term of the
 *       unshuffled mask.
 *   <li>Attention runs for every class by itself, so that a mask does not depend on which others
 *       are asked for.
 *   <li>The U-Net's decoder D runs once a query. A class enters by a narrow decoder of its own,
 *       which starts at F_q' and adds, at each finer level, D's features under a 1 x 1 convolution
 *       whose weights are a fixed part plus one made from the class's first token.
 * </ul>
 *
 * <p>Longer than others because it is the paper's network from top to bottom: each part stands with
 * its weights beside its pass, in the paper's order, and is used nowhere else.
 *
 * <p>P is the number of coarse places, N of classes. A map is [1, C, S_1, ..., S_n] in
 * channels-last memory, and rows [.., P, C] are the same numbers.
 */
final class IrisNetwork {
    private static final float NORM_EPSILON = 1e-4f;
    private static final float LAYER_NORM_EPSILON = 1e-5f;

    /**
     * Largest array of the class decoder's last step, in bytes: what stays in a core's cache from
     * one operation to the next.
     */
    static final long CLASS_BYTES = 1 << 20;

    private final IrisSize size;
    private final NDManager weightsManager;
    private final Map<Integer, InstanceNorm> instanceNorms = new HashMap<>();

    private final Conv stem;
    private final List<List<Block>> stages = new ArrayList<>();
    private final InstanceNorm outputNorm;

    private final NDArray startTokens;
    private final @Nullable Affine expand;
    private final @Nullable Affine contract;
    private final NDArray fuseFeatures;
    private final NDArray fuseMask;
    private final NDArray fuseBias;
    private final Norm normFeatures;
    private final List<TaskLayer> taskLayers = new ArrayList<>();
    private final Norm normTokens;

    private final List<TwoWayLayer> twoWay = new ArrayList<>();
    private final List<Affine> reduce = new ArrayList<>();
    private final List<Block> decoderBlocks = new ArrayList<>();

    private final Norm normToken;
    private final Affine token;
    private final Affine start;
    private final List<Dynamic> dynamic = new ArrayList<>();
    private final List<Conv> classConvs = new ArrayList<>();
    private final Affine head;

    private volatile Places places = new Places(List.of(), new float[0]);

    /** The last positions made. */
    private record Places(List<Integer> sizes, float[] values) {}

    /**
     * @param size of the weights, which have been checked against it
     * @param weightsManager holds the weights; closed by the caller
     */
    IrisNetwork(IrisSize size, StateDict weights, NDManager weightsManager) {
        this.size = size;
        this.weightsManager = weightsManager;
        stem = new Conv(weights, "encoder.stem");
        for (int i = 0; i < size.levels(); i++) {
            List<Block> blocks = new ArrayList<>();
            for (int j = 0; j < (i == 0 ? 1 : 2); j++) {
                blocks.add(new Block(weights, "encoder.stages." + i + "." + j));
            }
            stages.add(blocks);
        }
        outputNorm = instanceNorms.computeIfAbsent(size.channels(), InstanceNorm::new);

        startTokens = array(weights, "task_encoder.tokens");
        expand = size.expands() ? new Affine(weights, "task_encoder.expand") : null;
        contract = size.expands() ? new Affine(weights, "task_encoder.contract") : null;
        int fine = size.fineChannels();
        float[] fuse = weights.get("task_encoder.fuse.weight").values();
        float[] features = new float[fine * fine];
        float[] mask = new float[fine];
        for (int o = 0; o < fine; o++) {
            System.arraycopy(fuse, o * (fine + 1), features, o * fine, fine);
            mask[o] = fuse[o * (fine + 1) + fine];
        }
        fuseFeatures = weightsManager.create(features, new Shape(fine, fine));
        fuseMask = weightsManager.create(mask, new Shape(fine, 1));
        fuseBias =
                weightsManager.create(
                        weights.get("task_encoder.fuse.bias").values(), new Shape(fine, 1));
        normFeatures = new Norm(weights, "task_encoder.norm_features");
        for (int i = 0; i < IrisSize.TASK_LAYERS; i++) {
            taskLayers.add(new TaskLayer(weights, "task_encoder.layers." + i));
        }
        normTokens = new Norm(weights, "task_encoder.norm");

        for (int i = 0; i < IrisSize.TWO_WAY_LAYERS; i++) {
            twoWay.add(new TwoWayLayer(weights, "two_way." + i));
        }
        int ups = size.levels() - 1;
        for (int i = 0; i < ups; i++) {
            reduce.add(new Affine(weights, "shared_decoder.reduce." + i));
            decoderBlocks.add(new Block(weights, "shared_decoder.blocks." + i));
        }

        normToken = new Norm(weights, "class_decoder.norm_token");
        token = new Affine(weights, "class_decoder.token");
        start = new Affine(weights, "class_decoder.start");
        for (int i = 0; i < ups; i++) {
            dynamic.add(new Dynamic(weights, "class_decoder.dynamic." + i));
            if (i < ups - 1) {
                classConvs.add(new Conv(weights, "class_decoder.convs." + i));
            }
        }
        head = new Affine(weights, "class_decoder.convs." + (ups - 1));
    }

    IrisSize size() {
        return size;
    }

    /**
     * What of an image does not depend on any task.
     *
     * @param coarse F, rows [1, P, C]
     * @param finer rows [P_i, C_i] of the shared decoder's levels, coarse to fine
     * @param doublings for each of these, what doubles the axes of the level below
     * @param sizes of the coarse level, then of these
     */
    record Features(
            NDArray coarse, List<NDArray> finer, List<NDArray[]> doublings, List<long[]> sizes) {}

    // ---------------------------------------------------------------- the encoder

    /**
     * E.
     *
     * @param image [S_1, ..., S_n] row-major; sizes are multiples of r
     * @return maps [1, C_i, ...] at strides 1, 2, ..., r, attached to {@code manager}; the last, F,
     *     is normalised
     */
    private List<NDArray> encode(NDManager manager, float[] image, long[] sizes) {
        NDArray x =
                within(
                        manager.create(image, withEnds(1, sizes, 1)),
                        pixels -> {
                            // A copy: views may not outlive an array that rests on a Java buffer.
                            return stem.apply(channelsFirst(pixels.duplicate()));
                        });
        List<NDArray> levels = new ArrayList<>();
        for (List<Block> stage : stages) {
            if (!levels.isEmpty()) {
                x = maxPool(x);
            }
            for (Block block : stage) {
                x = within(x, block);
            }
            levels.add(x);
        }
        NDArray last = levels.removeLast();
        levels.add(within(last, outputNorm));
        return levels;
    }

    /** Encoder and shared decoder of one query, attached to {@code manager}. */
    Features features(NDManager manager, float[] image, long[] sizes) {
        List<NDArray> levels = encode(manager, image, sizes);
        NDArray coarse = levels.getLast();
        List<NDArray> finer = new ArrayList<>();
        List<NDArray[]> doublings = new ArrayList<>();
        List<long[]> levelSizes = new ArrayList<>();
        levelSizes.add(space(coarse));
        NDArray x = coarse;
        for (int i = 0; i < decoderBlocks.size(); i++) {
            NDArray[] axes = doublings(manager, space(x));
            NDArray reduced = reduce.get(i).onMap(x);
            try (NDManager scratch = manager.newSubManager();
                    NDArray skip = levels.get(levels.size() - 2 - i)) {
                reduced.attach(scratch);
                skip.attach(scratch);
                NDArray both = skip.concat(Layers.upsample(reduced, axes), 1);
                x = decoderBlocks.get(i).apply(both);
                x.attach(manager);
            }
            finer.add(rows(x).squeeze(0));
            doublings.add(axes);
            levelSizes.add(space(x));
        }
        return new Features(rows(coarse), finer, doublings, levelSizes);
    }

    // ---------------------------------------------------------------- the task encoder

    /**
     * The task embeddings of one image.
     *
     * @param image [S_1, ..., S_n] row-major; sizes are multiples of r
     * @param masks N of the same size
     * @return T of each, [M, C] row-major
     */
    List<float[]> embed(NDManager manager, float[] image, List<float[]> masks, long[] sizes) {
        List<NDArray> levels = encode(manager, image, sizes);
        NDArray features = rows(levels.removeLast()); // [1, P, C]
        new NDList(levels).close();
        long[] coarse = new long[sizes.length];
        for (int i = 0; i < coarse.length; i++) {
            coarse[i] = sizes[i] / size.ratio();
        }
        NDArray where = positions(manager, coarse);
        List<float[]> embeddings = new ArrayList<>();
        for (float[] mask : masks) {
            // One by one: the bits of an embedding must not depend on what else was annotated.
            try (NDManager scratch = manager.newSubManager()) {
                NDArray y = stack(scratch, List.of(mask), sizes); // [1, S_1, ..., S_n]
                NDArray task = taskEmbeddings(features, where, y, List.of(mask));
                embeddings.addAll(split(task));
            }
        }
        return embeddings;
    }

    /** T_f and T_c: [1, P, C], [P, C] and [N, S_1, ..., S_n] to [N, M, C], beside the masks. */
    private NDArray taskEmbeddings(
            NDArray features, NDArray where, NDArray y, List<float[]> masks) {
        NDArray context = normFeatures.apply(fused(features, y)).addi(where); // [N, P, C]
        NDArray tokens = startTokens.expandDims(0); // [1, m, C]
        tokens.attach(y.getManager());
        for (TaskLayer layer : taskLayers) {
            tokens = layer.apply(tokens, context); // [N, m, C]
        }
        return foreground(features, y, masks).concat(normTokens.apply(tokens), 1);
    }

    /** Eq. 2: [1, P, C] and [N, S_1, ..., S_n] to [N, 1, C]. */
    private NDArray foreground(NDArray features, NDArray y, List<float[]> masks) {
        NDManager manager = y.getManager();
        long n = masks.size();
        int dims = size.dims();
        NDArray[] adjoint = new NDArray[dims];
        for (int i = 0; i < dims; i++) {
            int fine = (int) y.getShape().get(i + 1);
            adjoint[i] =
                    Layers.interpolation(manager, fine, fine / size.ratio()).transpose(); // [s, S]
        }
        NDArray low = Layers.alongAxes(y.expandDims(dims + 1), adjoint); // U^T y
        float[] sums = new float[masks.size()];
        for (int k = 0; k < sums.length; k++) {
            double sum = 0;
            for (float value : masks.get(k)) {
                sum += value;
            }
            sums[k] = (float) Math.max(1, sum);
        }
        NDArray shares = low.reshape(n, -1).div(manager.create(sums, new Shape(n, 1))); // [N, P]
        return shares.expandDims(0).matMul(features).transpose(1, 0, 2);
    }

    /** Eq. 3 and 4 at coarse resolution: [1, P, C] and [N, S_1, ..., S_n] to [N, P, C]. */
    private NDArray fused(NDArray features, NDArray y) {
        long p = features.getShape().get(1);
        long n = y.getShape().get(0);
        NDManager manager = y.getManager();
        NDArray wide = expand == null ? features.duplicate() : expand.apply(features);
        wide.attach(manager);
        NDArray cells = wide.reshape(p, size.fineChannels(), size.cell());
        NDArray ofFeatures = fuseFeatures.matMul(cells); // [P, c, r^n]
        ofFeatures.attach(manager);
        NDArray ofMasks = unshuffled(y).mul(fuseMask); // [N, P, c, r^n]
        NDArray fused = ofMasks.addi(ofFeatures.addi(fuseBias)).reshape(n, p, size.shuffled());
        return contract == null ? fused : contract.apply(fused);
    }

    /** What lies in each coarse cell: [N, S_1, ..., S_n] to [N, P, 1, r^n]. */
    private NDArray unshuffled(NDArray y) {
        int dims = size.dims();
        long[] split = new long[1 + 2 * dims];
        int[] order = new int[1 + 2 * dims];
        split[0] = y.getShape().get(0);
        for (int i = 0; i < dims; i++) {
            split[1 + 2 * i] = y.getShape().get(1 + i) / size.ratio();
            split[2 + 2 * i] = size.ratio();
            order[1 + i] = 1 + 2 * i;
            order[1 + dims + i] = 2 + 2 * i;
        }
        return y.reshape(new Shape(split)).transpose(order).reshape(split[0], -1, 1, size.cell());
    }

    // ---------------------------------------------------------------- the mask decoder

    /**
     * Segments one query.
     *
     * @param query [S_1, ..., S_n] row-major; sizes are multiples of r
     * @param embeddings one a class, [M, C] row-major
     * @return logits of each, [S_1, ..., S_n] row-major
     */
    List<float[]> segment(
            NDManager manager, float[] query, long[] sizes, List<float[]> embeddings) {
        Features features = features(manager, query, sizes);
        long coarse = Float.BYTES * features.coarse().size();
        // Of one class at stride 2.
        long half = (long) Float.BYTES * (query.length >> size.dims()) * IrisSize.classWidth(1);
        List<float[]> logits = new ArrayList<>();
        for (List<float[]> group : groups(embeddings, coarse, UniverSeg.ARRAY_BYTES)) {
            try (NDManager scratch = manager.newSubManager()) {
                NDArray task =
                        stack(scratch, group, new long[] {size.taskTokens(), size.channels()});
                Attended attended = attend(features, task);
                int from = 0;
                for (List<float[]> some : groups(group, half, UniverSeg.ARRAY_BYTES)) {
                    int to = from + some.size();
                    try (NDManager inner = scratch.newSubManager()) {
                        logits.addAll(split(classDecoder(inner, features, attended, from, to)));
                    }
                    from = to;
                }
            }
        }
        return logits;
    }

    /**
     * The logits of one class, through which a gradient reaches its task embedding.
     *
     * @param task T [1, M, C], in a manager of the same call
     * @return [1, P] at full size, attached to {@code manager}
     */
    NDArray logits(NDManager manager, Features features, NDArray task) {
        Attended attended = attend(features, task);
        return classDecoder(manager, features, attended, 0, 1).reshape(1, -1);
    }

    /**
     * What the classes know of a query at coarse resolution.
     *
     * @param image F_q' as the class decoder starts from it, [N, P, c]
     * @param weights of the 1 x 1 convolution at each finer level, [N, c, C_i]
     */
    record Attended(NDArray image, List<NDArray> weights) {}

    /**
     * Eq. 5.
     *
     * @param embeddings T [N, M, C]
     * @return arrays beside {@code embeddings}
     */
    Attended attend(Features features, NDArray embeddings) {
        NDManager manager = embeddings.getManager();
        NDArray where = positions(manager, features.sizes().getFirst());
        NDArray tokens = embeddings;
        NDArray image = features.coarse(); // [1, P, C], and from the first layer on [N, P, C]
        for (int i = 0; i < twoWay.size(); i++) {
            NDArray[] both =
                    twoWay.get(i).apply(tokens, image, where, i < twoWay.size() - 1 ? null : start);
            tokens = both[0];
            image = both[1];
        }
        NDArray first = normToken.apply(tokens.get(":, 0"));
        NDArray made = token.apply(first).getNDArrayInternal().relu(); // [N, C]
        return new Attended(image, dynamic.stream().map(level -> level.weights(made)).toList());
    }

    /**
     * Eq. 6, of classes {@code from} to {@code to}. They lie side by side as channels, so that the
     * largest arrays come out of one product each.
     *
     * @return logits [n, S_1 ... S_n], attached to {@code manager}
     */
    NDArray classDecoder(
            NDManager manager, Features features, Attended attended, int from, int to) {
        long n = to - from;
        NDIndex classes = new NDIndex().addSliceDim(from, to);
        NDArray image = attended.image().get(classes);
        image.attach(manager);
        NDArray x = image.transpose(1, 0, 2); // [P, n, c], which is a map of n c channels
        for (int i = 0; i < dynamic.size(); i++) {
            NDArray weights = attended.weights().get(i).get(classes);
            weights.attach(manager);
            NDArray kernel = weights.reshape(-1, weights.getShape().get(2)); // [n c, C_i]
            long[] sizes = features.sizes().get(i);
            NDArray map = x.reshape(withEnds(1, sizes, kernel.getShape().get(0)));
            NDArray finer = features.finer().get(i); // [P_i, C_i]
            NDArray[] axes = features.doublings().get(i);
            if (i == classConvs.size()) {
                return finest(map, axes, finer, kernel, n);
            }
            Conv conv = classConvs.get(i);
            x =
                    within(
                            map,
                            below -> {
                                NDArray up = Layers.alongAxes(below, axes);
                                NDArray active = addedAndActive(up, finer, kernel);
                                return channelsLast(conv.ofEach(channelsFirst(active), n));
                            });
        }
        throw new IllegalStateException("no finer level");
    }

    /** max(0, up + finer kernel^T), of the shape of {@code up}, which is written to. */
    private static NDArray addedAndActive(NDArray up, NDArray finer, NDArray kernel) {
        try (NDArray added = linear(finer, kernel, null)) { // [P_i, n c]
            return up.addi(added.reshape(up.getShape())).getNDArrayInternal().relu();
        }
    }

    /**
     * The last step of the class decoder, in bands along the first axis: between its two ends it is
     * C times as wide as the logits, and a band needs few of the rows below.
     *
     * @param below [1, S_1, ..., S_n, n c]
     * @param axes double S_1, ..., S_n
     * @param finer [P_0, C_0]
     * @param kernel [n c, C_0]
     * @return logits [n, P_0]
     */
    private NDArray finest(NDArray below, NDArray[] axes, NDArray finer, NDArray kernel, long n) {
        NDManager manager = below.getManager();
        long low = axes[0].getShape().get(1);
        long rows = axes[0].getShape().get(0);
        NDArray wide =
                Layers.alongAxes(below.squeeze(0), Arrays.copyOfRange(axes, 1, axes.length))
                        .reshape(low, -1); // [S_1, 2 S_2 ... n c]
        long most = Math.max(1, CLASS_BYTES / (Float.BYTES * wide.getShape().get(1)));
        long bands = Math.ceilDiv(rows, most);
        long places = finer.getShape().get(0) / rows;
        NDList logits = new NDList();
        for (long band = 0; band < bands; band++) {
            long from = band * rows / bands;
            long to = (band + 1) * rows / bands;
            long first = from * (low - 1) / (rows - 1);
            long last = Math.min(low, (to - 1) * (low - 1) / (rows - 1) + 2);
            try (NDManager scratch = manager.newSubManager()) {
                NDArray part = wide.get(new NDIndex().addSliceDim(first, last));
                NDArray axis =
                        axes[0].get(new NDIndex().addSliceDim(from, to).addSliceDim(first, last));
                NDArray beside = finer.get(new NDIndex().addSliceDim(from * places, to * places));
                part.attach(scratch);
                axis.attach(scratch);
                beside.attach(scratch);
                NDArray up = axis.matMul(part).reshape((to - from) * places, -1);
                NDArray active = addedAndActive(up, beside, kernel); // [band, n c]
                NDArray y = head.apply(active.reshape(-1, n, IrisSize.classWidth(0))); // [., n, 1]
                y.attach(manager);
                logits.add(y);
            }
        }
        NDArray all = logits.size() == 1 ? logits.getFirst() : NDArrays.concat(logits, 0);
        return all.squeeze(2).transpose();
    }

    // ---------------------------------------------------------------- parts

    /** The output of a layer, attached where the input was; the input and all between is closed. */
    private static NDArray within(NDArray x, UnaryOperator<NDArray> layer) {
        NDManager manager = x.getManager();
        try (NDManager scratch = manager.newSubManager()) {
            x.attach(scratch);
            NDArray y = layer.apply(x);
            y.attach(manager);
            return y;
        }
    }

    private NDArray array(StateDict weights, String name) {
        Tensor tensor = weights.get(name);
        return weightsManager.create(tensor.values(), new Shape(tensor.shape()));
    }

    /** [first, S_1, ..., S_n, last]. */
    private static Shape withEnds(long first, long[] sizes, long last) {
        long[] shape = new long[sizes.length + 2];
        shape[0] = first;
        System.arraycopy(sizes, 0, shape, 1, sizes.length);
        shape[shape.length - 1] = last;
        return new Shape(shape);
    }

    /** S_1, ..., S_n of a map. */
    private static long[] space(NDArray map) {
        return map.getShape().slice(2).getShape();
    }

    /** A map [1, C, ...] as rows [1, P, C]. */
    private static NDArray rows(NDArray map) {
        return channelsLast(map).reshape(1, -1, map.getShape().get(1));
    }

    /** N arrays of one shape as [N, ...]. */
    private static NDArray stack(NDManager manager, List<float[]> parts, long[] shape) {
        int each = parts.getFirst().length;
        float[] all = new float[parts.size() * each];
        for (int k = 0; k < parts.size(); k++) {
            System.arraycopy(parts.get(k), 0, all, k * each, each);
        }
        Shape whole = withEnds(parts.size(), shape, 1);
        try (NDArray wrapped = manager.create(all, whole.slice(0, shape.length + 1))) {
            return wrapped.duplicate();
        }
    }

    /** [N, ...] as N arrays. */
    private static List<float[]> split(NDArray all) {
        int n = (int) all.getShape().get(0);
        float[] values = all.toFloatArray();
        int each = values.length / n;
        List<float[]> parts = new ArrayList<>();
        for (int k = 0; k < n; k++) {
            parts.add(Arrays.copyOfRange(values, k * each, (k + 1) * each));
        }
        return parts;
    }

    /** Runs of so many that arrays of {@code bytes} each take no more than {@code limit}. */
    private static <T> List<List<T>> groups(List<T> all, long bytes, long limit) {
        int most = (int) Math.clamp(limit / bytes, 1, all.size());
        int count = Math.ceilDiv(all.size(), most);
        List<List<T>> groups = new ArrayList<>();
        for (int g = 0; g < count; g++) {
            groups.add(all.subList(g * all.size() / count, (g + 1) * all.size() / count));
        }
        return groups;
    }

    private static NDArray[] doublings(NDManager manager, long[] sizes) {
        NDArray[] axes = new NDArray[sizes.length];
        for (int i = 0; i < axes.length; i++) {
            axes[i] = Layers.doubling(manager, (int) sizes[i]);
        }
        return axes;
    }

    private NDArray maxPool(NDArray x) {
        Shape two = filled(2);
        return x.getNDArrayInternal().maxPool(two, two, filled(0), false);
    }

    /** A number for each axis of space. */
    private Shape filled(long value) {
        long[] values = new long[size.dims()];
        Arrays.fill(values, value);
        return new Shape(values);
    }

    /** Sines and cosines of the coarse places, [P, C]. */
    private NDArray positions(NDManager manager, long[] sizes) {
        List<Integer> key = new ArrayList<>();
        for (long s : sizes) {
            key.add((int) s);
        }
        Places known = places;
        if (!known.sizes().equals(key)) {
            known = new Places(key, positions(key, size.channels()));
            places = known;
        }
        int c = size.channels();
        return manager.create(known.values(), new Shape(known.values().length / c, c));
    }

    /**
     * For each axis, place t in (0, 1) and F frequencies f_i = pi/2 32^(i / (F-1)): all sin(f t),
     * then all cos(f t); F = C / 2n, and what is left of the C channels is zero.
     *
     * @return [P, C] row-major
     */
    static float[] positions(List<Integer> sizes, int channels) {
        int dims = sizes.size();
        int count = channels / (2 * dims);
        int all = sizes.stream().reduce(1, (a, b) -> a * b);
        float[] waves = new float[all * channels];
        for (int p = 0; p < all; p++) {
            int rest = p;
            for (int axis = dims - 1; axis >= 0; axis--) {
                double t = (rest % sizes.get(axis) + 0.5) / sizes.get(axis);
                rest /= sizes.get(axis);
                int from = p * channels + 2 * axis * count;
                for (int i = 0; i < count; i++) {
                    double angle =
                            t * 0.5 * Math.PI * Math.pow(32, (double) i / Math.max(1, count - 1));
                    waves[from + i] = (float) Math.sin(angle);
                    waves[from + count + i] = (float) Math.cos(angle);
                }
            }
        }
        return waves;
    }

    /**
     * Instance norm, mean 0 and biased variance 1 of each channel: a batch norm of a batch of one.
     * One for each number of channels.
     */
    private final class InstanceNorm implements UnaryOperator<NDArray> {
        private final NDArray zeros;
        private final NDArray ones;
        private final NDArray runningMean;
        private final NDArray runningVariance;

        InstanceNorm(int channels) {
            Shape shape = new Shape(channels);
            zeros = weightsManager.zeros(shape);
            ones = weightsManager.ones(shape);
            runningMean = weightsManager.zeros(shape);
            runningVariance = weightsManager.ones(shape);
        }

        @Override
        public NDArray apply(NDArray x) {
            return x.getNDArrayInternal()
                    .batchNorm(
                            x, runningMean, runningVariance, ones, zeros, 1, 1, NORM_EPSILON, true)
                    .singletonOrThrow();
        }
    }

    /** A convolution of stride 1 that keeps the size. */
    private final class Conv implements UnaryOperator<NDArray> {
        private final NDArray weight;
        private final NDArray bias;

        Conv(StateDict weights, String name) {
            Tensor tensor = weights.get(name + ".weight");
            try (NDArray wrapped =
                            weightsManager.create(tensor.values(), new Shape(tensor.shape()));
                    NDArray last = channelsLast(wrapped);
                    NDArray copy = last.duplicate();
                    NDArray dense = copy.reshape(last.getShape())) {
                weight = channelsFirst(dense);
            }
            bias = array(weights, name + ".bias");
        }

        @Override
        public NDArray apply(NDArray x) {
            return convolve(x, weight, bias, 1);
        }

        /** Of each of {@code n} maps that lie side by side as channels. */
        NDArray ofEach(NDArray x, long n) {
            if (n == 1) {
                return apply(x);
            }
            NDList weights = new NDList();
            NDList biases = new NDList();
            for (int i = 0; i < n; i++) {
                weights.add(weight);
                biases.add(bias);
            }
            NDArray allWeights = NDArrays.concat(weights, 0);
            NDArray allBiases = NDArrays.concat(biases, 0);
            allWeights.attach(x.getManager());
            allBiases.attach(x.getManager());
            return convolve(x, allWeights, allBiases, (int) n);
        }

        private NDArray convolve(NDArray x, NDArray kernel, NDArray shift, int groups) {
            Shape padding = filled(kernel.getShape().get(2) / 2);
            return Layers.convolution(x, kernel, shift, filled(1), padding, filled(1), groups);
        }
    }

    /** x W^T + b over the last axis. */
    private final class Affine implements UnaryOperator<NDArray> {
        private final NDArray weight;
        private final NDArray bias;

        /** Also of a 1 x 1 convolution. */
        Affine(StateDict weights, String name) {
            this(weights, name, 1);
        }

        Affine(StateDict weights, String name, double factor) {
            Tensor tensor = weights.get(name + ".weight");
            weight =
                    weightsManager.create(
                            scaled(tensor.values(), factor),
                            new Shape(tensor.shape()[0], tensor.shape()[1]));
            bias = weightsManager.create(scaled(weights.get(name + ".bias").values(), factor));
        }

        private static float[] scaled(float[] values, double factor) {
            float[] scaled = values.clone();
            for (int i = 0; i < scaled.length; i++) {
                scaled[i] = (float) (scaled[i] * factor);
            }
            return scaled;
        }

        @Override
        public NDArray apply(NDArray x) {
            return linear(x, weight, bias);
        }

        NDArray onMap(NDArray map) {
            return channelsFirst(apply(channelsLast(map)));
        }
    }

    /** Layer norm. */
    private final class Norm {
        private final NDArray weight;
        private final NDArray bias;

        Norm(StateDict weights, String name) {
            weight = array(weights, name + ".weight");
            bias = array(weights, name + ".bias");
        }

        NDArray apply(NDArray x) {
            return Layers.layerNorm(x, weight, bias, LAYER_NORM_EPSILON);
        }
    }

    /** Norm, ReLU, convolution, ReLU, convolution, and the input added. */
    private final class Block implements UnaryOperator<NDArray> {
        private final InstanceNorm norm;
        private final Conv first;
        private final Conv second;
        private final @Nullable Affine shortcut;

        Block(StateDict weights, String name) {
            int in = (int) weights.get(name + ".conv1.weight").shape()[1];
            norm = instanceNorms.computeIfAbsent(in, InstanceNorm::new);
            first = new Conv(weights, name + ".conv1");
            second = new Conv(weights, name + ".conv2");
            String side = name + ".shortcut";
            shortcut = weights.has(side + ".weight") ? new Affine(weights, side) : null;
        }

        @Override
        public NDArray apply(NDArray x) {
            NDArray active = norm.apply(x).getNDArrayInternal().relu();
            NDArray y = second.apply(first.apply(active).getNDArrayInternal().relu());
            return y.addi(shortcut == null ? x : shortcut.onMap(active));
        }
    }

    /**
     * Multi-head attention. A map [1, P, C] is one for all N classes; then its projections are made
     * once. Of N maps [N, P, C] none are made: with h heads of d channels,
     *
     * <pre>
     *   (W_k,h x_p) . q_h          = x_p . (W_k,h^T q_h)
     *   sum_p a_p (W_v,h x_p)      = W_v,h (sum_p a_p x_p)
     * </pre>
     *
     * <p>so that what belongs to the few tokens is projected in place of the map, and the map is
     * only read, twice. A bias of the keys adds the same to all scores of a softmax, and goes.
     */
    private final class Attention {
        private final Affine queries;
        private final Affine keys;
        private final Affine values;
        private final Affine out;
        private final long channels;
        private final NDArray queryHeads; // [h, d, C]
        private final NDArray keyHeads; // [h, d, C]
        private final NDArray valueHeads; // [h, C, d]
        private final NDArray outHeads; // [h, d, C]
        private final NDArray outShare; // [C], the bias' share of a head

        Attention(StateDict weights, String name) {
            long inner = weights.get(name + ".q.bias").shape()[0];
            long d = inner / HEADS;
            channels = size.channels();
            queries = new Affine(weights, name + ".q", 1 / Math.sqrt((double) d));
            keys = new Affine(weights, name + ".k");
            values = new Affine(weights, name + ".v");
            out = new Affine(weights, name + ".out");
            queryHeads = queries.weight.reshape(HEADS, d, channels);
            keyHeads = keys.weight.reshape(HEADS, d, channels);
            valueHeads = values.weight.reshape(HEADS, d, channels).transpose(0, 2, 1);
            outHeads = out.weight.transpose().reshape(HEADS, d, channels);
            outShare = out.bias.div(HEADS);
        }

        /** Each attends all: [N, L, C] to the same. */
        NDArray among(NDArray x) {
            long n = x.getShape().get(0);
            long l = x.getShape().get(1);
            NDArray q = heads(queries.apply(x)); // [N, h, L, d]
            NDArray k = heads(keys.apply(x));
            NDArray v = heads(values.apply(x));
            NDArray mixed = q.matMul(k.transpose(0, 1, 3, 2)).softmax(-1).matMul(v);
            return out.apply(mixed.transpose(0, 2, 1, 3).reshape(n, l, -1));
        }

        /** Tokens attend a map: [N or 1, L, C] and [N or 1, P, C] to [N, L, C]. */
        NDArray gather(NDArray tokens, NDArray map) {
            long l = tokens.getShape().get(1);
            NDArray q = queries.apply(tokens);
            if (map.getShape().get(0) == 1) {
                NDArray k = flatHeads(keys.apply(map)); // [h, P, d]
                NDArray v = flatHeads(values.apply(map));
                NDArray a = flatHeads(q).matMul(k.transpose(0, 2, 1)).softmax(-1); // [h, NL, P]
                return out.apply(
                        a.matMul(v).transpose(1, 0, 2).reshape(-1, l, HEADS * v.getShape().get(2)));
            }
            NDArray projected = byClass(flatHeads(q).matMul(keyHeads), l); // [N or 1, hL, C]
            NDArray a = projected.matMul(map.transpose(0, 2, 1)).softmax(-1); // [N, hL, P]
            NDArray mean = a.matMul(map).reshape(-1, HEADS, l, channels).transpose(1, 0, 2, 3);
            NDArray v = mean.reshape(HEADS, -1, channels).matMul(valueHeads); // [h, NL, d]
            NDArray joined = v.transpose(1, 0, 2).reshape(-1, l, HEADS * v.getShape().get(2));
            return out.apply(joined.add(values.bias));
        }

        /**
         * A map attends tokens.
         *
         * @param map [N or 1, P, C]
         * @param tokens [N, L, C]
         * @param last what follows, without its bias: it is linear, so the tokens go through it
         * @return [N, P, C], or as many channels as {@code last} gives
         */
        NDArray spread(NDArray map, NDArray tokens, @Nullable Affine last) {
            long n = tokens.getShape().get(0);
            long l = tokens.getShape().get(1);
            NDArray k = keys.apply(tokens); // [N, L, hd]
            NDArray scores; // [N, h, L, P]
            if (map.getShape().get(0) == 1) {
                NDArray q = flatHeads(queries.apply(map)); // [h, P, d]
                scores =
                        flatHeads(k)
                                .matMul(q.transpose(0, 2, 1)) // [h, NL, P]
                                .reshape(HEADS, n, l, -1)
                                .transpose(1, 0, 2, 3);
            } else {
                NDArray shift = heads(k.mul(queries.bias)).sum(new int[] {3}, true); // [N, h, L, 1]
                scores =
                        byClass(flatHeads(k).matMul(queryHeads), l)
                                .matMul(map.transpose(0, 2, 1)) // [N, hL, P]
                                .reshape(n, HEADS, l, -1)
                                .add(shift);
            }
            NDArray a = scores.softmax(2).reshape(n, HEADS * l, -1); // [N, hL, P]
            NDArray v =
                    flatHeads(values.apply(tokens)).matMul(outHeads).add(outShare); // [h, NL, C]
            v = last == null ? v : linear(v, last.weight, null);
            return a.transpose(0, 2, 1).matMul(byClass(v, l));
        }

        /** [N, L, hd] as [N, h, L, d]. */
        private static NDArray heads(NDArray x) {
            Shape shape = x.getShape();
            return x.reshape(shape.get(0), shape.get(1), HEADS, shape.get(2) / HEADS)
                    .transpose(0, 2, 1, 3);
        }

        /** [N, L, hd] as [h, NL, d]. */
        private static NDArray flatHeads(NDArray x) {
            return x.reshape(-1, HEADS, x.getShape().get(2) / HEADS).transpose(1, 0, 2);
        }

        /** [h, NL, ..] as [N, hL, ..]. */
        private static NDArray byClass(NDArray x, long l) {
            long width = x.getShape().get(2);
            return x.reshape(HEADS, -1, l, width)
                    .transpose(1, 0, 2, 3)
                    .reshape(-1, HEADS * l, width);
        }
    }

    private final class FeedForward {
        private final Affine first;
        private final Affine second;

        FeedForward(StateDict weights, String name) {
            first = new Affine(weights, name + ".0");
            second = new Affine(weights, name + ".2");
        }

        NDArray apply(NDArray x) {
            return second.apply(first.apply(x).getNDArrayInternal().relu());
        }
    }

    /** Tokens attend the fused features, then each other. */
    private final class TaskLayer {
        private final Norm norm1;
        private final Norm norm2;
        private final Norm norm3;
        private final Attention cross;
        private final Attention among;
        private final FeedForward feedForward;

        TaskLayer(StateDict weights, String name) {
            norm1 = new Norm(weights, name + ".norm1");
            norm2 = new Norm(weights, name + ".norm2");
            norm3 = new Norm(weights, name + ".norm3");
            cross = new Attention(weights, name + ".cross");
            among = new Attention(weights, name + ".self_attention");
            feedForward = new FeedForward(weights, name + ".feed_forward");
        }

        /** [N or 1, m, C] and [N, P, C] to [N, m, C]. */
        NDArray apply(NDArray tokens, NDArray features) {
            NDArray x = tokens.add(cross.gather(norm1.apply(tokens), features));
            x = x.add(among.among(norm2.apply(x)));
            return x.add(feedForward.apply(norm3.apply(x)));
        }
    }

    /** Tokens attend each other and the image, then the image attends the tokens: eq. 5. */
    private final class TwoWayLayer {
        private final Norm norm1;
        private final Norm norm2;
        private final Norm norm3;
        private final Norm norm4;
        private final Norm normImage;
        private final Attention among;
        private final Attention toImage;
        private final FeedForward feedForward;
        private final Attention fromTokens;

        TwoWayLayer(StateDict weights, String name) {
            norm1 = new Norm(weights, name + ".norm1");
            norm2 = new Norm(weights, name + ".norm2");
            norm3 = new Norm(weights, name + ".norm3");
            norm4 = new Norm(weights, name + ".norm4");
            normImage = new Norm(weights, name + ".norm_image");
            among = new Attention(weights, name + ".self_attention");
            toImage = new Attention(weights, name + ".to_image");
            feedForward = new FeedForward(weights, name + ".feed_forward");
            fromTokens = new Attention(weights, name + ".from_tokens");
        }

        /**
         * @param tokens [N, M, C]
         * @param image [N or 1, P, C]
         * @param where [P, C]
         * @param last what only the image goes through afterwards, if anything
         * @return tokens [N, M, C] and image [N, P, C], or as many channels as {@code last} gives
         */
        NDArray[] apply(NDArray tokens, NDArray image, NDArray where, @Nullable Affine last) {
            NDArray x = tokens.add(among.among(norm1.apply(tokens)));
            NDArray seen = normImage.apply(image);
            seen.attach(tokens.getManager());
            seen.addi(where);
            x = x.add(toImage.gather(norm2.apply(x), seen));
            x = x.add(feedForward.apply(norm3.apply(x)));
            NDArray before = last == null ? image : last.apply(image);
            NDArray spread = fromTokens.spread(seen, norm4.apply(x), last);
            return new NDArray[] {x, spread.addi(before)};
        }
    }

    /** Weights of a 1 x 1 convolution, made from a token. */
    private final class Dynamic {
        private final NDArray fixed; // [c, C_i]
        private final Affine generate;

        Dynamic(StateDict weights, String name) {
            fixed = array(weights, name + ".fixed");
            generate = new Affine(weights, name + ".generate");
        }

        /** [N, C] to [N, c, C_i]. */
        NDArray weights(NDArray made) {
            Shape shape = fixed.getShape();
            return generate.apply(made).reshape(-1, shape.get(0), shape.get(1)).add(fixed);
        }
    }
}
