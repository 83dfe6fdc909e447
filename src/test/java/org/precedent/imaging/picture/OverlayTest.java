package org.precedent.imaging.picture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;

class OverlayTest {

    @Test
    void enlargesSmallImagesAndOutlinesTheMasksOwnPixels() {
        short[] samples = new short[100 * 50];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (short) (i % 100);
        }
        boolean[] inside = new boolean[100 * 50];
        for (int y = 10; y < 20; y++) {
            for (int x = 30; x < 50; x++) {
                inside[y * 100 + x] = true;
            }
        }
        Map<String, Mask> masks = new LinkedHashMap<>();
        masks.put("box", new Mask(100, 50, inside));
        Raster picture = Overlay.draw(new Raster(100, 50, 1, 8, samples), masks);
        assertThat(picture.width()).isEqualTo(600);
        assertThat(picture.height()).isGreaterThan(300);
        int colour = LabelColours.FIXED.get(0);
        assertThat(rgb(picture, 30 * 6, 10 * 6)).isEqualTo(colour);
        assertThat(rgb(picture, 50 * 6 - 1, 20 * 6 - 1)).isEqualTo(colour);
        assertThat(rgb(picture, 30 * 6 - 1, 12 * 6)).isNotEqualTo(colour);
        assertThat(rgb(picture, 40 * 6, 15 * 6)).isNotEqualTo(colour);
        assertThat(rgb(picture, 12, 312)).as("legend").isEqualTo(colour);
    }

    @Test
    void drawsSixteenBitAndColourImagesOverTheirWholeRange() {
        Raster dim = new Raster(600, 1, 3, 16, new short[1800]);
        dim.samples()[0] = 100;
        dim.samples()[599 * 3 + 1] = 100;
        Raster picture = Overlay.draw(dim, Map.of());
        assertThat(picture.height()).isEqualTo(1);
        assertThat(rgb(picture, 0, 0)).isEqualTo(0xff0000);
        assertThat(rgb(picture, 599, 0)).isEqualTo(0x00ff00);
    }

    @Test
    void drawsAccentsAsTheirLettersOnAMachineWithoutFonts() {
        assertThat(Legend.draw(List.of(new Legend.Entry("Gef\u00e4\u00df", 0x112233)), 100, false))
                .isEqualTo(
                        Legend.draw(List.of(new Legend.Entry("gefa\u00df", 0x112233)), 100, false))
                .isNotEqualTo(
                        Legend.draw(List.of(new Legend.Entry("gefe\u00df", 0x112233)), 100, false));
    }

    @Test
    void drawsItsLegendOnAMachineWithoutFonts() {
        List<Legend.Entry> entries =
                List.of(new Legend.Entry("a", 0x112233), new Legend.Entry("b", 0x445566));
        int[] strip = Legend.draw(entries, 100, false);
        assertThat(strip.length % 100).isZero();
        assertThat(strip).contains(0x112233, 0x445566, 0xffffff);
    }

    private static int rgb(Raster picture, int x, int y) {
        return picture.sample(x, y, 0) << 16
                | picture.sample(x, y, 1) << 8
                | picture.sample(x, y, 2);
    }
}
