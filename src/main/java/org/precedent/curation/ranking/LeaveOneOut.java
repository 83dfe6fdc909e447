package org.precedent.curation.ranking;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.precedent.evaluation.metric.Dice;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Plane;
import org.precedent.imaging.Resampling;

/**
 * Every annotation of a pool against what the others say: each image is answered once from its
 * nearest annotations together, and from single ones. One pass of the network an image, whose
 * query's part is done once.
 *
 * <p>An annotation is judged twice: by the answer to its own image, and as a judge, by what it
 * alone makes of the images nearest to it, against what is known of those.
 */
final class LeaveOneOut {
    /** Images that an annotation alone answers. */
    static final int JUDGED = 3;

    private final LabelPool pool;
    private final int supports;
    private final List<float[]> vectors = new ArrayList<>();

    /**
     * What came of one image.
     *
     * @param supports the annotations that the answer rests on
     * @param dice of the answer with the annotation
     * @param answer probabilities, of the annotation's size
     */
    record Answered(int image, List<Integer> supports, double dice, Plane answer) {}

    /**
     * What one annotation alone made of a neighbour's image.
     *
     * @param dice with the neighbour's annotation
     */
    record Alone(int annotation, int image, double dice) {}

    /** Takes results as they come, so that no probability map is kept. */
    interface Results {
        void answered(Answered result);

        void alone(Alone result);
    }

    /**
     * @param supports that an answer rests on at most
     */
    LeaveOneOut(LabelPool pool, int supports) {
        this.pool = pool;
        this.supports = supports;
        for (int i = 0; i < pool.size(); i++) {
            vectors.add(pool.vector(i));
        }
    }

    /**
     * Answers images.
     *
     * @param images whose annotations are judged
     * @param progress told how many images are done
     */
    void run(List<Integer> images, Results results, IntConsumer progress) {
        Map<Integer, List<Integer>> judges = new LinkedHashMap<>();
        for (int image : images) {
            judges.computeIfAbsent(image, i -> new ArrayList<>());
            for (int judged :
                    Neighbours.nearest(
                            vectors.get(image),
                            vectors,
                            j -> j != image && pool.serves(j) && pool.apart(image, j),
                            JUDGED)) {
                judges.computeIfAbsent(judged, i -> new ArrayList<>()).add(image);
            }
        }
        int done = 0;
        for (Map.Entry<Integer, List<Integer>> one : judges.entrySet()) {
            answer(one.getKey(), one.getValue(), results);
            progress.accept(++done * images.size() / judges.size());
        }
    }

    private void answer(int image, List<Integer> judges, Results results) {
        List<Integer> near =
                Neighbours.nearest(
                        vectors.get(image),
                        vectors,
                        j -> j != image && pool.serves(j) && pool.apart(image, j),
                        supports);
        List<List<Integer>> sets = new ArrayList<>();
        if (!near.isEmpty()) {
            sets.add(near);
        }
        judges.forEach(judge -> sets.add(List.of(judge)));
        if (sets.isEmpty()) {
            return;
        }
        List<Plane> answers = pool.answers(image, sets);
        Mask truth = pool.mask(image);
        int at = 0;
        if (!near.isEmpty()) {
            Plane answer = answers.get(at++);
            results.answered(new Answered(image, near, dice(answer, truth), answer));
        }
        for (int judge : judges) {
            results.alone(new Alone(judge, image, dice(answers.get(at++), truth)));
        }
    }

    static double dice(Plane answer, Mask truth) {
        return Dice.hard(Resampling.above(answer, 0.5), truth);
    }
}
