package org.precedent.projection;

import java.util.List;
import org.precedent.CanonicalNames;
import org.precedent.catalog.ProjectedImage;
import org.precedent.index.IndexEntry;

/** From the catalogue's terms to the index's. */
public final class Projections {
    private Projections() {}

    /** A whole image. */
    static IndexEntry indexed(ProjectedImage image, float[] vector) {
        return indexed(image, IndexEntry.WHOLE, vector, image.memberships());
    }

    /** What one annotation shows of it. */
    static IndexEntry object(ProjectedImage image, long annotationId, float[] vector) {
        return indexed(
                image,
                annotationId,
                vector,
                image.memberships().stream()
                        .filter(m -> m.annotationId() == annotationId)
                        .toList());
    }

    private static IndexEntry indexed(
            ProjectedImage image,
            long item,
            float[] vector,
            List<ProjectedImage.Membership> memberships) {
        return new IndexEntry(
                image.imageId(),
                item,
                vector,
                siteKey(image.site()),
                image.patientKey(),
                image.pixelsSha256(),
                memberships.stream()
                        .map(m ->
                                new IndexEntry.Membership(
                                        m.poolId(),
                                        m.labelId(),
                                        m.state(),
                                        m.fromVersion(),
                                        m.untilVersion()))
                        .toList());
    }

    /** A site as indexes compare it. */
    public static String siteKey(String site) {
        return CanonicalNames.key(site);
    }
}
