package org.precedent.segmentation;

import java.util.ArrayList;
import java.util.List;
import org.precedent.imaging.Mask;
import org.precedent.imaging.NetworkInput;
import org.precedent.imaging.Plane;
import org.precedent.imaging.Raster;
import org.precedent.imaging.Resampling;
import org.precedent.network.Episode;
import org.precedent.network.SegmentationNetwork;

/**
 * Segments one label of one query from weighted supports. Thread-safe as far as the network is. The
 * caller keeps the network and closes it.
 */
public final class Segmenter {
    private final SegmentationNetwork network;
    private final int side;

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
        this.side = side;
    }

    /** At the side that the network was trained at. */
    public Segmenter(SegmentationNetwork network) {
        this(network, network.nativeSize());
    }

    public int side() {
        return side;
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
            prepared.add(PreparedSupport.of(support.image(), support.mask(), side));
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
            if (support.image().width() != side) {
                throw new IllegalArgumentException(
                        "support of side " + support.image().width() + ", expected " + side);
            }
            context.add(
                    new Episode.Support(
                            support.image().values(),
                            support.label().values(),
                            weights[context.size()]));
        }
        NetworkInput input = NetworkInput.of(query, side);
        float[] logits = network.segment(new Episode(side, side, input.plane().values(), context));
        Plane square = new Plane(side, side, logits);
        Plane probabilities = input.geometry().out(sigmoid(square));
        return new Segmentation(
                probabilities, Resampling.above(probabilities, 0.5), square, input.geometry());
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
