package org.precedent.catalog;

import java.util.List;
import java.util.UUID;
import org.precedent.ReviewState;

/**
 * What a projection needs to know of an image.
 *
 * @param patientKey as {@link Outbox#patientKey} makes it
 * @param memberships empty when the image is in no pool
 */
public record ProjectedImage(
        UUID imageId,
        String pixelsSha256,
        String site,
        String patientKey,
        List<Membership> memberships) {

    /** One annotation in one pool; untilVersion is {@link Integer#MAX_VALUE} while it lasts. */
    public record Membership(
            long annotationId,
            String maskSha256,
            int poolId,
            int labelId,
            ReviewState state,
            int fromVersion,
            int untilVersion) {}

    public ProjectedImage {
        memberships = List.copyOf(memberships);
    }

    /** An image of which nothing may be left anywhere. */
    static ProjectedImage erased(UUID imageId) {
        return new ProjectedImage(imageId, "", "", "", List.of());
    }

    /** Whether the image was erased: there is no row of it. */
    public boolean isErased() {
        return pixelsSha256.isEmpty();
    }
}
