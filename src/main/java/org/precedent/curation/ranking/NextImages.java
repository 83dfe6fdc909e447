package org.precedent.curation.ranking;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import org.precedent.imaging.Plane;

/**
 * Which images without an annotation to annotate next. First come images drawn at random: choosing
 * gained over drawing on one of four sets that it was measured on, and lost on another. As many
 * chosen ones follow for who wants to try it in a pool. A candidate is worth the more there, the
 * worse its answer is predicted to be and the farther it lies from everything that is annotated or
 * chosen already, so that choices spread out.
 */
public final class NextImages {
    private NextImages() {}

    /** How an image came into the list. */
    public enum Arm {
        RANDOM,
        CHOSEN
    }

    /** A candidate in its place. */
    public record Choice(Finding finding, Arm arm) {}

    /**
     * An image without an annotation.
     *
     * @param vector of length 1
     * @param predictedDice of its answer, in [0, 1]
     */
    public record Candidate(float[] vector, double predictedDice) {}

    /**
     * The Dice that a map of probabilities expects of its own cut at one half, were they right.
     *
     * @return in [0, 1]; 0 where nothing is above one half
     */
    public static double expectedDice(Plane probabilities) {
        double both = 0;
        double sum = 0;
        double inside = 0;
        for (float p : probabilities.values()) {
            sum += p;
            if (p > 0.5) {
                both += p;
                inside++;
            }
        }
        return inside == 0 ? 0 : 2 * both / (sum + inside);
    }

    /**
     * Draws candidates, and chooses as many one after another.
     *
     * @param annotated vectors of what is annotated
     * @param most to choose, and to draw
     * @param seed draws
     * @return those drawn, then those chosen; an image may be both
     */
    public static List<Choice> of(
            List<Candidate> candidates, List<float[]> annotated, int most, long seed) {
        List<Integer> drawn = new ArrayList<>(Suspects.drawn(candidates.size(), most, seed));
        Collections.shuffle(drawn, new Random(seed));
        List<Choice> choices = new ArrayList<>();
        for (int random : drawn) {
            choices.add(
                    new Choice(
                            new Finding(random, 0, "nothing was shown to gain over that"),
                            Arm.RANDOM));
        }
        chosen(candidates, annotated, most)
                .forEach(finding -> choices.add(new Choice(finding, Arm.CHOSEN)));
        return choices;
    }

    /**
     * Chooses candidates one after another, the one that is worth most first.
     *
     * @param annotated vectors of what is annotated
     * @param most to choose
     */
    public static List<Finding> chosen(
            List<Candidate> candidates, List<float[]> annotated, int most) {
        double[] away = new double[candidates.size()];
        for (int i = 0; i < away.length; i++) {
            away[i] = 2;
            for (float[] vector : annotated) {
                away[i] = Math.min(away[i], Outliers.distance(candidates.get(i).vector(), vector));
            }
        }
        double typical = Math.max(1e-9, Robust.median(away));
        Set<Integer> taken = new HashSet<>();
        List<Finding> chosen = new ArrayList<>();
        while (chosen.size() < Math.min(most, candidates.size())) {
            int best = -1;
            double largest = Double.NEGATIVE_INFINITY;
            for (int i = 0; i < away.length; i++) {
                double score = score(candidates.get(i), away[i] / typical);
                if (!taken.contains(i) && score > largest) {
                    best = i;
                    largest = score;
                }
            }
            taken.add(best);
            chosen.add(
                    new Finding(
                            best,
                            largest,
                            String.format(
                                    Locale.ROOT,
                                    "its answer is expected to reach a Dice of %.2f, and it lies"
                                            + " %.1f times as far from what is annotated as is"
                                            + " usual",
                                    candidates.get(best).predictedDice(),
                                    away[best] / typical)));
            for (int i = 0; i < away.length; i++) {
                away[i] =
                        Math.min(
                                away[i],
                                Outliers.distance(
                                        candidates.get(i).vector(), candidates.get(best).vector()));
            }
        }
        return chosen;
    }

    private static double score(Candidate candidate, double away) {
        return (1 - candidate.predictedDice()) * Math.min(2, away);
    }
}
