package org.precedent.network;

import java.util.List;

/**
 * A network's answer to one {@link Episode}.
 *
 * @param labels one for each label of the episode, in its order
 */
public record Prediction(List<LabelAnswer> labels) {

    /**
     * One label.
     *
     * @param logits [H, W] row-major, unbounded; foreground where > 0
     * @param attention of each attended point at each scale, coarse first; empty where the network
     *     has none
     * @param agreement Dice, in [0, 1], of the masks that several passes of the network gave for
     *     the same question; NaN where there was one pass
     */
    public record LabelAnswer(float[] logits, List<AttentionMap> attention, double agreement) {
        public LabelAnswer {
            attention = List.copyOf(attention);
        }

        /** An answer of one pass. */
        public LabelAnswer(float[] logits, List<AttentionMap> attention) {
            this(logits, attention, Double.NaN);
        }
    }

    /**
     * Where one pixel of the query looked in the supports, at one scale.
     *
     * @param point the pixel
     * @param stride pixels a cell of the grid covers
     * @param gridHeight rows of the grid
     * @param gridWidth columns
     * @param perSupport one a support, in the label's order: [gridHeight, gridWidth] row-major, >=
     *     0
     * @param mass the sum of all of them, in [0, 1]; what is missing to 1 went to places that stand
     *     for "nothing alike"
     */
    public record AttentionMap(
            Episode.QueryPoint point,
            int stride,
            int gridHeight,
            int gridWidth,
            List<float[]> perSupport,
            double mass) {
        public AttentionMap {
            perSupport = List.copyOf(perSupport);
        }
    }

    public Prediction {
        labels = List.copyOf(labels);
    }

    /** Of one label without attention. */
    static Prediction of(float[] logits) {
        return new Prediction(List.of(new LabelAnswer(logits, List.of())));
    }

    /** The logits [H, W] of the only label. */
    public float[] logits() {
        if (labels.size() != 1) {
            throw new IllegalStateException(labels.size() + " labels, expected one");
        }
        return labels.getFirst().logits();
    }
}
