package org.precedent.curation.ranking;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntConsumer;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Plane;

/**
 * How much each annotation helps or harms: images of the pool ask as if they were new, and every
 * support of an answer is left out once. What the Dice loses without it is its influence on that
 * answer, exactly; its worth is the sum over all answers that it took part in.
 */
public final class Worth {
    private final LabelPool pool;
    private final int supports;

    /**
     * @param supports that an answer rests on at most, at least 2
     */
    public Worth(LabelPool pool, int supports) {
        this.pool = pool;
        this.supports = Math.max(2, supports);
    }

    /** What an annotation did in all answers. */
    private static final class Sum {
        double influence;
        int answers;
        double least;
    }

    /**
     * Ranks the annotations that took part in an answer.
     *
     * @param questions images that ask at most
     * @param seed draws them
     * @param progress told how many have asked
     * @return the most harmful first: the score is the Dice that all answers together would gain
     *     without it
     */
    public List<Finding> rank(int questions, long seed, IntConsumer progress) {
        List<float[]> vectors = new ArrayList<>();
        for (int i = 0; i < pool.size(); i++) {
            vectors.add(pool.vector(i));
        }
        Map<Integer, Sum> sums = new HashMap<>();
        int done = 0;
        for (int query : Suspects.drawn(pool.size(), questions, seed)) {
            List<Integer> near =
                    Neighbours.nearest(
                            vectors.get(query),
                            vectors,
                            j -> pool.serves(j) && pool.apart(query, j),
                            supports);
            if (near.size() >= 2) {
                ask(query, near, sums);
            }
            progress.accept(++done);
        }
        return sums.entrySet().stream()
                .map(one -> finding(one.getKey(), one.getValue()))
                .sorted(Comparator.comparingDouble(Finding::score).reversed())
                .toList();
    }

    private void ask(int query, List<Integer> near, Map<Integer, Sum> sums) {
        List<List<Integer>> sets = new ArrayList<>();
        sets.add(near);
        for (int without : near) {
            sets.add(near.stream().filter(j -> j != without).toList());
        }
        List<Plane> answers = pool.answers(query, sets);
        Mask truth = pool.mask(query);
        double all = LeaveOneOut.dice(answers.getFirst(), truth);
        for (int i = 0; i < near.size(); i++) {
            double influence = all - LeaveOneOut.dice(answers.get(i + 1), truth);
            Sum sum = sums.computeIfAbsent(near.get(i), j -> new Sum());
            sum.influence += influence;
            sum.least = Math.min(sum.least, influence);
            sum.answers++;
        }
    }

    private static Finding finding(int annotation, Sum sum) {
        return new Finding(
                annotation,
                -sum.influence,
                String.format(
                        Locale.ROOT,
                        "%s %d answers by a Dice of %.3f in all, %.4f each; at worst it cost %.3f",
                        sum.influence < 0 ? "harms" : "helps",
                        sum.answers,
                        Math.abs(sum.influence),
                        Math.abs(sum.influence) / sum.answers,
                        0 - sum.least)); // and no -0.000
    }
}
