package org.precedent.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class VolumeTest {
    private static Raster slice(int width, int... samples) {
        short[] values = new short[samples.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (short) samples[i];
        }
        return new Raster(width, samples.length / width, 1, 16, values);
    }

    @Test
    void slicesLieOnTopOfEachOtherFromBlackToWhite() {
        Volume volume =
                Volume.of(List.of(slice(3, 0, 65535, 0, 1, 2, 3), slice(3, 6, 5, 4, 3, 2, 1)));
        assertThat(volume.sizes()).containsExactly(2, 2, 3);
        assertThat(volume.values()[1]).isEqualTo(1f);
        assertThat(volume.values()[6]).isEqualTo(6 / 65535f);
        assertThat(volume.values()[11]).isEqualTo(1 / 65535f);

        boolean[] corner = new boolean[6];
        corner[5] = true;
        float[] inside = volume.inside(Arrays.asList(null, new Mask(3, 2, corner)));
        assertThat(inside).hasSize(12).endsWith(0f, 1f);
        assertThat(inside[5]).isZero();
    }

    @Test
    void slicesAndMasksOfOtherSizesAreRefused() {
        Raster first = slice(3, 0, 1, 2, 3, 4, 5);
        assertThatThrownBy(() -> Volume.of(List.of(first, slice(2, 0, 1, 2, 3, 4, 5))))
                .hasMessageContaining("2 x 3 on one of 3 x 2");
        Volume volume = Volume.of(List.of(first, first));
        assertThatThrownBy(() -> volume.inside(List.of(new Mask(2, 3, new boolean[6]))))
                .hasMessageContaining("2 x 3 in a volume of 3 x 2");
    }
}
