package org.precedent.network;

import java.util.List;

/**
 * One in-context problem: a query image and the weighted supports that explain the task, all of one
 * size. Arrays are handed over, not copied: nobody may write to them afterwards.
 *
 * @param height H in pixels
 * @param width W in pixels
 * @param query [H, W] row-major, values in [0, 1]
 * @param supports K >= 1 supports; their weights sum to 1 within 1e-6
 */
public record Episode(int height, int width, float[] query, List<Support> supports) {

    /**
     * One annotated image offered as context.
     *
     * @param image [H, W] row-major, values in [0, 1]
     * @param label [H, W] row-major, 1 inside the structure and 0 outside; values between are
     *     accepted
     * @param weight its share of the answer, in [0, 1]
     */
    public record Support(float[] image, float[] label, double weight) {
        public Support {
            if (image.length != label.length) {
                throw new IllegalArgumentException(
                        "support image has " + image.length + " pixels, its label " + label.length);
            }
            if (!(weight >= 0 && weight <= 1)) {
                throw new IllegalArgumentException(
                        "support weight " + weight + " is not in [0, 1]");
            }
        }
    }

    public Episode {
        supports = List.copyOf(supports);
        if (height < 1 || width < 1) {
            throw new IllegalArgumentException("episode size " + height + " x " + width);
        }
        if (query.length != height * width) {
            throw new IllegalArgumentException(
                    "query has " + query.length + " pixels, expected " + height * width);
        }
        if (supports.isEmpty()) {
            throw new IllegalArgumentException("an episode needs at least one support");
        }
        double sum = 0;
        for (Support support : supports) {
            if (support.image().length != height * width) {
                throw new IllegalArgumentException(
                        "support has "
                                + support.image().length
                                + " pixels, expected "
                                + height * width);
            }
            sum += support.weight();
        }
        if (Math.abs(sum - 1) > 1e-6) {
            throw new IllegalArgumentException("support weights sum to " + sum + ", expected 1");
        }
    }
}
