package org.precedent.evaluation.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.precedent.evaluation.Discs;
import org.precedent.evaluation.EvaluationCase;
import org.precedent.imaging.Mask;
import org.precedent.segmentation.MeanMaskNetwork;

class OwnStudyTest {
    /** Slices 0 to 11, of which 3 to 8 show a disc. */
    private static List<EvaluationCase> volume() {
        Random random = new Random(3);
        List<EvaluationCase> slices = new ArrayList<>();
        for (int number = 0; number < 12; number++) {
            EvaluationCase disc = Discs.disc("", "p", 32, random);
            Mask mask =
                    number >= 3 && number < 9
                            ? disc.masks().get("disc")
                            : new Mask(
                                    Discs.SIDE, Discs.SIDE, new boolean[Discs.SIDE * Discs.SIDE]);
            slices.add(
                    new EvaluationCase(
                            "v:" + number,
                            "p",
                            disc.image(),
                            Map.of("disc", mask),
                            new EvaluationCase.Slice("v", number)));
        }
        return slices;
    }

    private static OwnStudy study(int given) {
        return new OwnStudy(
                Discs.examiner(Discs.images(), new MeanMaskNetwork(), () -> 0),
                "disc",
                volume(),
                given);
    }

    @Test
    void givenSlicesAreTheMiddlesOfEqualPartsAndTheOthersFollowOutwards() {
        OwnStudy study = study(3);
        List<EvaluationCase> volume = volume();
        assertThat(volume.stream().filter(study::isGiven).map(EvaluationCase::id))
                .containsExactly("v:4", "v:6", "v:8");
        assertThat(study.order().stream().map(EvaluationCase::sliceNumber))
                .containsExactly(3, 5, 7, 9, 2, 10, 1, 11, 0);
    }

    @Test
    void aGivenSliceAnswersItsNeighboursWithoutAnyPool() {
        OwnStudy study = study(1);
        EvaluationCase beside = volume().get(5);
        assertThat(study.isGiven(volume().get(6))).isTrue();
        assertThat(study.answer(beside, List.of()).mask().area())
                .isEqualTo(beside.masks().get("disc").area());
        assertThat(study.drifted()).isZero();
    }

    @Test
    void withoutGivenSlicesAllAreAskedInOrder() {
        assertThat(study(0).order())
                .hasSize(12)
                .isSortedAccordingTo((a, b) -> Integer.compare(a.sliceNumber(), b.sliceNumber()));
    }
}
