package org.precedent.imaging;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The robust range of an image's samples: the 0.5th to the 99.5th percentile of what lies inside
 * the image, extended by what is no outlier.
 *
 * <ol>
 *   <li>Borders do not count: at each side the lines of one value, then closed frames of one value.
 *   <li>Of n samples the floor(0.005 n) greatest lie beyond the percentile, so images below 200
 *       samples have their maximum. Where one value is most of the image (background), no more than
 *       a twentieth of the other samples lies beyond: else a small object on it would. A marker of
 *       up to 4% (see 4) is left out first.
 *   <li>A quarter of the range is kept beyond the percentile, as far as there are values; a border
 *       counts where it is next to the values inside. So an image without outliers keeps its
 *       maximum, and an outlier stays brighter than the rest.
 *   <li>Samples beyond that are outliers where they are lone pixels, or a burnt-in marker: 6 ranges
 *       away, and a quarter of them of one and the same value, as strokes are and tissue is not;
 *       or, half of them 32 ranges away, whatever they look like. A marker is only looked for where
 *       the rest is a picture: it spans 64 values (so never in 8 bits), and is no noise around
 *       bright spots. What is 6 ranges away is looked at by itself: bright tissue nearer by, of
 *       more samples than a marker has, would hide it. Anything else is tissue, and the range is
 *       extended to hold it: a bright lesion of 0.2% of the pixels on a dim image would be lost
 *       (Dice .21 for .89) if it were clipped.
 * </ol>
 *
 * <p>Likewise for the least samples.
 */
final class PercentileRange {
    private static final double BEYOND = 0.005;
    private static final double BEYOND_OF_FOREGROUND = 0.05;
    private static final double MARGIN = 0.25;

    /** A border that is no farther beyond the values inside than this is kept with them. */
    private static final double NEAR_BORDER = 0.05;

    private static final double LARGEST_MARKER = 0.04;
    private static final double MARKER_OF_FOREGROUND = 0.25;
    private static final double MARKER_PLATEAU = 0.25;
    private static final double MARKER_DISTANCE = 6;
    private static final double CERTAIN_DISTANCE = 32;
    private static final int FEWEST_VALUES = 64;

    /** Half of all neighbours in white noise differ by more than this part of its range. */
    private static final double NOISE = 0.1;

    /** Of the 9 samples around and at one, those that may be beyond with it: a lone pixel. */
    private static final int LONE = 2;

    private static final int GREATEST = 0xffff;

    private PercentileRange() {}

    /**
     * A range that cuts something off.
     *
     * @param low below high
     */
    record Found(double low, double high) {}

    /**
     * The range of an image; null where every sample lies in it, and where all are equal.
     *
     * @param apart whether outliers are told from tissue that lies beyond the limit with them
     * @param insideOnly whether a border that is set off from what is inside holds no margin open
     */
    static @Nullable Found of(Raster image, boolean apart, boolean insideOnly) {
        Borders.Inside inside = Borders.inside(image);
        End bright = new End(image, inside, false, apart, insideOnly);
        End dark = new End(image, inside, true, apart, insideOnly);
        double range = bright.percentile() - (GREATEST - dark.percentile());
        if (range <= 0) {
            return null;
        }
        double high = bright.limit(range);
        double low = GREATEST - dark.limit(range);
        return bright.greatest <= high && GREATEST - dark.greatest >= low
                ? null
                : new Found(low, high);
    }

    /** The greatest samples of an image, or the least, turned round so that they are greatest. */
    private static final class End {
        private final Raster image;
        private final Borders.Inside inside;
        private final boolean turned;
        private final boolean apart;

        /** How often each value occurs inside. */
        private final int[] counts;

        private final int samples;

        /** Samples that do not have the most frequent value, where that is most of the image. */
        private final int others;

        /** The greatest value of the whole image, borders included. */
        private final int greatest;

        /** Whether a border that is set off from what is inside holds no margin open. */
        private final boolean insideOnly;

        End(
                Raster image,
                Borders.Inside inside,
                boolean turned,
                boolean apart,
                boolean insideOnly) {
            this.image = image;
            this.inside = inside;
            this.turned = turned;
            this.apart = apart;
            this.insideOnly = insideOnly;
            int most = 0;
            for (int i = 0; i < image.samples().length; i++) {
                most = Math.max(most, value(i));
            }
            this.greatest = most;
            this.counts = inside(-1, 0);
            this.samples = sum(counts);
            int frequent = mode(counts);
            this.others = counts[frequent] > samples / 2 ? samples - counts[frequent] : samples;
        }

        private int value(int index) {
            int sample = image.samples()[index] & 0xffff;
            return turned ? GREATEST - sample : sample;
        }

        /** The upper percentile, a marker left out. */
        int percentile() {
            int beyond = (int) Math.min(BEYOND * samples, BEYOND_OF_FOREGROUND * others);
            int bulk = fromAbove((int) (LARGEST_MARKER * samples));
            int range = bulk - fromBelow(counts, beyond);
            int[] far = counts.clone();
            Arrays.fill(far, 0, Math.min(GREATEST, bulk + 2 * Math.max(0, range)) + 1, 0);
            int marker = sum(far);
            boolean isMarker =
                    marker > beyond
                            && marker <= MARKER_OF_FOREGROUND * others
                            && isOutlier(far, bulk, range);
            return fromAbove(isMarker ? marker + beyond : beyond);
        }

        /**
         * The greatest value to be kept.
         *
         * @param range from the lower percentile to the upper one
         */
        double limit(double range) {
            int high = percentile();
            int last = last(counts);
            boolean isApart = insideOnly && greatest - last > NEAR_BORDER * range;
            double limit = Math.min(isApart ? last : greatest, high + MARGIN * range);
            int[] tail = inside(limit, LONE);
            if (sum(tail) == 0 || isOutlier(tail, high, range)) {
                return limit;
            }
            if (apart) {
                int beyond = (int) Math.min(GREATEST, high + MARKER_DISTANCE * range);
                int[] far = tail.clone();
                Arrays.fill(far, 0, beyond + 1, 0);
                if (sum(far) > 0 && isOutlier(far, high, range)) {
                    Arrays.fill(tail, beyond + 1, GREATEST + 1, 0);
                    if (sum(tail) == 0) {
                        return limit;
                    }
                }
            }
            return last(tail);
        }

        /** Whether samples above the others are a marker, or too far away to be anything else. */
        private boolean isOutlier(int[] far, double high, double range) {
            int frequent = mode(far);
            boolean isMarker =
                    frequent - high > MARKER_DISTANCE * range
                            && far[frequent] >= MARKER_PLATEAU * sum(far);
            boolean isCertain = fromBelow(far, sum(far) / 2) - high > CERTAIN_DISTANCE * range;
            return (isMarker || isCertain) && isPicture(high, range);
        }

        /** Whether what is not far above shows anything: not a few values, and not noise. */
        private boolean isPicture(double high, double range) {
            if (range < FEWEST_VALUES) {
                return false;
            }
            int step = image.channels();
            int row = image.width() * step;
            int pairs = 0;
            int unlike = 0;
            for (int y = inside.top(); y < inside.bottom(); y++) {
                int end = y * row + inside.right() * step;
                for (int i = y * row + (inside.left() + 1) * step; i < end; i++) {
                    int value = value(i);
                    int before = value(i - step);
                    if (value <= high && before <= high) {
                        pairs++;
                        unlike += Math.abs(value - before) > NOISE * range ? 1 : 0;
                    }
                }
            }
            return unlike <= pairs / 2;
        }

        /**
         * Counts the values inside that are above a limit.
         *
         * @param lone samples with so many neighbours above the limit, themselves included, or
         *     fewer, do not count
         */
        private int[] inside(double limit, int lone) {
            int[] found = new int[GREATEST + 1];
            int step = image.channels();
            int row = image.width() * step;
            for (int y = inside.top(); y < inside.bottom(); y++) {
                int end = y * row + inside.right() * step;
                for (int i = y * row + inside.left() * step; i < end; i++) {
                    int value = value(i);
                    if (value > limit && (lone == 0 || around(i, limit) > lone)) {
                        found[value]++;
                    }
                }
            }
            return found;
        }

        /** Samples above a limit among the 9 of one channel around and at one. */
        private int around(int index, double limit) {
            int step = image.channels();
            int x = index / step % image.width();
            int y = index / step / image.width();
            int found = 0;
            for (int v = Math.max(0, y - 1); v <= Math.min(image.height() - 1, y + 1); v++) {
                for (int u = Math.max(0, x - 1); u <= Math.min(image.width() - 1, x + 1); u++) {
                    found += value((v * image.width() + u) * step + index % step) > limit ? 1 : 0;
                }
            }
            return found;
        }

        /** The least value that more than so many samples do not exceed. */
        private static int fromBelow(int[] counts, int beyond) {
            int value = 0;
            for (int seen = counts[0]; seen <= beyond; seen += counts[value]) {
                value++;
            }
            return value;
        }

        /** The greatest value that more than so many samples reach. */
        private int fromAbove(int beyond) {
            int value = GREATEST;
            for (int seen = counts[value]; seen <= beyond; seen += counts[value]) {
                value--;
            }
            return value;
        }

        /** The greatest value that occurs. */
        private static int last(int[] counts) {
            int last = GREATEST;
            while (counts[last] == 0) {
                last--;
            }
            return last;
        }

        private static int sum(int[] counts) {
            int sum = 0;
            for (int count : counts) {
                sum += count;
            }
            return sum;
        }

        private static int mode(int[] counts) {
            int mode = 0;
            for (int value = 0; value < counts.length; value++) {
                mode = counts[value] > counts[mode] ? value : mode;
            }
            return mode;
        }
    }
}
