package org.precedent.evaluation.protocol;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.precedent.evaluation.Annotated;
import org.precedent.evaluation.EvaluationPool;
import org.precedent.evaluation.Progress;
import org.precedent.evaluation.SupportChooser.Scored;
import org.precedent.evaluation.TrialRunner;
import org.precedent.evaluation.metric.Dice;
import org.precedent.segmentation.CloseUpGate;
import org.precedent.segmentation.CloseUpGate.Tried;
import org.precedent.segmentation.Segmentation;

/**
 * Lets images of a pool say whether its answers are worth a second look, as a pool's calibration
 * does in the service. What is decided for a query's patient does not rest on images of that
 * patient.
 *
 * @param asked what was wanted; null where the pool decides
 * @param tried one image of a patient each; empty where the pool did not decide
 */
public record CloseUpTrial(@Nullable Boolean asked, List<Tried> tried) {
    /** Images that are asked. */
    static final int IMAGES = 24;

    public CloseUpTrial {
        tried = List.copyOf(tried);
    }

    /**
     * Asks one image of each patient, of up to {@value #IMAGES}; none where the patients are too
     * few for {@link CloseUpGate}.
     */
    public static CloseUpTrial run(
            TrialRunner examiner,
            EvaluationPool pool,
            LeaveOneOut.Settings settings,
            Progress progress) {
        Map<String, Annotated> byPatient = new LinkedHashMap<>();
        List<Annotated> members = new ArrayList<>(pool.members());
        members.removeAll(pool.withoutSupport());
        members.removeIf(one -> one.mask().area() == 0);
        Collections.shuffle(
                members,
                new Random(EvaluationPool.seed(settings.seed(), pool.label() + "\0close-up")));
        members.forEach(one -> byPatient.putIfAbsent(one.patient(), one));
        if (byPatient.size() < CloseUpGate.FEWEST) {
            return new CloseUpTrial(null, List.of());
        }
        List<Annotated> asked = byPatient.values().stream().limit(IMAGES).toList();
        int k = settings.supportSize().of(pool);
        List<Tried> tried = new ArrayList<>();
        for (Annotated one : asked) {
            List<Scored> chosen =
                    examiner.choose(
                            new TrialRunner.Asked(
                                    settings.chooser(),
                                    pool.of(one),
                                    k,
                                    LeaveOneOut.seed(settings.seed(), one, 0),
                                    pool.label()),
                            one.source());
            Segmentation once = examiner.answer(one.image(), chosen, settings.temperature());
            Segmentation twice = examiner.again(one.image(), once, chosen, settings.temperature());
            tried.add(
                    new Tried(
                            one.patient(),
                            Dice.hard(once.mask(), one.mask()),
                            Dice.hard(twice.mask(), one.mask())));
            progress.step(pool.label() + " looks", tried.size(), asked.size());
        }
        return new CloseUpTrial(null, tried);
    }

    /**
     * As {@link #run}, where a pool may decide: nobody is asked where the network is too slow for a
     * second look. The answers of the pool's label are looked at accordingly from then on.
     *
     * @param asked what is wanted; null for as the pool decides
     */
    public static CloseUpTrial settle(
            TrialRunner examiner,
            @Nullable Boolean asked,
            EvaluationPool pool,
            LeaveOneOut.Settings settings,
            Progress progress) {
        examiner.lookCloser(patient -> Boolean.TRUE.equals(asked));
        if (asked != null
                || !CloseUpGate.isTried(examiner.segmenter().network())
                || pool.queries().isEmpty()) {
            return new CloseUpTrial(asked, List.of());
        }
        CloseUpTrial trial = run(examiner, pool, settings, progress);
        examiner.lookCloser(trial::opensFor);
        return trial;
    }

    /** What belongs into the line of the label. */
    public Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("close_up", asked == null ? "pool" : asked);
        if (!tried.isEmpty()) {
            fields.put("looks", gate().open() ? 2 : 1);
            fields.put("looks_tried_on", gate().patients());
        }
        return fields;
    }

    /** What all that was asked says. */
    public CloseUpGate gate() {
        return CloseUpGate.of(tried);
    }

    /** Whether answers to a patient's images are looked at again. */
    public boolean opensFor(String patient) {
        return CloseUpGate.of(tried.stream().filter(one -> !one.patient().equals(patient)).toList())
                .open();
    }
}
