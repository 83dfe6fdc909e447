package org.precedent.evaluation.protocol;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.precedent.evaluation.Annotated;
import org.precedent.evaluation.EvaluationPool;
import org.precedent.evaluation.FusedChooser;
import org.precedent.evaluation.Progress;
import org.precedent.evaluation.StructureRanking;
import org.precedent.evaluation.SupportChooser.Scored;
import org.precedent.evaluation.TrialRunner;
import org.precedent.evaluation.metric.Dice;
import org.precedent.retrieval.Fusion;
import org.precedent.retrieval.Temperature;
import org.precedent.segmentation.Segmentation;

/**
 * Which shares of the levels serve a pool best: every image that chooses is answered from others at
 * every setting of the grid, with uniform weights. Levels rank once an image; the network runs once
 * for every different set of supports, of which there are far fewer than settings.
 */
public final class FusionSweep {
    private final TrialRunner examiner;

    public FusionSweep(TrialRunner examiner) {
        this.examiner = examiner;
    }

    /** Takes one query, whose levels have ranked already, into a curve. */
    public void extend(FusionCurve curve, Annotated query, StructureRanking ranking, int k) {
        Map<Set<UUID>, Double> known = new HashMap<>();
        double[] dice = new double[curve.grid().size()];
        for (int i = 0; i < dice.length; i++) {
            Fusion fusion = curve.grid().get(i);
            Set<UUID> chosen =
                    fusion.fuse(ranking.found(), k).stream()
                            .map(Fusion.Fused::imageId)
                            .collect(Collectors.toSet());
            dice[i] = known.computeIfAbsent(chosen, s -> dice(query, ranking.fuse(fusion, k)));
        }
        curve.add(query.label(), query.patient(), dice);
    }

    private double dice(Annotated query, List<Scored> supports) {
        Segmentation answer = examiner.answer(query.image(), supports, Temperature.UNIFORM);
        return Dice.hard(answer.mask(), query.mask());
    }

    /**
     * Lets members of a pool choose for its queries: no query chooses, nor supports a choice, nor
     * does anything that could not support every query.
     *
     * @param most members that choose
     * @return a curve of nobody where too few members are left
     */
    public FusionCurve choose(
            EvaluationPool pool,
            FusedChooser chooser,
            SupportSize supportSize,
            int most,
            long seed,
            Progress progress) {
        int k = supportSize.of(pool);
        FusionCurve curve = new FusionCurve(chooser.levels());
        List<Annotated> apart = new ArrayList<>(pool.apart());
        Set<String> allowed = new HashSet<>();
        apart.forEach(one -> allowed.add(one.id()));
        Collections.shuffle(
                apart, new Random(EvaluationPool.seed(seed, pool.label() + "\0fusion")));
        List<Annotated> choosing = apart.subList(0, Math.min(most, apart.size()));
        for (Annotated one : choosing) {
            List<Annotated> others =
                    pool.of(one).stream().filter(other -> allowed.contains(other.id())).toList();
            if (others.size() > k) {
                TrialRunner.Asked asked =
                        new TrialRunner.Asked(
                                chooser, others, k, LeaveOneOut.seed(seed, one, 0), pool.label());
                extend(curve, one, examiner.rank(asked, chooser, one.source()), k);
            }
            progress.step(pool.label(), choosing.indexOf(one) + 1L, choosing.size());
        }
        return curve;
    }
}
