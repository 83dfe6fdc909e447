package org.precedent.evaluation.protocol;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.precedent.curation.ranking.LabelPool;
import org.precedent.curation.ranking.PoolAnswers;
import org.precedent.evaluation.metric.Estimate;
import org.precedent.imaging.Plane;

/**
 * A pool that lives: every day new images are asked, and in the evening each answer is replaced by
 * the truth, which the answers of the next days rest on. The same other patients judge the pool
 * every morning, so that the curve is of the pool and not of the day's images. In the end the first
 * day's questions are asked again of the pool as it was then.
 */
final class LivingPool {
    static final int DAYS = 20;

    /** Images that are asked and corrected a day, where there are enough. */
    private static final int A_DAY = 10;

    /** Annotations that a pool begins with. */
    private static final int BEGINNING = 8;

    private static final int JUDGES = 20;

    /** Days that are compared at both ends of the curve of what was asked. */
    private static final int ENDS = 5;

    private final LabelPool pool;
    private final IntFunction<String> patients;
    private final PoolAnswers answers;

    /**
     * @param patients of the pool's images
     * @param supports that an answer rests on at most
     */
    LivingPool(LabelPool pool, IntFunction<String> patients, int supports) {
        this.pool = pool;
        this.patients = patients;
        this.answers = new PoolAnswers(pool, supports);
    }

    /**
     * Lives for {@value #DAYS} days.
     *
     * @param seed draws judges, the beginning, and the order of the others
     * @return figures by their names; {@code rises} is true where the whole interval of what the
     *     judges gained is above 0; no {@code days} where there are fewer images than days
     */
    Map<String, Object> live(long seed, IntConsumer progress) {
        Roles roles = Roles.drawn(pool.size(), patients, seed);
        List<Integer> judges = roles.judges();
        List<Integer> others = roles.others();
        int aDay = Math.min(A_DAY, (others.size() - BEGINNING) / DAYS);
        if (aDay < 1) {
            return Map.of("days", 0); // too few images to be asked one a day
        }

        List<Integer> beginning = List.copyOf(others.subList(0, BEGINNING));
        Set<Integer> annotated = new HashSet<>(beginning);
        List<double[]> mornings = new ArrayList<>();
        List<Double> asked = new ArrayList<>();
        List<float[]> firstDay = List.of();
        for (int day = 0; day < DAYS; day++) {
            List<Integer> today = day(others, day, aDay);
            if (day == 0) {
                firstDay = bits(today, annotated);
            }
            mornings.add(dice(judges, annotated));
            asked.add(mean(dice(today, annotated)));
            annotated.addAll(today);
            progress.accept(day + 1);
        }
        mornings.add(dice(judges, annotated));
        List<float[]> replayed = bits(day(others, 0, aDay), new HashSet<>(beginning));

        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("days", DAYS);
        figures.put("a_day", aDay);
        figures.put("annotations_first", BEGINNING);
        figures.put("annotations_last", annotated.size());
        figures.put("judges", judges.size());
        figures.put("dice_judges", mornings.stream().map(LivingPool::mean).toList());
        figures.put("dice_asked", asked);
        figures.put("dice_asked_first_days", mean(asked.subList(0, ENDS)));
        figures.put("dice_asked_last_days", mean(asked.subList(DAYS - ENDS, DAYS)));
        gain(figures, judges, mornings.getFirst(), mornings.getLast(), seed);
        figures.put("replayed", replayed.size());
        figures.put("replayed_same_bits", same(firstDay, replayed));
        return figures;
    }

    /** Who judges, and who is asked, in the order of the days. */
    private record Roles(List<Integer> judges, List<Integer> others) {
        static Roles drawn(int size, IntFunction<String> patients, long seed) {
            List<Integer> shuffled = new ArrayList<>(IntStream.range(0, size).boxed().toList());
            Collections.shuffle(shuffled, new Random(seed));
            Set<String> judging =
                    shuffled.stream()
                            .map(patients::apply)
                            .distinct()
                            .limit(Math.min(JUDGES, Math.max(1, size / 5)))
                            .collect(Collectors.toSet());
            return new Roles(
                    shuffled.stream()
                            .filter(i -> judging.contains(patients.apply(i)))
                            .limit(JUDGES)
                            .toList(),
                    shuffled.stream().filter(i -> !judging.contains(patients.apply(i))).toList());
        }
    }

    /** The images that a pool begins with. */
    static List<Integer> beginning(int size, IntFunction<String> patients, long seed) {
        return Roles.drawn(size, patients, seed).others().subList(0, BEGINNING);
    }

    private static List<Integer> day(List<Integer> others, int day, int aDay) {
        int from = BEGINNING + day * aDay;
        return others.subList(from, from + aDay);
    }

    private void gain(
            Map<String, Object> figures,
            List<Integer> judges,
            double[] first,
            double[] last,
            long seed) {
        List<Estimate.Observation> gains = new ArrayList<>();
        for (int i = 0; i < judges.size(); i++) {
            gains.add(new Estimate.Observation(patients.apply(judges.get(i)), last[i] - first[i]));
        }
        Estimate gain = Estimate.of(gains, seed);
        figures.put("gain", gain.mean());
        figures.put(
                "gain_ci95",
                Double.isNaN(gain.low()) ? List.of() : List.of(gain.low(), gain.high()));
        figures.put("rises", gain.low() > 0);
    }

    private double[] dice(List<Integer> images, Set<Integer> annotated) {
        return images.stream()
                .mapToDouble(image -> answers.dice(image, annotated::contains).orElse(0))
                .toArray();
    }

    private List<float[]> bits(List<Integer> images, Set<Integer> annotated) {
        return images.stream()
                .map(image ->
                        answers.probabilities(image, annotated::contains)
                                .map(Plane::values)
                                .orElse(new float[0]))
                .toList();
    }

    private static long same(List<float[]> then, List<float[]> now) {
        return IntStream.range(0, then.size())
                .filter(i -> Arrays.equals(then.get(i), now.get(i)))
                .count();
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElse(Double.NaN);
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    }
}
