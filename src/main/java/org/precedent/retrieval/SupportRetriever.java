package org.precedent.retrieval;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.precedent.index.ImageSearch;
import org.precedent.index.ImageSearch.Hit;
import org.precedent.index.ImageSearch.SearchResult;
import org.precedent.retrieval.SupportSet.WeightedSupport;

/**
 * Turns a query's image vector into a weighted support set; {@link LevelRetriever} knows the other
 * levels. Thread-safe.
 */
public final class SupportRetriever {
    private final ImageSearch index;

    public SupportRetriever(ImageSearch index) {
        this.index = index;
    }

    /**
     * Chooses and weighs the supports of one query. A set chosen at random carries its similarities
     * too, so that it can be weighted as in the paper.
     *
     * @return min(k, eligible) supports
     * @throws RetrievalException when nothing is eligible, with the condition that nothing meets
     */
    public SupportSet retrieve(SupportRequest request) {
        SearchResult found =
                switch (request.strategy()) {
                    case IMAGE -> index.search(request.query(), request.filter(), request.k());
                    case RANDOM ->
                            index.sample(
                                    request.query(), request.filter(), request.k(), request.seed());
                    case LOCATION, OBJECT, FUSED ->
                            throw new IllegalArgumentException(
                                    request.strategy() + " needs more than an image's vector");
                };
        List<Hit> hits = found.hits();
        if (hits.isEmpty()) {
            throw new RetrievalException(Eligibility.of(index, request.filter()));
        }
        double[] similarities = hits.stream().mapToDouble(Hit::similarity).toArray();
        double[] weights = request.temperature().weights(similarities);
        List<WeightedSupport> supports = new ArrayList<>(hits.size());
        for (int i = 0; i < weights.length; i++) {
            supports.add(new WeightedSupport(hits.get(i).imageId(), similarities[i], weights[i]));
        }
        return new SupportSet(
                supports,
                found.eligible(),
                found.visited(),
                found.exact(),
                Weights.effectiveNumber(weights),
                shortfall(request, hits.size()));
    }

    private @Nullable String shortfall(SupportRequest request, int found) {
        if (found >= request.k()) {
            return null;
        }
        return found
                + " of "
                + request.k()
                + " supports: "
                + Eligibility.of(index, request.filter()).breakdown();
    }
}
