package org.precedent.network.iris;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.precedent.network.Episode;
import org.precedent.network.Episode.LabelContext;
import org.precedent.network.Episode.Support;
import org.precedent.network.NetworkException;
import org.precedent.network.Prediction;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.SupportEncoding;
import org.precedent.network.SupportImage;
import org.precedent.network.TaskEncoder;
import org.precedent.tensor.LoadedModel;
import org.precedent.tensor.Torch;
import org.precedent.weights.StateDict;

/**
 * Iris (Gao et al., "Show and Segment", CVPR 2025) on images. {@link IrisNetwork} is the network;
 * this is its use, by the paper's strategies: an annotation is encoded once into a task embedding T
 * of (m + 1) x C numbers (one-shot), the embeddings of a label's supports are averaged by weight
 * (context ensemble), and all labels of a query are answered in one pass. The time of a query does
 * not depend on the number of supports, but for their mean.
 *
 * <p>A mask does not depend on which other labels are asked for: in one pass and alone it differs
 * by rounding only. The same episode gives the same bits.
 */
public final class Iris implements SegmentationNetwork, TaskEncoder {
    /** The name of this network. */
    public static final String NAME = "iris";

    /** Side of the images that the network was trained on. */
    public static final int NATIVE_SIZE = 128;

    /** Name of an encoding's only tensor: T, [m + 1, C]. */
    static final String TASK = "task";

    private final Torch torch;
    private final String weightsSha256;
    private final LoadedModel model;
    private final IrisSize size;
    private final IrisNetwork network;

    /**
     * @param torch where it runs; stays the caller's to close
     * @param weights of two dimensions, any widths
     * @throws NetworkException when names or shapes are others
     */
    public Iris(Torch torch, StateDict weights) {
        this.size = IrisSize.require(weights, NAME, 2);
        this.torch = torch;
        this.weightsSha256 = weights.sha256();
        this.model = new LoadedModel(NAME, torch);
        this.network = new IrisNetwork(size, weights, model.weights());
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String weightsSha256() {
        return weightsSha256;
    }

    @Override
    public int nativeSize() {
        return NATIVE_SIZE;
    }

    @Override
    public int sizeMultiple() {
        return size.ratio();
    }

    @Override
    public String device() {
        return torch.description();
    }

    @Override
    public boolean cachesSupports() {
        return true;
    }

    @Override
    public int taskDimension() {
        return size.taskTokens() * size.channels();
    }

    /** T as one vector, row after row. */
    @Override
    public float[] taskVector(SupportEncoding encoding) {
        encoding.requireOf(this);
        return encoding.tensor(TASK).values();
    }

    /** Of T: tokens, components. */
    long[] taskShape() {
        return new long[] {size.taskTokens(), size.channels()};
    }

    /**
     * Tunes the task embedding of one label in context, see {@link TaskTuning}; no weight changes.
     *
     * @param start where the descent begins: an encoding, or an ensemble's
     * @param pool two annotated images or more of one size, one mask each
     * @param report told every step; tuning ends when it says false
     * @return the embedding that did best on the images held back, as an encoding of the same
     *     network; maybe the start itself
     * @throws IllegalArgumentException when the pool is too small, or of several sizes
     */
    public SupportEncoding tune(
            SupportEncoding start,
            List<SupportImage> pool,
            TaskTuning.Options options,
            Predicate<TaskTuning.Progress> report) {
        start.requireOf(this);
        model.requireOpen();
        if (pool.size() < 2) {
            throw new IllegalArgumentException(
                    "a pool of " + pool.size() + " images; tuning needs at least 2");
        }
        for (SupportImage image : pool) {
            requireSize(image.height(), image.width());
            if (image.height() != start.height() || image.width() != start.width()) {
                throw new IllegalArgumentException(
                        "an image of "
                                + image.height()
                                + " x "
                                + image.width()
                                + " in a pool of "
                                + start.height()
                                + " x "
                                + start.width());
            }
        }
        float[] tuned = tuning().tune(start.tensor(TASK).values(), pool, options, report);
        NetworkException.requireFinite(NAME, tuned);
        return size.encoding(
                weightsSha256, start.height(), start.width(), start.imageSha256(), tuned);
    }

    TaskTuning tuning() {
        return new TaskTuning(torch, network);
    }

    @Override
    public List<SupportEncoding> encode(SupportImage image) {
        requireSize(image.height(), image.width());
        model.requireOpen();
        long[] sizes = {image.height(), image.width()};
        List<float[]> embeddings =
                torch.call(scratch -> network.embed(scratch, image.image(), image.masks(), sizes));
        String sha256 = SupportEncoding.imageSha256(image.image());
        List<SupportEncoding> encodings = new ArrayList<>();
        for (float[] embedding : embeddings) {
            NetworkException.requireFinite(NAME, embedding);
            encodings.add(
                    size.encoding(weightsSha256, image.height(), image.width(), sha256, embedding));
        }
        return encodings;
    }

    @Override
    public List<Prediction> segment(List<Episode> episodes) {
        return episodes.stream().map(this::answer).toList();
    }

    private Prediction answer(Episode episode) {
        requireSize(episode.height(), episode.width());
        model.requireOpen();
        List<float[]> embeddings = new ArrayList<>();
        for (LabelContext label : episode.labels()) {
            label.supports().forEach(s -> s.encoding().requireOf(this));
            embeddings.add(mean(label.supports()));
        }
        long[] sizes = {episode.height(), episode.width()};
        List<Prediction.LabelAnswer> labels = new ArrayList<>();
        for (float[] logits :
                torch.call(
                        scratch -> network.segment(scratch, episode.query(), sizes, embeddings))) {
            NetworkException.requireFinite(NAME, logits);
            labels.add(new Prediction.LabelAnswer(logits, List.of()));
        }
        return new Prediction(labels);
    }

    /** The weighted mean of task embeddings, token by token; supports of weight 0 are not read. */
    static float[] mean(List<Support> supports) {
        double[] sum = new double[supports.getFirst().encoding().tensor(TASK).values().length];
        for (Support support : supports) {
            double weight = support.weight();
            if (weight > 0) {
                float[] task = support.encoding().tensor(TASK).values();
                for (int i = 0; i < sum.length; i++) {
                    sum[i] += weight * task[i];
                }
            }
        }
        float[] mean = new float[sum.length];
        for (int i = 0; i < mean.length; i++) {
            mean[i] = (float) sum[i];
        }
        return mean;
    }

    private void requireSize(int h, int w) {
        if (h % size.ratio() != 0 || w % size.ratio() != 0) {
            throw NetworkException.sizeRefused(h, w, size.ratio());
        }
    }

    @Override
    public Cost cost(int k, int height, int width, int labels) {
        return IrisCost.ofQuery(size, k, labels, height, width);
    }

    /** Arrays that the weights hold, for leak tests. */
    int weightArrays() {
        return model.arrays();
    }

    @Override
    public void close() {
        model.close();
    }
}
