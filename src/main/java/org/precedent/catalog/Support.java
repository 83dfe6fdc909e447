package org.precedent.catalog;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An annotated image offered to a network: one label's mask on one image, and where its bytes are.
 *
 * @param width of the image in pixels
 * @param height of the image in pixels
 * @param area foreground pixels of the mask
 * @param series of the volume that the image is a slice of, for its own site only; null for others,
 *     and for pictures
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
        int area,
        @Nullable String series) {

    /** An annotated picture. */
    public Support(
            long annotationId,
            int annotationVersion,
            UUID imageId,
            String sourceName,
            String pixelsSha256,
            String maskSha256,
            int width,
            int height,
            int area) {
        this(
                annotationId,
                annotationVersion,
                imageId,
                sourceName,
                pixelsSha256,
                maskSha256,
                width,
                height,
                area,
                null);
    }
}
