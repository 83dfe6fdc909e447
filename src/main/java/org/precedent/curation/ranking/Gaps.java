package org.precedent.curation.ranking;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * Queries that found nothing near. A query is far where its nearest annotated image is less similar
 * than those of all but a twentieth of the pool's own images are to each other. Queries that are
 * far and alike are one gap.
 */
public final class Gaps {
    /** Share of the pool's own images that lie as far from their nearest as a gap begins. */
    private static final double FAR = 0.05;

    private Gaps() {}

    /**
     * Groups the queries that found nothing near.
     *
     * @param queries vectors of length 1, the latest first
     * @param pool vectors of the annotated images, in the same space
     * @return one a group, the largest and farthest first; its subject is a query of the group
     */
    public static List<Finding> among(List<float[]> queries, List<float[]> pool) {
        if (pool.size() < 2) {
            return List.of();
        }
        double[] own = new double[pool.size()];
        for (int i = 0; i < own.length; i++) {
            int image = i;
            own[i] = nearest(pool.get(i), pool, image);
        }
        double[] sorted = own.clone();
        Arrays.sort(sorted);
        double far = sorted[(int) (FAR * (sorted.length - 1))];
        List<List<Integer>> groups = new ArrayList<>();
        for (int i = 0; i < queries.size(); i++) {
            if (nearest(queries.get(i), pool, -1) < far) {
                groupOf(i, queries, groups, far).add(i);
            }
        }
        return groups.stream()
                .map(group -> finding(group, queries, pool, far))
                .sorted(Comparator.comparingDouble(Finding::score).reversed())
                .toList();
    }

    private static List<Integer> groupOf(
            int query, List<float[]> queries, List<List<Integer>> groups, double far) {
        for (List<Integer> group : groups) {
            float[] first = queries.get(group.getFirst());
            if (Neighbours.similarity(first, queries.get(query)) >= far) {
                return group;
            }
        }
        List<Integer> group = new ArrayList<>();
        groups.add(group);
        return group;
    }

    private static double nearest(float[] vector, List<float[]> pool, int but) {
        double most = -1;
        for (int i = 0; i < pool.size(); i++) {
            if (i != but) {
                most = Math.max(most, Neighbours.similarity(vector, pool.get(i)));
            }
        }
        return most;
    }

    private static Finding finding(
            List<Integer> group, List<float[]> queries, List<float[]> pool, double far) {
        double mean =
                group.stream()
                        .mapToDouble(i -> nearest(queries.get(i), pool, -1))
                        .average()
                        .orElse(0);
        return new Finding(
                group.getFirst(),
                group.size() * (far - mean),
                String.format(
                        Locale.ROOT,
                        "%d %s like this found nothing near: similarity %.3f where all but a"
                                + " twentieth of the pool's images have %.3f or more",
                        group.size(),
                        group.size() == 1 ? "query" : "queries",
                        mean,
                        far));
    }
}
