package org.precedent.imaging.picture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.Plane;
import org.precedent.imaging.Raster;

class AttentionSheetTest {

    @Test
    void supportsFollowTheQueryInRowsOfSix() {
        assertThat(sheet(5).width()).isEqualTo(6 * 166 + 6);
        assertThat(sheet(5).height()).isEqualTo(184 + 6);
        assertThat(sheet(6).height()).isEqualTo(2 * 184 + 6);
        assertThat(sheet(1).width()).isEqualTo(2 * 166 + 6);
    }

    @Test
    void theStrongestCellIsTheBrightestOfAllTiles() {
        Raster sheet = sheet(3);

        // Cell (1, 0) of the 2 x 2 grid of the last support is the highest of all.
        int right = brightness(sheet, 6 + 3 * 166 + 150, 6 + 10);
        assertThat(right).isGreaterThan(brightness(sheet, 6 + 3 * 166 + 10, 6 + 150));
        assertThat(right).isGreaterThan(brightness(sheet, 6 + 2 * 166 + 150, 6 + 10));
        assertThat(right).isGreaterThan(brightness(sheet, 6 + 166 + 150, 6 + 10));
    }

    @Test
    void theQueryIsMarkedAtThePixel() {
        Raster sheet = sheet(1);
        int x = 6 + 16 * 160 / 64 + 1 + 5;
        int y = 6 + 32 * 160 / 64 + 1;

        assertThat(rgb(sheet, x, y)).isEqualTo(LabelColours.FIXED.getFirst());
    }

    @Test
    void noAttentionAtAllLeavesTheImagesAsTheyAre() {
        Plane grey = plane(64, .5f);
        Raster sheet =
                AttentionSheet.draw(
                        grey, 0, 0, "", List.of(new AttentionSheet.Tile(grey, plane(2, 0), "1")));

        assertThat(rgb(sheet, 6 + 166 + 80, 86)).isEqualTo(0x808080);
    }

    private static Raster sheet(int supports) {
        List<AttentionSheet.Tile> tiles = new ArrayList<>();
        for (int i = 0; i < supports; i++) {
            Plane attention = new Plane(2, 2, new float[] {0, .1f * (i + 1), 0, .05f});
            tiles.add(new AttentionSheet.Tile(plane(64, .2f), attention, "1 0.250"));
        }
        return AttentionSheet.draw(plane(64, .2f), 16, 32, "QUERY", tiles);
    }

    private static Plane plane(int side, float value) {
        float[] values = new float[side * side];
        Arrays.fill(values, value);
        return new Plane(side, side, values);
    }

    private static int rgb(Raster raster, int x, int y) {
        int at = 3 * (y * raster.width() + x);
        return raster.samples()[at] << 16
                | raster.samples()[at + 1] << 8
                | raster.samples()[at + 2];
    }

    private static int brightness(Raster raster, int x, int y) {
        int rgb = rgb(raster, x, y);
        return (rgb >> 16) + (rgb >> 8 & 255) + (rgb & 255);
    }
}
