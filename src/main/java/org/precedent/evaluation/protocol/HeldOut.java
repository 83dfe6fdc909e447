package org.precedent.evaluation.protocol;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.precedent.adaptation.AdaptationImage;
import org.precedent.adaptation.AdaptationPool;
import org.precedent.evaluation.Annotated;
import org.precedent.evaluation.EvaluationCase;
import org.precedent.evaluation.EvaluationCases;
import org.precedent.evaluation.EvaluationException;
import org.precedent.evaluation.EvaluationPool;
import org.precedent.evaluation.Progress;
import org.precedent.evaluation.TrialRunner;
import org.precedent.evaluation.metric.LabelResult;
import org.precedent.evaluation.metric.LabelResult.QueryResult;
import org.precedent.imaging.InputRange;
import org.precedent.imaging.NetworkInput;

/**
 * Some patients ask, the others are the pool: what a pool does for patients whom it has never seen.
 * The patients are drawn by the seed, the same whatever answers.
 */
public final class HeldOut {
    private final EvaluationCases cases;
    private final Set<String> asking;

    /**
     * @param share of the patients who ask, above 0 and below 1
     */
    public HeldOut(EvaluationCases cases, double share, long seed) {
        if (!(share > 0 && share < 1)) {
            throw EvaluationException.setting("test-share", share, "above 0 and below 1");
        }
        List<String> patients =
                new ArrayList<>(
                        cases.cases().stream()
                                .map(EvaluationCase::patient)
                                .distinct()
                                .sorted()
                                .toList());
        int count = Math.max(1, (int) Math.round(share * patients.size()));
        if (count >= patients.size()) {
            throw EvaluationException.setting(
                    "test-share",
                    share,
                    "a share that leaves a pool: there are " + patients.size() + " patients");
        }
        Collections.shuffle(patients, new Random(EvaluationPool.seed(seed, "test patients")));
        this.cases = cases;
        this.asking = new LinkedHashSet<>(patients.subList(0, count));
    }

    /** How many patients ask. */
    public int askingPatients() {
        return asking.size();
    }

    /**
     * What a network can be adapted to: the pool alone, as the network sees it, without pictures
     * that those who ask have too.
     */
    public AdaptationPool pool(int side, InputRange range) {
        List<EvaluationCase> asked =
                cases.cases().stream().filter(one -> asking.contains(one.patient())).toList();
        List<AdaptationImage> images = new ArrayList<>();
        for (EvaluationCase one : cases.cases()) {
            if (!asking.contains(one.patient())
                    && asked.stream().noneMatch(a -> cases.twins().are(a.id(), one.id()))) {
                NetworkInput input = NetworkInput.of(one.image(), side, range);
                Map<String, float[]> masks = new LinkedHashMap<>();
                one.masks()
                        .forEach((label, mask) ->
                                masks.put(label, input.geometry().in(mask).values()));
                images.add(
                        new AdaptationImage(
                                one.id(), one.patient(), input.plane().values(), masks));
            }
        }
        return new AdaptationPool(images, side, cases.twins()::are);
    }

    /**
     * Asks about the patients who are not in the pool.
     *
     * @param queries at most, of one label
     * @throws EvaluationException when none of them has a support
     */
    public LabelResult run(
            TrialRunner examiner,
            String label,
            int queries,
            LeaveOneOut.Settings settings,
            Progress progress) {
        EvaluationPool all = new EvaluationPool(cases, label, Integer.MAX_VALUE, settings.seed());
        List<Annotated> asked =
                all.queries().stream().filter(q -> asking.contains(q.patient())).toList();
        List<QueryResult> results = new ArrayList<>();
        int total = Math.min(queries, asked.size());
        for (Annotated query : asked.subList(0, total)) {
            List<Annotated> candidates =
                    all.of(query).stream().filter(m -> !asking.contains(m.patient())).toList();
            if (!candidates.isEmpty()) {
                results.add(
                        examiner.examine(
                                query,
                                asked(query, candidates, settings, label),
                                0,
                                settings.temperature()));
            }
            progress.step(label, results.size(), total);
        }
        if (results.isEmpty()) {
            throw new EvaluationException(
                    EvaluationException.Code.TOO_FEW_SUPPORTS,
                    "label "
                            + label
                            + ": no image of the "
                            + asking.size()
                            + " patients who ask has a support among the others",
                    "label",
                    label,
                    1);
        }
        return new LabelResult(
                label,
                examiner.side(),
                results.stream().mapToInt(r -> r.supports().size()).max().orElseThrow(),
                all.without().size(),
                results);
    }

    private static TrialRunner.Asked asked(
            Annotated query,
            List<Annotated> candidates,
            LeaveOneOut.Settings settings,
            String label) {
        return new TrialRunner.Asked(
                settings.chooser(),
                candidates,
                Math.min(settings.supportSize().number(), candidates.size()),
                LeaveOneOut.seed(settings.seed(), query, 0),
                label);
    }
}
