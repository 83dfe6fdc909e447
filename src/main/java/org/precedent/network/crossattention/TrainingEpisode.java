package org.precedent.network.crossattention;

import java.util.List;

/**
 * One query whose mask is known, and supports that explain it with equal weights. Arrays are handed
 * over, not copied.
 *
 * @param height H in pixels
 * @param width W in pixels
 * @param image [H, W] of the query, values in [0, 1]
 * @param mask [H, W] of the query, 0 or 1
 * @param supports at least one
 */
public record TrainingEpisode(
        int height, int width, float[] image, float[] mask, List<Support> supports) {
    /**
     * One support.
     *
     * @param image [H, W], values in [0, 1]
     * @param mask [H, W], values in [0, 1]
     */
    public record Support(float[] image, float[] mask) {}

    public TrainingEpisode {
        supports = List.copyOf(supports);
        if (supports.isEmpty()) {
            throw new IllegalArgumentException("an episode needs at least one support");
        }
        require("query image", image, height, width);
        require("query mask", mask, height, width);
        for (Support support : supports) {
            require("support image", support.image, height, width);
            require("support mask", support.mask, height, width);
        }
    }

    private static void require(String what, float[] values, int height, int width) {
        if (values.length != height * width) {
            throw new IllegalArgumentException(
                    what + " has " + values.length + " pixels, expected " + height * width);
        }
    }
}
