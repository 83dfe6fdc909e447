package org.precedent.curation.ranking;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OutliersTest {
    @Test
    void someImagesOfAnotherKindStandOutAlthoughTheyAreNearEachOther() {
        Random random = new Random(1);
        List<float[]> vectors = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            vectors.add(around(0, 0.2, random));
        }
        for (int i = 0; i < 5; i++) {
            vectors.add(around(1, 0.05, random));
        }
        List<Finding> found = Outliers.among(vectors, (a, b) -> true);

        assertThat(found.subList(0, 5)).allMatch(f -> f.subject() >= 100);
        assertThat(found.get(50).score()).isBetween(0.8, 1.2);
    }

    @Test
    void neighboursOfOnePatientAreNone() {
        Random random = new Random(2);
        List<float[]> vectors = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            vectors.add(around(0, 0.2, random));
        }
        assertThat(Outliers.among(vectors, (a, b) -> false)).isEmpty();
    }

    /** A vector of length 1 near an axis. */
    private static float[] around(int axis, double spread, Random random) {
        double[] v = new double[8];
        v[axis] = 1;
        double sum = 0;
        for (int d = 0; d < v.length; d++) {
            v[d] += spread * random.nextGaussian();
            sum += v[d] * v[d];
        }
        float[] unit = new float[v.length];
        for (int d = 0; d < v.length; d++) {
            unit[d] = (float) (v[d] / Math.sqrt(sum));
        }
        return unit;
    }
}
