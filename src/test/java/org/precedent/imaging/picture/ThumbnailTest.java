package org.precedent.imaging.picture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;

class ThumbnailTest {
    @Test
    void aLargeImageBecomesSmallWithTheOutlineOfItsMask() {
        Raster small = Thumbnail.draw(halves(640, 320), left(640, 320));
        assertThat(small.width()).isEqualTo(Thumbnail.SIDE);
        assertThat(small.height()).isEqualTo(Thumbnail.SIDE / 2);
        assertThat(small.channels()).isEqualTo(3);
        assertThat(pixel(small, 79, 40)).as("the mask's last column").isEqualTo(0xE69F00);
        assertThat(pixel(small, 0, 40)).as("its first column").isEqualTo(0xE69F00);
        assertThat(pixel(small, 40, 40)).as("inside").isEqualTo(0x000000);
        assertThat(pixel(small, 120, 40)).as("outside").isEqualTo(0xFFFFFF);
    }

    @Test
    void aSmallImageKeepsItsSizeAndEveryGreyItsPlace() {
        Raster shown = Thumbnail.shown(halves(8, 4));
        assertThat(shown.width()).isEqualTo(8);
        assertThat(shown.channels()).isEqualTo(1);
        assertThat(shown.bitsPerSample()).isEqualTo(8);
        assertThat(shown.sample(0, 0, 0)).isZero();
        assertThat(shown.sample(7, 3, 0)).isEqualTo(255);
    }

    @Test
    void aMaskOfAnotherSizeIsRefused() {
        assertThatThrownBy(() -> Thumbnail.draw(halves(8, 4), left(4, 4)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** 16 bit, dark on the left and bright on the right. */
    private static Raster halves(int width, int height) {
        short[] samples = new short[width * height];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (short) (i % width < width / 2 ? 100 : 1100);
        }
        return new Raster(width, height, 1, 16, samples);
    }

    private static Mask left(int width, int height) {
        boolean[] inside = new boolean[width * height];
        for (int i = 0; i < inside.length; i++) {
            inside[i] = i % width < width / 2;
        }
        return new Mask(width, height, inside);
    }

    private static int pixel(Raster raster, int x, int y) {
        return raster.sample(x, y, 0) << 16 | raster.sample(x, y, 1) << 8 | raster.sample(x, y, 2);
    }
}
