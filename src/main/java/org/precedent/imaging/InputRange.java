package org.precedent.imaging;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Which of an image's grey values become the 0 and the 1 of a network's input. Values outside are
 * clipped before anything else is done to the image, because a change of size would smear them. An
 * answer records its range, so that it is computed again as it was.
 */
public enum InputRange {
    /** From the image's least value to its greatest: one hot pixel decides everything. */
    MIN_MAX("min-max"),

    /**
     * From the 0.5th to the 99.5th percentile of the pixels inside the image, and a quarter of that
     * range on either side as far as there are values: see {@link PercentileRange}.
     */
    PERCENTILE("percentile-0.5"),

    /**
     * Likewise, where a marker is told from bright tissue that lies beyond the limit with it:
     * before, a letter of few pixels beside more of such tissue stretched the range to its white.
     */
    PERCENTILE_APART("percentile-0.5-apart"),

    /**
     * Likewise, of what lies inside an image's frame, and nothing else is shown (see {@link
     * Frame#shown}): before, zero padding around values that begin at 1,000 widened the range by a
     * quarter, and padding made everything smaller.
     */
    PERCENTILE_INSIDE("percentile-0.5-inside");

    /** What new answers, encodings and embeddings use. */
    public static final InputRange CURRENT = PERCENTILE_INSIDE;

    private final String word;

    InputRange(String word) {
        this.word = word;
    }

    /** Its name in records, answers and folders. */
    public String word() {
        return word;
    }

    /**
     * The range of a name.
     *
     * @throws IllegalArgumentException when there is no such range
     */
    public static InputRange of(String word) {
        return Arrays.stream(values())
                .filter(range -> range.word.equals(word))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "input range "
                                        + word
                                        + ", expected one of "
                                        + Arrays.stream(values()).map(InputRange::word).toList()));
    }

    /**
     * Adds this range to a hash of weights or of a method, for what depends on both. Min-max adds
     * nothing: it was the only range before there were names for them.
     */
    public String stamp(String hashed) {
        return this == MIN_MAX ? hashed : hashed + " " + word;
    }

    /**
     * The values that an image keeps.
     *
     * @param low values below become this one
     * @param high values above become this one
     */
    public record Limits(double low, double high) {
        /** Keeps every value. */
        static final Limits ALL = new Limits(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);

        public Limits {
            if (!(low < high)) {
                throw new IllegalArgumentException("a range from " + low + " to " + high);
            }
        }

        /** The value itself, or the limit that it is beyond. */
        public double clip(double value) {
            return Math.max(low, Math.min(high, value));
        }
    }

    /**
     * The limits of an image's samples; those of colour images are taken together. A slice keeps
     * them all, because it was cut to its volume's range already.
     */
    public Limits limits(Raster image) {
        if (image.hasRange()) {
            return Limits.ALL;
        }
        return switch (this) {
            case MIN_MAX -> Limits.ALL;
            case PERCENTILE, PERCENTILE_APART, PERCENTILE_INSIDE -> {
                PercentileRange.@Nullable Found found =
                        PercentileRange.of(image, this != PERCENTILE, this == PERCENTILE_INSIDE);
                yield found == null ? Limits.ALL : new Limits(found.low(), found.high());
            }
        };
    }

    /**
     * The grey samples as numbers, those outside the range clipped.
     *
     * @return [height, width], from 0 to {@link Raster#maxValue}
     */
    public Plane plane(Raster image) {
        Raster grey = Resampling.grey(image);
        Limits limits = limits(grey);
        Plane plane = Resampling.plane(grey);
        if (limits.equals(Limits.ALL)) {
            return plane;
        }
        float[] clipped = new float[plane.values().length];
        for (int i = 0; i < clipped.length; i++) {
            clipped[i] = (float) limits.clip(plane.values()[i]);
        }
        return new Plane(plane.width(), plane.height(), clipped);
    }
}
