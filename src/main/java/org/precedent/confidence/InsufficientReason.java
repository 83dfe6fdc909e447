package org.precedent.confidence;

import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Words for why an answer falls short of its pool's threshold. A reason is evidence that lowers the
 * prediction, that is worse than the average of the pool's own images in the direction in which
 * such evidence is bad, and that still reads as worse once both figures are rounded as they are
 * shown. A regression may lower a prediction by evidence that is good in itself; that is never
 * given as a reason.
 */
public final class InsufficientReason {
    private static final int FEWEST_DIGITS = 2;
    private static final int MOST_DIGITS = 4;

    /** The largest ratio of areas that evidence keeps, rounded down so that it stays true. */
    private static final int LARGEST_FACTOR = (int) Math.exp(Evidence.LARGEST_RATIO);

    private InsufficientReason() {}

    /** Two figures as they are shown, the first worse than the second also when read back. */
    private record Shown(String value, String mean) {}

    /**
     * The strongest reason.
     *
     * @param evidence of an answer that is insufficient by this model
     */
    public static String of(ConfidenceModel model, Evidence evidence) {
        double[] contributions = model.contributions(evidence);
        double least = 0;
        @Nullable String reason = null;
        for (Evidence.Feature feature : Evidence.Feature.values()) {
            double contribution = contributions[feature.ordinal()];
            if (contribution < least) {
                Optional<String> words =
                        words(
                                feature,
                                evidence.features()[feature.ordinal()],
                                model.means()[feature.ordinal()]);
                if (words.isPresent()) {
                    least = contribution;
                    reason = words.get();
                }
            }
        }
        return reason == null ? threshold(model.predict(evidence), model.threshold()) : reason;
    }

    private static Optional<String> words(Evidence.Feature feature, double value, double mean) {
        return switch (feature) {
            case REVERSE ->
                    lower(value, mean, 1, 0)
                            .map(s ->
                                    "the mask explains its own supports worse than masks of this"
                                            + " pool do (Dice %s, on average %s)"
                                                    .formatted(s.value(), s.mean()));
            case AGREEMENT ->
                    lower(value, mean, 1, 0)
                            .map(s ->
                                    "the answer depends more on how it is asked than answers for"
                                            + " images of this pool do (Dice %s, on average %s)"
                                                    .formatted(s.value(), s.mean()));
            case COVERAGE ->
                    lower(value, mean, 100, 2)
                            .map(s ->
                                    "the query is less like the pool than the pool's own images are:"
                                            + " %s%% of them have a less similar nearest one, on"
                                                    .formatted(s.value())
                                            + " average %s%%".formatted(s.mean()));
            case CERTAINTY ->
                    lower(value, mean, 1, 0)
                            .map(s ->
                                    "the mask is vaguer than masks of this pool are (certainty %s, on"
                                                    .formatted(s.value())
                                            + " average %s)".formatted(s.mean()));
            case SIZE_RATIO ->
                    factor(value, mean)
                            .map(s ->
                                    "the areas of the mask and of its precedents differ by a factor of"
                                            + " %s, in this pool on average by %s"
                                                    .formatted(s.value(), s.mean()));
            case ATTENTION_MASS ->
                    lower(value, mean, 1, 0)
                            .map(s ->
                                    "less attention goes to the supports than for images of this pool"
                                            + " (%s, on average %s)"
                                                    .formatted(s.value(), s.mean()));
        };
    }

    /** A figure below its mean, with as few digits as keep it below. */
    private static Optional<Shown> lower(double value, double mean, double unit, int fewer) {
        return value < mean
                ? shown(unit * value, unit * mean, FEWEST_DIGITS - fewer, true)
                : Optional.empty();
    }

    private static Optional<Shown> factor(double ratio, double mean) {
        if (!(ratio > mean)) {
            return Optional.empty();
        }
        if (ratio >= Evidence.LARGEST_RATIO) {
            return shown(LARGEST_FACTOR, Math.exp(mean), 1, false)
                    .map(s -> new Shown(LARGEST_FACTOR + " or more", s.mean()));
        }
        return shown(Math.exp(ratio), Math.exp(mean), 1, false);
    }

    private static Optional<Shown> shown(double value, double mean, int fewest, boolean below) {
        for (int digits = fewest; digits <= MOST_DIGITS; digits++) {
            Shown shown = new Shown(fixed(value, digits), fixed(mean, digits));
            int order =
                    Double.compare(
                            Double.parseDouble(shown.value()), Double.parseDouble(shown.mean()));
            if (below ? order < 0 : order > 0) {
                return Optional.of(shown);
            }
        }
        return Optional.empty();
    }

    private static String threshold(double predicted, double threshold) {
        String start = "no single piece of evidence stands out, but the expected Dice ";
        return shown(predicted, threshold, FEWEST_DIGITS, true)
                .map(s ->
                        start
                                + "of %s is below the pool's threshold of %s"
                                        .formatted(s.value(), s.mean()))
                .orElseGet(() -> start + "is a little below the pool's threshold");
    }

    private static String fixed(double value, int digits) {
        return String.format(Locale.ROOT, "%." + digits + "f", value);
    }
}
