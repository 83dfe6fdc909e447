package org.precedent.imaging.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;

class MaskReaderTest {
    private static final Raster IMAGE = grey(4, 1, 1, 2, 3, 4);

    private final MaskReader strict = new MaskReader(MaskReader.Strays.REFUSE);
    private final MaskReader lenient = new MaskReader(MaskReader.Strays.IGNORE);

    @Test
    void takes255Or1AsInside() {
        assertThat(strict.mask(grey(4, 1, 0, 255, 255, 0), "m", IMAGE).inside())
                .containsExactly(false, true, true, false);
        assertThat(strict.mask(grey(4, 1, 0, 1, 0, 0), "m", IMAGE).area()).isEqualTo(1);
        Raster wide = new Raster(4, 1, 1, 16, new short[] {0, -1, 0, -1});
        assertThat(strict.mask(wide, "m", IMAGE).area()).isEqualTo(2);
        Raster rgb = new Raster(4, 1, 3, 8, new short[] {0, 0, 0, 255, 255, 255, 0, 0, 0, 0, 0, 0});
        assertThat(strict.mask(rgb, "m", IMAGE).area()).isEqualTo(1);
    }

    @Test
    void refusesValuesThatMeanNothingAndListsThem() {
        Raster smeared = grey(4, 1, 0, 255, 254, 1);
        assertThatThrownBy(() -> strict.mask(smeared, "dir/m.png", IMAGE))
                .hasMessageStartingWith("m.png: ")
                .hasMessageContaining("1 (1 pixels), 254 (1 pixels)")
                .isInstanceOfSatisfying(
                        ImagingException.class,
                        e -> assertThat(e.code()).isEqualTo(Code.MASK_VALUE));
        assertThat(lenient.mask(smeared, "m.png", IMAGE).inside())
                .containsExactly(false, true, false, false);
        Raster many = new Raster(12, 1, 1, 8, new short[] {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13});
        assertThatThrownBy(() -> strict.mask(many, "m.png", many))
                .hasMessageContaining("11 (1 pixels) and 2 more");
    }

    @Test
    void refusesAnEmptyMaskAndOneOfAnotherSize() {
        code(() -> strict.mask(grey(4, 1, 0, 0, 0, 0), "m", IMAGE), Code.MASK_EMPTY);
        code(() -> lenient.mask(grey(4, 1, 0, 9, 0, 0), "m", IMAGE), Code.MASK_EMPTY);
        code(() -> strict.mask(grey(2, 2, 0, 1, 0, 0), "m", IMAGE), Code.MASK_SIZE);
        Raster red = new Raster(4, 1, 3, 8, new short[] {9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
        code(() -> strict.mask(red, "m", IMAGE), Code.MASK_VALUE);
    }

    @Test
    void splitsALabelMapIntoTheLabelsThatOccur() {
        Map<String, Integer> values = new LinkedHashMap<>();
        values.put("nucleus", 255);
        values.put("cytoplasm", 128);
        values.put("platelet", 7);
        Map<String, Mask> masks =
                strict.labels(grey(4, 1, 0, 128, 255, 255), "m.png", IMAGE, values);
        assertThat(masks.keySet()).containsExactly("nucleus", "cytoplasm");
        assertThat(masks.get("nucleus").area()).isEqualTo(2);
        Raster stray = grey(4, 1, 0, 128, 3, 255);
        code(() -> strict.labels(stray, "m.png", IMAGE, values), Code.MASK_VALUE);
        assertThat(lenient.labels(stray, "m.png", IMAGE, values)).hasSize(2);
        assertThat(strict.labels(grey(4, 1, 0, 0, 0, 0), "m", IMAGE, values)).isEmpty();
    }

    private static void code(Runnable action, Code code) {
        assertThatThrownBy(action::run)
                .isInstanceOfSatisfying(
                        ImagingException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    private static Raster grey(int width, int height, int... values) {
        short[] samples = new short[values.length];
        for (int i = 0; i < values.length; i++) {
            samples[i] = (short) values[i];
        }
        return new Raster(width, height, 1, 8, samples);
    }
}
