package org.precedent.imaging.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.nifti.NiftiWriter;
import org.precedent.imaging.format.nrrd.NrrdWriter;
import org.precedent.imaging.volume.Affine;
import org.precedent.imaging.volume.Grid;
import org.precedent.imaging.volume.Meaning;
import org.precedent.imaging.volume.Rescale;
import org.precedent.imaging.volume.SampleType;
import org.precedent.imaging.volume.ScannedVolume;
import org.precedent.imaging.volume.SliceAxis;
import org.precedent.imaging.volume.Slicing;
import org.precedent.imaging.volume.StoredSamples;
import org.precedent.imaging.volume.VolumeSlices;

/** A mark in one corner of one slice comes back in that corner, in every orientation and format. */
class StudyTest {
    private static final int MARK = 30_000;

    @TempDir Path folder;

    /** Grids of odd sizes whose axes lead in each of the 48 ways. */
    private static List<Grid> grids() {
        List<Grid> grids = new ArrayList<>();
        int[][] orders = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
        for (int[] order : orders) {
            for (int flips = 0; flips < 8; flips++) {
                double[][] columns = new double[3][3];
                double[] steps = {0.7, 1.1, 3};
                for (int axis = 0; axis < 3; axis++) {
                    columns[axis][order[axis]] =
                            (flips >> axis & 1) > 0 ? -steps[axis] : steps[axis];
                }
                grids.add(
                        Grid.of(
                                new int[] {23, 38, 3},
                                Affine.ofColumns(
                                        columns[0],
                                        columns[1],
                                        columns[2],
                                        new double[] {5, -7, 9})));
            }
        }
        grids.add(new Grid(new int[] {23, 38, 3}, new double[] {1, 1, 2}, null));
        return grids;
    }

    /** A ramp with one mark, in the corner (22, 0, 2). */
    private static StoredSamples marked() {
        int[] values = new int[23 * 38 * 3];
        for (int i = 0; i < values.length; i++) {
            values[i] = i % 1000 - 300;
        }
        values[corner()] = MARK;
        return StoredSamples.of(SampleType.INT16, values);
    }

    private static int corner() {
        return 2 * 38 * 23 + 22;
    }

    /** Finds the mark in the pictures, and gives the label map that has 1 there. */
    private static byte[] found(Study study, SliceAxis axis) {
        VolumeSlices slices = new VolumeSlices(study.volume(), axis, "MR");
        Slicing slicing = slices.slicing();
        byte[] map = new byte[23 * 38 * 3];
        for (int number = 0; number < slices.count(); number++) {
            Raster picture = slices.slice(number);
            for (int y = 0; y < picture.height(); y++) {
                for (int x = 0; x < picture.width(); x++) {
                    if (picture.acquired().stored(y * picture.width() + x) == MARK) {
                        map[slicing.index(number, x, y)] = 1;
                    }
                }
            }
        }
        return map;
    }

    @Test
    void aMarkInACornerComesBackInThatCorner() throws IOException {
        Map<String, Integer> legend = new LinkedHashMap<>();
        legend.put("mark", 1);
        Path file = folder.resolve("study");
        Path labels = folder.resolve("labels");
        try (VolumeReader reader = new VolumeReader(Limits.VOLUMES)) {
            for (Grid grid : grids()) {
                for (boolean nifti : new boolean[] {true, false}) {
                    Files.write(
                            file,
                            nifti
                                    ? NiftiWriter.volume(grid, marked(), Rescale.NONE, false)
                                    : NrrdWriter.write(grid, marked(), List.of(), true));
                    Study study = reader.study(file);
                    for (SliceAxis axis : List.of(SliceAxis.I, SliceAxis.J, SliceAxis.WIDEST)) {
                        byte[] map = found(study, axis);
                        assertThat(map[corner()]).as(grid + " " + axis).isEqualTo((byte) 1);
                        for (byte[] written : List.of(study.nifti(map), study.nrrd(map, legend))) {
                            Files.write(labels, written);
                            ScannedVolume again = reader.read(labels);
                            assertThat(again.samples().block()).as(grid + "").isEqualTo(map);
                            assertThat(grid.differences(again.grid())).isEmpty();
                            assertThat(again.grid().axisCodes()).isEqualTo(grid.axisCodes());
                        }
                    }
                }
            }
        }
    }

    @Test
    void theGeometryOfANiftiHeaderIsCopiedToTheBit() throws IOException {
        byte[] source = NiftiWriter.volume(grids().get(11), marked(), Rescale.NONE, false);
        ByteBuffer fields = ByteBuffer.wrap(source).order(ByteOrder.LITTLE_ENDIAN);
        // What other programs write: codes of their own, a qform that is a rounding away.
        fields.putShort(252, (short) 3);
        fields.putShort(254, (short) 4);
        fields.putFloat(268, fields.getFloat(268) + 1e-6f);
        Path file = folder.resolve("study.nii");
        Files.write(file, source);
        byte[] mask;
        try (VolumeReader reader = new VolumeReader(Limits.VOLUMES)) {
            mask = reader.study(file).nifti(new byte[23 * 38 * 3]);
        }
        byte[] header = new GZIPInputStream(new ByteArrayInputStream(mask)).readNBytes(348);
        assertSame(source, header, 40, 56);
        assertSame(source, header, 76, 108);
        assertSame(source, header, 252, 328);
    }

    private static void assertSame(byte[] source, byte[] mask, int from, int until) {
        for (int at = from; at < until; at++) {
            assertThat(mask[at]).as("byte " + at).isEqualTo(source[at]);
        }
    }

    /** What is outside the image stays outside, whatever a volume is kept as. */
    @Test
    void aVolumeIsKeptWithItsPadding() throws IOException {
        Grid grid = new Grid(new int[] {2, 1, 2}, new double[] {1, 1, 2}, null);
        StoredSamples samples = StoredSamples.of(SampleType.INT16, new int[] {-2000, 7, 9, -2000});
        Meaning.Padding padding = new Meaning.Padding(-2000, -2000);
        List<Meaning> meanings =
                List.of(
                        meaning(List.of(Rescale.NONE), padding),
                        meaning(List.of(new Rescale(2, -1024, "HU")), padding),
                        meaning(List.of(new Rescale(2, 0, ""), new Rescale(3, 1, "")), padding));
        for (Meaning meaning : meanings) {
            ScannedVolume volume = new ScannedVolume(grid, 1, samples, meaning, List.of());
            Study.Kept kept = new Study(volume, null).kept();
            Path file = Files.write(folder.resolve("kept"), kept.bytes());
            try (VolumeReader reader = new VolumeReader(Limits.VOLUMES)) {
                ScannedVolume again =
                        reader.study(file).meaning("CT", false, kept.padding()).volume();
                for (int i = 0; i < 4; i++) {
                    assertThat(again.valueOrNaN(i, i / 2))
                            .as("%s, voxel %d", meaning.rescales(), i)
                            .isEqualTo(Double.valueOf(volume.valueOrNaN(i, i / 2)));
                }
                assertThat(again.valueOrNaN(0, 0)).isNaN();
                assertThat(again.valueOrNaN(1, 0)).isFinite();
            }
        }
    }

    private static Meaning meaning(List<Rescale> rescales, Meaning.Padding padding) {
        return new Meaning("CT", rescales, null, padding, false, null);
    }
}
