package org.precedent.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.precedent.embedding.VectorPlane.Point;

class VectorPlaneTest {
    private static final int DIMENSIONS = 32;

    /** Vectors about some directions, one direction after the other again and again. */
    private static List<float[]> about(int directions, int count, double spread, long seed) {
        Random random = new Random(seed);
        float[][] centres = new float[directions][];
        for (int c = 0; c < directions; c++) {
            centres[c] = unit(random, new float[DIMENSIONS], 1);
        }
        List<float[]> vectors = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            vectors.add(unit(random, centres[i % directions], spread));
        }
        return vectors;
    }

    private static float[] unit(Random random, float[] centre, double spread) {
        float[] vector = new float[DIMENSIONS];
        double square = 0;
        for (int d = 0; d < DIMENSIONS; d++) {
            vector[d] =
                    (float) (centre[d] + spread * random.nextGaussian() / Math.sqrt(DIMENSIONS));
            square += (double) vector[d] * vector[d];
        }
        for (int d = 0; d < DIMENSIONS; d++) {
            vector[d] /= (float) Math.sqrt(square);
        }
        return vector;
    }

    private static double distance(Point a, Point b) {
        return Math.hypot(a.x() - b.x(), a.y() - b.y());
    }

    /** From 4,096 vectors on the library's own search for neighbours by cosine fails. */
    @Test
    void manyVectorsAreLaidOutToo() {
        List<Point> places = VectorPlane.of(about(50, 4200, 0.2, 3), 1);
        assertThat(places).hasSize(4200);
        for (int i = 0; i < 50; i++) {
            int at = i;
            int nearest =
                    IntStream.range(0, places.size())
                            .filter(j -> j != at)
                            .boxed()
                            .min(
                                    Comparator.comparingDouble(
                                            j -> distance(places.get(at), places.get(j))))
                            .orElseThrow();
            assertThat(nearest % 50).isEqualTo(at);
        }
    }

    @Test
    void whatIsAlikeLiesTogether() {
        List<Point> places = VectorPlane.of(about(4, 200, 0.2, 3), 1);
        int together = 0;
        for (int i = 0; i < places.size(); i++) {
            int at = i;
            int nearest = -1;
            for (int j = 0; j < places.size(); j++) {
                if (j != at
                        && (nearest < 0
                                || distance(places.get(at), places.get(j))
                                        < distance(places.get(at), places.get(nearest)))) {
                    nearest = j;
                }
            }
            together += nearest % 4 == at % 4 ? 1 : 0;
        }
        assertThat(together).isGreaterThanOrEqualTo(195);
    }

    @Test
    void theSameSeedGivesTheSamePlane() {
        List<float[]> vectors = about(3, 60, 0.5, 5);
        assertThat(VectorPlane.of(vectors, 7)).isEqualTo(VectorPlane.of(vectors, 7));
    }

    /** Of every size, also where all vectors are the same. */
    @Test
    void everyPlaceIsInTheUnitSquare() {
        for (int count : new int[] {0, 1, 2, 5, 6, 7, 15, 16, 17, 40}) {
            for (double spread : new double[] {0, 1}) {
                List<Point> places = VectorPlane.of(about(1, count, spread, count), 1);
                assertThat(places).hasSize(count);
                assertThat(places)
                        .allSatisfy(place -> {
                            assertThat(place.x()).isBetween(0f, 1f);
                            assertThat(place.y()).isBetween(0f, 1f);
                        });
            }
        }
    }
}
