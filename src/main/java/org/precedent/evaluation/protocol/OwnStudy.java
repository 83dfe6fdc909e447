package org.precedent.evaluation.protocol;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.precedent.evaluation.Annotated;
import org.precedent.evaluation.EvaluationCase;
import org.precedent.evaluation.SupportChooser.Scored;
import org.precedent.evaluation.TrialRunner;
import org.precedent.evaluation.metric.Dice;
import org.precedent.imaging.DistanceTransform;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Plane;
import org.precedent.segmentation.Segmentation;

/**
 * What some annotated slices of a volume add to what its pool answers. An annotated slice shows the
 * label: alone it would carry it beyond the structure's ends, where only the pool knows that there
 * is nothing.
 *
 * <ol>
 *   <li>Slices are answered in the order of their distance to the nearest given one, so that every
 *       answer has its neighbour towards it. Each is answered from the pool.
 *   <li>Between two given slices it is answered a second time, from these two, from that neighbour
 *       with its answer, together {@value #OWN_SHARE} of the weight, and from the pool's supports.
 *   <li>The reverse check: the nearer given slice is segmented from that answer alone. Where it
 *       does not come out (Dice below {@value #DRIFT}) the answer has drifted, and the pool's
 *       stands.
 *   <li>Both answers count alike, beside the shape between those of the two given slices
 *       (interpolated by signed distance), which has {@value #SHAPE_SHARE}.
 *   <li>Along the axis every slice is the mean of itself, twice, and its two neighbours.
 *   <li>Outwards of the given slices the label ends with the first slice in which less than {@value
 *       #LEAST} pixels are left of it: a structure is in one piece.
 * </ol>
 */
final class OwnStudy {
    static final double OWN_SHARE = 0.6;
    static final double DRIFT = 0.6;
    static final double SHAPE_SHARE = 0.25;
    static final int LEAST = 10;

    /** Pixels over which the probability of an interpolated shape falls by e. */
    private static final double EDGE = 1.5;

    private final TrialRunner examiner;
    private final String label;
    private final TreeMap<Integer, EvaluationCase> slices = new TreeMap<>();
    private final TreeMap<Integer, Annotated> given = new TreeMap<>();
    private final Map<Integer, double[]> distances = new HashMap<>();

    /** By number of the slice; those given are not in it. */
    private final TreeMap<Integer, Segmentation> answered = new TreeMap<>();

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

    /**
     * Takes the pool's answer of a slice and, between two given ones, answers it from these, too.
     *
     * @param pool the supports that the pool's answer rests on
     */
    void answer(EvaluationCase slice, Segmentation fromPool, List<Scored> pool) {
        int number = slice.sliceNumber();
        Annotated below = value(given.floorEntry(number));
        Annotated above = value(given.ceilingEntry(number));
        if (below == null || above == null) {
            answered.put(number, fromPool);
            return;
        }
        List<Segmentation> answers = new ArrayList<>(List.of(fromPool));
        Segmentation own = fromOwn(slice, below, above, pool);
        if (own.mask().area() > 0) {
            if (comesBack(slice, own)) {
                answers.add(own);
            } else {
                drifted++;
            }
        }
        double share = (1 - SHAPE_SHARE) / answers.size();
        Blend blend = new Blend(fromPool);
        answers.forEach(one -> blend.add(one.probabilities().values(), share));
        blend.add(shape(number, below, above), SHAPE_SHARE);
        answered.put(number, blend.answer(fromPool));
    }

    private static @Nullable Annotated value(Map.@Nullable Entry<Integer, Annotated> entry) {
        return entry == null ? null : entry.getValue();
    }

    private Segmentation fromOwn(
            EvaluationCase slice, Annotated below, Annotated above, List<Scored> pool) {
        int number = slice.sliceNumber();
        List<Annotated> own = new ArrayList<>(List.of(below, above));
        int towards = number + Integer.signum(nearest(number) - number);
        Segmentation neighbour = answered.get(towards);
        EvaluationCase beside = slices.get(towards);
        if (neighbour != null && beside != null) {
            own.add(new Annotated(beside, label, neighbour.mask()));
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
        return examiner.answer(slice, supports, weights);
    }

    private boolean comesBack(EvaluationCase slice, Segmentation own) {
        Annotated origin = given.get(nearest(slice.sliceNumber()));
        if (origin == null) {
            return true;
        }
        Segmentation back =
                examiner.answer(
                        origin.source(),
                        List.of(new Annotated(slice, label, own.mask())),
                        new double[] {1});
        return Dice.hard(back.mask(), origin.mask()) >= DRIFT;
    }

    /** The probability of the shape between two given ones. */
    private float[] shape(int number, Annotated below, Annotated above) {
        double[] first = signed(below);
        double[] second = signed(above);
        int from = below.source().sliceNumber();
        double share = (double) (number - from) / (above.source().sliceNumber() - from);
        float[] shape = new float[first.length];
        for (int i = 0; i < shape.length; i++) {
            double inside = (1 - share) * first[i] + share * second[i];
            shape[i] = (float) (1 / (1 + Math.exp(-inside / EDGE)));
        }
        return shape;
    }

    /** Distance to the outline of a given mask, above 0 inside. */
    private double[] signed(Annotated one) {
        return distances.computeIfAbsent(
                one.source().sliceNumber(),
                number -> {
                    Mask mask = one.mask();
                    boolean[] outside = new boolean[mask.inside().length];
                    for (int i = 0; i < outside.length; i++) {
                        outside[i] = !mask.inside()[i];
                    }
                    double[] in =
                            DistanceTransform.to(
                                    new Mask(mask.width(), mask.height(), outside), 1, 1);
                    double[] out = DistanceTransform.to(mask, 1, 1);
                    double[] signed = new double[in.length];
                    double most = mask.width() + mask.height();
                    for (int i = 0; i < signed.length; i++) {
                        signed[i] =
                                mask.inside()[i]
                                        ? Math.min(in[i], most) - 0.5
                                        : 0.5 - Math.min(out[i], most);
                    }
                    return signed;
                });
    }

    /** The answers of all slices that were asked, in the order of their numbers. */
    Map<Integer, Segmentation> settled() {
        TreeMap<Integer, Segmentation> settled = new TreeMap<>();
        answered.forEach((number, own) -> {
            Blend blend = new Blend(own);
            double sides = 0;
            for (int beside : new int[] {number - 1, number + 1}) {
                float[] values = probabilities(beside);
                if (values != null) {
                    blend.add(values, 0.25);
                    sides += 0.25;
                }
            }
            blend.add(own.probabilities().values(), 0.5);
            settled.put(number, blend.scaled(1 / (0.5 + sides)).answer(own));
        });
        if (!given.isEmpty()) {
            end(settled.headMap(given.firstKey(), false).descendingMap());
            end(settled.tailMap(given.lastKey(), false));
        }
        return settled;
    }

    /** What is said of a slice that was given or asked; null where there is none. */
    private float @Nullable [] probabilities(int number) {
        Annotated certain = given.get(number);
        if (certain != null) {
            boolean[] inside = certain.mask().inside();
            float[] values = new float[inside.length];
            for (int i = 0; i < values.length; i++) {
                values[i] = inside[i] ? 1 : 0;
            }
            return values;
        }
        Segmentation answer = answered.get(number);
        return answer == null ? null : answer.probabilities().values();
    }

    /** Empties what follows the end of the label. */
    private static void end(Map<Integer, Segmentation> outwards) {
        boolean ended = false;
        for (Map.Entry<Integer, Segmentation> one : outwards.entrySet()) {
            Segmentation answer = one.getValue();
            ended |= answer.mask().area() < LEAST;
            if (ended) {
                one.setValue(new Blend(answer).answer(answer));
            }
        }
    }

    /** How many answers did not pass the reverse check. */
    int drifted() {
        return drifted;
    }

    /** A weighted sum of probabilities. */
    private static final class Blend {
        private final int width;
        private final int height;
        private final float[] sum;

        Blend(Segmentation like) {
            width = like.probabilities().width();
            height = like.probabilities().height();
            sum = new float[width * height];
        }

        void add(float[] values, double weight) {
            for (int i = 0; i < sum.length; i++) {
                sum[i] += (float) (weight * values[i]);
            }
        }

        Blend scaled(double factor) {
            for (int i = 0; i < sum.length; i++) {
                sum[i] = (float) (factor * sum[i]);
            }
            return this;
        }

        /** As an answer at the query's size and the network's. */
        Segmentation answer(Segmentation like) {
            boolean[] inside = new boolean[sum.length];
            for (int i = 0; i < sum.length; i++) {
                inside[i] = sum[i] > 0.5f;
            }
            Mask mask = new Mask(width, height, inside);
            float[] logits = like.geometry().in(mask).values().clone();
            for (int i = 0; i < logits.length; i++) {
                logits[i] = logits[i] > 0 ? 1 : -1; // what is asked of them is their sign
            }
            return new Segmentation(
                    new Plane(width, height, sum),
                    mask,
                    new Plane(like.logits().width(), like.logits().height(), logits),
                    like.geometry());
        }
    }
}
