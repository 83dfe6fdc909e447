package org.precedent.segmentation;

import org.precedent.imaging.Mask;
import org.precedent.imaging.NetworkInput;
import org.precedent.imaging.Plane;
import org.precedent.imaging.Resampling;

/**
 * A network's answer for one label of one query.
 *
 * @param probabilities [height, width] of the query, in [0, 1]
 * @param mask of the query's size: where the probability is above 0.5
 * @param logits [side, side] as the network gave them, unbounded; outside the content they mean
 *     nothing
 * @param geometry where the query lies in the square
 * @param agreement Dice, in [0, 1], of the masks of several passes; NaN where there was one
 */
public record Segmentation(
        Plane probabilities,
        Mask mask,
        Plane logits,
        NetworkInput.Geometry geometry,
        double agreement) {

    /** An answer of one pass. */
    public Segmentation(
            Plane probabilities, Mask mask, Plane logits, NetworkInput.Geometry geometry) {
        this(probabilities, mask, logits, geometry, Double.NaN);
    }

    /**
     * The mask at the network's own resolution: logit above 0 inside the content.
     *
     * @return [contentHeight, contentWidth]
     */
    public Mask maskAtSide() {
        return Resampling.above(geometry.content(logits), 0);
    }
}
