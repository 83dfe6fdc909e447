package org.precedent.ingest.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.ImageDecoder;
import org.precedent.imaging.format.MaskReader;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.ingest.folder.DatasetException.Code;

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
        Map<String, Mask> found = both.readMasks(decoder, masks, image);
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
        Map<String, Integer> values = new LinkedHashMap<>();
        values.put("nucleus", 255);
        values.put("cytoplasm", 128);
        DatasetFolder read = read("a/*.png", new MaskLayout.LabelMaps("b/**/*.png", values));
        assertThat(read.cases()).extracting(Case::id).containsExactly("001", "002");
        Raster image = read.cases().get(0).readImage(decoder);
        assertThat(read.cases().get(0).readMasks(decoder, masks, image).keySet())
                .containsExactly("nucleus", "cytoplasm");
        assertThat(read.cases().get(1).readMasks(decoder, masks, image).keySet())
                .containsExactly("cytoplasm");
        assertThatThrownBy(() -> new MaskLayout.LabelMaps("x", Map.of("a", 1, "b", 1)))
                .hasMessageContaining("same value");
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
        MaskLayout maps = new MaskLayout.LabelMaps("none/*.png", Map.of("a", 1));
        refused("images/*.png", maps, Code.NO_MASKS, "none/*.png");
        refused("images/[", all, Code.GLOB, "[");
        put("images/sub/7.bmp", 1, 2, 3, 4);
        refused("images/**", all, Code.DUPLICATE_ID, "id 7 twice");
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
            assertThat(one.readMasks(decoder, masks, image).get("nucleus").area())
                    .isGreaterThan(19);
        }
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
        Path path = folder.resolve(file);
        Files.createDirectories(path.getParent());
        Files.write(path, PngWriter.png(new Raster(values.length, 1, 1, 8, samples)));
    }
}
