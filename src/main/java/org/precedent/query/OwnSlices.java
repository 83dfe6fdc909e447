package org.precedent.query;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.precedent.catalog.Answer.UsedSupport;
import org.precedent.catalog.Support;
import org.precedent.retrieval.SupportSet;

/**
 * Annotated slices of a query's own study beside the supports of its pool: the nearest one on
 * either side, in place of the last of the pool's.
 */
final class OwnSlices {
    /** What they weigh together. */
    static final double SHARE = 0.6;

    private OwnSlices() {}

    /** An own slice and how similar it is to the query. */
    record Similar(Support support, double similarity) {}

    /**
     * The nearest slices below and above.
     *
     * @param number of the slice that is asked
     * @param slices by their numbers
     */
    static List<Support> nearest(int number, Map<Integer, Support> slices) {
        TreeMap<Integer, Support> ordered = new TreeMap<>(slices);
        List<Support> nearest = new ArrayList<>();
        Map.Entry<Integer, Support> below = ordered.lowerEntry(number);
        Map.Entry<Integer, Support> above = ordered.higherEntry(number);
        if (below != null) {
            nearest.add(below.getValue());
        }
        if (above != null) {
            nearest.add(above.getValue());
        }
        return nearest;
    }

    /**
     * Own slices as the only supports, where nothing else of the pool may serve.
     *
     * @param slices at least one
     * @param most how many may serve
     */
    static List<UsedSupport> alone(List<Similar> slices, int most) {
        int count = Math.min(slices.size(), most);
        return slices.stream()
                .limit(count)
                .map(one ->
                        new UsedSupport(
                                one.support(), one.similarity(), 1.0 / count, List.of(), Map.of()))
                .toList();
    }

    /** They as what a search found, of which so many were wanted. */
    static SupportSet set(List<UsedSupport> slices, int wanted) {
        int count = slices.size();
        return new SupportSet(
                slices.stream()
                        .map(one ->
                                new SupportSet.WeightedSupport(
                                        one.support().imageId(), one.similarity(), one.weight()))
                        .toList(),
                count,
                count,
                true,
                count,
                count < wanted
                        ? "nothing but " + count + " slices of the query's own study may serve"
                        : null);
    }

    /**
     * Puts own slices first. As many supports as before, and their weights sum to 1 again: the
     * pool's keep their order and what they weigh among each other.
     *
     * @param slices at most two; the supports of the pool are given back where there is none
     * @param pool at least one
     */
    static List<UsedSupport> with(List<Similar> slices, List<UsedSupport> pool) {
        if (slices.isEmpty()) {
            return pool;
        }
        List<Similar> own = slices.subList(0, Math.min(slices.size(), pool.size()));
        List<UsedSupport> kept = pool.subList(0, Math.max(0, pool.size() - own.size()));
        double weight = kept.stream().mapToDouble(UsedSupport::weight).sum();
        double ownShare = kept.isEmpty() || !(weight > 0) ? 1 : SHARE;
        List<UsedSupport> supports = new ArrayList<>();
        for (Similar one : own) {
            supports.add(
                    new UsedSupport(
                            one.support(),
                            one.similarity(),
                            ownShare / own.size(),
                            List.of(),
                            Map.of()));
        }
        for (UsedSupport one : kept) {
            supports.add(
                    new UsedSupport(
                            one.support(),
                            one.similarity(),
                            weight > 0 ? (1 - ownShare) * one.weight() / weight : 0,
                            one.matches(),
                            one.ranks()));
        }
        return Collections.unmodifiableList(supports);
    }
}
