package org.precedent.cli.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.imaging.Limits;
import org.precedent.imaging.format.VolumeReader;
import org.precedent.imaging.format.dicom.DicomBytes;
import org.precedent.imaging.format.nifti.NiftiWriter;
import org.precedent.imaging.volume.Affine;
import org.precedent.imaging.volume.Grid;
import org.precedent.imaging.volume.Rescale;
import org.precedent.imaging.volume.SampleType;
import org.precedent.imaging.volume.ScannedVolume;
import org.precedent.imaging.volume.StoredSamples;
import picocli.CommandLine;

/** A mask goes through every format and back, voxel by voxel, or is refused with the reason. */
class ConvertCommandTest {
    private static final int COLUMNS = 5;
    private static final int ROWS = 4;
    private static final int SLICES = 3;

    @TempDir Path folder;
    private Path series = Path.of("");

    private record Outcome(int status, String out, String err) {}

    private Outcome convert(Object... words) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine command = new CommandLine(new ConvertCommand());
        command.setOut(new PrintWriter(out));
        command.setErr(new PrintWriter(err));
        command.setExecutionExceptionHandler((failure, line, parsed) -> {
            line.getErr().println(failure.getMessage());
            return 1;
        });
        int status =
                command.execute(Arrays.stream(words).map(Object::toString).toArray(String[]::new));
        return new Outcome(status, out.toString(), err.toString());
    }

    /** A series whose files are in the reverse order of its slices. */
    @BeforeEach
    void writeSeries() throws IOException {
        series = Files.createDirectory(folder.resolve("series"));
        for (int k = 0; k < SLICES; k++) {
            byte[] file =
                    DicomBytes.image(DicomBytes.EXPLICIT, ROWS, COLUMNS, 16, 12, true)
                            .text(0x00080018, "UI", "1.2.3.1." + k)
                            .place(-10, 5, 20 + 2.5 * k, 0.5, 0.25)
                            .pixels(16, new int[ROWS * COLUMNS])
                            .file();
            Files.write(series.resolve((9 - k) + ".dcm"), file);
        }
    }

    /** The series' grid as NIfTI stores it: from the last row to the first, or as it is. */
    private static Grid grid(boolean turned) {
        Affine affine =
                turned
                        ? new Affine(.25, 0, 0, -10, 0, -.5, 0, 6.5, 0, 0, 2.5, 20)
                        : new Affine(.25, 0, 0, -10, 0, .5, 0, 5, 0, 0, 2.5, 20);
        return Grid.of(new int[] {COLUMNS, ROWS, SLICES}, affine);
    }

    /** Marks: 1 in the first column, last row, last slice; 2 beside it. */
    private Path nifti(String name, Grid grid, boolean turned) throws IOException {
        int[] map = new int[COLUMNS * ROWS * SLICES];
        int row = turned ? 0 : ROWS - 1;
        int at = ((SLICES - 1) * ROWS + row) * COLUMNS;
        map[at] = 1;
        map[at + 1] = 2;
        byte[] file =
                NiftiWriter.volume(
                        grid, StoredSamples.of(SampleType.UINT8, map), Rescale.NONE, true);
        return Files.write(folder.resolve(name), file);
    }

    private static List<Integer> set(ScannedVolume volume, int value) {
        return java.util.stream.IntStream.range(0, volume.samples().count())
                .filter(i -> volume.samples().integer(i) == value)
                .boxed()
                .toList();
    }

    @Test
    void aMaskGoesThroughEveryFormatAndComesBack() throws Exception {
        int corner = ((SLICES - 1) * ROWS + ROWS - 1) * COLUMNS;
        for (boolean turned : new boolean[] {false, true}) {
            Path mask = nifti("mask.nii", grid(turned), turned);
            Path seg = folder.resolve("seg.dcm");
            Outcome made =
                    convert(
                            mask,
                            "--source",
                            series,
                            "--as",
                            "dicom-seg",
                            "--out",
                            seg,
                            "--label",
                            "left=1",
                            "--label",
                            "right=2",
                            "--algorithm",
                            "thresholds",
                            "--code",
                            "left=SCT:10200004:Liver");
            assertThat(made.err()).isEmpty();
            assertThat(made.status()).isZero();
            assertThat(made.out()).contains("1 left: 1 voxels, 0.000313 ml", "written to");
            Path slicer = folder.resolve("back.seg.nrrd");
            assertThat(
                            convert(seg, "--source", series, "--as", "nrrd-seg", "--out", slicer)
                                    .status())
                    .isZero();
            assertThat(Files.readString(slicer, java.nio.charset.StandardCharsets.ISO_8859_1))
                    .contains("Segment0_Name:=left", "Segment1_LabelValue:=2");
            Path back = folder.resolve("back.nii.gz");
            assertThat(convert(slicer, "--source", mask, "--as", "nifti", "--out", back).status())
                    .isZero();
            try (VolumeReader reader = new VolumeReader(Limits.VOLUMES)) {
                ScannedVolume there = reader.read(slicer);
                assertThat(there.grid().differences(reader.read(series).grid())).isEmpty();
                assertThat(set(there, 1)).containsExactly(corner);
                assertThat(set(there, 2)).containsExactly(corner + 1);
                // And on the grid of what it came from, in that one's order.
                assertThat(reader.read(back).samples().block())
                        .isEqualTo(reader.read(mask).samples().block());
                assertThat(reader.read(back).grid()).isEqualTo(reader.read(mask).grid());
            }
        }
    }

    @Test
    void aMaskOfAnotherGridIsRefusedWithHowItDiffersAndNothingIsWritten() throws Exception {
        Affine moved = new Affine(.25, 0, 0, -9.75, 0, .5, 0, 5, 0, 0, 2.5, 20);
        Path mask = nifti("mask.nii", Grid.of(new int[] {COLUMNS, ROWS, SLICES}, moved), false);
        Path out = folder.resolve("seg.dcm");
        Outcome refused =
                convert(
                        mask,
                        "--source",
                        series,
                        "--as",
                        "dicom-seg",
                        "--by-hand",
                        "--out",
                        out,
                        "--label",
                        "a=1",
                        "--label",
                        "b=2");
        assertThat(refused.status()).isOne();
        assertThat(refused.err()).contains("mask.nii", "a corner 0.250 mm away");
        assertThat(out).doesNotExist();
        try (var left = Files.list(folder)) {
            assertThat(left.filter(file -> file.toString().endsWith(".part"))).isEmpty();
        }
    }

    @Test
    void valuesThatNobodyNamedAreRefusedUnlessTheyAreIgnored() throws Exception {
        Path mask = nifti("mask.nii", grid(false), false);
        Path out = folder.resolve("mask.nrrd");
        Outcome refused =
                convert(mask, "--source", series, "--as", "nrrd", "--out", out, "--label", "a=1");
        assertThat(refused.err()).contains("holds value 2, which no label names");
        Outcome taken =
                convert(
                        mask,
                        "--source",
                        series,
                        "--as",
                        "nrrd",
                        "--out",
                        out,
                        "--label",
                        "a=1",
                        "--ignore",
                        "2");
        assertThat(taken.status()).isZero();
        try (VolumeReader reader = new VolumeReader(Limits.VOLUMES)) {
            assertThat(set(reader.read(out), 2)).isEmpty();
            assertThat(set(reader.read(out), 1)).hasSize(1);
        }
    }

    @Test
    void whatASegmentationNeedsIsAskedFor() throws Exception {
        Path mask = nifti("mask.nii", grid(false), false);
        Path out = folder.resolve("seg.dcm");
        assertThat(convert(mask, "--source", series, "--as", "dicom-seg", "--out", out).err())
                .contains("--by-hand");
        assertThat(convert(mask, "--as", "dicom-seg", "--by-hand", "--out", out).err())
                .contains("--source");
        assertThat(convert(mask, "--as", "dicom", "--out", out).err()).contains("dicom-seg, nifti");
        assertThat(
                        convert(
                                        mask,
                                        "--source",
                                        series,
                                        "--as",
                                        "nrrd",
                                        "--out",
                                        out,
                                        "--label",
                                        "a=0")
                                .err())
                .contains("from 1 to 65535");
    }
}
