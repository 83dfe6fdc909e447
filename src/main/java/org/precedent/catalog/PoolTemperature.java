package org.precedent.catalog;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The temperature that a pool's own images chose.
 *
 * @param poolVersion whose images chose
 * @param embeddingSpace whose similarities it divides
 * @param network that answered
 * @param weightsSha256 of it
 * @param temperature null for uniform weights, the best choice there
 * @param supportSize K of the queries that chose
 * @param queries how many chose
 * @param dice their mean Dice at this temperature
 * @param diceUniform their mean Dice with uniform weights
 */
public record PoolTemperature(
        int poolVersion,
        String embeddingSpace,
        String network,
        String weightsSha256,
        @Nullable Double temperature,
        int supportSize,
        int queries,
        double dice,
        double diceUniform,
        Instant createdAt) {}
