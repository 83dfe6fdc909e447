package org.precedent.ingest.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Percentage.withPercentage;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.ImageDecoder;
import org.precedent.imaging.format.MaskFiles;
import org.precedent.imaging.format.MaskReader;
import org.precedent.imaging.format.MaskReading;
import org.precedent.imaging.format.MaskValue;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.ingest.folder.DatasetException.Code;
import org.precedent.ingest.folder.NotTaken.Reason;

class DatasetFolderTest {
    @TempDir Path folder;

    private final ImageDecoder decoder = new ImageDecoder(Limits.DEFAULT);
    private final MaskReader masks = new MaskReader(MaskReader.Strays.REFUSE);

    @Test
    void pairsImagesWithLabelFoldersInNaturalOrder() throws IOException {
        for (String id : List.of("s10", "s2", "s1", "alone")) {
            put("images/" + id + ".png", 1, 2, 3, 4);
        }
        put("images/notes.txt", 0);
        put("images/._s1.png", 0);
        put("masks/liver/s10.png", 0, 255, 0, 0);
        put("masks/liver/s2.png", 0, 255, 255, 0);
        put("masks/spine/s2.png", 255, 0, 0, 0);
        put("masks/spine/s1.png", 255, 0, 0, 0);
        put("masks/spine/lost.png", 255, 0, 0, 0);
        DatasetFolder read = read("images/*", new MaskLayout.LabelFolders("masks", List.of()));
        assertThat(read.labels()).containsExactly("liver", "spine");
        assertThat(read.cases()).extracting(Case::id).containsExactly("s1", "s2", "s10");
        assertThat(read.imagesWithoutMask()).containsExactly(folder.resolve("images/alone.png"));
        assertThat(read.masksWithoutImage())
                .containsExactly(folder.resolve("masks/spine/lost.png"));
        Case both = read.cases().get(1);
        assertThat(both.patient()).isEqualTo("s2");
        Raster image = both.readImage(decoder);
        Map<String, Mask> found = masksOf(both, image);
        assertThat(found.keySet()).containsExactly("liver", "spine");
        assertThat(found.get("liver").area()).isEqualTo(2);
        DatasetFolder spine =
                read("images/*", new MaskLayout.LabelFolders("masks", List.of("spine")));
        assertThat(spine.cases()).extracting(Case::id).containsExactly("s1", "s2");
    }

    @Test
    void splitsLabelMapsByValue() throws IOException {
        put("a/001.png", 1, 2, 3, 4);
        put("a/002.png", 1, 2, 3, 4);
        put("b/deep/er/001.png", 0, 128, 255, 255);
        put("b/002.png", 0, 128, 128, 0);
        Map<String, MaskValue> values = new LinkedHashMap<>();
        values.put("nucleus", MaskValue.ofGrey(255));
        values.put("cytoplasm", MaskValue.ofGrey(128));
        DatasetFolder read = read("a/*.png", new MaskLayout.LabelMaps("b/**/*.png", values));
        assertThat(read.cases()).extracting(Case::id).containsExactly("001", "002");
        Raster image = read.cases().get(0).readImage(decoder);
        assertThat(masksOf(read.cases().get(0), image).keySet())
                .containsExactly("nucleus", "cytoplasm");
        assertThat(masksOf(read.cases().get(1), image).keySet()).containsExactly("cytoplasm");
        for (String other : List.of("1", "#010101")) {
            Map<String, MaskValue> same =
                    Map.of("a", MaskValue.ofGrey(1), "b", MaskValue.parse(other));
            assertThatThrownBy(() -> new MaskLayout.LabelMaps("x", same))
                    .hasMessageContaining("same value");
        }
    }

    @Test
    void readsMasksByTheirColoursAndTellsWhatWasCutOrUnknown() throws IOException {
        Mask truth = MaskFiles.blobs(64, 64, 5);
        Raster image = new Raster(64, 64, 1, 8, new short[64 * 64]);
        for (String id : List.of("palette", "rgb", "soft", "rim")) {
            write("images/" + id + ".png", PngWriter.png(image));
        }
        write(
                "masks/liver/palette.png",
                MaskFiles.palette(
                        "png", 64, 64, i -> truth.inside()[i] ? 0 : 1, 0xff8000, 0x101010));
        write(
                "masks/liver/rgb.tif",
                MaskFiles.rgb("tiff", 64, 64, i -> truth.inside()[i] ? 0x00ff00 : 0));
        write("masks/liver/soft.png", PngWriter.png(MaskFiles.blurred(truth.toRaster(), 1)));
        write(
                "masks/liver/rim.png",
                PngWriter.png(
                        MaskFiles.grey(64, 64, i -> i < 64 * 3 ? 255 : truth.inside()[i] ? 1 : 0)));
        DatasetFolder read = read("images/*", new MaskLayout.LabelFolders("masks", List.of()));
        MaskTally tally = new MaskTally(List.of(MaskValue.ofGrey(255), MaskValue.ofGrey(7)));
        MaskReader ignoring =
                new MaskReader(MaskReader.Strays.REFUSE, List.of(MaskValue.ofGrey(255)));
        MaskReader strict = masks;
        for (Case one : read.cases()) {
            MaskReader reader = one.id().equals("rim") ? ignoring : strict;
            List<MaskReading> readings = one.readMasks(decoder, reader, image);
            tally.add(readings);
            Mask mask = readings.getFirst().masks().get("liver");
            if (one.id().equals("soft")) {
                assertThat(mask.area()).isCloseTo(truth.area(), withPercentage(2));
            } else {
                assertThat(mask.inside()).as(one.id()).isEqualTo(truth.inside());
            }
        }
        assertThat(tally.lines())
                .hasSize(4)
                .anyMatch(line ->
                        line.startsWith("1 of 4 masks have soft edges")
                                && line.contains("liver/soft.png"))
                .anyMatch(line -> line.contains("#00FF00 in 1, #FF8000 in 1"))
                .anyMatch(line -> line.startsWith("192 pixels of 1 masks are 255"))
                .anyMatch(line -> line.equals("no mask holds the ignored value 7"));
        Case rim = read.cases().get(2);
        assertThat(rim.id()).isEqualTo("rim");
        assertThatThrownBy(() -> rim.readMasks(decoder, strict, image))
                .hasMessageContaining("mask of label liver in ")
                .hasMessageContaining("rim.png: ")
                .isInstanceOfSatisfying(
                        RefusedFile.class,
                        e -> assertThat(e.fields()).containsEntry("label", "liver"));
    }

    @Test
    void takesAbsoluteGlobsAndSeveralFolders() throws IOException {
        put("x/p1/001.png", 1, 2, 3, 4);
        put("x/p2/002.png", 1, 2, 3, 4);
        put("m/l/001.png", 255, 0, 0, 0);
        put("m/l/002.png", 255, 0, 0, 0);
        MaskLayout layout = new MaskLayout.LabelFolders(folder + "/m", List.of());
        for (String glob : List.of("/x/*/*.png", "/x/**/*.png", "/x/**.png", "/x/p[12]/*.png")) {
            DatasetFolder read =
                    DatasetFolder.read(Path.of("elsewhere"), folder + glob, layout, null);
            assertThat(read.cases()).as(glob).hasSize(2);
        }
        assertThat(read("x/p1/001.png", layout).cases()).hasSize(1);
    }

    @Test
    void saysWhatIsWrong() throws IOException {
        MaskLayout all = new MaskLayout.LabelFolders("masks", List.of());
        refused("images/*.png", all, Code.NO_IMAGES, "images/*.png");
        put("images/7.png", 1, 2, 3, 4);
        refused("images/*.png", all, Code.NO_MASKS, "masks");
        put("masks/liver/8.png", 0, 255, 0, 0);
        refused("images/*.png", all, Code.NO_PAIRS, "the first mask 8.png");
        put("masks/liver/7.png", 0, 255, 0, 0);
        MaskLayout one = new MaskLayout.LabelFolders("masks", List.of("lung"));
        refused("images/*.png", one, Code.UNKNOWN_LABEL, "there are liver");
        MaskLayout out = new MaskLayout.LabelFolders("masks", List.of("../images"));
        refused("images/*.png", out, Code.UNKNOWN_LABEL, "there are liver");
        MaskLayout maps = new MaskLayout.LabelMaps("none/*.png", Map.of("a", MaskValue.ofGrey(1)));
        refused("images/*.png", maps, Code.NO_MASKS, "none/*.png");
        refused("images/[", all, Code.GLOB, "[");
        put("images/sub/7.bmp", 1, 2, 3, 4);
        refused("images/**", all, Code.DUPLICATE_ID, "id 7 twice");
    }

    @Test
    void saysWhatItLookedForAndWhatLiesThere() throws IOException {
        MaskLayout all = new MaskLayout.LabelFolders("masks", List.of());
        assertThatThrownBy(() -> DatasetFolder.read(folder.resolve("scanz"), "images/*", all, null))
                .hasMessageContaining("there is no folder")
                .hasMessageContaining("scanz")
                .isInstanceOfSatisfying(
                        DatasetException.class,
                        e -> assertThat(e.code()).isEqualTo(Code.NO_FOLDER));
        refused("images/*", all, Code.NO_IMAGES, "there is no folder " + folder.resolve("images"));
        Files.createDirectories(folder.resolve("images"));
        refused("images/*", all, Code.NO_IMAGES, "is empty");
        put("images/scan.png", 1, 2, 3, 4);
        Files.writeString(folder.resolve("images/scan.dcm"), "DICM");
        refused("images/*.jpg", all, Code.NO_IMAGES, "holds scan.dcm, scan.png, nothing of that");
        refused("images/*.dcm", all, Code.NO_IMAGES, "scan.dcm is of no type that is read");
        refused("images/*", all, Code.NO_MASKS, "there is no folder " + folder.resolve("masks"));
        Files.createDirectories(folder.resolve("masks"));
        refused("images/*", all, Code.NO_MASKS, "is empty, no folder of masks");
        put("masks/scan.png", 0, 255, 0, 0);
        refused("images/*", all, Code.NO_MASKS, "holds scan.png, no folder of masks");
        Files.createDirectories(folder.resolve("masks/liver"));
        refused("images/*", all, Code.NO_PAIRS, "there is no mask at all");
    }

    @Test
    void followsLinksOnceAndEndsCycles() throws IOException {
        put("store/p1/a.png", 1, 2, 3, 4);
        put("store/p1/b.png", 1, 2, 3, 4);
        put("store/p2/c.png", 1, 2, 3, 4);
        put("labels/a.png", 0, 255, 0, 0);
        put("labels/b.png", 0, 255, 0, 0);
        put("labels/c.png", 0, 255, 0, 0);
        Files.createDirectories(folder.resolve("images"));
        Files.createDirectories(folder.resolve("masks"));
        link("images/one", "../store/p1");
        link("images/two", "../store/p2");
        link("images/again", "../store/p1");
        link("store/p1/back", "../../images");
        link("store/p2/self", ".");
        link("masks/liver", "../labels");
        DatasetFolder read = read("images/**", new MaskLayout.LabelFolders("masks", List.of()));
        assertThat(read.labels()).containsExactly("liver");
        assertThat(read.cases()).extracting(Case::id).containsExactly("a", "b", "c");
        assertThat(read.notTaken()).isEmpty();
        assertThat(read.passedOver().total()).isEqualTo(3);
        // Without ** each link is a folder that matches or not; the same files are one again.
        assertThat(read("images/*/*.png", new MaskLayout.LabelFolders("masks", List.of())).cases())
                .extracting(Case::id)
                .containsExactly("a", "b", "c");
    }

    @Test
    void aFolderWhoseOwnNameDoesNotMatchIsReachedThroughALinkThatDoes() throws IOException {
        put("raw/7.png", 1, 2, 3, 4);
        link("images", "raw");
        put("masks/liver/7.png", 0, 255, 0, 0);
        DatasetFolder read =
                read("**/images/*.png", new MaskLayout.LabelFolders("masks", List.of()));
        assertThat(read.cases()).extracting(Case::id).containsExactly("7");
    }

    @Test
    void readsALinkedFileUnderItsOwnNameAndOneFileOnce() throws IOException {
        put("images/b.png", 1, 2, 3, 4);
        put("elsewhere/c.png", 1, 2, 3, 4);
        link("images/a.png", "b.png");
        link("images/c.png", "../elsewhere/c.png");
        link("images/d.png", "nowhere.png");
        link("images/e.png", "e.png");
        for (String id : List.of("a", "b", "c")) {
            put("masks/liver/" + id + ".png", 0, 255, 0, 0);
        }
        link("masks/spine", "liver");
        // One mask of two images is no mistake.
        Files.delete(folder.resolve("masks/liver/c.png"));
        link("masks/liver/c.png", "b.png");
        DatasetFolder read = read("images/*", new MaskLayout.LabelFolders("masks", List.of()));
        assertThat(read.cases()).extracting(Case::id).containsExactly("b", "c");
        assertThat(read.notTaken())
                .extracting(one -> folder.relativize(one.path()) + " " + one.reason())
                .containsExactlyInAnyOrder(
                        "images/a.png SAME_FILE",
                        "images/d.png BROKEN_LINK",
                        "images/e.png BROKEN_LINK",
                        "masks/liver/a.png NO_IMAGE",
                        "masks/spine/a.png NO_IMAGE");
        assertThat(read.notTaken().getLast().message()).contains("an image that is not taken");
    }

    @Test
    void manyLinksBetweenFoldersDoNotMultiply() throws IOException {
        for (int i = 0; i < 12; i++) {
            put("images/p" + i + "/s" + i + ".png", 1, 2, 3, 4);
            put("masks/liver/s" + i + ".png", 0, 255, 0, 0);
        }
        for (int i = 0; i < 12; i++) {
            for (int j = 0; j < 12; j++) {
                link("images/p" + i + "/related" + j, "../p" + j);
            }
        }
        DatasetFolder read = read("images/**", new MaskLayout.LabelFolders("masks", List.of()));
        assertThat(read.cases()).hasSize(12);
        assertThat(read.passedOver().total()).isEqualTo(144);
    }

    @Test
    void pairsNamesInAnyUnicodeForm() throws IOException {
        String composed = "B\u00e4r1";
        String decomposed = "Ba\u0308r1";
        put("images/" + composed + ".png", 1, 2, 3, 4);
        put("images/L" + decomposed + ".png", 1, 2, 3, 4);
        put("masks/Gefa\u0308\u00df/" + decomposed + ".png", 0, 255, 0, 0);
        put("masks/Gefa\u0308\u00df/L" + composed + ".png", 0, 255, 0, 0);
        for (List<String> labels : List.of(List.<String>of(), List.of("Gef\u00e4\u00df"))) {
            DatasetFolder read = read("images/*", new MaskLayout.LabelFolders("masks", labels));
            assertThat(read.labels()).containsExactly("Gef\u00e4\u00df");
            assertThat(read.cases()).extracting(Case::id).containsExactly(composed, "L" + composed);
        }
        DatasetFolder one =
                read("images/" + decomposed + "*", new MaskLayout.LabelFolders("masks", List.of()));
        assertThat(one.cases()).extracting(Case::id).containsExactly(composed);
        // Both forms in one folder are two images of one name.
        put("images/" + decomposed + ".png", 4, 3, 2, 1);
        DatasetFolder both = read("images/*", new MaskLayout.LabelFolders("masks", List.of()));
        assertThat(both.cases()).extracting(Case::id).containsExactly("L" + composed);
        assertThat(both.notTaken()).filteredOn(n -> n.reason() == Reason.DUPLICATE_ID).hasSize(2);
    }

    @Test
    void passesOverWhatSystemsLeaveAndCountsIt() throws IOException {
        put("images/1.png", 1, 2, 3, 4);
        put("masks/liver/1.png", 0, 255, 0, 0);
        put(".DS_Store", 1);
        put("__MACOSX/images/._1.png", 1);
        put("images/__MACOSX/1.png", 1, 2, 3, 4);
        put("images/Thumbs.db", 1);
        put("images/._1.png", 1);
        put("images/.hidden/2.png", 1, 2, 3, 4);
        put("images/desktop.ini", 1);
        put("masks/.DS_Store", 1);
        put("masks/__MACOSX/1.png", 1, 2, 3, 4);
        put("masks/liver/.DS_Store", 1);
        put("masks/liver/thumbs.db", 1);
        DatasetFolder read = read("images/*", new MaskLayout.LabelFolders("masks", List.of()));
        assertThat(read.cases()).hasSize(1);
        assertThat(read.labels()).containsExactly("liver");
        assertThat(read.notTaken()).isEmpty();
        assertThat(read.passedOver().total()).isEqualTo(11);
        assertThat(read.passedOver().counts())
                .containsEntry(".DS_Store", 3)
                .containsEntry("__MACOSX", 3)
                .containsEntry("._*", 1)
                .containsEntry("hidden", 1)
                .containsEntry("desktop.ini", 1);
        assertThat(read("images/**", new MaskLayout.LabelFolders("masks", List.of())).cases())
                .hasSize(1);
    }

    @Test
    void namesEverythingThatIsNotTakenAndGoesOn() throws IOException {
        put("images/a_1.PNG", 1, 2, 3, 4);
        put("images/b_1.nii.png", 1, 2, 3, 4);
        put("images/c_1.jpeg", 1);
        put("images/-d_1 with spaces.Tif", 1);
        put("images/alone_1.png", 1, 2, 3, 4);
        put("images/nobody.png", 1, 2, 3, 4);
        put("images/twice_1.png", 1, 2, 3, 4);
        put("images/twice_1.bmp", 1, 2, 3, 4);
        put("images/sub/deep_1.png", 1, 2, 3, 4);
        put("images/notes.txt", 1);
        put("masks/left lung/a_1.tiff", 0, 255, 0, 0);
        put("masks/left lung/b_1.nii.PNG", 0, 255, 0, 0);
        put("masks/left lung/c_1.png", 0, 255, 0, 0);
        put("masks/left lung/-d_1 with spaces.png", 0, 255, 0, 0);
        put("masks/left lung/nobody.png", 0, 255, 0, 0);
        put("masks/left lung/twice_1.png", 0, 255, 0, 0);
        put("masks/left lung/lost.png", 0, 255, 0, 0);
        put("masks/left lung/readme.md", 1);
        put("masks/a=b/a_1.png", 0, 255, 0, 0);
        put("masks/stray.png", 0, 255, 0, 0);
        DatasetFolder read =
                DatasetFolder.read(
                        folder,
                        "images/*",
                        new MaskLayout.LabelFolders("masks", List.of()),
                        Pattern.compile("^([^_]+)_"),
                        new DatasetFolder.Attendants(
                                entries -> {},
                                label ->
                                        label.contains("=")
                                                ? Optional.of("no =")
                                                : Optional.empty()));
        assertThat(read.labels()).containsExactly("left lung");
        assertThat(read.cases())
                .extracting(Case::id)
                .containsExactly("-d_1 with spaces", "a_1", "b_1.nii", "c_1");
        assertThat(reasons(read))
                .containsOnly(
                        Map.entry("alone_1.png", Reason.NO_MASK),
                        Map.entry("nobody.png", Reason.NO_PATIENT),
                        Map.entry("twice_1.png", Reason.NO_IMAGE),
                        Map.entry("twice_1.bmp", Reason.DUPLICATE_ID),
                        Map.entry("sub", Reason.FOLDER),
                        Map.entry("notes.txt", Reason.OTHER_TYPE),
                        Map.entry("lost.png", Reason.NO_IMAGE),
                        Map.entry("readme.md", Reason.OTHER_TYPE),
                        Map.entry("a=b", Reason.LABEL_NAME),
                        Map.entry("stray.png", Reason.NO_LABEL));
        assertThat(read.notTaken()).hasSize(11);
        // A suffix in another case is the same type, also where the pattern names it.
        assertThat(read("images/*.png", new MaskLayout.LabelFolders("masks", List.of())).cases())
                .extracting(Case::id)
                .contains("a_1", "b_1.nii");
    }

    @Test
    void anImageWithTwoMasksOfOneLabelIsNotTakenWithoutThatLabel() throws IOException {
        put("images/1.png", 1, 2, 3, 4);
        put("images/2.png", 1, 2, 3, 4);
        put("masks/liver/1.png", 0, 255, 0, 0);
        put("masks/liver/2.png", 0, 255, 0, 0);
        put("masks/spine/1.png", 0, 255, 0, 0);
        put("masks/spine/1.bmp", 0, 255, 0, 0);
        DatasetFolder read = read("images/*", new MaskLayout.LabelFolders("masks", List.of()));
        assertThat(read.cases()).extracting(Case::id).containsExactly("2");
        assertThat(read.notTaken())
                .filteredOn(one -> one.path().endsWith("images/1.png"))
                .extracting(NotTaken::reason)
                .containsExactly(Reason.DUPLICATE_ID);
    }

    @Test
    void whatCannotBeListedIsNamedAndTheRestIsRead() throws IOException {
        put("images/1.png", 1, 2, 3, 4);
        put("images/shut/2.png", 1, 2, 3, 4);
        put("masks/liver/1.png", 0, 255, 0, 0);
        Path shut = folder.resolve("images/shut");
        Files.setPosixFilePermissions(shut, PosixFilePermissions.fromString("---------"));
        try {
            assumeFalse(Files.isReadable(shut), "this user may read everything");
            DatasetFolder read = read("images/**", new MaskLayout.LabelFolders("masks", List.of()));
            assertThat(read.cases()).hasSize(1);
            assertThat(reasons(read)).containsOnly(Map.entry("shut", Reason.UNREADABLE_FOLDER));
        } finally {
            Files.setPosixFilePermissions(shut, PosixFilePermissions.fromString("rwx------"));
        }
    }

    @Test
    void aPipeOfAnImagesNameIsNeverOpened() throws Exception {
        put("images/1.png", 1, 2, 3, 4);
        put("masks/liver/1.png", 0, 255, 0, 0);
        Path pipe = folder.resolve("images/pipe.png");
        assumeTrue(
                new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0,
                "no mkfifo here");
        DatasetFolder read = read("images/*", new MaskLayout.LabelFolders("masks", List.of()));
        assertThat(reasons(read)).containsOnly(Map.entry("pipe.png", Reason.NOT_A_FILE));
    }

    @Test
    void tellsHowMuchItHasSeen() throws IOException {
        put("images/1.png", 1, 2, 3, 4);
        put("images/2.png", 1, 2, 3, 4);
        put("masks/liver/1.png", 0, 255, 0, 0);
        List<Long> told = new ArrayList<>();
        DatasetFolder.read(
                folder,
                "images/*",
                new MaskLayout.LabelFolders("masks", List.of()),
                null,
                new DatasetFolder.Attendants(told::add, label -> Optional.empty()));
        assertThat(told).containsExactly(1L, 2L, 3L);
    }

    @Test
    void ordersNumbersByTheirValueAndNamesOfOneNumberByTheirZeros() throws IOException {
        for (String id : List.of("s10", "s7", "s007", "s0", "s00", "s07", "s8", "s7b", "s")) {
            put("images/" + id + ".png", 1, 2, 3, 4);
            put("masks/liver/" + id + ".png", 0, 255, 0, 0);
        }
        assertThat(read("images/*", new MaskLayout.LabelFolders("masks", List.of())).cases())
                .extracting(Case::id)
                .containsExactly("s", "s0", "s00", "s007", "s07", "s7", "s7b", "s8", "s10");
    }

    @Test
    void bracesMayHoldSlashes() throws IOException {
        put("a/b/1.png", 1, 2, 3, 4);
        put("c/2.png", 1, 2, 3, 4);
        put("d/3.png", 1, 2, 3, 4);
        put("[e]/4.png", 1, 2, 3, 4);
        for (int i = 1; i < 5; i++) {
            put("m/l/" + i + ".png", 255, 0, 0, 0);
        }
        MaskLayout layout = new MaskLayout.LabelFolders("m", List.of());
        assertThat(read("{a/b,c}/*.png", layout).cases())
                .extracting(Case::id)
                .containsExactly("1", "2");
        assertThat(read("[e]/*.png", layout).cases()).extracting(Case::id).containsExactly("4");
    }

    @Test
    void findsThePatientInTheId() throws IOException {
        put("images/10001_458.png", 1, 2, 3, 4);
        put("masks/liver/10001_458.png", 0, 255, 0, 0);
        MaskLayout layout = new MaskLayout.LabelFolders("masks", List.of());
        DatasetFolder read =
                DatasetFolder.read(folder, "images/*", layout, Pattern.compile("^(\\d+)_"));
        assertThat(read.cases().get(0).patient()).isEqualTo("10001");
        for (String pattern : List.of("no(x)", "\\d+", "(1)(0)")) {
            assertThatThrownBy(() ->
                            DatasetFolder.read(
                                    folder, "images/*", layout, Pattern.compile(pattern)))
                    .isInstanceOfSatisfying(
                            DatasetException.class,
                            e -> assertThat(e.code()).isEqualTo(Code.PATIENT_PATTERN));
        }
    }

    @Test
    void readsTheWhiteBloodCells() {
        String shared = System.getenv("PRECEDENT_SHARED");
        Path data =
                (shared != null
                                ? Path.of(shared)
                                : Path.of(System.getProperty("precedent.home", "."))
                                        .resolve("../shared"))
                        .resolve("data/evaluation/wbc1");
        assumeTrue(Files.isDirectory(data), "no shared data: set PRECEDENT_SHARED");
        DatasetFolder read =
                DatasetFolder.read(
                        data,
                        "images_rgb/*.png",
                        new MaskLayout.LabelFolders("masks_native", List.of("nucleus")),
                        null);
        assertThat(read.cases()).hasSize(300);
        for (Case one : read.cases()) {
            Raster image = one.readImage(decoder);
            assertThat(image.channels()).isEqualTo(3);
            assertThat(masksOf(one, image).get("nucleus").area()).isGreaterThan(19);
        }
    }

    private static Map<String, Reason> reasons(DatasetFolder read) {
        Map<String, Reason> reasons = new LinkedHashMap<>();
        read.notTaken()
                .forEach(one -> reasons.put(one.path().getFileName().toString(), one.reason()));
        return reasons;
    }

    private void link(String name, String target) throws IOException {
        Path link = folder.resolve(name);
        Files.createDirectories(link.getParent());
        Files.createSymbolicLink(link, Path.of(target));
    }

    private Map<String, Mask> masksOf(Case one, Raster image) {
        return MaskReading.masks(one.readMasks(decoder, masks, image));
    }

    private DatasetFolder read(String images, MaskLayout layout) {
        return DatasetFolder.read(folder, images, layout, null);
    }

    private void refused(String images, MaskLayout layout, Code code, String words) {
        assertThatThrownBy(() -> read(images, layout))
                .hasMessageContaining(words)
                .isInstanceOfSatisfying(
                        DatasetException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    private void put(String file, int... values) throws IOException {
        short[] samples = new short[values.length];
        for (int i = 0; i < values.length; i++) {
            samples[i] = (short) values[i];
        }
        write(file, PngWriter.png(new Raster(values.length, 1, 1, 8, samples)));
    }

    private void write(String file, byte[] bytes) throws IOException {
        Path path = folder.resolve(file);
        Files.createDirectories(path.getParent());
        Files.write(path, bytes);
    }
}
