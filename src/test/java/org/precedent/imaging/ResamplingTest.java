package org.precedent.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.precedent.imaging.format.ImageDecoder;

/** Expected numbers are Pillow 12.3's: mode F, BILINEAR; and mode L from RGB. */
class ResamplingTest {

    private static Plane pattern(int width, int height) {
        float[] values = new float[width * height];
        for (int i = 0; i < values.length; i++) {
            int x = i % width;
            int y = i / width;
            values[i] = (x * x * 7 + y * 13 + x * y * 3) % 251;
        }
        return new Plane(width, height, values);
    }

    @Test
    void shrinksAsPillowDoes() {
        check(
                Resampling.bilinear(pattern(13, 9), 5, 4),
                26.9562,
                105.89,
                109.2686,
                142.0511,
                115.5686,
                59.7626,
                127.6068,
                117.2286,
                127.5691,
                140.8537,
                96.9041,
                141.5891,
                117.8118,
                113.2587,
                130.1537,
                129.7105,
                138.2615,
                152.4286,
                145.2346,
                145.0314);
    }

    // Pillow 12.3: Image.open("source.png").resize((width, height), Image.BILINEAR).
    @ParameterizedTest
    @CsvSource({"shrunk.png, 20, 11", "mixed.png, 31, 80"})
    void resizesEightBitSamplesAsPillowDoesToTheBit(String expected, int width, int height)
            throws IOException {
        Raster resized = Resampling.bilinear(pillow("source.png"), width, height);

        assertThat(resized.channels()).isEqualTo(3);
        assertThat(resized.samples()).isEqualTo(pillow(expected).samples());
    }

    private static Raster pillow(String name) throws IOException {
        try (InputStream in =
                Objects.requireNonNull(
                        ResamplingTest.class.getResourceAsStream("/pillow/" + name))) {
            return new ImageDecoder(Limits.DEFAULT).decode(in.readAllBytes(), name);
        }
    }

    @Test
    void resizesOneChannelAsItDoesThree() {
        Random random = new Random(5);
        short[] grey = new short[31 * 17];
        for (int i = 0; i < grey.length; i++) {
            grey[i] = (short) random.nextInt(256);
        }
        Raster image = new Raster(31, 17, 1, 8, grey);

        assertThat(Resampling.rgb8(Resampling.bilinear(image, 40, 9), InputRange.CURRENT).samples())
                .isEqualTo(
                        Resampling.bilinear(Resampling.rgb8(image, InputRange.CURRENT), 40, 9)
                                .samples());
        assertThat(Resampling.bilinear(image, 31, 17).samples()).isEqualTo(grey);
    }

    @Test
    void stretchesSixteenBitsToEightAndKeepsEight() {
        Raster sixteen = new Raster(3, 1, 1, 16, new short[] {1000, 1100, (short) 61000});
        Raster flat = new Raster(2, 1, 1, 16, new short[] {700, 700});
        Raster colour = new Raster(1, 1, 3, 16, new short[] {0, 257, 514});
        Raster eight = new Raster(2, 1, 1, 8, new short[] {7, 201});

        assertThat(Resampling.rgb8(sixteen, InputRange.CURRENT).samples())
                .containsExactly(0, 0, 0, 0, 0, 0, 255, 255, 255);
        assertThat(Resampling.rgb8(flat, InputRange.CURRENT).samples()).containsOnly(0);
        assertThat(Resampling.rgb8(colour, InputRange.CURRENT).samples())
                .containsExactly(0, 128, 255);
        assertThat(Resampling.rgb8(eight, InputRange.CURRENT).samples())
                .containsExactly(7, 7, 7, 201, 201, 201);
        assertThatThrownBy(() -> Resampling.bilinear(sixteen, 2, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("16 bits");
    }

    @Test
    void enlargesAsPillowDoes() {
        check(
                Resampling.bilinear(pattern(6, 5), 11, 9),
                0.0,
                2.2273,
                6.0455,
                15.5909,
                27.0455,
                45.5,
                65.2273,
                91.9545,
                120.5909,
                154.9545,
                175.0,
                4.3333,
                6.8788,
                11.2424,
                21.3333,
                33.3333,
                52.3333,
                72.6061,
                99.8788,
                129.0606,
                163.9697,
                184.3333,
                11.5556,
                14.6313,
                19.904,
                30.904,
                43.8131,
                63.7222,
                84.904,
                113.0859,
                143.1768,
                178.9949,
                199.8889);
    }

    @Test
    void shrinksOneAxisAndEnlargesTheOther() {
        check(
                Resampling.bilinear(pattern(17, 3), 4, 7),
                43.0556,
                97.2069,
                119.1103,
                88.873,
                45.78,
                101.5764,
                125.3123,
                96.72,
                53.9535,
                114.6847,
                143.9182,
                120.2608);
    }

    @Test
    void leavesAnImageOfTheSameSizeAsItIs() {
        assertThat(Resampling.bilinear(pattern(8, 8), 8, 8).values())
                .containsExactly(pattern(8, 8).values());
        assertThat(Resampling.area(pattern(8, 8), 8, 8).values())
                .containsExactly(pattern(8, 8).values());
    }

    @Test
    void weighsColoursAsPillowDoes() {
        int[][] colours = {
            {255, 0, 0, 76},
            {0, 255, 0, 150},
            {0, 0, 255, 29},
            {12, 200, 99, 132},
            {255, 255, 255, 255},
            {1, 2, 3, 2}
        };
        for (int[] c : colours) {
            Raster rgb =
                    new Raster(1, 1, 3, 8, new short[] {(short) c[0], (short) c[1], (short) c[2]});
            assertThat(Resampling.grey(rgb).sample(0, 0, 0)).isEqualTo(c[3]);
        }
        Raster white = new Raster(1, 1, 3, 16, new short[] {-1, -1, -1});
        assertThat(Resampling.grey(white).sample(0, 0, 0)).isEqualTo(65535);
    }

    @Test
    void averagesOverTheCoveredArea() {
        Plane plane = new Plane(3, 1, new float[] {3, 6, 12});
        assertThat(Resampling.area(plane, 2, 1).values()).containsExactly(4, 10);
        assertThat(Resampling.area(plane, 1, 1).values()).containsExactly(7);
        assertThat(Resampling.area(plane, 6, 1).values()).containsExactly(3, 3, 6, 6, 12, 12);
    }

    @Test
    void keepsHalfCoveredPixelsOfAMaskAndNeverLosesASmallStructure() {
        Mask half = new Mask(4, 1, new boolean[] {true, false, false, false});
        assertThat(Resampling.area(half, 2, 1).inside()).containsExactly(true, false);
        boolean[] dot = new boolean[64 * 64];
        dot[20 * 64 + 40] = true;
        Mask small = Resampling.area(new Mask(64, 64, dot), 16, 16);
        assertThat(small.area()).isEqualTo(1);
        assertThat(small.at(10, 5)).isTrue();
        Mask empty = new Mask(4, 4, new boolean[16]);
        assertThat(Resampling.area(empty, 2, 2).area()).isZero();
    }

    private static void check(Plane plane, double... expected) {
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) plane.values()[i])
                    .as("value %d", i)
                    .isCloseTo(expected[i], within(1e-4));
        }
    }
}
