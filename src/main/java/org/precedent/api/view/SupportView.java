package org.precedent.api.view;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.precedent.catalog.Answer;

/**
 * A support as shown to people and clients.
 *
 * @param matches which points of the query met which of its places; empty where no location was
 *     asked
 * @param ranks its rank at each level that was fused; empty for other strategies
 */
public record SupportView(
        UUID imageId,
        String name,
        long annotationId,
        int annotationVersion,
        double similarity,
        double weight,
        List<Answer.Match> matches,
        Map<String, Integer> ranks) {

    static SupportView of(Answer.UsedSupport used) {
        return new SupportView(
                used.support().imageId(),
                used.support().sourceName(),
                used.support().annotationId(),
                used.support().annotationVersion(),
                used.similarity(),
                used.weight(),
                used.matches(),
                used.ranks());
    }
}
