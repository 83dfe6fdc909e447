package org.precedent.imaging.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Limits;
import org.precedent.imaging.format.dicom.DicomBytes;
import org.precedent.imaging.format.nifti.NiftiWriter;
import org.precedent.imaging.format.nrrd.NrrdWriter;
import org.precedent.imaging.volume.Affine;
import org.precedent.imaging.volume.AnatomicalPlane;
import org.precedent.imaging.volume.Grid;
import org.precedent.imaging.volume.Rescale;
import org.precedent.imaging.volume.SampleType;
import org.precedent.imaging.volume.ScannedVolume;
import org.precedent.imaging.volume.StoredSamples;

/**
 * One volume in every format: a mark in one corner of one slice lies at the same place of the
 * patient in all of them. What makes files no volume is refused with the file that is at fault.
 */
class VolumeReaderTest {
    private static final int COLUMNS = 5;
    private static final int ROWS = 4;
    private static final int SLICES = 3;

    @TempDir Path folder;

    private ScannedVolume read(Path path) {
        try (VolumeReader reader = new VolumeReader(Limits.VOLUMES)) {
            return reader.read(path);
        }
    }

    private Path write(String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes);
    }

    /** An axial slice, 0.5 mm between columns and 2 mm between rows; marked in the first one. */
    private static DicomBytes slice(double z, int mark) {
        int[] samples = new int[COLUMNS * ROWS];
        samples[COLUMNS - 1] = mark; // last column of the first row
        return DicomBytes.image(DicomBytes.EXPLICIT, ROWS, COLUMNS, 16, 16, true)
                .place(-10, -20, z, 2, 0.5)
                .pixels(16, samples);
    }

    private void series(double... positions) throws IOException {
        for (int i = 0; i < positions.length; i++) {
            // Named against their order, and numbered so, too.
            write("s" + (9 - i) + ".dcm", slice(positions[i], 100 + i).file());
        }
    }

    private static double[] placeOfMark(ScannedVolume volume, int mark) {
        for (int k = 0; k < volume.grid().size(2); k++) {
            for (int j = 0; j < volume.grid().size(1); j++) {
                for (int i = 0; i < volume.grid().size(0); i++) {
                    if (volume.samples().integer(volume.index(i, j, k, 0)) == mark) {
                        return volume.grid().affine().orElseThrow().apply(i, j, k);
                    }
                }
            }
        }
        throw new AssertionError("no mark");
    }

    @Test
    void aPatientHasOnePseudonymWhichTheKeyDecides() throws IOException {
        series(30, 33, 36);
        byte[] key = new byte[32];
        byte[] other = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
        try (VolumeReader reader = new VolumeReader(Limits.VOLUMES)) {
            String pseudonym = reader.patient(folder, key).orElseThrow();
            assertThat(pseudonym).startsWith("2.25.");
            assertThat(reader.patient(folder, key)).contains(pseudonym);
            assertThat(reader.patient(folder, other).orElseThrow()).isNotEqualTo(pseudonym);
            assertThat(reader.patient(folder.resolve("s9.dcm"), key)).contains(pseudonym);
        }
    }

    @Test
    void aMarkLiesAtTheSamePlaceInEveryFormat() throws IOException {
        series(30, 33, 36);
        ScannedVolume dicom = read(folder);
        assertThat(dicom.grid().sizes()).containsExactly(COLUMNS, ROWS, SLICES);
        assertThat(dicom.grid().spacingMm()).containsExactly(0.5, 2, 3);
        double[] place = {-8, -20, 33};
        assertThat(placeOfMark(dicom, 101)).containsExactly(place);
        StoredSamples samples = dicom.samples();
        byte[] nifti = NiftiWriter.volume(dicom.grid(), samples, Rescale.NONE, false);
        byte[] nrrd = NrrdWriter.write(dicom.grid(), samples, List.of(), true);
        // By content: the names say something else, or nothing.
        for (Path file :
                List.of(
                        write("volume.png", NiftiWriter.gzip(nifti)),
                        write("volume", nifti),
                        write("volume.dcm", nrrd))) {
            ScannedVolume volume = read(file);
            assertThat(placeOfMark(volume, 101)).containsExactly(place);
            assertThat(dicom.grid().differences(volume.grid())).isEmpty();
            assertThat(volume.samples().block()).isEqualTo(samples.block());
        }
    }

    @Test
    void slicesRunAcrossTheAxisThatIsAskedFor() throws IOException {
        series(30, 33, 36);
        ScannedVolume volume = read(folder);
        assertThat(volume.grid().axisOf(AnatomicalPlane.AXIAL)).hasValue(2);
        assertThat(volume.grid().axisOf(AnatomicalPlane.SAGITTAL)).hasValue(0);
        assertThat(volume.grid().axisOf(AnatomicalPlane.CORONAL)).hasValue(1);
        assertThat(volume.grid().stackingAxis()).isEqualTo(2);
        assertThat(volume.slice(2, 1, 0).at(COLUMNS - 1, 0)).isEqualTo(101);
        assertThat(volume.slice(0, COLUMNS - 1, 0).at(0, 2)).isEqualTo(102);
        assertThat(volume.slice(1, 0, 0).at(COLUMNS - 1, 0)).isEqualTo(100);
    }

    @Test
    void aMissingSliceIsRefusedByTheFileBehindTheGap() throws IOException {
        series(30, 33, 39, 42);
        refused(Code.SERIES, "s7.dcm", "slices missing in between: 1");
    }

    @Test
    void aPositionThatIsThereTwiceIsRefused() throws IOException {
        series(30, 33, 33.001, 36);
        refused(Code.SERIES, "s7.dcm", "where another slice does");
    }

    @Test
    void aTiltedGantryIsRefused() throws IOException {
        for (int i = 0; i < 3; i++) {
            write("t" + i + ".dcm", slice(3 * i, 1).place(0, 1.5 * i, 3 * i, 2, 0.5).file());
        }
        refused(Code.SERIES, "t2.dcm", "tilted by 26.6 degrees");
    }

    @Test
    void mixedOrientationsAreRefused() throws IOException {
        series(30, 33);
        write("z.dcm", slice(36, 1).text(0x00200037, "DS", "1\\0\\0\\0\\0\\-1").file());
        refused(Code.SERIES, "z.dcm", "oriented along");
    }

    @Test
    void anotherPatientOrSizeIsRefusedWithoutNamingAnybody() throws IOException {
        series(30, 33);
        write("z.dcm", slice(36, 1).text(0x00100020, "LO", "ID-0815").file());
        assertThatThrownBy(() -> read(folder))
                .hasMessageContainingAll("z.dcm", "another patient")
                .hasMessageNotContainingAny("4711", "0815");
        write("z.dcm", slice(36, 1).number(0x00280010, 2).pixels(16, new int[10]).file());
        refused(Code.SERIES, "z.dcm", "5 x 2 pixels");
        write("z.dcm", slice(36, 1).text(0x0020000e, "UI", "1.9").file());
        refused(Code.SERIES, "2 DICOM series");
    }

    @Test
    void pixelsThatMayShowANameAreRefusedAloneAndInASeries() throws IOException {
        series(30, 33);
        Path burnt = write("z.dcm", slice(36, 1).text(0x00280301, "CS", "YES").file());
        refused(Code.UNSUPPORTED_CONTENT, "z.dcm", "burnt into its pixels");
        assertThatThrownBy(() -> read(burnt))
                .isInstanceOf(ImagingException.class)
                .hasMessageContainingAll("z.dcm", "burnt into its pixels");
    }

    private void refused(Code code, String... words) {
        assertThatThrownBy(() -> read(folder))
                .isInstanceOfSatisfying(
                        ImagingException.class,
                        e -> {
                            assertThat(e.code()).as(e.getMessage()).isEqualTo(code);
                            assertThat(e.getMessage()).contains(words);
                        });
    }

    @Test
    void gridsSayHowTheyDiffer() {
        Grid grid = Grid.of(new int[] {5, 4, 3}, Affine.IDENTITY);
        Affine moved = new Affine(1, 0, 0, 0.5, 0, 1, 0, 0, 0, 0, 1, 0);
        Affine turned = new Affine(-1, 0, 0, 4, 0, 1, 0, 0, 0, 0, 1, 0);
        Affine wide = new Affine(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 0);
        assertThat(grid.differences(Grid.of(new int[] {5, 4, 3}, Affine.IDENTITY))).isEmpty();
        assertThat(grid.differences(Grid.of(new int[] {5, 4, 2}, Affine.IDENTITY)))
                .anyMatch(words -> words.contains("size 5 x 4 x 2 instead of 5 x 4 x 3"));
        assertThat(grid.differences(Grid.of(new int[] {5, 4, 3}, moved)))
                .anyMatch(words -> words.contains("0.500 mm away"));
        assertThat(grid.differences(Grid.of(new int[] {5, 4, 3}, turned)))
                .anyMatch(words -> words.contains("orientation RPS instead of LPS"));
        assertThat(grid.differences(Grid.of(new int[] {5, 4, 3}, wide)))
                .anyMatch(words -> words.contains("spacing"));
    }

    @Test
    void whatIsNoVolumeIsRefused() throws IOException {
        Path text = write("a.nii", "hello".getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(() -> read(text)).hasMessageContaining("holds no known type");
        assertThatThrownBy(() -> read(folder.resolve("none"))).hasMessageContaining("no such file");
        Grid grid = new Grid(new int[] {2, 2, 1}, new double[] {1, 1, 1}, null);
        byte[] file =
                NiftiWriter.volume(
                        grid, new StoredSamples(SampleType.UINT8, new byte[4]), Rescale.NONE, true);
        file[40] = 4; // four dimensions, of which the last is 1
        assertThat(read(write("b.nii", file)).grid().affine()).isEmpty();
    }
}
