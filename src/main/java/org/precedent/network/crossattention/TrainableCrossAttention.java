package org.precedent.network.crossattention;

import static org.precedent.tensor.Layers.linear;
import static org.precedent.tensor.Layers.times;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.precedent.network.NetworkException;
import org.precedent.network.crossattention.CrossAttentionEncoder.Kind;
import org.precedent.network.crossattention.TrainableUpsampler.Upsampled;
import org.precedent.tensor.Layers;
import org.precedent.tensor.Torch;
import org.precedent.weights.StateDict;
import org.precedent.weights.Tensor;

/**
 * The cross-attention network with gradients: the same parts as {@link CrossAttention}, made anew
 * for every episode from one vector of weights, so that the gradient is one vector, too, and
 * nothing outlives an episode. A test holds its logits to those of the network that answers.
 *
 * <p>The vector has the trained weights first, of which the mapper's come first, and the momentum
 * copy of the mapper at its end. No gradient goes through the copy: it follows the mapper.
 */
public final class TrainableCrossAttention {
    /** K0 in training: less than {@link CrossAttention#TOP_K}, as the paper has it. */
    static final int TOP_K = 5;

    private static final String MOMENTUM = "mapper_momentum.";
    private static final String MAPPER = "mapper.";
    private static final float LEAST_LOG_TEMPERATURE = (float) Math.log(0.05);
    private static final float LARGEST_LOG_TEMPERATURE = (float) Math.log(20);

    private final StateDict base;
    private final CrossAttentionSize size;
    private final int topK;
    private final List<String> trained = new ArrayList<>();
    private final List<String> following = new ArrayList<>();
    private final int trainedCount;
    private final int mapperCount;

    /**
     * @param base the weights to start from, of any widths
     * @throws NetworkException when names or shapes are others
     */
    public TrainableCrossAttention(StateDict base) {
        this(base, TOP_K);
    }

    TrainableCrossAttention(StateDict base, int topK) {
        this.base = base;
        this.size = CrossAttentionSize.require(base, CrossAttention.NAME);
        this.topK = topK;
        List<String> names = List.copyOf(size.parameterShapes().keySet());
        names.stream().filter(name -> name.startsWith(MAPPER)).forEach(trained::add);
        mapperCount = count(trained);
        names.stream()
                .filter(name -> !name.startsWith(MAPPER) && !name.startsWith(MOMENTUM))
                .forEach(trained::add);
        trainedCount = count(trained);
        names.stream().filter(name -> name.startsWith(MOMENTUM)).forEach(following::add);
    }

    private int count(List<String> names) {
        return names.stream().mapToInt(this::count).sum();
    }

    private int count(String name) {
        return (int) Tensor.elements(base.get(name).shape());
    }

    /** How many of the first values are trained. */
    public int trained() {
        return trainedCount;
    }

    /** The side of the squares that it is trained on. */
    public int nativeSize() {
        return size.stemStride() == 1 ? CrossAttention.NATIVE_SIZE : CrossAttention.PAPER_SIZE;
    }

    /** The weights to start from. */
    public float[] values() {
        float[] values = new float[trainedCount + mapperCount];
        int at = 0;
        for (List<String> names : List.of(trained, following)) {
            for (String name : names) {
                float[] of = base.get(name).values();
                System.arraycopy(of, 0, values, at, of.length);
                at += of.length;
            }
        }
        return values;
    }

    /** Which trained values a weight decay shrinks: those of matrices, not of vectors. */
    public boolean[] decayed() {
        boolean[] decayed = new boolean[trainedCount];
        int at = 0;
        for (String name : trained) {
            int count = count(name);
            Arrays.fill(decayed, at, at + count, base.get(name).shape().length > 1);
            at += count;
        }
        return decayed;
    }

    /** Moves the copy of the mapper towards the mapper: copy <- momentum copy + the rest mapper. */
    public void follow(float[] values, float momentum) {
        for (int i = 0; i < mapperCount; i++) {
            int of = trainedCount + i;
            values[of] += (1 - momentum) * (values[i] - values[of]);
        }
    }

    /** The weights as a file has them. */
    public Map<String, Tensor> tensors(float[] values) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        Map<String, Integer> offsets = offsets();
        size.parameterShapes()
                .forEach((name, shape) -> {
                    int from = Objects.requireNonNull(offsets.get(name));
                    float[] of = Arrays.copyOfRange(values, from, from + count(name));
                    tensors.put(name, new Tensor(shape, of));
                });
        return tensors;
    }

    private Map<String, Integer> offsets() {
        Map<String, Integer> offsets = new LinkedHashMap<>();
        int at = 0;
        for (List<String> names : List.of(trained, following)) {
            for (String name : names) {
                offsets.put(name, at);
                at += count(name);
            }
        }
        return offsets;
    }

    /**
     * What one episode says.
     *
     * @param loss of the query's answer
     * @param gradient of the loss by each trained value
     */
    public record Gradient(double loss, float[] gradient) {}

    /**
     * Loss and gradient of one episode, on the thread that calls.
     *
     * @param scratch everything that is made is attached to it
     * @param values of {@link #values}, read only
     */
    Gradient gradient(NDManager scratch, float[] values, TrainingEpisode episode) {
        boolean before = JniUtils.isGradMode();
        JniUtils.setGradMode(true);
        try {
            NDArray theta =
                    Layers.own(
                            scratch, Arrays.copyOf(values, trainedCount), new Shape(trainedCount));
            theta.setRequiresGradient(true);
            NDArray logits = logits(scratch, theta, values, episode);
            SegmentationLoss loss = SegmentationLoss.of(logits.toFloatArray(), episode.mask());
            NDArray start = Layers.own(scratch, loss.gradient(), logits.getShape());
            JniUtils.backward((PtNDArray) logits, (PtNDArray) start, false, false);
            NDArray gradient = theta.getGradient();
            gradient.attach(scratch);
            return new Gradient(loss.value(), gradient.toFloatArray());
        } finally {
            JniUtils.setGradMode(before);
        }
    }

    /**
     * Gradients of several episodes, each on one thread: the same bits however many there are.
     *
     * @param torch where it runs
     * @param sideBySide whether they may take all threads at once, or leave the others free
     */
    public List<Gradient> gradients(
            Torch torch, boolean sideBySide, float[] values, List<TrainingEpisode> episodes) {
        List<Function<NDManager, Gradient>> works = new ArrayList<>();
        for (TrainingEpisode episode : episodes) {
            works.add(scratch -> gradient(scratch, values, episode));
        }
        return sideBySide ? torch.each(works) : works.stream().map(torch::alone).toList();
    }

    /**
     * [H W] logits of the query.
     *
     * @param scratch everything that is made is attached to it
     */
    float[] logits(NDManager scratch, float[] values, TrainingEpisode episode) {
        NDArray theta =
                Layers.own(scratch, Arrays.copyOf(values, trainedCount), new Shape(trainedCount));
        return logits(scratch, theta, values, episode).toFloatArray();
    }

    /** [1, H, W, 1]. */
    private NDArray logits(
            NDManager scratch, NDArray theta, float[] values, TrainingEpisode episode) {
        NDArray copy =
                Layers.own(
                        scratch,
                        Arrays.copyOfRange(values, trainedCount, trainedCount + mapperCount),
                        new Shape(mapperCount));
        Map<String, NDArray> live = new LinkedHashMap<>();
        split(theta, trained, live);
        split(copy, following, live);
        LiveParameters parameters = new LiveParameters(base, scratch, live);

        int k = episode.supports().size();
        NDArray query = Layers.own(scratch, episode.image(), grid(episode, 1, 1));
        NDArray images = supports(scratch, episode, 1);
        NDArray both = supports(scratch, episode, 2);
        List<NDArray> ofQuery =
                new CrossAttentionEncoder(size, parameters, "mapper", Kind.MAPPER).maps(query);
        List<NDArray> ofSupports =
                new CrossAttentionEncoder(size, parameters, "mapper_momentum", Kind.MAPPER)
                        .maps(images);
        List<NDArray> features =
                new CrossAttentionEncoder(size, parameters, "support", Kind.SUPPORT).maps(both);
        List<NDArray> skips =
                new CrossAttentionEncoder(size, parameters, "segmentation", Kind.SEGMENTATION)
                        .maps(query);

        NDArray coarse = coarse(parameters, rows(ofQuery.get(0)), rows(ofSupports.get(0)), k);
        NDArray middle =
                upsampled(parameters, 1, coarse, ofQuery, ofSupports, episode, 4 * topK).matrix();
        Upsampled fine = upsampled(parameters, 2, middle, ofQuery, ofSupports, episode, 16 * topK);
        List<NDArray> attended =
                List.of(
                        coarse.matMul(rows(features.get(0))).expandDims(0),
                        middle.matMul(rows(features.get(1))).expandDims(0),
                        fine.times(rows(features.get(2))).expandDims(0));
        return new CrossAttentionDecoder(size, parameters).logits(skips, attended);
    }

    private Upsampled upsampled(
            LiveParameters parameters,
            int scale,
            NDArray attention,
            List<NDArray> ofQuery,
            List<NDArray> ofSupports,
            TrainingEpisode episode,
            int pairs) {
        return new TrainableUpsampler(parameters, "upsamplers." + (scale - 1))
                .upsampled(
                        attention,
                        rows(ofQuery.get(scale)),
                        rows(ofSupports.get(scale)),
                        episode.height() / size.stride(scale - 1),
                        episode.width() / size.stride(scale - 1),
                        pairs);
    }

    /**
     * Equations 1 and 2 of the paper with equal weights.
     *
     * @param query [N, D]
     * @param support [K N, D]
     * @return [N, K N]
     */
    private NDArray coarse(LiveParameters parameters, NDArray query, NDArray support, int k) {
        NDArray key = parameters.matrix("attention.key.weight");
        NDArray keys = linear(support.concat(parameters.matrix("attention.tokens")), key, null);
        NDArray temperature =
                times(
                        parameters
                                .vector("attention.log_temperature")
                                .clip(LEAST_LOG_TEMPERATURE, LARGEST_LOG_TEMPERATURE)
                                .exp(),
                        0.1f * size.attentionDim());
        long columns = support.getShape().get(0);
        float[] ofWeights = new float[(int) columns + size.tokens()];
        Arrays.fill(ofWeights, 0, (int) columns, (float) Math.log(1.0 / k));
        NDArray logits =
                linear(query, parameters.matrix("attention.query.weight"), null)
                        .matMul(keys.transpose())
                        .div(temperature)
                        .add(
                                Layers.own(
                                        parameters.manager(),
                                        ofWeights,
                                        new Shape(ofWeights.length))); // [N, K N + T]
        return logits.softmax(1).get(new NDIndex(":, 0:" + columns));
    }

    /** [B, h, w, D] as [B h w, D]. */
    private static NDArray rows(NDArray map) {
        return map.reshape(-1, map.getShape().get(3));
    }

    private static Shape grid(TrainingEpisode episode, long b, long channels) {
        return new Shape(b, episode.height(), episode.width(), channels);
    }

    /** [K, H, W, 1] images, or [K, H, W, 2] images and masks. */
    private static NDArray supports(NDManager manager, TrainingEpisode episode, int channels) {
        List<TrainingEpisode.Support> supports = episode.supports();
        int pixels = episode.image().length;
        float[] values = new float[supports.size() * pixels * channels];
        for (int s = 0; s < supports.size(); s++) {
            for (int i = 0; i < pixels; i++) {
                int at = (s * pixels + i) * channels;
                values[at] = supports.get(s).image()[i];
                if (channels == 2) {
                    values[at + 1] = supports.get(s).mask()[i];
                }
            }
        }
        return Layers.own(manager, values, grid(episode, supports.size(), channels));
    }

    private void split(NDArray all, List<String> names, Map<String, NDArray> into) {
        long[] cuts = new long[names.size() - 1];
        long at = 0;
        for (int i = 0; i < cuts.length; i++) {
            at += count(names.get(i));
            cuts[i] = at;
        }
        NDList parts = all.split(cuts);
        for (int i = 0; i < names.size(); i++) {
            into.put(names.get(i), parts.get(i));
        }
    }
}
