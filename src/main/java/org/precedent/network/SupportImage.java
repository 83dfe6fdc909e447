package org.precedent.network;

import java.util.List;

/**
 * One annotated image of a network's size. Arrays are handed over, not copied.
 *
 * @param height H in pixels
 * @param width W in pixels
 * @param image [H, W] row-major, values in [0, 1]
 * @param masks one a label, at least one: [H, W] row-major, 1 inside the structure and 0 outside;
 *     values between are accepted
 */
public record SupportImage(int height, int width, float[] image, List<float[]> masks) {
    public SupportImage {
        masks = List.copyOf(masks);
        if (height < 1 || width < 1 || image.length != height * width) {
            throw new IllegalArgumentException(
                    "image of " + image.length + " pixels is not " + height + " x " + width);
        }
        if (masks.isEmpty()) {
            throw new IllegalArgumentException("an annotated image needs at least one mask");
        }
        for (float[] mask : masks) {
            if (mask.length != image.length) {
                throw new IllegalArgumentException(
                        "support image has " + image.length + " pixels, its label " + mask.length);
            }
        }
    }

    /** An image with one mask. */
    public static SupportImage of(int height, int width, float[] image, float[] mask) {
        return new SupportImage(height, width, image, List.of(mask));
    }
}
