package org.precedent.evaluation.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.precedent.evaluation.Discs;
import org.precedent.evaluation.EvaluationCase;
import org.precedent.imaging.Mask;
import org.precedent.imaging.NetworkInput;
import org.precedent.imaging.Plane;
import org.precedent.segmentation.MeanMaskNetwork;
import org.precedent.segmentation.Segmentation;

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

    /** What a pool answers that finds the disc of a slice, as large as told. */
    private static Segmentation pool(boolean[] inside) {
        float[] probabilities = new float[inside.length];
        for (int i = 0; i < inside.length; i++) {
            probabilities[i] = inside[i] ? 1 : 0;
        }
        return new Segmentation(
                new Plane(Discs.SIDE, Discs.SIDE, probabilities),
                new Mask(Discs.SIDE, Discs.SIDE, inside),
                new Plane(Discs.SIDE, Discs.SIDE, new float[inside.length]),
                NetworkInput.Geometry.fit(Discs.SIDE, Discs.SIDE, Discs.SIDE));
    }

    private static boolean[] truth(EvaluationCase slice) {
        return slice.masks().get("disc").inside();
    }

    private static Map<Integer, Segmentation> settled(Function<EvaluationCase, boolean[]> pool) {
        OwnStudy study = study(3);
        study.order().forEach(slice -> study.answer(slice, pool(pool.apply(slice)), List.of()));
        return study.settled();
    }

    @Test
    void whatThePoolFindsBeyondTheEndsIsLeftOut() {
        boolean[] everything = new boolean[Discs.SIDE * Discs.SIDE];
        Arrays.fill(everything, true);
        // Right but for slices 0 and 1, in which it finds the structure a second time.
        Map<Integer, Segmentation> settled =
                settled(slice -> slice.sliceNumber() < 2 ? everything : truth(slice));
        assertThat(settled).doesNotContainKeys(4, 6, 8).hasSize(9);
        for (int number : new int[] {0, 1, 10, 11}) {
            assertThat(settled.get(number).mask().area()).as("slice " + number).isZero();
        }
    }

    @Test
    void givenSlicesFillWhatThePoolMissesBetweenThem() {
        boolean[] nothing = new boolean[Discs.SIDE * Discs.SIDE];
        // Every disc of the volume is at a place of its own: only its neighbours tell of it.
        Map<Integer, Segmentation> settled =
                settled(slice -> slice.sliceNumber() == 5 ? nothing : truth(slice));
        float[] filled = settled.get(5).probabilities().values();
        assertThat(IntStream.range(0, filled.length).filter(i -> filled[i] > 0.2f)).isNotEmpty();
        assertThat(settled.get(2).mask().area()).isZero();
    }

    @Test
    void withoutGivenSlicesAllAreAskedInOrder() {
        assertThat(study(0).order())
                .hasSize(12)
                .isSortedAccordingTo((a, b) -> Integer.compare(a.sliceNumber(), b.sliceNumber()));
    }
}
