package org.precedent.segmentation;

import java.util.ArrayList;
import java.util.List;
import org.precedent.imaging.Frame;
import org.precedent.imaging.InputRange;
import org.precedent.imaging.Mask;
import org.precedent.imaging.NetworkInput;
import org.precedent.imaging.Plane;
import org.precedent.imaging.Raster;
import org.precedent.imaging.Resampling;
import org.precedent.network.Episode;
import org.precedent.network.Episode.LabelContext;
import org.precedent.network.GroupedNetwork;
import org.precedent.network.Prediction;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.SupportEncoding;
import org.precedent.network.SupportImage;

/**
 * Segments labels of one query from weighted supports. Thread-safe as far as the network is. The
 * caller keeps the network and closes it.
 */
public final class Segmenter {
    private final SegmentationNetwork network;

    /** The network, as it is shown support sets of any size. */
    private final SegmentationNetwork answering;

    private final InferenceSettings settings;
    private final int side;
    private final InputRange range;

    /**
     * An annotated image at its own size.
     *
     * @param mask of the image's size
     * @param weight its share of the answer, in [0, 1]
     */
    public record WeightedSupport(Raster image, Mask mask, double weight) {}

    /**
     * @param side of the square that images are fitted to, in pixels: a multiple of the network's
     *     {@link SegmentationNetwork#sizeMultiple}
     */
    public Segmenter(SegmentationNetwork network, int side) {
        this(network, InferenceSettings.of(network, side));
    }

    /**
     * As {@link #Segmenter(SegmentationNetwork, int)}, as recorded answers were made.
     *
     * @param settings of side, range and groups
     */
    public Segmenter(SegmentationNetwork network, InferenceSettings settings) {
        this.settings = settings;
        this.side = settings.side();
        this.range = settings.range();
        if (side < 1 || side % network.sizeMultiple() != 0) {
            throw new IllegalArgumentException(
                    "side "
                            + side
                            + " is no multiple of "
                            + network.sizeMultiple()
                            + ", as "
                            + network.name()
                            + " needs");
        }
        this.network = network;
        this.answering = new GroupedNetwork(network, settings.supportsTogether());
    }

    /** At the side that the network was trained at. */
    public Segmenter(SegmentationNetwork network) {
        this(network, network.nativeSize());
    }

    /** How it shows images and supports to the network. */
    public InferenceSettings settings() {
        return settings;
    }

    /** The side of the square that images are fitted to, in pixels. */
    public int side() {
        return side;
    }

    /** The range of grey values that images keep. */
    public InputRange range() {
        return range;
    }

    public SegmentationNetwork network() {
        return network;
    }

    /**
     * @param query of any size
     * @param supports K >= 1, of any sizes; weights sum to 1
     * @throws IllegalArgumentException when a mask is not of its image's size, or weights do not
     *     sum to 1
     * @throws SegmentationException when the network's answer is not usable
     */
    public Segmentation segment(Raster query, List<WeightedSupport> supports) {
        List<PreparedSupport> prepared = new ArrayList<>();
        double[] weights = new double[supports.size()];
        for (WeightedSupport support : supports) {
            weights[prepared.size()] = support.weight();
            prepared.add(PreparedSupport.of(support.image(), support.mask(), side, range));
        }
        return segment(query, prepared, weights);
    }

    /**
     * As {@link #segment(Raster, List)}, with supports that were prepared before.
     *
     * @param supports K >= 1, of this segmenter's side
     * @param weights [K] in [0, 1], summing to 1; in the order of the supports
     */
    public Segmentation segment(Raster query, List<PreparedSupport> supports, double[] weights) {
        if (weights.length != supports.size()) {
            throw new IllegalArgumentException(
                    weights.length + " weights for " + supports.size() + " supports");
        }
        List<Episode.Support> context = new ArrayList<>();
        for (PreparedSupport support : supports) {
            context.add(new Episode.Support(encode(support), weights[context.size()]));
        }
        LabelContext label = new LabelContext(context);
        return segment(query, List.of(label), List.of()).getFirst().segmentation();
    }

    /**
     * What the network knows of a support without any query; worth keeping where {@link
     * SegmentationNetwork#cachesSupports}.
     *
     * @param support of this segmenter's side
     */
    public SupportEncoding encode(PreparedSupport support) {
        requireSide(support);
        return network.encode(
                        SupportImage.of(
                                side, side, support.image().values(), support.label().values()))
                .getFirst();
    }

    /**
     * As {@link #encode(PreparedSupport)}, of several labels of one image: what belongs to the
     * image alone is done once.
     *
     * @param image of any size
     * @param masks of the image's size, at least one
     * @return one a mask, in their order
     */
    public List<SupportEncoding> encode(Raster image, List<Mask> masks) {
        return encode(NetworkInput.of(image, side, range), masks);
    }

    /** As {@link #encode(Raster, List)}, of one label and a part of the image. */
    SupportEncoding encode(Raster image, Mask mask, Frame part) {
        return encode(NetworkInput.of(image, side, range, part), List.of(mask)).getFirst();
    }

    private List<SupportEncoding> encode(NetworkInput input, List<Mask> masks) {
        List<float[]> labels =
                masks.stream().map(mask -> input.geometry().in(mask).values()).toList();
        return network.encode(new SupportImage(side, side, input.plane().values(), labels));
    }

    private void requireSide(PreparedSupport support) {
        if (support.image().width() != side) {
            throw new IllegalArgumentException(
                    "support of side " + support.image().width() + ", expected " + side);
        }
    }

    /**
     * One label's answer and where the network looked for it.
     *
     * @param attention of each attended pixel at each scale; empty where the network has none
     */
    public record Explained(Segmentation segmentation, List<Prediction.AttentionMap> attention) {
        public Explained {
            attention = List.copyOf(attention);
        }
    }

    /**
     * Segments several labels of one query at once: what they have in common is done once.
     *
     * @param query of any size
     * @param labels the encoded supports of each label with their weights
     * @param attended pixels of the network's square whose attention is reported
     * @return one a label, in their order
     */
    public List<Explained> segment(
            Raster query, List<LabelContext> labels, List<Episode.QueryPoint> attended) {
        return segment(NetworkInput.of(query, side, range), labels, attended);
    }

    /** Segments one label of a part of a query; outside of it the probability is 0. */
    Segmentation segment(Raster query, Frame part, LabelContext label) {
        NetworkInput input = NetworkInput.of(query, side, range, part);
        return segment(input, List.of(label), List.of()).getFirst().segmentation();
    }

    private List<Explained> segment(
            NetworkInput input, List<LabelContext> labels, List<Episode.QueryPoint> attended) {
        Episode episode = new Episode(side, side, input.plane().values(), labels, attended);
        return explained(input, answering.segment(episode));
    }

    /**
     * Segments one label of one query from several support sets that pass the network together.
     *
     * @param query of any size
     * @param contexts encoded support sets, each as if it were the only one
     * @return one a support set, in their order
     */
    public List<Segmentation> segmentFromEach(Raster query, List<LabelContext> contexts) {
        NetworkInput input = NetworkInput.of(query, side, range);
        float[] pixels = input.plane().values();
        List<Episode> episodes =
                contexts.stream()
                        .map(context -> Episode.of(side, side, pixels, context.supports()))
                        .toList();
        return answering.segment(episodes).stream()
                .map(answer -> explained(input, answer).getFirst().segmentation())
                .toList();
    }

    private List<Explained> explained(NetworkInput input, Prediction answer) {
        List<Explained> answers = new ArrayList<>();
        for (Prediction.LabelAnswer label : answer.labels()) {
            Plane square = new Plane(side, side, label.logits());
            Plane probabilities = input.geometry().out(sigmoid(square));
            Segmentation segmentation =
                    new Segmentation(
                            probabilities,
                            Resampling.above(probabilities, 0.5),
                            square,
                            input.geometry(),
                            label.agreement());
            answers.add(new Explained(segmentation, label.attention()));
        }
        return answers;
    }

    private Plane sigmoid(Plane logits) {
        float[] probabilities = new float[logits.values().length];
        int broken = 0;
        for (int i = 0; i < probabilities.length; i++) {
            float logit = logits.values()[i];
            broken += Float.isFinite(logit) ? 0 : 1;
            probabilities[i] = (float) (1 / (1 + Math.exp(-(double) logit)));
        }
        if (broken > 0) {
            throw new SegmentationException(network.name(), network.weightsSha256(), broken);
        }
        return new Plane(logits.width(), logits.height(), probabilities);
    }
}
