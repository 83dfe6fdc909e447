package org.precedent.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.embedding.Level;
import org.precedent.imaging.Raster;

class SimilaritiesTest {

    /** A random direction for every grey value; says which images it saw. */
    private record RandomDirections(int dimension, List<Integer> seen) implements ImageEmbedder {
        @Override
        public EmbeddingSpace space() {
            return new EmbeddingSpace("random", "0".repeat(8), Level.IMAGE, dimension);
        }

        @Override
        public float[] embed(Raster image) {
            int value = image.sample(0, 0, 0);
            seen.add(value);
            Random common = new Random(1);
            Random own = new Random(value);
            float[] vector = new float[dimension];
            double squares = 0;
            for (int i = 0; i < dimension; i++) {
                vector[i] = (float) (common.nextGaussian() + 0.3 * own.nextGaussian());
                squares += vector[i] * vector[i];
            }
            for (int i = 0; i < dimension; i++) {
                vector[i] /= (float) Math.sqrt(squares);
            }
            return vector;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 200_000})
    void isTheCosineAndEmbedsEveryImageOnce(int dimension) {
        RandomDirections embedder = new RandomDirections(dimension, new ArrayList<>());
        Similarities similarities = new Similarities(embedder);
        List<Integer> values = List.of(3, 4, 5);
        for (int round = 0; round < 2; round++) {
            for (int a : values) {
                for (int b : values) {
                    double expected = 0;
                    RandomDirections fresh = new RandomDirections(dimension, new ArrayList<>());
                    float[] x = fresh.embed(pixel(a));
                    float[] y = fresh.embed(pixel(b));
                    for (int i = 0; i < dimension; i++) {
                        expected += (double) x[i] * y[i];
                    }
                    assertThat(similarities.of("" + a, pixel(a), "" + b, pixel(b)))
                            .isCloseTo(expected, within(dimension > 4096 ? 1e-5 : 1e-12));
                }
            }
        }

        assertThat(embedder.seen()).containsExactlyInAnyOrderElementsOf(values);
    }

    private static Raster pixel(int value) {
        return new Raster(1, 1, 1, 8, new short[] {(short) value});
    }
}
