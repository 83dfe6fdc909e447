package org.precedent.imaging.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.Acquired;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.InputRange;
import org.precedent.imaging.NetworkInput;
import org.precedent.imaging.Plane;
import org.precedent.imaging.Raster;

/** One patient, stored with its axes in every order and direction. */
class VolumeSlicesTest {
    /** Odd sizes along left, back, head, so that no exchange of axes goes unseen. */
    private static final int[] PATIENT = {23, 38, 3};

    private static final double[] STEP = {1, 1.5, 4};

    /** A way to store a patient: world axis of each file axis, and whether it runs backwards. */
    private record Storage(int[] axes, boolean[] backwards) {
        int[] sizes() {
            return Arrays.stream(axes).map(axis -> PATIENT[axis]).toArray();
        }

        Affine affine() {
            double[][] columns = new double[3][3];
            double[] origin = {-10, 20, 30};
            for (int axis = 0; axis < 3; axis++) {
                int world = axes[axis];
                columns[axis][world] = backwards[axis] ? -STEP[world] : STEP[world];
                if (backwards[axis]) {
                    origin[world] += STEP[world] * (PATIENT[world] - 1);
                }
            }
            return Affine.ofColumns(columns[0], columns[1], columns[2], origin);
        }

        /** The sample that the patient has at a voxel of the file. */
        int sample(int i, int j, int k) {
            int[] voxel = {i, j, k};
            int[] place = new int[3];
            for (int axis = 0; axis < 3; axis++) {
                int world = axes[axis];
                place[world] = backwards[axis] ? PATIENT[world] - 1 - voxel[axis] : voxel[axis];
            }
            // A mark in one corner of the first slice on a ramp that no mirroring leaves as it is.
            return place[0] == 0 && place[1] == 0 && place[2] == 0
                    ? -700
                    : 100 * place[2] + 3 * place[1] + place[0];
        }

        ScannedVolume volume() {
            int[] sizes = sizes();
            int[] values = new int[sizes[0] * sizes[1] * sizes[2]];
            int at = 0;
            for (int k = 0; k < sizes[2]; k++) {
                for (int j = 0; j < sizes[1]; j++) {
                    for (int i = 0; i < sizes[0]; i++) {
                        values[at++] = sample(i, j, k);
                    }
                }
            }
            return new ScannedVolume(
                    Grid.of(sizes, affine()),
                    1,
                    StoredSamples.of(SampleType.INT16, values),
                    Meaning.PLAIN,
                    List.of());
        }
    }

    private static List<Storage> storages() {
        List<Storage> all = new ArrayList<>();
        int[][] orders = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
        for (int[] order : orders) {
            for (int flips = 0; flips < 8; flips++) {
                all.add(
                        new Storage(
                                order,
                                new boolean[] {(flips & 1) > 0, (flips & 2) > 0, (flips & 4) > 0}));
            }
        }
        return all;
    }

    @Test
    void slicesLookAlikeHoweverThePatientWasStored() {
        for (Storage storage : storages()) {
            VolumeSlices slices = new VolumeSlices(storage.volume(), SliceAxis.AXIAL, "MR");
            String what = storage.volume().grid().axisCodes();
            assertThat(slices.count()).as(what).isEqualTo(3);
            assertThat(slices.slicing().plane()).as(what).contains(AnatomicalPlane.AXIAL);
            boolean up = slices.slicing().direction().orElseThrow()[8] > 0;
            Raster lowest = slices.slice(up ? 0 : 2);
            assertThat(lowest.width()).as(what).isEqualTo(23);
            assertThat(lowest.height()).as(what).isEqualTo(38);
            Acquired acquired = lowest.acquired();
            assertThat(acquired).as(what).isNotNull();
            assertThat(acquired.stored(0)).as(what).isEqualTo(-700);
            assertThat(acquired.stored(1)).as(what).isEqualTo(1);
            assertThat(acquired.stored(23)).as(what).isEqualTo(3);
            double[] origin = slices.slicing().originMm(up ? 0 : 2).orElseThrow();
            assertThat(origin).as(what).containsExactly(new double[] {-10, 20, 30}, within(1e-9));
            assertThat(slices.slicing().spacingMm())
                    .as(what)
                    .containsExactly(new double[] {1, 1.5, 4}, within(1e-9));
        }
    }

    @Test
    void everyVoxelIsOnePixelOfOneSlice() {
        for (Storage storage : storages()) {
            for (SliceAxis axis : SliceAxis.values()) {
                Slicing slicing = Slicing.of(storage.volume().grid(), axis);
                Set<Integer> seen = new HashSet<>();
                for (int slice = 0; slice < slicing.count(); slice++) {
                    for (int y = 0; y < slicing.height(); y++) {
                        for (int x = 0; x < slicing.width(); x++) {
                            assertThat(seen.add(slicing.index(slice, x, y))).isTrue();
                        }
                    }
                }
                assertThat(seen).hasSize(23 * 38 * 3);
            }
        }
    }

    @Test
    void labelsInAnotherOrderAreReadInTheImagesOrder() {
        List<Storage> all = storages();
        for (Storage stored : all) {
            ScannedVolume image = all.get(13).volume();
            AlignedLabels labels = AlignedLabels.of(image.grid(), stored.volume(), "mask.nii");
            assertThat(labels.isTurned()).isEqualTo(stored != all.get(13));
            for (int i : new int[] {0, 5}) {
                for (int j : new int[] {0, 1}) {
                    for (int k : new int[] {0, 2}) {
                        assertThat(labels.value(new int[] {i, j, k}, 0))
                                .isEqualTo(all.get(13).sample(i, j, k));
                    }
                }
            }
        }
    }

    @Test
    void labelsThatLieElsewhereAreRefusedWithTheDifference() {
        ScannedVolume image = storages().get(0).volume();
        Affine half =
                Affine.ofColumns(
                        new double[] {1, 0, 0},
                        new double[] {0, 1.5, 0},
                        new double[] {0, 0, 4},
                        new double[] {-9.5, 20, 30});
        assertRefused(
                image, Grid.of(image.grid().sizes(), half), "first voxel at -9.500, 20.00, 30.00");
        Affine fine =
                Affine.ofColumns(
                        new double[] {1, 0, 0},
                        new double[] {0, 1.5, 0},
                        new double[] {0, 0, 2},
                        new double[] {-10, 20, 30});
        assertRefused(image, Grid.of(image.grid().sizes(), fine), "spacing 1.000, 1.500, 2.000 mm");
        assertRefused(
                image,
                Grid.of(new int[] {23, 38, 4}, image.grid().affine().orElseThrow()),
                "size 23 x 38 x 4 instead of 23 x 38 x 3");
        // Turned by a flip, and a step off.
        Affine flipped =
                Affine.ofColumns(
                        new double[] {-1, 0, 0},
                        new double[] {0, 1.5, 0},
                        new double[] {0, 0, 4},
                        new double[] {13, 20, 30});
        assertRefused(image, Grid.of(image.grid().sizes(), flipped), "orientation RPS");
    }

    private static void assertRefused(ScannedVolume image, Grid other, String how) {
        ScannedVolume mask =
                new ScannedVolume(
                        other,
                        1,
                        new StoredSamples(SampleType.UINT8, new byte[(int) other.voxels()]),
                        Meaning.PLAIN,
                        List.of());
        assertThatThrownBy(() -> AlignedLabels.of(image.grid(), mask, "mask.nii"))
                .isInstanceOf(ImagingException.class)
                .hasMessageContaining("mask.nii: does not lie on its image's grid")
                .hasMessageContaining(how);
    }

    @Test
    void anatomicalPlanesNeedAnOrientation() {
        Grid unknown = new Grid(new int[] {4, 5, 6}, new double[] {1, 1, 3}, null);
        assertThat(Slicing.of(unknown, SliceAxis.WIDEST).axis()).isEqualTo(2);
        assertThatThrownBy(() -> Slicing.of(unknown, SliceAxis.AXIAL))
                .hasMessageContaining("no axial slices")
                .hasMessageContaining("i, j or k");
    }

    @Test
    void blackAndWhiteAreOfTheWholeVolume() {
        ScannedVolume mr = storages().get(0).volume();
        VolumeSlices slices = new VolumeSlices(mr, SliceAxis.K, "MR");
        // 2622 voxels from -700 to 333: 13 lie beyond the percentiles at each end.
        assertThat(slices.range().low()).isBetween(0.0, 10.0);
        assertThat(slices.range().high()).isBetween(310.0, 333.0);
        Plane dim = NetworkInput.of(slices.slice(0), 64, InputRange.CURRENT).plane();
        Plane bright = NetworkInput.of(slices.slice(2), 64, InputRange.CURRENT).plane();
        assertThat(most(dim)).isBetween(0.35f, 0.45f);
        assertThat(most(bright)).isEqualTo(1);

        VolumeSlices ct = new VolumeSlices(mr, SliceAxis.K, "CT");
        assertThat(ct.range()).isEqualTo(new ValueRange(-500, 1000));
        assertThat(ct.slice(0).samples()[0]).isZero();
        assertThat(ct.slice(0).samples()[1] & 0xffff).isEqualTo((int) Math.round(501 * 43.69));
    }

    private static float most(Plane plane) {
        float most = 0;
        for (float value : plane.values()) {
            most = Math.max(most, value);
        }
        return most;
    }

    @Test
    void backgroundAndPaddingDoNotMoveTheRange() {
        int[] values = new int[1000];
        for (int i = 0; i < values.length; i++) {
            values[i] = i < 600 ? 0 : i == 999 ? 30_000 : 1000 + i;
        }
        Grid grid = new Grid(new int[] {10, 10, 10}, new double[] {1, 1, 1}, null);
        StoredSamples samples = StoredSamples.of(SampleType.INT16, values);
        ValueRange background =
                ValueRange.of(new ScannedVolume(grid, 1, samples, Meaning.PLAIN, List.of()), "MR");
        assertThat(background).isEqualTo(new ValueRange(1602, 1997));
        Meaning padded =
                new Meaning(
                        "MR",
                        List.of(Rescale.NONE),
                        null,
                        new Meaning.Padding(30_000, 30_000),
                        false,
                        null);
        assertThat(
                        ValueRange.of(
                                        new ScannedVolume(grid, 1, samples, padded, List.of()),
                                        "unknown")
                                .high())
                .isEqualTo(1997.0);
    }
}
