package org.precedent.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.InputRange;
import org.precedent.imaging.Raster;

class ThumbnailEmbedderTest {
    private final ImageEmbedder embedder = new ThumbnailEmbedder();

    @Test
    void vectorsAreOfLengthOneAndOfTheSpaceForAnySize() {
        int[][] sizes = {
            {1, 1}, {1, 7}, {2, 2}, {15, 17}, {16, 16}, {48, 48}, {100, 3}, {333, 511}
        };
        for (int seed = 0; seed < sizes.length; seed++) {
            int[] size = sizes[seed];
            for (int channels : new int[] {1, 3}) {
                float[] vector = embedder.embed(noise(size[0], size[1], channels, 8, seed));
                assertThat(vector).hasSize(embedder.space().dimension());
                assertThat(product(vector, vector))
                        .as("%d x %d x %d", size[0], size[1], channels)
                        .isCloseTo(1, within(1e-6));
            }
        }
    }

    @Test
    void theSamePixelsGiveTheSameVector() {
        Raster image = noise(120, 90, 1, 16, 4);
        assertThat(embedder.embed(image)).isEqualTo(new ThumbnailEmbedder().embed(image));
    }

    @Test
    void brightnessContrastAndBitDepthDoNotMatter() {
        Raster image = noise(64, 64, 1, 8, 5);
        short[] brighter = new short[image.samples().length];
        for (int i = 0; i < brighter.length; i++) {
            brighter[i] = (short) (1000 + 17 * image.samples()[i]);
        }
        assertThat(
                        product(
                                embedder.embed(image),
                                embedder.embed(new Raster(64, 64, 1, 16, brighter))))
                .isCloseTo(1, within(1e-6));
    }

    @Test
    void resolutionHardlyMatters() {
        assertThat(product(embedder.embed(disc(192, 60, 0)), embedder.embed(disc(384, 120, 0))))
                .isGreaterThan(.995);
    }

    @Test
    void aGreyImageEqualsItsColourCopy() {
        Raster grey = noise(40, 30, 1, 8, 6);
        short[] rgb = new short[3 * grey.samples().length];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = grey.samples()[i / 3];
        }
        assertThat(product(embedder.embed(grey), embedder.embed(new Raster(40, 30, 3, 8, rgb))))
                .isCloseTo(1, within(1e-6));
    }

    @Test
    void paddingToASquareWithTheDarkestValueChangesNothing() {
        Raster wide = noise(60, 20, 1, 8, 7);
        int min = 255;
        for (short sample : wide.samples()) {
            min = Math.min(min, sample);
        }
        short[] square = new short[60 * 60];
        Arrays.fill(square, (short) min);
        System.arraycopy(wide.samples(), 0, square, 20 * 60, 20 * 60);
        assertThat(product(embedder.embed(wide), embedder.embed(new Raster(60, 60, 1, 8, square))))
                .isCloseTo(1, within(1e-6));
    }

    @Test
    void aLittleShiftIsNearerThanALargeOne() {
        float[] query = embedder.embed(disc(192, 50, 0));
        double near = product(query, embedder.embed(disc(192, 50, 4)));
        double far = product(query, embedder.embed(disc(192, 50, 60)));
        assertThat(near).isGreaterThan(.9);
        assertThat(far).isLessThan(near - .2);
    }

    @Test
    void eachComponentIsTheMeanOfItsCell() {
        // 32 x 32 pixels: 2 x 2 a cell. One bright cell: only its component is above the mean.
        short[] samples = new short[32 * 32];
        for (int y = 6; y < 8; y++) {
            for (int x = 10; x < 12; x++) {
                samples[y * 32 + x] = 200;
            }
        }
        float[] vector = embedder.embed(new Raster(32, 32, 1, 8, samples));
        // Centred one-hot of 256: its length is sqrt(255 / 256).
        double scale = 1 / Math.sqrt(255.0 / 256);
        for (int i = 0; i < 256; i++) {
            double expected = ((i == 3 * 16 + 5 ? 1 : 0) - 1.0 / 256) * scale;
            assertThat((double) vector[i]).as("cell %d", i).isCloseTo(expected, within(1e-6));
        }
    }

    @Test
    void aConstantImageIsAtRightAnglesToEveryOther() {
        float[] constant = embedder.embed(new Raster(5, 9, 1, 8, new short[45]));
        short[] grey = new short[100];
        Arrays.fill(grey, (short) 77);
        assertThat(embedder.embed(new Raster(10, 10, 1, 8, grey))).isEqualTo(constant);
        assertThat(product(constant, constant)).isCloseTo(1, within(1e-6));
        assertThat(product(constant, embedder.embed(noise(64, 64, 1, 8, 8))))
                .isCloseTo(0, within(1e-6));
    }

    @Test
    void theSpaceIsPinned() {
        assertThat(embedder.space().id()).isEqualTo("thumbnail-8c247425-image-256");
        assertThat(new ThumbnailEmbedder(InputRange.MIN_MAX).space().id())
                .as("before there were ranges")
                .isEqualTo("thumbnail-c319d628-image-256");
    }

    @Test
    void isFoundByItsNameAndNoOther() {
        assertThat(Embedders.byName("thumbnail").space()).isEqualTo(embedder.space());
        assertThatThrownBy(() -> Embedders.byName("retina"))
                .isInstanceOfSatisfying(
                        EmbeddingException.class,
                        e ->
                                assertThat(e.code())
                                        .isEqualTo(EmbeddingException.Code.UNKNOWN_EMBEDDER))
                .hasMessageContaining("thumbnail");
    }

    private static double product(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    private static Raster noise(int width, int height, int channels, int bits, long seed) {
        Random random = new Random(seed);
        short[] samples = new short[width * height * channels];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (short) random.nextInt(1 << bits);
        }
        return new Raster(width, height, channels, bits, samples);
    }

    private static Raster disc(int side, int radius, int shift) {
        short[] samples = new short[side * side];
        int centre = side / 2;
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                int dx = x - centre - shift;
                int dy = y - centre;
                samples[y * side + x] = (short) (dx * dx + dy * dy < radius * radius ? 220 : 30);
            }
        }
        return new Raster(side, side, 1, 8, samples);
    }
}
