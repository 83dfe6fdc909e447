package org.precedent.query.volume;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.precedent.query.volume.PoolVolume.Slice;

class PoolVolumeTest {
    private static final double[] DIRECTION = {1, 0, 0, 0, 1, 0, 0, 0, 1};

    private static Slice slice(String patient, String series, int number, int area) {
        return new Slice(
                UUID.nameUUIDFromBytes((patient + series + number + "/" + area).getBytes()),
                "f".repeat(64),
                "north",
                patient,
                series,
                number,
                20,
                30,
                new double[] {.5, .5, 3},
                new double[] {-10, 4, 3.0 * number},
                DIRECTION,
                area);
    }

    private static Slice with(Slice of, double[] spacing, double[] origin, double[] direction) {
        return new Slice(
                of.image(),
                of.pixelsSha256(),
                of.site(),
                of.patient(),
                of.series(),
                of.number(),
                of.width(),
                of.height(),
                spacing,
                origin,
                direction,
                of.area());
    }

    private static List<Slice> series(int... numbers) {
        List<Slice> slices = new ArrayList<>();
        for (int number : numbers) {
            slices.add(slice("p1", "head", number, 5));
        }
        return slices;
    }

    private static List<Integer> numbers(PoolVolume volume) {
        return volume.slices().stream().map(Slice::number).toList();
    }

    @Test
    void slicesOfOneSeriesAreOneVolumeInOrderWhateverOrderTheyComeIn() {
        List<Slice> slices = new ArrayList<>(series(4, 5, 6, 7));
        slices.add(slice("p2", "head", 5, 3));
        slices.add(slice("p2", "head", 6, 3));
        slices.add(slice("p1", "chest", 0, 3));
        slices.add(slice("p1", "chest", 1, 3));
        PoolVolume.Found expected = PoolVolume.of(slices);
        for (int seed = 0; seed < 20; seed++) {
            Collections.shuffle(slices, new Random(seed));
            assertThat(PoolVolume.of(slices)).as("seed " + seed).isEqualTo(expected);
        }
        assertThat(expected.refused()).isEmpty();
        assertThat(expected.volumes())
                .extracting(PoolVolumeTest::numbers)
                .containsExactlyInAnyOrder(List.of(4, 5, 6, 7), List.of(5, 6), List.of(0, 1));
    }

    /** A file may hold a patient's slices from either end. */
    @Test
    void slicesFollowEachOtherAsThoseOfTheStudyDo() {
        PoolVolume volume = PoolVolume.of(series(4, 5, 6)).volumes().getFirst();
        assertThat(volume.lying(DIRECTION)).contains(volume);
        assertThat(volume.lying(null)).contains(volume);
        double[] tilted = {1, 0, 0, 0, .8, -.6, 0, .6, .8};
        assertThat(volume.lying(tilted)).contains(volume);
        double[] fromTheOtherEnd = {1, 0, 0, 0, 1, 0, 0, 0, -1};
        assertThat(numbers(volume.lying(fromTheOtherEnd).orElseThrow())).containsExactly(6, 5, 4);
        double[] alongAnotherAxis = {0, 0, 1, 1, 0, 0, 0, -1, 0};
        assertThat(volume.lying(alongAnotherAxis)).isEmpty();
    }

    @Test
    void ofAPoolThatKeepsSomeEmptySlicesThePartWithTheLabelIsTheVolume() {
        List<Slice> slices =
                List.of(
                        slice("p", "s", 0, 0),
                        slice("p", "s", 1, 0),
                        slice("p", "s", 5, 0),
                        slice("p", "s", 6, 40),
                        slice("p", "s", 7, 30),
                        slice("p", "s", 8, 0),
                        slice("p", "s", 11, 60),
                        slice("p", "s", 14, 0));
        assertThat(PoolVolume.of(slices).volumes())
                .singleElement()
                .extracting(PoolVolumeTest::numbers)
                .isEqualTo(List.of(5, 6, 7, 8));
    }

    @Test
    void singleSlicesAndSeriesWithoutTheLabelAreNone() {
        List<Slice> slices = new ArrayList<>(series(3));
        slices.add(slice("p2", "head", 0, 0));
        slices.add(slice("p2", "head", 1, 0));
        PoolVolume.Found found = PoolVolume.of(slices);
        assertThat(found.volumes()).isEmpty();
        assertThat(found.refused())
                .containsExactly(
                        "no 2 slices beside each other show it",
                        "no 2 slices beside each other show it");
    }

    @Test
    void slicesThatAreNotOfOneGridAreRefusedWithTheReason() {
        refused("spacings", one -> with(one, new double[] {.5, .5, 2}, one.originMm(), DIRECTION));
        refused("spacings", one -> with(one, null, one.originMm(), DIRECTION));
        refused(
                "further apart",
                one -> with(one, one.spacingMm(), new double[] {-10, 4, 20.5}, DIRECTION));
        refused(
                "directions",
                one ->
                        with(
                                one,
                                one.spacingMm(),
                                one.originMm(),
                                new double[] {0, 1, 0, 1, 0, 0, 0, 0, 1}));
        refused(
                "20 x 30 and 21 x 30",
                one ->
                        new Slice(
                                one.image(),
                                one.pixelsSha256(),
                                one.site(),
                                one.patient(),
                                one.series(),
                                one.number(),
                                21,
                                30,
                                one.spacingMm(),
                                one.originMm(),
                                one.direction(),
                                one.area()));
        List<Slice> twice = series(4, 5, 6);
        twice.add(slice("p1", "head", 5, 6));
        assertThat(PoolVolume.of(twice).refused())
                .singleElement()
                .isEqualTo("two images are its slice 5");
        assertThat(PoolVolume.of(twice).volumes()).isEmpty();
    }

    private static void refused(String reason, UnaryOperator<Slice> change) {
        List<Slice> slices = series(4, 5, 6, 7);
        slices.set(3, change.apply(slices.get(3)));
        PoolVolume.Found found = PoolVolume.of(slices);
        assertThat(found.volumes()).as(reason).isEmpty();
        assertThat(found.refused()).singleElement().asString().contains(reason);
    }
}
