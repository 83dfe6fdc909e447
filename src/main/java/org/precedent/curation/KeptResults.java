package org.precedent.curation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.precedent.catalog.review.KeptLooks;
import org.precedent.catalog.review.KeptLooks.Kept;
import org.precedent.catalog.review.KeptLooks.Subject;
import org.precedent.curation.BackgroundLooks.Made;
import org.precedent.imaging.InputRange;
import org.precedent.network.SegmentationNetwork;
import org.precedent.projection.ImageSpaces;
import org.precedent.query.Inference;

/** Lists and maps as JSON in the catalogue, where the next process finds them. */
@ApplicationScoped
class KeptResults {
    private static final Logger LOG = Logger.getLogger(KeptResults.class);

    /**
     * Raised whenever a list or map comes out otherwise from the same pool, or its JSON changes.
     */
    private static final int RULES = 1;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final KeptLooks looks;
    private final Inference inference;
    private final ImageSpaces spaces;

    KeptResults(KeptLooks looks, Inference inference, ImageSpaces spaces) {
        this.looks = looks;
        this.inference = inference;
        this.spaces = spaces;
    }

    /** Whatever decides a list now besides the pool: network, space and rules. */
    String madeWith() {
        SegmentationNetwork network = inference.network();
        return "rules %d, %s %s at %d, %s, %s"
                .formatted(
                        RULES,
                        network.name(),
                        network.weightsSha256(),
                        inference.side(),
                        InputRange.CURRENT.word(),
                        spaces.current().space().id());
    }

    /** What was kept; empty where there is none, or nobody can read it any more. */
    <T> Optional<Made<List<T>>> find(Subject subject, Class<T> entry) {
        return looks.find(subject)
                .flatMap(kept -> {
                    try {
                        List<T> entries = JSON.readerForListOf(entry).readValue(kept.json());
                        return Optional.of(new Made<>(entries, kept.computedAt(), kept.version()));
                    } catch (JsonProcessingException e) {
                        LOG.warnf(
                                "%s of pool %d is computed again: %s",
                                subject.what(), subject.pool(), e);
                        return Optional.empty();
                    }
                });
    }

    /**
     * Keeps a result, unless something was erased meanwhile.
     *
     * @param erasure the last one when it was begun
     */
    void keep(Subject subject, Made<? extends List<?>> made, long erasure) {
        try {
            looks.keep(
                    subject,
                    new Kept(
                            JSON.writeValueAsString(made.result()),
                            made.computedAt(),
                            made.version()),
                    erasure);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(subject.what() + " cannot be written", e);
        }
    }
}
