package org.precedent.service;

import java.util.List;
import org.precedent.Sha256;
import org.precedent.catalog.ProjectedImage;
import org.precedent.index.IndexedImage;

/** From the catalogue's terms to the index's. */
final class Projections {
    private Projections() {}

    /** A whole image. */
    static IndexedImage indexed(ProjectedImage image, float[] vector) {
        return indexed(image, IndexedImage.WHOLE, vector, image.memberships());
    }

    /** What one annotation shows of it. */
    static IndexedImage object(ProjectedImage image, long annotationId, float[] vector) {
        return indexed(
                image,
                annotationId,
                vector,
                image.memberships().stream()
                        .filter(m -> m.annotationId() == annotationId)
                        .toList());
    }

    private static IndexedImage indexed(
            ProjectedImage image,
            long item,
            float[] vector,
            List<ProjectedImage.Membership> memberships) {
        return new IndexedImage(
                image.imageId(),
                item,
                vector,
                image.site(),
                patientKey(image.patient()),
                image.pixelsSha256(),
                memberships.stream()
                        .map(m ->
                                new IndexedImage.Membership(
                                        m.poolId(),
                                        m.labelId(),
                                        m.state(),
                                        m.fromVersion(),
                                        m.untilVersion()))
                        .toList());
    }

    /** Not even a pseudonym goes into an index: equal pseudonyms give equal keys, no way back. */
    static String patientKey(String pseudonym) {
        return Sha256.of("precedent patient\u0000" + pseudonym);
    }
}
