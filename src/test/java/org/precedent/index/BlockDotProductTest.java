package org.precedent.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlockDotProductTest {

    /** Fewer vectors than lanes, as many, and one more; dimensions that no power of two divides. */
    @ParameterizedTest
    @CsvSource({"1, 1", "3, 7", "16, 128", "17, 33", "32, 256"})
    void bothWaysGiveTheProductsToTheStatedError(int count, int dimension) {
        Random random = new Random(31L * count + dimension);
        List<float[]> vectors = new ArrayList<>();
        for (int q = 0; q < count; q++) {
            vectors.add(vector(random, dimension));
        }
        float[][] others = new float[BlockDotProduct.GROUP][];
        for (int i = 0; i < others.length; i++) {
            others[i] = vector(random, dimension);
        }
        assertThat(BlockDotProduct.of(vectors)).isInstanceOf(LaneDotProduct.class);
        for (BlockDotProduct products :
                List.of(new LaneDotProduct(vectors), new BlockDotProduct.PairProducts(vectors))) {
            float[] out = new float[BlockDotProduct.GROUP * products.stride()];
            products.with(others, out);
            for (int i = 0; i < others.length; i++) {
                for (int q = 0; q < count; q++) {
                    double exact = Vectors.product(vectors.get(q), others[i]);
                    assertThat(Math.abs(out[i * products.stride() + q] - exact))
                            .isLessThanOrEqualTo(
                                    (dimension + 8)
                                            * 0x1p-24
                                            * length(vectors.get(q))
                                            * length(others[i]));
                }
            }
        }
    }

    private static double length(float[] vector) {
        return Math.sqrt(Vectors.product(vector, vector));
    }

    private static float[] vector(Random random, int dimension) {
        float[] vector = new float[dimension];
        for (int d = 0; d < dimension; d++) {
            vector[d] = (float) (3 * random.nextGaussian());
        }
        return vector;
    }
}
