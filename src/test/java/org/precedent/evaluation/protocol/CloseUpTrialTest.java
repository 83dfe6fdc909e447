package org.precedent.evaluation.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.precedent.evaluation.Discs;
import org.precedent.evaluation.EvaluationPool;
import org.precedent.evaluation.SupportChooser.Scored;
import org.precedent.evaluation.TrialRunner;
import org.precedent.evaluation.metric.Dice;
import org.precedent.retrieval.Temperature;
import org.precedent.segmentation.CloseUpGate.Tried;
import org.precedent.segmentation.MeanMaskNetwork;
import org.precedent.segmentation.Segmentation;

class CloseUpTrialTest {
    private final TrialRunner examiner = Discs.examiner(Discs.images());

    private LeaveOneOut.Settings settings(int k) {
        return new LeaveOneOut.Settings(
                SupportSize.of(k), Discs.images().nearest(), Temperature.UNIFORM, 3, 1);
    }

    @Test
    void asksOneImageOfEachPatientBothWaysAsTheRunnerAnswers() {
        EvaluationPool pool = Discs.pool(30, 1, 1);
        List<Tried> tried =
                CloseUpTrial.run(examiner, pool, settings(4), (label, done, of) -> {}).tried();
        assertThat(tried).hasSize(CloseUpTrial.IMAGES);
        assertThat(tried).extracting(Tried::patient).doesNotHaveDuplicates();
        Tried first = tried.getFirst();
        var one =
                pool.members().stream()
                        .filter(m -> m.patient().equals(first.patient()))
                        .findFirst()
                        .orElseThrow();
        List<Scored> chosen =
                examiner.choose(
                        new TrialRunner.Asked(
                                Discs.images().nearest(), pool.of(one), 4, 0, pool.label()),
                        one.source());
        Segmentation once = examiner.answer(one.source(), chosen, Temperature.UNIFORM);
        examiner.lookCloser(patient -> patient.equals(first.patient()));
        Segmentation twice = examiner.answer(one.source(), chosen, Temperature.UNIFORM);
        assertThat(first.once()).isCloseTo(Dice.hard(once.mask(), one.mask()), within(1e-12));
        assertThat(first.twice()).isCloseTo(Dice.hard(twice.mask(), one.mask()), within(1e-12));
        assertThat(twice.probabilities().values()).isNotEqualTo(once.probabilities().values());
    }

    @Test
    void decidesForAPatientWithoutThatPatient() {
        List<Tried> tried = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            tried.add(new Tried("p" + i, 0.5, 0.52));
        }
        tried.add(new Tried("lucky", 0.1, 0.9));
        tried.add(new Tried("unlucky", 0.9, 0));
        CloseUpTrial trial = new CloseUpTrial(null, tried);
        assertThat(trial.gate().open()).isFalse();
        assertThat(trial.opensFor("unlucky")).isTrue();
        assertThat(trial.opensFor("lucky")).isFalse();
        assertThat(trial.opensFor("another")).isFalse();
        assertThat(trial.fields())
                .containsEntry("close_up", "pool")
                .containsEntry("looks", 1)
                .containsEntry("looks_tried_on", 14);
    }

    @Test
    void asksNobodyWhereThePatientsAreTooFew() {
        List<Integer> asked = new ArrayList<>();
        MeanMaskNetwork network =
                new MeanMaskNetwork() {
                    @Override
                    protected float[] mean(org.precedent.network.Episode.LabelContext label) {
                        asked.add(label.supports().size());
                        return super.mean(label);
                    }
                };
        CloseUpTrial trial =
                CloseUpTrial.run(
                        Discs.examiner(Discs.images(), network, System::nanoTime),
                        Discs.pool(11, 1, 1),
                        settings(2),
                        (label, done, of) -> {});
        assertThat(trial.tried()).isEmpty();
        assertThat(asked).isEmpty();
        assertThat(trial.opensFor("anybody")).isFalse();
    }
}
