package org.precedent.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.Contour.Point;
import org.precedent.imaging.Raster;
import org.precedent.network.LocationEncoder;

class LocationEmbedderTest {
    private final LocationEmbedder embedder = new LocationEmbedder(new CellNumbers(), 64);

    @Test
    void aSquareImageHasAKeyForEveryCell() {
        List<LocationEmbedder.Location> keys = embedder.keys(raster(100, 100));

        assertThat(embedder.grid()).isEqualTo(4);
        assertThat(keys).hasSize(16);
        assertThat(keys).allSatisfy(p -> assertThat(p.vector()).containsExactly(p.cell(), 0));
    }

    /** 100 x 40 fills rows 19 to 45 of the 64: cells of rows 1 and 2. */
    @Test
    void paddingHasNoKeys() {
        assertThat(embedder.keys(raster(100, 40)))
                .extracting(LocationEmbedder.Location::cell)
                .containsExactly(4, 5, 6, 7, 8, 9, 10, 11);
    }

    @Test
    void pointsAskWithTheirCellsEachOnce() {
        List<LocationEmbedder.Question> asked =
                embedder.questions(raster(100, 100))
                        .at(List.of(new Point(99, 99), new Point(0, 0), new Point(3, 3)));

        assertThat(asked).extracting(q -> q.location().cell()).containsExactly(15, 0);
        assertThat(asked)
                .extracting(q -> q.point())
                .containsExactly(new Point(99, 99), new Point(0, 0));
        assertThat(asked.getFirst().location().vector()).containsExactly(15, 1);
    }

    @Test
    void pointsOfAWideImageFindTheirPlaceInTheSquare() {
        assertThat(
                        embedder.questions(raster(100, 40))
                                .at(List.of(new Point(99, 0), new Point(0, 39))))
                .extracting(q -> q.location().cell())
                .containsExactly(7, 8);
    }

    @Test
    void noPointsAskWithEverything() {
        List<LocationEmbedder.Question> asked = embedder.questions(raster(100, 40)).at(List.of());

        assertThat(asked).hasSize(8);
        assertThat(asked)
                .allSatisfy(q ->
                        assertThat(
                                        embedder.questions(raster(100, 40))
                                                .at(List.of(q.point()))
                                                .getFirst()
                                                .location()
                                                .cell())
                                .isEqualTo(q.location().cell()));
    }

    /** Rows 1 and 2 of cells alone: blocks of two rows meet them half. */
    @Test
    void pooledKeysAreMeansOverTheCellsThatTheImageTouches() {
        LocationEmbedder pooled = new LocationEmbedder(new CellNumbers(), 64, 2);

        assertThat(pooled.keys(raster(100, 100)))
                .extracting(p -> p.vector()[0])
                .containsExactly(2.5f, 4.5f, 10.5f, 12.5f);
        assertThat(pooled.keys(raster(100, 40)))
                .extracting(LocationEmbedder.Location::cell, p -> p.vector()[0])
                .containsExactly(tuple(4, 4.5f), tuple(6, 6.5f), tuple(8, 8.5f), tuple(10, 10.5f));
        assertThat(pooled.questions(raster(100, 100)).at(List.of())).hasSize(16);
        assertThat(pooled.space().id()).isEqualTo("cell-numbers-mean2-049fc73f-location-2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LocationEmbedder(new CellNumbers(), 64, 3))
                .withMessageContaining("grid of 4");
    }

    @Test
    void theSpaceNamesEncoderWeightsAndRange() {
        assertThat(embedder.space().id()).isEqualTo("cell-numbers-049fc73f-location-2");
    }

    @Test
    void refusesASideThatTheGridDoesNotDivide() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LocationEmbedder(new CellNumbers(), 65))
                .withMessageContaining("multiple of 16");
    }

    private static Raster raster(int width, int height) {
        short[] samples = new short[width * height];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (short) (i % 200);
        }
        return new Raster(width, height, 1, 8, samples);
    }

    /** Vectors that say which cell they are of, and whether they are keys (0) or queries (1). */
    private static final class CellNumbers implements LocationEncoder {
        @Override
        public String name() {
            return "cell_numbers";
        }

        @Override
        public String weightsSha256() {
            return "ab".repeat(32);
        }

        @Override
        public int locationDimension() {
            return 2;
        }

        @Override
        public int locationStride() {
            return 16;
        }

        @Override
        public float[][] keyVectors(float[] image, int height, int width) {
            return vectors(height, width, 0);
        }

        @Override
        public float[][] queryVectors(float[] image, int height, int width) {
            return vectors(height, width, 1);
        }

        private static float[][] vectors(int height, int width, int kind) {
            float[][] vectors = new float[height / 16 * (width / 16)][];
            for (int i = 0; i < vectors.length; i++) {
                vectors[i] = new float[] {i, kind};
            }
            return vectors;
        }
    }
}
