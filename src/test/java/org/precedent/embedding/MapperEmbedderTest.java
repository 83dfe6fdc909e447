package org.precedent.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.precedent.imaging.InputRange;
import org.precedent.imaging.Raster;
import org.precedent.network.LocationEncoder;

class MapperEmbedderTest {
    private static final int SIDE = 64;
    private static final int STRIDE = 8;
    private static final int GRID = SIDE / STRIDE;

    /** Two components: the grey of a cell's first pixel, and nothing. */
    private static final class Corners extends StubModel implements LocationEncoder {
        Corners() {
            super("corners", "ab".repeat(32), SIDE);
        }

        @Override
        public float[][] keyVectors(float[] image, int height, int width) {
            float[][] keys = new float[GRID * GRID][];
            for (int i = 0; i < keys.length; i++) {
                int pixel = i / GRID * STRIDE * width + i % GRID * STRIDE;
                keys[i] = new float[] {image[pixel], 0};
            }
            return keys;
        }

        @Override
        public float[][] queryVectors(float[] image, int height, int width) {
            throw new AssertionError("a whole image is compared by its keys");
        }

        @Override
        public int locationDimension() {
            return 2;
        }

        @Override
        public int locationStride() {
            return STRIDE;
        }
    }

    /** White above black: the upper eight parts have a first component, each its mean. */
    private static Raster halves() {
        short[] samples = new short[SIDE * SIDE];
        for (int i = 0; i < samples.length / 2; i++) {
            samples[i] = 255;
        }
        return new Raster(SIDE, SIDE, 1, 8, samples);
    }

    @Test
    void meansOfThePartsStandOneAfterTheOther() {
        Corners encoder = new Corners();
        float[] vector;
        try (ImageEmbedder embedder =
                new MapperEmbedder<>("corners-mean", encoder, InputRange.CURRENT)) {
            assertThat(embedder.space().encoder()).isEqualTo("corners-mean");
            assertThat(embedder.space().level()).isEqualTo(Level.IMAGE);
            assertThat(embedder.space().dimension()).isEqualTo(32);
            vector = embedder.embed(halves());
        }
        assertThat(encoder.closed).isTrue();
        for (int part = 0; part < 16; part++) {
            assertThat(vector[2 * part])
                    .isCloseTo(part < 8 ? (float) (1 / Math.sqrt(8)) : 0, within(1e-6f));
            assertThat(vector[2 * part + 1]).isZero();
        }
    }

    @Test
    void aVectorWithoutADirectionIsRefused() {
        try (ImageEmbedder embedder =
                new MapperEmbedder<>("corners-mean", new Corners(), InputRange.CURRENT)) {
            Raster constant = new Raster(8, 8, 1, 8, new short[64]);
            assertThatThrownBy(() -> embedder.embed(constant))
                    .isInstanceOf(EmbeddingException.class)
                    .hasMessageContaining("corners");
        }
    }
}
