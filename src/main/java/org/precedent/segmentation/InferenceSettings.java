package org.precedent.segmentation;

import org.precedent.imaging.InputRange;
import org.precedent.network.SegmentationNetwork;

/**
 * How images and supports are shown to a network. Every answer records it: the same settings,
 * weights and supports give the same answer.
 *
 * @param side of the square that images are fitted to, in pixels
 * @param range of grey values that images keep
 * @param supportsTogether the most supports that pass the network at once; of more, the answer is
 *     the mean over groups, see {@link org.precedent.network.GroupedNetwork}
 */
public record InferenceSettings(int side, InputRange range, int supportsTogether) {
    /** Those of new answers. */
    public static InferenceSettings of(SegmentationNetwork network, int side) {
        return new InferenceSettings(side, InputRange.CURRENT, network.supportsTogether());
    }
}
