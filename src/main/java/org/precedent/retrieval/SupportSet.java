package org.precedent.retrieval;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.precedent.embedding.Level;

/**
 * The supports chosen for one query.
 *
 * @param supports by falling similarity, ties by image id; at least one; weights sum to 1
 * @param eligible how many images passed the filter
 * @param visited vectors compared with the query's, by the searches that found these supports
 *     together: one for each level that was asked, for each point of the query where locations
 *     were; a fallback from graph to scan counts both, and the largest int stands for itself and
 *     more. The search for a first answer is not counted
 * @param exact whether each of these searches compared every eligible vector
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
     * @param similarity to the query in the unit of the strategy's level: a cosine in [-1, 1] of
     *     images and objects, a mean inner product of locations, a score in [0, 1] of the fusion
     * @param weight its share of the answer, in [0, 1]
     * @param matches which points of the query met which of its locations; empty where no location
     *     was asked
     * @param ranks its rank, from 1, at each level that was fused; empty for other strategies
     */
    public record WeightedSupport(
            UUID imageId,
            double similarity,
            double weight,
            List<LocationVote.Match> matches,
            Map<Level, Integer> ranks) {
        /** Of a strategy that compares whole images. */
        public WeightedSupport(UUID imageId, double similarity, double weight) {
            this(imageId, similarity, weight, List.of(), Map.of());
        }

        public WeightedSupport {
            matches = List.copyOf(matches);
            ranks = Map.copyOf(ranks);
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

    /** The same supports, found by asking again: both searches count. */
    SupportSet after(SupportSet before) {
        return new SupportSet(
                supports,
                eligible,
                (int) Math.min(Integer.MAX_VALUE, (long) visited + before.visited),
                exact && before.exact,
                effectiveNumber,
                shortfall);
    }
}
