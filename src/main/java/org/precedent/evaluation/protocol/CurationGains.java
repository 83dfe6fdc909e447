package org.precedent.evaluation.protocol;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.precedent.curation.ranking.Finding;
import org.precedent.curation.ranking.LabelPool;
import org.precedent.curation.ranking.NextImages;
import org.precedent.curation.ranking.PoolAnswers;
import org.precedent.curation.ranking.Suspects;
import org.precedent.curation.ranking.Worth;
import org.precedent.evaluation.metric.Estimate;

/**
 * What a pool's answers gain by a curator who does what a list says: who removes what the list of
 * worth calls harmful, and who annotates the images that are next. Images that a list looked at the
 * annotations of do not judge it.
 */
final class CurationGains {
    /** Share of the annotations that is removed. */
    private static final double REMOVED = 0.05;

    /** Images that judge, at most. */
    private static final int JUDGES = 40;

    private static final int NEXT_JUDGES = 20;

    /** Annotations that a pool begins with, and that are added one after another. */
    private static final int BEGINNING = 8;

    static final int ROUNDS = 20;

    /** Images that the next one is chosen from, at most: each is asked in every round. */
    private static final int CANDIDATES = 60;

    private final LabelPool pool;
    private final IntFunction<String> patients;
    private final int supports;
    private final PoolAnswers answers;

    /**
     * @param patients of the pool's images
     * @param supports that an answer rests on at most
     */
    CurationGains(LabelPool pool, IntFunction<String> patients, int supports) {
        this.pool = pool;
        this.patients = patients;
        this.supports = supports;
        this.answers = new PoolAnswers(pool, supports);
    }

    /**
     * The mean Dice of images that did not ask for the list, from the whole pool, and without the
     * worst twentieth of the list, the best one, and one drawn by the seed.
     *
     * @param planted images with wrong masks, which do not judge
     * @return figures by their names
     */
    Map<String, Object> worth(Collection<Integer> planted, long seed, IntConsumer progress) {
        int questions = pool.size() / 2;
        List<Finding> ranked = new Worth(pool, supports).rank(questions, seed, progress);
        Set<Integer> asked = new HashSet<>(Suspects.drawn(pool.size(), questions, seed));
        List<Integer> judges =
                IntStream.range(0, pool.size())
                        .filter(i -> !asked.contains(i) && !planted.contains(i))
                        .limit(JUDGES)
                        .boxed()
                        .toList();
        int removed = Math.min(ranked.size(), Math.max(1, (int) Math.round(REMOVED * pool.size())));
        Set<Integer> worst = subjects(ranked.subList(0, removed));
        Set<Integer> best = subjects(ranked.subList(ranked.size() - removed, ranked.size()));
        Set<Integer> random = new HashSet<>(Suspects.drawn(pool.size(), removed, seed + 1));
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("removed", removed);
        figures.put("planted_removed", worst.stream().filter(planted::contains).count());
        figures.put("judges", judges.size());
        double whole = mean(judges, Set.of());
        figures.put("dice", whole);
        figures.put("gain_without_worst", mean(judges, worst) - whole);
        figures.put("gain_without_random", mean(judges, random) - whole);
        figures.put("gain_without_best", mean(judges, best) - whole);
        return figures;
    }

    private static Set<Integer> subjects(List<Finding> findings) {
        return findings.stream().map(Finding::subject).collect(Collectors.toSet());
    }

    private double mean(List<Integer> judges, Set<Integer> without) {
        return judges.stream()
                .map(judge -> answers.dice(judge, j -> !without.contains(j)))
                .filter(OptionalDouble::isPresent)
                .mapToDouble(OptionalDouble::getAsDouble)
                .average()
                .orElse(Double.NaN);
    }

    /**
     * A pool of a few annotations that grows by one image a round, once by the images that the list
     * of the next ones chooses, once by images drawn at random. The area under the curve is the
     * mean over rounds of the mean Dice of images of other patients.
     *
     * @return figures by their names; {@code above_random} is true where the whole interval of the
     *     difference is above 0; no {@code rounds} where there are too few images to choose from
     */
    Map<String, Object> next(long seed, IntConsumer progress) {
        List<Integer> shuffled = new ArrayList<>(IntStream.range(0, pool.size()).boxed().toList());
        Collections.shuffle(shuffled, new Random(seed));
        List<Integer> judges = judges(shuffled);
        Set<String> judging = judges.stream().map(patients::apply).collect(Collectors.toSet());
        List<Integer> others =
                shuffled.stream()
                        .filter(i -> !judging.contains(patients.apply(i)))
                        .limit(BEGINNING + CANDIDATES)
                        .toList();
        int beginning = Math.min(BEGINNING, others.size());
        int rounds = Math.min(ROUNDS, others.size() - beginning);
        if (rounds == 0) {
            return Map.of("rounds", 0); // too few images to choose from
        }
        List<Integer> start = others.subList(0, beginning);
        List<Integer> candidates = others.subList(beginning, others.size());

        double[] chosen = new double[judges.size()];
        double[] random = new double[judges.size()];
        Set<Integer> byChoice = new HashSet<>(start);
        Set<Integer> byChance = new HashSet<>(start);
        for (int round = 0; round < rounds; round++) {
            byChoice.add(choice(candidates, byChoice, seed));
            byChance.add(candidates.get(round));
            add(chosen, judges, byChoice);
            add(random, judges, byChance);
            progress.accept(round + 1);
        }
        List<Estimate.Observation> differences = new ArrayList<>();
        double chosenArea = 0;
        double randomArea = 0;
        for (int i = 0; i < judges.size(); i++) {
            chosenArea += chosen[i] / rounds / judges.size();
            randomArea += random[i] / rounds / judges.size();
            differences.add(
                    new Estimate.Observation(
                            patients.apply(judges.get(i)), (chosen[i] - random[i]) / rounds));
        }
        Estimate difference = Estimate.of(differences, seed);
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("rounds", rounds);
        figures.put("judges", judges.size());
        figures.put("area_chosen", chosenArea);
        figures.put("area_random", randomArea);
        figures.put("difference", difference.mean());
        figures.put(
                "difference_ci95",
                Double.isNaN(difference.low())
                        ? List.of()
                        : List.of(difference.low(), difference.high()));
        figures.put("above_random", difference.low() > 0);
        return figures;
    }

    /** Images of a third of the patients. */
    private List<Integer> judges(List<Integer> shuffled) {
        List<String> drawn = shuffled.stream().map(patients::apply).distinct().toList();
        Set<String> third = new HashSet<>(drawn.subList(0, Math.max(1, drawn.size() / 3)));
        return shuffled.stream()
                .filter(i -> third.contains(patients.apply(i)))
                .limit(NEXT_JUDGES)
                .toList();
    }

    private int choice(List<Integer> candidates, Set<Integer> annotated, long seed) {
        List<Integer> left = candidates.stream().filter(i -> !annotated.contains(i)).toList();
        List<NextImages.Candidate> asked = new ArrayList<>();
        for (int image : left) {
            asked.add(
                    new NextImages.Candidate(
                            pool.vector(image), answers.expectedDice(image, annotated::contains)));
        }
        List<float[]> known = annotated.stream().map(pool::vector).toList();
        return left.get(NextImages.chosen(asked, known, 1).getFirst().subject());
    }

    private void add(double[] sums, List<Integer> judges, Set<Integer> annotated) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += answers.dice(judges.get(i), annotated::contains).orElse(0);
        }
    }
}
