package org.precedent.catalog;

import java.time.Instant;

/**
 * The shares of the levels that a pool's own images chose.
 *
 * @param poolVersion whose images chose
 * @param embeddingSpaces of all levels, whose ranks are fused
 * @param network that answered
 * @param weightsSha256 of it
 * @param shares summing to 1
 * @param supportSize K of the queries that chose
 * @param queries how many chose
 * @param dice their mean Dice with these shares
 * @param diceEven their mean Dice with even shares
 */
public record PoolFusion(
        int poolVersion,
        String embeddingSpaces,
        String network,
        String weightsSha256,
        Shares shares,
        int supportSize,
        int queries,
        double dice,
        double diceEven,
        Instant createdAt) {

    /**
     * @param offset how fast ranks lose worth, at least 0
     */
    public record Shares(double image, double location, double object, int offset) {}
}
