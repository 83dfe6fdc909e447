package org.precedent.imaging.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.precedent.imaging.Raster;

class CanvasTest {
    private static final Canvas.Letters BLACK = new Canvas.Letters(12, false, 0);

    private static int rgb(Raster raster, int x, int y) {
        return raster.sample(x, y, 0) << 16 | raster.sample(x, y, 1) << 8 | raster.sample(x, y, 2);
    }

    /** Dark pixels in columns [from, to) of the drawn pixels. */
    private static int ink(Raster raster, int from, int to) {
        int ink = 0;
        for (int y = 0; y < raster.height(); y++) {
            for (int x = from; x < to; x++) {
                ink += raster.sample(x, y, 0) < 128 ? 1 : 0;
            }
        }
        return ink;
    }

    @Test
    void drawsShapesInPointsOfTwoPixels() {
        Canvas canvas = new Canvas(20, 10);
        canvas.rectangle(2, 2, 4, 4, 0xff0000, 1);
        canvas.disc(15, 5, 3, 0x0000ff);
        Raster raster = canvas.toRaster();
        assertThat(raster.width()).isEqualTo(40);
        assertThat(raster.height()).isEqualTo(20);
        assertThat(rgb(raster, 0, 0)).isEqualTo(0xffffff);
        assertThat(rgb(raster, 4, 4)).isEqualTo(0xff0000);
        assertThat(rgb(raster, 11, 11)).isEqualTo(0xff0000);
        assertThat(rgb(raster, 12, 12)).isEqualTo(0xffffff);
        assertThat(rgb(raster, 30, 10)).isEqualTo(0x0000ff);
    }

    @Test
    void mixesByOpacityAndLeavesGapsInDashes() {
        Canvas canvas = new Canvas(60, 10);
        canvas.polygon(new double[] {0, 10, 10, 0}, new double[] {0, 0, 10, 10}, 0x000000, 0.5);
        canvas.line(new double[] {20, 60}, new double[] {5, 5}, 0x000000, 2, true);
        Raster raster = canvas.toRaster();
        assertThat(raster.sample(10, 10, 0)).isBetween(126, 129);
        int dark = 0;
        for (int x = 40; x < 120; x++) {
            dark += raster.sample(x, 10, 0) < 128 ? 1 : 0;
        }
        assertThat(dark).isBetween(30, 60);
        assertThatThrownBy(() -> canvas.line(new double[2], new double[3], 0, 1, false))
                .hasMessage("2 and 3 coordinates");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void writesTextWithAndWithoutFonts(boolean fonts) {
        Canvas canvas = new Canvas(200, 40, fonts);
        double width = canvas.textWidth("Dice 0.9", BLACK);
        assertThat(width).isBetween(30.0, 80.0);
        canvas.text("Dice 0.9", 100, 20, Canvas.Anchor.START, BLACK);
        Raster raster = canvas.toRaster();
        assertThat(ink(raster, 200, 400)).isGreaterThan(60);
        assertThat(ink(raster, 0, 198)).isZero();
        // Around the middle of its height.
        int above = 0;
        int below = 0;
        for (int x = 200; x < 400; x++) {
            for (int y = 0; y < 80; y++) {
                if (raster.sample(x, y, 0) < 128) {
                    assertThat(y).isBetween(24, 56);
                    above += y < 40 ? 1 : 0;
                    below += y < 40 ? 0 : 1;
                }
            }
        }
        assertThat(above).isGreaterThan(20);
        assertThat(below).isGreaterThan(20);

        Canvas end = new Canvas(200, 40, fonts);
        end.text("Dice 0.9", 100, 20, Canvas.Anchor.END, BLACK);
        assertThat(ink(end.toRaster(), 202, 400)).isZero();
        Canvas middle = new Canvas(200, 40, fonts);
        middle.text("Dice 0.9", 100, 20, Canvas.Anchor.MIDDLE, BLACK);
        assertThat(ink(middle.toRaster(), 100, 200)).isGreaterThan(20);
        assertThat(ink(middle.toRaster(), 200, 300)).isGreaterThan(20);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void survivesTextThatDoesNotFitAndControlCharacters(boolean fonts) {
        Canvas canvas = new Canvas(30, 10, fonts);
        canvas.text("longer than the sheet\n\u0007", 15, 5, Canvas.Anchor.MIDDLE, BLACK);
        canvas.text("", 15, 5, Canvas.Anchor.MIDDLE, BLACK);
        assertThat(ink(canvas.toRaster(), 0, 60)).isPositive();
    }
}
