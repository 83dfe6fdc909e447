package org.precedent.retrieval;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The supports chosen for one query.
 *
 * @param supports by falling similarity, ties by image id; at least one; weights sum to 1
 * @param eligible how many images passed the filter
 * @param visited vectors compared with the query
 * @param exact whether every eligible vector was compared
 * @param effectiveNumber how many supports the weights amount to, from 1 to K
 * @param shortfall why there are fewer than were asked for; null when there are not
 */
public record SupportSet(
        List<WeightedSupport> supports,
        int eligible,
        int visited,
        boolean exact,
        double effectiveNumber,
        @Nullable String shortfall) {

    /**
     * One support.
     *
     * @param similarity to the query, in [-1, 1]
     * @param weight its share of the answer, in [0, 1]
     */
    public record WeightedSupport(UUID imageId, double similarity, double weight) {
        public WeightedSupport {
            if (!(weight >= 0 && weight <= 1)) {
                throw new IllegalArgumentException(
                        "weight " + weight + " of " + imageId + " is not in [0, 1]");
            }
        }
    }

    public SupportSet {
        supports = List.copyOf(supports);
        if (supports.isEmpty()) {
            throw new IllegalArgumentException("a support set needs at least one support");
        }
    }
}
