package org.precedent.catalog;

import java.util.UUID;

/**
 * An annotated image offered to a network: one label's mask on one image, and where its bytes are.
 *
 * @param width of the image in pixels
 * @param height of the image in pixels
 * @param area foreground pixels of the mask
 */
public record Support(
        long annotationId,
        int annotationVersion,
        UUID imageId,
        String sourceName,
        String pixelsSha256,
        String maskSha256,
        int width,
        int height,
        int area) {}
