package org.precedent.evaluation.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.precedent.evaluation.Discs;
import org.precedent.evaluation.EvaluationCase;
import org.precedent.evaluation.EvaluationCases;
import org.precedent.evaluation.EvaluationPool;
import org.precedent.evaluation.PoolRetrieval;
import org.precedent.evaluation.metric.VolumeResult;
import org.precedent.retrieval.Temperature;
import org.precedent.segmentation.MeanMaskNetwork;

class VolumeLeaveOneOutTest {
    /** Four volumes of five slices; the first and the last slice of each have no label. */
    private static EvaluationCases volumes() {
        Random random = new Random(8);
        List<EvaluationCase> slices = new ArrayList<>();
        for (int volume = 0; volume < 4; volume++) {
            for (int number = 0; number < 5; number++) {
                EvaluationCase disc = Discs.disc("", "p" + volume, 32, random);
                boolean labelled = number > 0 && number < 4;
                slices.add(
                        new EvaluationCase(
                                "v" + volume + ":" + number,
                                "p" + volume,
                                disc.image(),
                                labelled ? Map.of("disc", disc.masks().get("disc")) : Map.of(),
                                new EvaluationCase.Slice("v" + volume, number)));
            }
        }
        return EvaluationCases.of(slices);
    }

    @Test
    void wholeVolumesAreScoredWithWhatIsFoundOutsideTheStructure() {
        EvaluationCases cases = volumes();
        PoolRetrieval images = Discs.images();
        EvaluationPool pool = new EvaluationPool(cases, "disc", 3, 1);
        VolumeResult result =
                new VolumeLeaveOneOut(
                                Discs.examiner(images, new MeanMaskNetwork(), () -> 0), () -> 0)
                        .run(
                                pool,
                                new VolumeLeaveOneOut.Settings(
                                        cases.cases(),
                                        3,
                                        0,
                                        new LeaveOneOut.Settings(
                                                SupportSize.of(2),
                                                images.nearest(),
                                                Temperature.UNIFORM,
                                                1,
                                                1)),
                                (label, done, total) -> {});
        assertThat(result.volumes()).hasSize(3);
        assertThat(result.slices().n()).isEqualTo(9);
        for (VolumeResult.VolumeScore one : result.volumes()) {
            assertThat(one.sliceCount()).isEqualTo(5);
            // The same disc is found in all five slices, and is there in three: 2 * 3 / (5 + 3).
            assertThat(one.dice()).isCloseTo(0.75, within(0.02));
        }
        result.slices()
                .queries()
                .forEach(query -> {
                    assertThat(query.supports()).hasSize(2);
                    assertThat(query.supports())
                            .noneMatch(id -> id.startsWith(query.id().substring(0, 2)));
                    assertThat(query.score().dice()).isGreaterThan(0.95);
                });
    }

    @Test
    void twoCopiesOfOneVolumeNeverSupportEachOther() {
        List<EvaluationCase> slices = new ArrayList<>(volumes().cases());
        for (EvaluationCase one : List.copyOf(slices)) {
            if (one.volume().equals("v0")) {
                slices.add(
                        new EvaluationCase(
                                "copy:" + one.sliceNumber(),
                                "somebody else",
                                one.image(),
                                one.masks(),
                                new EvaluationCase.Slice("copy", one.sliceNumber())));
            }
        }
        EvaluationCases cases = EvaluationCases.of(slices);
        assertThat(cases.twins().pairs()).containsExactly(Set.of("v0", "copy"));
        EvaluationCase first = slices.getFirst();
        assertThat(new EvaluationPool(cases, "disc", 9, 1).of(first))
                .noneMatch(one -> one.source().volume().equals("copy"))
                .hasSize(9);
    }
}
