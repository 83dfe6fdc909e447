package org.precedent.evaluation.protocol;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.precedent.evaluation.Annotated;
import org.precedent.evaluation.EvaluationCase;
import org.precedent.evaluation.SupportChooser.Scored;
import org.precedent.evaluation.TrialRunner;
import org.precedent.evaluation.metric.Dice;
import org.precedent.imaging.Mask;
import org.precedent.segmentation.Segmentation;

/**
 * Slices of a volume that support its other slices: some that somebody annotated, and answers
 * nearer to them.
 *
 * <ol>
 *   <li>Slices are answered in the order of their distance to the nearest given one, so that every
 *       answer has its neighbour towards it.
 *   <li>An own support is the nearest given slice on either side, and that neighbour with its
 *       answer. Together they have {@value #OWN_SHARE} of the weight; the pool's supports have the
 *       rest.
 *   <li>The reverse check: the given slice is segmented from the answer alone. Where it does not
 *       come out (Dice below {@value #DRIFT}) the answer has drifted and supports nothing further.
 * </ol>
 */
final class OwnStudy {
    static final double OWN_SHARE = 0.6;
    static final double DRIFT = 0.6;

    private final TrialRunner examiner;
    private final String label;
    private final TreeMap<Integer, EvaluationCase> slices = new TreeMap<>();
    private final TreeMap<Integer, Annotated> given = new TreeMap<>();
    private final Map<Integer, Annotated> answered = new HashMap<>();
    private int drifted;

    /**
     * @param volume its slices
     * @param count how many of those that show the label are given: the middles of equal parts
     */
    OwnStudy(TrialRunner examiner, String label, List<EvaluationCase> volume, int count) {
        this.examiner = examiner;
        this.label = label;
        volume.forEach(one -> slices.put(one.sliceNumber(), one));
        List<EvaluationCase> shown =
                volume.stream()
                        .filter(one -> VolumeLeaveOneOut.shows(one, label))
                        .sorted(Comparator.comparingInt(EvaluationCase::sliceNumber))
                        .toList();
        for (int i = 0; i < Math.min(count, shown.size()); i++) {
            EvaluationCase one =
                    shown.get((int) ((i + 0.5) * shown.size() / Math.min(count, shown.size())));
            Mask mask = one.masks().get(label);
            if (mask != null) {
                given.put(one.sliceNumber(), new Annotated(one, label, mask));
            }
        }
    }

    /** Whether somebody annotated a slice, so that it is not asked. */
    boolean isGiven(EvaluationCase slice) {
        return given.containsKey(slice.sliceNumber());
    }

    /** The slices to be asked, nearest to a given one first. */
    List<EvaluationCase> order() {
        return slices.values().stream()
                .filter(one -> !isGiven(one))
                .sorted(
                        Comparator.comparingInt((EvaluationCase one) ->
                                        Math.abs(one.sliceNumber() - nearest(one.sliceNumber())))
                                .thenComparingInt(EvaluationCase::sliceNumber))
                .toList();
    }

    private int nearest(int number) {
        Integer below = given.floorKey(number);
        Integer above = given.ceilingKey(number);
        if (below == null || above == null) {
            return below == null ? (above == null ? number : above) : below;
        }
        return number - below <= above - number ? below : above;
    }

    /** Answers a slice from the pool's supports and the study's own. */
    Segmentation answer(EvaluationCase slice, List<Scored> pool) {
        int number = slice.sliceNumber();
        List<Annotated> own = new ArrayList<>();
        Map.Entry<Integer, Annotated> below = given.floorEntry(number);
        Map.Entry<Integer, Annotated> above = given.ceilingEntry(number);
        if (below != null) {
            own.add(below.getValue());
        }
        if (above != null) {
            own.add(above.getValue());
        }
        Annotated neighbour = answered.get(number + Integer.signum(nearest(number) - number));
        if (neighbour != null) {
            own.add(neighbour);
        }
        List<Annotated> supports = new ArrayList<>(own);
        pool.stream()
                .map(Scored::support)
                .limit(Math.max(0, pool.size() - own.size()))
                .forEach(supports::add);
        double[] weights = new double[supports.size()];
        int others = supports.size() - own.size();
        for (int i = 0; i < weights.length; i++) {
            weights[i] =
                    others == 0
                            ? 1.0 / weights.length
                            : i < own.size() ? OWN_SHARE / own.size() : (1 - OWN_SHARE) / others;
        }
        Segmentation answer = examiner.answer(slice.image(), supports, weights);
        Annotated asSupport = new Annotated(slice, label, answer.mask());
        Annotated origin = given.get(nearest(number));
        if (origin != null && answer.mask().area() > 0) {
            Segmentation back =
                    examiner.answer(origin.image(), List.of(asSupport), new double[] {1});
            if (Dice.hard(back.mask(), origin.mask()) >= DRIFT) {
                answered.put(number, asSupport);
            } else {
                drifted++;
            }
        }
        return answer;
    }

    /** How many answers did not pass the reverse check. */
    int drifted() {
        return drifted;
    }
}
