package org.precedent.curation.ranking;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.IntPredicate;
import org.precedent.imaging.Plane;

/** Answers to a pool's own images, each from the nearest of those that may serve. */
public final class PoolAnswers {
    private final LabelPool pool;
    private final int supports;
    private final List<float[]> vectors = new ArrayList<>();

    /**
     * @param supports that an answer rests on at most, >= 1
     */
    public PoolAnswers(LabelPool pool, int supports) {
        this.pool = pool;
        this.supports = supports;
        for (int i = 0; i < pool.size(); i++) {
            vectors.add(pool.vector(i));
        }
    }

    /**
     * The Dice of an image's answer with its own annotation, at the network's resolution.
     *
     * @param serving which annotations may serve; those of the image's patient never do
     * @return in [0, 1]; empty where nothing serves
     */
    public OptionalDouble dice(int image, IntPredicate serving) {
        List<Integer> near = nearest(image, serving);
        return near.isEmpty()
                ? OptionalDouble.empty()
                : OptionalDouble.of(LeaveOneOut.dice(answer(image, near), pool.mask(image)));
    }

    /**
     * An image's answer, at the network's resolution.
     *
     * @param serving as in {@link #dice}
     * @return empty where nothing serves
     */
    public Optional<Plane> probabilities(int image, IntPredicate serving) {
        List<Integer> near = nearest(image, serving);
        return near.isEmpty() ? Optional.empty() : Optional.of(answer(image, near));
    }

    /**
     * The Dice that the network's own probabilities expect of an image's answer, without looking at
     * the image's annotation.
     *
     * @return in [0, 1]; 0 where nothing serves
     */
    public double expectedDice(int image, IntPredicate serving) {
        List<Integer> near = nearest(image, serving);
        return near.isEmpty() ? 0 : NextImages.expectedDice(answer(image, near));
    }

    private List<Integer> nearest(int image, IntPredicate serving) {
        return Neighbours.nearest(
                vectors.get(image),
                vectors,
                j -> pool.serves(j) && pool.apart(image, j) && serving.test(j),
                supports);
    }

    private Plane answer(int image, List<Integer> near) {
        return pool.answers(image, List.of(near)).getFirst();
    }
}
