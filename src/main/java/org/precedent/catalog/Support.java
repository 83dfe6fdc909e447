package org.precedent.catalog;

import java.util.UUID;

/**
 * An annotated image offered to a network: one label's mask on one image, and where its bytes are.
 */
public record Support(
        long annotationId,
        int annotationVersion,
        UUID imageId,
        String sourceName,
        String pixelsSha256,
        String maskSha256) {}
