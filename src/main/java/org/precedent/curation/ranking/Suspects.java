package org.precedent.curation.ranking;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.precedent.curation.ranking.LeaveOneOut.Alone;
import org.precedent.curation.ranking.LeaveOneOut.Answered;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Plane;

/**
 * Masks that are probably wrong: shifted, of another label or image, partly missing, inverted.
 *
 * <p>A score is the sum of four, each in robust deviations from the pool's median, and none of them
 * more than {@value #MOST}, so that one odd value does not outweigh three usual ones:
 *
 * <ol>
 *   <li>The Dice of the annotation with what its neighbours together answer, below what those
 *       neighbours' own answers reach: an image that is hard for all of its kind is not suspect.
 *   <li>The probabilities that the others give less the mask, summed on both sides of the mask's
 *       centre. A mask that misses on one side what the others see, or has on one side what they do
 *       not, differs there; one that is drawn a little wider all around does not.
 *   <li>The best Dice that the annotation alone, as the only support, reaches on the {@value
 *       LeaveOneOut#JUDGED} images nearest to it.
 *   <li>What it alone costs these images against what many supports reach there, where that is
 *       least: one neighbour whose mask is wrong itself does not count against it.
 * </ol>
 *
 * <p>None alone is enough: each misses kinds of faults that another one tells.
 */
public final class Suspects {
    /** Deviations that count as none: differences of Dice, and shares of the structure's area. */
    private static final double LEAST = 0.01;

    /** Deviations that one of the four counts at most. */
    static final int MOST = 4;

    /** What lies beyond still decides between entries that are equal otherwise. */
    private static final double BEYOND = 1e-3;

    private final LabelPool pool;
    private final int supports;

    /**
     * @param supports that an answer rests on at most
     */
    public Suspects(LabelPool pool, int supports) {
        this.pool = pool;
        this.supports = supports;
    }

    /** What is known of one annotation. */
    private static final class Evidence {
        double dice;
        List<Integer> supports = List.of();
        double oneSided;
        String side = "";
        double missing;
        double extra;
        boolean answered;
        final List<Alone> alone = new ArrayList<>();

        /** The best Dice that it reaches alone; 1 where it was asked of no image. */
        double best() {
            return alone.stream().mapToDouble(Alone::dice).max().orElse(1);
        }
    }

    /**
     * Ranks annotations.
     *
     * @param most annotations that are judged; of a larger pool as many are drawn
     * @param seed draws them
     * @param progress told how many are done
     * @return those judged, the most suspect first; one whose image nothing else may answer is left
     *     out
     */
    public List<Finding> rank(int most, long seed, IntConsumer progress) {
        List<Integer> images = drawn(pool.size(), most, seed);
        Map<Integer, Evidence> evidence = new HashMap<>();
        new LeaveOneOut(pool, supports)
                .run(
                        images,
                        new LeaveOneOut.Results() {
                            @Override
                            public void answered(Answered result) {
                                fill(of(result.image()), result);
                            }

                            @Override
                            public void alone(Alone result) {
                                of(result.annotation()).alone.add(result);
                            }

                            private Evidence of(int image) {
                                return evidence.computeIfAbsent(image, i -> new Evidence());
                            }
                        },
                        progress);
        List<Integer> judged = images.stream().filter(i -> answered(evidence, i) != null).toList();
        double[] losses = judged.stream().mapToDouble(i -> loss(evidence, i)).toArray();
        double[] dice = judged.stream().mapToDouble(i -> known(evidence, i).dice).toArray();
        double usual = Robust.median(dice);
        double[] scores = new double[judged.size()];
        for (double[] view :
                List.of(
                        judged.stream().mapToDouble(i -> below(evidence, i, usual)).toArray(),
                        judged.stream().mapToDouble(i -> known(evidence, i).oneSided).toArray(),
                        judged.stream().mapToDouble(i -> -known(evidence, i).best()).toArray(),
                        losses)) {
            double[] deviations = Robust.scores(view, LEAST);
            for (int i = 0; i < scores.length; i++) {
                scores[i] += Math.clamp(deviations[i], -1.0, MOST) + BEYOND * deviations[i];
            }
        }
        return IntStream.range(0, judged.size())
                .mapToObj(i ->
                        new Finding(
                                judged.get(i),
                                scores[i],
                                reason(known(evidence, judged.get(i)), losses[i], usual)))
                .sorted(Comparator.comparingDouble(Finding::score).reversed())
                .toList();
    }

    /** At most so many positions, drawn by a seed, ascending. */
    public static List<Integer> drawn(int size, int most, long seed) {
        List<Integer> all = new ArrayList<>(IntStream.range(0, size).boxed().toList());
        if (size <= most) {
            return all;
        }
        Collections.shuffle(all, new Random(seed));
        return all.subList(0, most).stream().sorted().toList();
    }

    /** What is known of an annotation whose image was answered; null of another one. */
    private static @Nullable Evidence answered(Map<Integer, Evidence> evidence, int image) {
        Evidence known = evidence.get(image);
        return known != null && known.answered ? known : null;
    }

    private static Evidence known(Map<Integer, Evidence> evidence, int image) {
        return Objects.requireNonNull(answered(evidence, image));
    }

    /** How far the Dice lies below that of the images which answered it. */
    private static double below(Map<Integer, Evidence> evidence, int image, double usual) {
        Evidence own = known(evidence, image);
        double[] others =
                own.supports.stream()
                        .filter(i -> answered(evidence, i) != null)
                        .mapToDouble(i -> known(evidence, i).dice)
                        .toArray();
        return (others.length == 0 ? usual : Robust.median(others)) - own.dice;
    }

    /** How much less the annotation alone tells of a neighbour than many do, at the best one. */
    private static double loss(Map<Integer, Evidence> evidence, int annotation) {
        return known(evidence, annotation).alone.stream()
                .filter(one -> answered(evidence, one.image()) != null)
                .mapToDouble(one -> known(evidence, one.image()).dice - one.dice())
                .min()
                .orElse(0);
    }

    private void fill(Evidence evidence, Answered result) {
        Mask mask = pool.mask(result.image());
        Plane answer = result.answer();
        int width = mask.width();
        double across = 0;
        double down = 0;
        int area = mask.area();
        for (int i = 0; i < mask.inside().length; i++) {
            if (mask.inside()[i]) {
                across += i % width;
                down += i / width;
            }
        }
        across /= Math.max(1, area);
        down /= Math.max(1, area);
        double left = 0;
        double right = 0;
        double top = 0;
        double bottom = 0;
        double missing = 0;
        double extra = 0;
        for (int i = 0; i < mask.inside().length; i++) {
            double excess = answer.values()[i] - (mask.inside()[i] ? 1 : 0);
            missing += Math.max(0, excess);
            extra += Math.max(0, -excess);
            if (i % width > across) {
                right += excess;
            } else {
                left += excess;
            }
            if (i / width > down) {
                bottom += excess;
            } else {
                top += excess;
            }
        }
        double size = Math.max(1, Math.min(area, mask.inside().length - area));
        double horizontal = Math.abs(right - left) / size;
        double vertical = Math.abs(bottom - top) / size;
        evidence.oneSided = Math.max(horizontal, vertical);
        evidence.side =
                horizontal >= vertical
                        ? (right > left ? "right" : "left")
                        : (bottom > top ? "bottom" : "top");
        evidence.missing = missing / size;
        evidence.extra = extra / size;
        evidence.dice = result.dice();
        evidence.supports = result.supports();
        evidence.answered = true;
    }

    private static String reason(Evidence found, double loss, double usual) {
        StringBuilder words = new StringBuilder();
        words.append(
                String.format(
                        Locale.ROOT,
                        "Dice %.2f with what %d others say (usual here: %.2f)",
                        found.dice,
                        found.supports.size(),
                        usual));
        words.append(
                String.format(
                        Locale.ROOT,
                        "; they see %.0f%% of its size more and %.0f%% less, %.0f%% of it more to the"
                                + " %s",
                        100 * found.missing,
                        100 * found.extra,
                        100 * found.oneSided,
                        found.side));
        words.append(
                String.format(
                        Locale.ROOT,
                        "; as the only support it costs its nearest images a Dice of %.2f",
                        Math.max(0, loss)));
        return words.toString();
    }
}
