package org.precedent.retrieval;

import org.precedent.index.SupportFilter;

/**
 * Which supports a query wants.
 *
 * @param query [D] float32 of length 1, in the space of the index that is searched; read only
 * @param filter which images may serve
 * @param k how many are wanted, 1 to {@link #MAX_K}
 * @param strategy how they are chosen
 * @param temperature how similarities become weights
 * @param seed decides the choice of {@link Strategy#RANDOM}; other strategies ignore it
 */
public record SupportRequest(
        float[] query,
        SupportFilter filter,
        int k,
        Strategy strategy,
        Temperature temperature,
        long seed) {
    /** The largest support set that the networks are specified for. */
    public static final int MAX_K = 1024;

    public SupportRequest {
        if (k < 1 || k > MAX_K) {
            throw new RetrievalException(
                    "k " + k + " is not in [1, " + MAX_K + "]: ask for fewer supports", k, MAX_K);
        }
    }
}
