package org.precedent.retrieval;

import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.precedent.index.SupportFilter;

/**
 * Which supports one label of a query wants.
 *
 * @param filter which images may serve
 * @param k how many are wanted, 1 to {@link #MAX_K}
 * @param strategy how they are chosen
 * @param temperature how similarities of the strategy's level become weights
 * @param fusion of {@link Strategy#FUSED}; other strategies ignore it
 * @param seed decides the choice of {@link Strategy#RANDOM}; other strategies ignore it
 */
public record SupportRequest(
        SupportFilter filter,
        int k,
        Strategy strategy,
        Temperature temperature,
        Fusion fusion,
        long seed) {
    /** The largest support set that the networks are specified for. */
    public static final int MAX_K = 1024;

    public SupportRequest {
        if (k < 1 || k > MAX_K) {
            throw new RetrievalException(
                    "k " + k + " is not in [1, " + MAX_K + "]: ask for fewer supports", k, MAX_K);
        }
    }

    /** The same without some images, besides those that it does without already. */
    public SupportRequest without(Set<UUID> images) {
        Set<UUID> all = new HashSet<>(filter.excludedImages());
        all.addAll(images);
        return new SupportRequest(
                filter.excludingImages(all), k, strategy, temperature, fusion, seed);
    }

    /** The most similar images, weighed evenly: what a first answer is made from. */
    public SupportRequest forFirstAnswer() {
        return new SupportRequest(
                filter, k, Strategy.IMAGE, Temperature.UNIFORM, Fusion.EVEN, seed);
    }
}
