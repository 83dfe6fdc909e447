package org.precedent.ingest.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.MaskReader;
import org.precedent.imaging.format.MaskReader.Strays;
import org.precedent.imaging.format.MaskReading;
import org.precedent.imaging.format.MaskValue;
import org.precedent.imaging.format.VolumeReader;
import org.precedent.imaging.format.nifti.NiftiWriter;
import org.precedent.imaging.format.nrrd.NrrdWriter;
import org.precedent.imaging.volume.Affine;
import org.precedent.imaging.volume.Grid;
import org.precedent.imaging.volume.Rescale;
import org.precedent.imaging.volume.SampleType;
import org.precedent.imaging.volume.SliceAxis;
import org.precedent.imaging.volume.StoredSamples;
import org.precedent.network.SharedFiles;

class VolumeCaseTest {
    private static final Grid GRID =
            Grid.of(
                    new int[] {7, 5, 3},
                    Affine.ofColumns(
                            new double[] {1, 0, 0},
                            new double[] {0, 1, 0},
                            new double[] {0, 0, 3},
                            new double[] {1, 2, 3}));
    private static final AnnotatedVolume.Cut CUT = new AnnotatedVolume.Cut(SliceAxis.WIDEST, "MR");

    @TempDir Path folder;

    private static StoredSamples ramp() {
        int[] values = new int[7 * 5 * 3];
        for (int i = 0; i < values.length; i++) {
            values[i] = i - 50;
        }
        return StoredSamples.of(SampleType.INT16, values);
    }

    /** One voxel a label: 1 at (6, 0, 1), 2 at (0, 4, 1). */
    private static StoredSamples labels() {
        int[] values = new int[7 * 5 * 3];
        values[35 + 6] = 1;
        values[35 + 4 * 7] = 2;
        return StoredSamples.of(SampleType.UINT8, values);
    }

    private void put(String name, byte[] bytes) throws IOException {
        Path path = folder.resolve(name);
        Files.createDirectories(path.getParent());
        Files.write(path, bytes);
    }

    private List<Case> cases(String images, String masks, int first, int second) {
        Map<String, MaskValue> values = new LinkedHashMap<>();
        values.put("front", MaskValue.ofGrey(first));
        values.put("back", MaskValue.ofGrey(second));
        return DatasetFolder.read(folder, images, new MaskLayout.LabelMaps(masks, values), null)
                .cases();
    }

    private static Map<String, Mask> masks(AnnotatedVolume volume, int number, Raster image) {
        return MaskReading.masks(volume.masks(number, image));
    }

    @Test
    void aVolumeAndItsLabelMapArePairedAndCutAlike() throws IOException {
        put(
                "images/p1.scan.nii.gz",
                NiftiWriter.gzip(NiftiWriter.volume(GRID, ramp(), Rescale.NONE, false)));
        put("labels/p1.scan.seg.nrrd", NrrdWriter.write(GRID, labels(), List.of(), true));
        Case one = cases("images/*", "labels/*", 1, 2).getFirst();
        assertThat(one.id()).isEqualTo("p1.scan");
        assertThat(one.isVolume()).isTrue();
        try (VolumeReader reader = new VolumeReader(Limits.VOLUMES)) {
            AnnotatedVolume volume = one.readVolume(reader, new MaskReader(Strays.REFUSE), CUT);
            assertThat(volume.count()).isEqualTo(3);
            Raster middle = volume.slice(1);
            assertThat(middle.acquired().stored(0)).isEqualTo(35 - 50);
            assertThat(volume.masks(0, volume.slice(0))).isEmpty();
            Map<String, Mask> masks = masks(volume, 1, middle);
            assertThat(masks.keySet()).containsExactly("front", "back");
            assertThat(masks.get("front").area()).isOne();
            assertThat(masks.get("front").at(6, 0)).isTrue();
            assertThat(masks.get("back").area()).isOne();
            assertThat(masks.get("back").at(0, 4)).isTrue();
        }
    }

    @Test
    void aSeriesIsPairedWithTheSegmentationOfItsName() throws IOException {
        Path files = SharedFiles.shared("data/formats/odd_23x38x3");
        assumeTrue(Files.isDirectory(files), "no files at " + files + ": nothing is read");
        for (int i = 1; i <= 3; i++) {
            String name = "IMG000" + i + ".dcm";
            put("images/p1/" + name, Files.readAllBytes(files.resolve(name)));
        }
        put("images/p2.dcm", Files.readAllBytes(files.resolve("mf.dcm")));
        put("images/p3.dcm", Files.readAllBytes(files.resolve("IMG0001.dcm")));
        for (String patient : List.of("p1", "p2", "p3")) {
            put("segs/" + patient + ".dcm", Files.readAllBytes(files.resolve("label.seg")));
        }
        Map<String, MaskValue> values = Map.of("it", MaskValue.ofGrey(1));
        List<Case> cases =
                DatasetFolder.read(
                                folder,
                                "images/*",
                                new MaskLayout.LabelMaps("segs/*", values),
                                null)
                        .cases();
        assertThat(cases).extracting(Case::id).containsExactly("p1", "p2", "p3");
        try (VolumeReader reader = new VolumeReader(Limits.VOLUMES)) {
            List<Integer> inside = new ArrayList<>();
            for (Case one : cases.subList(0, 2)) {
                AnnotatedVolume volume = one.readVolume(reader, new MaskReader(Strays.REFUSE), CUT);
                for (int slice = 0; slice < volume.count(); slice++) {
                    Map<String, Mask> masks = masks(volume, slice, volume.slice(slice));
                    inside.add(masks.containsKey("it") ? masks.get("it").area() : 0);
                }
            }
            assertThat(inside).hasSize(6).anyMatch(area -> area > 0);
            assertThat(inside.subList(0, 3)).isEqualTo(inside.subList(3, 6));
            assertThatThrownBy(() ->
                            cases.get(2).readVolume(reader, new MaskReader(Strays.REFUSE), CUT))
                    .isInstanceOf(RefusedFile.class)
                    .hasMessageContaining("one slice of a series");
        }
    }

    @Test
    void aMaskBesideItsVolumeAndAValueWithoutMeaningAreRefusedByName() throws IOException {
        put("images/p1.nii", NiftiWriter.volume(GRID, ramp(), Rescale.NONE, false));
        Grid shifted =
                Grid.of(
                        GRID.sizes(),
                        Affine.ofColumns(
                                new double[] {1, 0, 0},
                                new double[] {0, 1, 0},
                                new double[] {0, 0, 3},
                                new double[] {1, 3, 3}));
        put("labels/p1.nii", NiftiWriter.volume(shifted, labels(), Rescale.NONE, true));
        MaskReader masks = new MaskReader(Strays.REFUSE);
        try (VolumeReader reader = new VolumeReader(Limits.VOLUMES)) {
            Case beside = cases("images/*", "labels/*", 1, 2).getFirst();
            assertThatThrownBy(() -> beside.readVolume(reader, masks, CUT))
                    .isInstanceOf(RefusedFile.class)
                    .hasMessageContaining("p1.nii: does not lie on its image's grid")
                    .hasMessageContaining("a corner 1.000 mm away")
                    .satisfies(e ->
                            assertThat(((RefusedFile) e).path())
                                    .isEqualTo(folder.resolve("labels/p1.nii")));
            put("labels/p1.nii", NiftiWriter.volume(GRID, labels(), Rescale.NONE, true));
            AnnotatedVolume unknown =
                    cases("images/*", "labels/*", 1, 9).getFirst().readVolume(reader, masks, CUT);
            Raster middle = unknown.slice(1);
            assertThatThrownBy(() -> unknown.masks(1, middle))
                    .isInstanceOf(RefusedFile.class)
                    .hasMessageContaining("p1.nii (slice 1)")
                    .hasMessageContaining("2 (1 pixels)");
        }
    }

    @Test
    void asManySlicesWithoutALabelAreOfUseAsWithOneEvenlySpread() {
        boolean[] labelled = new boolean[20];
        for (int slice = 8; slice < 13; slice++) {
            labelled[slice] = true;
        }
        List<Integer> taken = new ArrayList<>();
        boolean[] supporting = AnnotatedVolume.supporting(labelled);
        for (int slice = 0; slice < 20; slice++) {
            if (supporting[slice]) {
                taken.add(slice);
            }
        }
        assertThat(taken).containsExactly(2, 5, 8, 9, 10, 11, 12, 13, 16, 19);
        assertThat(AnnotatedVolume.supporting(new boolean[3])).containsOnly(false);
        assertThat(AnnotatedVolume.supporting(new boolean[] {true, true, false}))
                .containsOnly(true);
    }

    @Test
    void oneFileALabelIsReadToo() throws IOException {
        put("images/p1.nii", NiftiWriter.volume(GRID, ramp(), Rescale.NONE, false));
        int[] values = new int[7 * 5 * 3];
        values[70 + 3] = 255;
        put(
                "masks/liver/p1.nii",
                NiftiWriter.volume(
                        GRID, StoredSamples.of(SampleType.UINT8, values), Rescale.NONE, true));
        Case one =
                DatasetFolder.read(
                                folder,
                                "images/*",
                                new MaskLayout.LabelFolders("masks", List.of()),
                                null)
                        .cases()
                        .getFirst();
        try (VolumeReader reader = new VolumeReader(Limits.VOLUMES)) {
            AnnotatedVolume volume = one.readVolume(reader, new MaskReader(Strays.REFUSE), CUT);
            assertThat(volume.masks(1, volume.slice(1))).isEmpty();
            assertThat(masks(volume, 2, volume.slice(2)).get("liver").at(3, 0)).isTrue();
        }
    }
}
