package org.precedent.ingest.folder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.ImageDecoder;
import org.precedent.imaging.format.MaskReader;
import org.precedent.imaging.format.MaskValue;
import org.precedent.imaging.format.png.PngWriter;

/** What is refused is named: the image or the mask, its label, its folder and its file. */
class CaseTest {
    private final ImageDecoder decoder = new ImageDecoder(Limits.DEFAULT);
    private final MaskReader reader = new MaskReader(MaskReader.Strays.REFUSE);

    @Test
    void aRefusalNamesWhichFileOfACaseItIsAbout(@TempDir Path folder) throws Exception {
        Raster image = raster(8);
        byte[] good = PngWriter.png(image);
        byte[] half = Arrays.copyOf(good, good.length - 20);
        Path broken = write(folder.resolve("scans/images/c.png"), half);
        Path liver = write(folder.resolve("scans/masks/liver/c.png"), good);
        Path small = write(folder.resolve("scans/masks/spine/c.png"), PngWriter.png(raster(4)));
        Path maps = write(folder.resolve("scans/maps/c.png"), half);

        assertRefused(
                () -> of(broken, new Case.Masks.Files(Map.of("liver", liver))).readImage(decoder),
                "image in " + folder.resolve("scans/images") + ", c.png: ",
                Map.of("file", "c.png", "folder", folder.resolve("scans/images").toString()));
        assertRefused(
                () ->
                        of(liver, new Case.Masks.Files(Map.of("liver", liver, "spine", small)))
                                .readMasks(decoder, reader, image),
                "mask of label spine in "
                        + folder.resolve("scans/masks/spine")
                        + ", c.png: mask is",
                Map.of("file", "c.png", "label", "spine"));
        assertRefused(
                () ->
                        of(
                                        liver,
                                        new Case.Masks.LabelMap(
                                                maps, Map.of("liver", MaskValue.ofGrey(1))))
                                .readMasks(decoder, reader, image),
                "label map in " + folder.resolve("scans/maps") + ", c.png: ",
                Map.of("file", "c.png"));
    }

    private static void assertRefused(Runnable reading, String start, Map<String, Object> facts) {
        assertThatThrownBy(reading::run)
                .isInstanceOfSatisfying(
                        RefusedFile.class, e -> assertThat(e.fields()).containsAllEntriesOf(facts))
                .hasMessageStartingWith(start);
    }

    private static Case of(Path image, Case.Masks masks) {
        return new Case("c", "p", image, masks);
    }

    private static Path write(Path file, byte[] bytes) throws Exception {
        Files.createDirectories(file.getParent());
        return Files.write(file, bytes);
    }

    private static Raster raster(int side) {
        short[] samples = new short[side * side];
        for (int i : List.of(0, 1, side)) {
            samples[i] = 255;
        }
        return new Raster(side, side, 1, 8, samples);
    }
}
