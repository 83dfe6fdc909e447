package org.precedent.imaging;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which of many pictures show the same, every one compared with every other by {@link Fingerprint}:
 * n (n - 1) / 2 comparisons of some microseconds where the outlines differ, and of a fraction of a
 * millisecond where they do not.
 */
public final class PicturePairs {
    private PicturePairs() {}

    /** How the second picture of a pair has to be mirrored to show the first. */
    public enum Mirroring {
        NONE(false, false),
        LEFT_TO_RIGHT(true, false),
        UPSIDE_DOWN(false, true),
        BOTH(true, true);

        private final boolean leftToRight;
        private final boolean upsideDown;

        Mirroring(boolean leftToRight, boolean upsideDown) {
            this.leftToRight = leftToRight;
            this.upsideDown = upsideDown;
        }

        Fingerprint of(Fingerprint picture) {
            return this == NONE ? picture : picture.mirrored(leftToRight, upsideDown);
        }
    }

    /**
     * Two pictures that show the same.
     *
     * @param first position of one, the lower
     * @param second position of the other
     * @param likeness above {@link Fingerprint#SAME}; 1 for the same samples
     * @param mirroring of the second
     */
    public record Pair(int first, int second, double likeness, Mirroring mirroring) {}

    /**
     * Finds all pairs, by falling likeness.
     *
     * @param mirrored whether mirror images count as the same
     */
    public static List<Pair> among(List<Fingerprint> pictures, boolean mirrored) {
        List<Mirroring> ways = mirrored ? List.of(Mirroring.values()) : List.of(Mirroring.NONE);
        return IntStream.range(0, pictures.size())
                .parallel()
                .mapToObj(i -> pairsOf(i, pictures, ways))
                .flatMap(List::stream)
                .sorted(
                        Comparator.comparingDouble(Pair::likeness)
                                .reversed()
                                .thenComparingInt(Pair::first)
                                .thenComparingInt(Pair::second))
                .toList();
    }

    private static List<Pair> pairsOf(int first, List<Fingerprint> pictures, List<Mirroring> ways) {
        List<Pair> pairs = new ArrayList<>();
        List<Fingerprint> own = ways.stream().map(way -> way.of(pictures.get(first))).toList();
        for (int second = first + 1; second < pictures.size(); second++) {
            Pair best = null;
            for (int way = 0; way < own.size(); way++) {
                double likeness = own.get(way).likeness(pictures.get(second));
                if (likeness > Fingerprint.SAME && (best == null || likeness > best.likeness())) {
                    best = new Pair(first, second, likeness, ways.get(way));
                }
            }
            if (best != null) {
                pairs.add(best);
            }
        }
        return pairs;
    }
}
