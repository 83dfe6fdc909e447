package org.precedent.retrieval;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.precedent.embedding.Level;
import org.precedent.index.ImageSearch;

/**
 * Combines what several levels found: weighted reciprocal rank fusion (Cormack, Clarke, Buettcher,
 * SIGIR 2009). Ranks, because similarities of different levels have no common unit. An image at
 * rank r (from 1) of level l scores
 *
 * <pre>
 *   sum_l share_l (offset + 1) / (offset + r_l)
 * </pre>
 *
 * which is 1 where all levels have it first, and nothing comes from a level that did not find it.
 * Shares are chosen by leave-one-out on the pool, see {@link #grid}; a level without vectors leaves
 * its share to the others.
 *
 * @param shares of the levels, >= 0, summing to 1
 * @param offset how fast ranks lose worth: 0 means by their reciprocal, large values hardly
 */
public record Fusion(Map<Level, Double> shares, int offset) {
    /** Where a pool has not been looked at: all levels alike, at the offset of the paper. */
    public static final Fusion EVEN =
            new Fusion(
                    Map.of(Level.IMAGE, 1 / 3.0, Level.LOCATION, 1 / 3.0, Level.OBJECT, 1 / 3.0),
                    60);

    private static final int STEPS = 4;
    private static final int[] OFFSETS = {5, 60};

    /** An image with its score, in [0, 1]. */
    public record Fused(UUID imageId, double score) {}

    public Fusion {
        double sum = 0;
        for (double share : shares.values()) {
            if (!(share >= 0)) {
                throw new IllegalArgumentException("share " + share + " is below 0");
            }
            sum += share;
        }
        if (Math.abs(sum - 1) > 1e-9) {
            throw new IllegalArgumentException("shares sum to " + sum + ", expected 1");
        }
        if (offset < 0) {
            throw new IllegalArgumentException("offset " + offset + " is below 0");
        }
        shares = Map.copyOf(shares);
    }

    /**
     * The settings that leave-one-out chooses from: every split of the shares in quarters over the
     * levels, at two offsets.
     */
    public static List<Fusion> grid(List<Level> levels) {
        List<Fusion> grid = new ArrayList<>();
        for (int offset : OFFSETS) {
            split(levels, 0, STEPS, new EnumMap<>(Level.class), offset, grid);
        }
        return grid;
    }

    private static void split(
            List<Level> levels,
            int at,
            int left,
            Map<Level, Double> shares,
            int offset,
            List<Fusion> grid) {
        Level level = levels.get(at);
        if (at == levels.size() - 1) {
            shares.put(level, (double) left / STEPS);
            grid.add(new Fusion(shares, offset));
            return;
        }
        for (int steps = 0; steps <= left; steps++) {
            shares.put(level, (double) steps / STEPS);
            split(levels, at + 1, left - steps, shares, offset, grid);
        }
    }

    /**
     * The best images of all levels together.
     *
     * @param found by level, each level's different images, best first; at least one level
     * @param k at most so many
     * @return by falling score, ties by id
     */
    public List<Fused> fuse(Map<Level, List<UUID>> found, int k) {
        double present = 0;
        for (Level level : found.keySet()) {
            present += shares.getOrDefault(level, 0.0);
        }
        Map<UUID, Double> scores = new LinkedHashMap<>();
        for (Map.Entry<Level, List<UUID>> level : found.entrySet()) {
            // Where no level that has vectors has a share, all of them count alike.
            double share =
                    present > 0
                            ? shares.getOrDefault(level.getKey(), 0.0) / present
                            : 1.0 / found.size();
            int rank = 0;
            for (UUID image : level.getValue()) {
                rank++;
                scores.merge(image, share * (offset + 1) / (offset + rank), Double::sum);
            }
        }
        return scores.entrySet().stream()
                .map(e -> new Fused(e.getKey(), Math.min(1, e.getValue())))
                .sorted(
                        Comparator.comparingDouble(Fused::score)
                                .reversed()
                                .thenComparing(Fused::imageId, ImageSearch.ID_ORDER))
                .limit(k)
                .toList();
    }
}
