package org.precedent.confidence;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.precedent.imaging.Appearance;

/**
 * What no answer may fall below, calibrated or not: the query is a picture at all, it is of the
 * kind of the pool's images, and the mask is of a size that its precedents make likely. What
 * crosses the floor is flagged with the reason, and no Dice is predicted for it.
 */
final class PrecedentFloor {
    /** Neighbouring pixels of every image that was looked at correlate by more than .37. */
    private static final double LEAST_COHERENCE = 0.25;

    /** How many times smaller or larger than all its precedents an object may be. */
    private static final double SIZE = 4;

    private PrecedentFloor() {}

    /**
     * An object and its image.
     *
     * @param area pixels inside
     * @param pixels of the image
     */
    record Extent(long area, long pixels) {
        double share() {
            return (double) area / pixels;
        }
    }

    /**
     * Why the floor is crossed.
     *
     * @param strangeness of the query, of {@link Familiarity}; empty where too few images say what
     *     the pool looks like
     * @param supports those that the mask rests on
     * @return empty where it is not
     */
    static Optional<String> crossed(
            Appearance query, Optional<Double> strangeness, Extent mask, List<Extent> supports) {
        if (query.constant()) {
            return Optional.of("the query is one grey value: there is nothing to see in it");
        }
        if (query.coherence() < LEAST_COHERENCE) {
            return Optional.of(
                    "the query is noise: its neighbouring pixels have nothing in common (correlation"
                            + " %s, at least %s in an image)"
                                    .formatted(shown(query.coherence()), shown(LEAST_COHERENCE)));
        }
        if (strangeness.isPresent() && strangeness.get() > 1) {
            return Optional.of(
                    "the query is unlike every image of the pool: its appearance is %s times as far"
                                    .formatted(larger(strangeness.get()))
                            + " from the nearest one as nearly all of the pool's images are from"
                            + " another patient's");
        }
        return size(mask, supports);
    }

    private static Optional<String> size(Extent mask, List<Extent> supports) {
        double least = supports.stream().mapToDouble(Extent::share).min().orElse(0);
        double most = supports.stream().mapToDouble(Extent::share).max().orElse(1);
        if (mask.area() == 0) {
            return least == 0
                    ? Optional.empty()
                    : Optional.of(
                            "the mask is empty, while every precedent has the structure in it");
        }
        if (mask.share() * SIZE < least) {
            return Optional.of(
                    "the mask covers %s of the image, less than a quarter of what it covers in any of"
                                    .formatted(percent(mask.share()))
                            + " its precedents (at least %s)".formatted(percent(least)));
        }
        if (mask.share() > most * SIZE) {
            return Optional.of(
                    "the mask covers %s of the image, more than four times what it covers in any of"
                                    .formatted(percent(mask.share()))
                            + " its precedents (at most %s)".formatted(percent(most)));
        }
        return Optional.empty();
    }

    private static String shown(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    /** A figure above 1 with as few digits as keep it above. */
    private static String larger(double value) {
        for (int digits = 1; digits < 4; digits++) {
            String shown = String.format(Locale.ROOT, "%." + digits + "f", value);
            if (Double.parseDouble(shown) > 1) {
                return shown;
            }
        }
        return "just over 1";
    }

    private static String percent(double share) {
        double percent = 100 * share;
        return String.format(Locale.ROOT, percent < 1 ? "%.2g%%" : "%.1f%%", percent);
    }
}
