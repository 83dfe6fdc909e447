package org.precedent.imaging.format;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a grey mask that is not exactly two-valued is a two-valued one with soft edges or
 * with the noise of a lossy format, so that it may be cut at the half, or holds values that could
 * mean something else: a second label, an unknown rim.
 *
 * <p>Soft edges and noise have these in common, which every mask of the evaluation sets keeps under
 * JPEG of qualities 30 to 100, blurring, and scaling up or down:
 *
 * <ul>
 *   <li>Nearly all pixels lie within a quarter of the range of either end.
 *   <li>Values between the ends come in numbers: a single one is a label.
 *   <li>Noise is at both ends. Few low values beneath an exact upper end are labels 1, 2, 3 with a
 *       void of 255.
 *   <li>No value but the two ends' own fills an area. Strong JPEG shifts some blocks by a few
 *       levels; those stay close to their end.
 * </ul>
 *
 * <p>What breaks one of these is refused, because a guess could take the void for the object.
 */
final class SoftMask {
    /** Of all pixels that are not ignored; blurring by a Gaussian of 1.2 pixels stays below it. */
    static final double MOST_BETWEEN = 0.05;

    /** The field of refusals for what the values are, not for how many pixels have them. */
    static final String VALUES = "values";

    /** Fewer values than these, none of them at an end, are labels rather than a ramp. */
    private static final int FEWEST_OF_A_RAMP = 3;

    /** As many different values at one end are noise, however they lie. */
    private static final int CERTAINLY_NOISE = 8;

    /** How far JPEG shifts a whole block, in levels of 255: 3 at quality 20. */
    private static final int MOST_SHIFT = 7;

    private final MaskPixels pixels;
    private final Map<Integer, Integer> counts;
    private final Set<Integer> ignored;
    private final int top;

    /**
     * @param counts of the values that are not ignored
     */
    SoftMask(MaskPixels pixels, Map<Integer, Integer> counts, Set<Integer> ignored) {
        this.pixels = pixels;
        this.counts = counts;
        this.ignored = ignored;
        this.top = pixels.top();
    }

    /** The lowest value that is inside. */
    int half() {
        return top / 2 + 1;
    }

    /** Pixels in the middle half of the range. */
    int between() {
        return counts.entrySet().stream()
                .filter(entry -> !low(entry.getKey()) && !high(entry.getKey()))
                .mapToInt(Map.Entry::getValue)
                .sum();
    }

    /** Pixels that have neither of the two values. */
    int inexact() {
        return counts.entrySet().stream()
                .filter(entry -> entry.getKey() != 0 && entry.getKey() != top)
                .mapToInt(Map.Entry::getValue)
                .sum();
    }

    /** Why the mask may not be cut at the half, or null where it may. */
    @Nullable Refusal refusal() {
        int lows = 0;
        int highs = 0;
        int inexactLows = 0;
        int middles = 0;
        int inexactHighs = 0;
        for (int value : counts.keySet()) {
            if (low(value)) {
                lows++;
                inexactLows += value != 0 ? 1 : 0;
            } else if (high(value)) {
                highs++;
                inexactHighs += value != top ? 1 : 0;
            } else {
                middles++;
            }
        }
        if (highs == 0) {
            return values("no value is near " + top);
        }
        if (inexactLows > 0 && inexactLows < CERTAINLY_NOISE && middles + inexactHighs == 0) {
            return values("the low values could be labels and " + top + " a void");
        }
        if (middles > 0 && inexactLows + middles + inexactHighs < FEWEST_OF_A_RAMP) {
            return values("so few values are labels rather than soft edges");
        }
        long all = counts.values().stream().mapToLong(Integer::longValue).sum();
        int between = between();
        if (between > MOST_BETWEEN * all) {
            return tooSoft(between, all);
        }
        boolean noisy = lows >= CERTAINLY_NOISE && highs >= CERTAINLY_NOISE;
        return plateau(noisy);
    }

    /**
     * A refusal.
     *
     * @param why in words
     * @param field what breaks the limit; where it is {@link #VALUES}, the reader lists them
     * @param value what was found, empty where the reader lists it
     * @param limit what is expected, empty where the reader knows it
     */
    record Refusal(String why, String field, String value, String limit) {}

    private static Refusal values(String why) {
        return new Refusal(why, VALUES, "", "");
    }

    private Refusal tooSoft(int between, long all) {
        String share =
                String.format(
                        Locale.ROOT,
                        "%.1f%% (%d of %d pixels)",
                        100.0 * between / all,
                        between,
                        all);
        String limit = Math.round(100 * MOST_BETWEEN) + "%";
        return new Refusal(
                share
                        + " lie between background and object, in the middle half of 0 to "
                        + top
                        + "; at most "
                        + limit
                        + " are taken as soft edges and cut at the half",
                "between",
                share,
                limit);
    }

    /** Looks for areas, 3 x 3 pixels and more, of values that are not the two ends' own. */
    private @Nullable Refusal plateau(boolean noisy) {
        int lowEnd = mostFrequent(true);
        int highEnd = mostFrequent(false);
        int[] areas = new int[top + 1];
        for (int y = 0; y < pixels.height(); y++) {
            for (int x = 0; x < pixels.width(); x++) {
                if (flat(x, y)) {
                    areas[pixels.value(y * pixels.width() + x)]++;
                }
            }
        }
        long shifted = 0;
        for (int value : counts.keySet()) {
            int end = low(value) ? lowEnd : highEnd;
            if (areas[value] == 0 || value == end) {
                continue;
            }
            long shift = Math.abs((long) value - end) * 255;
            if (!noisy || shift > (long) MOST_SHIFT * top) {
                return values("value " + value + " fills an area of its own");
            }
            shifted += low(value) ? areas[value] : 0;
        }
        // Of the background at most a hundredth is shifted, at quality 20; a label 1 may be more.
        return 4 * shifted > areas[lowEnd] ? values("values near 0 fill areas of their own") : null;
    }

    private int mostFrequent(boolean ofLow) {
        return counts.entrySet().stream()
                .filter(entry -> ofLow ? low(entry.getKey()) : high(entry.getKey()))
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse(ofLow ? 0 : top);
    }

    /** Whether a pixel lies in the image's inside and its eight neighbours have its value. */
    private boolean flat(int x, int y) {
        int width = pixels.width();
        int value = pixels.value(y * width + x);
        if (x == 0
                || y == 0
                || x == width - 1
                || y == pixels.height() - 1
                || ignored.contains(value)) {
            return false;
        }
        for (int at = (y - 1) * width + x; at <= (y + 1) * width + x; at += width) {
            for (int neighbour = at - 1; neighbour <= at + 1; neighbour++) {
                int other = pixels.value(neighbour);
                if (other != value && !ignored.contains(other)) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean low(int value) {
        return 4L * value <= top;
    }

    private boolean high(int value) {
        return 4L * value >= 3L * top;
    }
}
