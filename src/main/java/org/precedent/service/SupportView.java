package org.precedent.service;

import java.util.UUID;
import org.precedent.catalog.Answer;

/** A support as shown to people and clients. */
public record SupportView(
        UUID imageId,
        String name,
        long annotationId,
        int annotationVersion,
        double similarity,
        double weight) {

    static SupportView of(Answer.UsedSupport used) {
        return new SupportView(
                used.support().imageId(),
                used.support().sourceName(),
                used.support().annotationId(),
                used.support().annotationVersion(),
                used.similarity(),
                used.weight());
    }
}
