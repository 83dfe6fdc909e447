package org.precedent.service;

import org.precedent.Sha256;
import org.precedent.catalog.ProjectedImage;
import org.precedent.index.IndexedImage;

/** From the catalogue's terms to the index's. */
final class Projections {
    private Projections() {}

    static IndexedImage indexed(ProjectedImage image, float[] vector) {
        return new IndexedImage(
                image.imageId(),
                vector,
                image.site(),
                patientKey(image.patient()),
                image.pixelsSha256(),
                image.memberships().stream()
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
