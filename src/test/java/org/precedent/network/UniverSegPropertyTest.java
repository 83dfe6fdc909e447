package org.precedent.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The network against the plain form: many small random cases, each by its own seed. */
class UniverSegPropertyTest {
    /** {@code -Dprecedent.universeg.cases=10000} for the long run. */
    private static final int CASES = Integer.getInteger("precedent.universeg.cases", 300);

    private static Torch torch;

    @BeforeAll
    static void start() {
        torch = Torch.start(new Torch.Threads(1, 1));
    }

    @AfterAll
    static void stop() {
        torch.close();
    }

    @Test
    void equalsThePlainFormOnRandomCases() {
        for (long seed = 1; seed <= CASES; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int features = random.nextInt(8, 17);
            int h = 8 * random.nextInt(1, 6);
            int w = 8 * random.nextInt(1, 6);
            double spread = random.nextInt(3) * 1.5;
            double[] weights = UniverSegCases.randomWeights(random, random.nextInt(1, 10), spread);
            check(seed, random, features, h, w, weights, UniverSeg.ARRAY_BYTES);
        }
    }

    @Test
    void equalsThePlainFormAroundTheSizeOfGroups() {
        for (int chunk = 1; chunk <= 3; chunk++) {
            for (int k = 1; k <= 4 * chunk + 1; k++) {
                SplittableRandom random = new SplittableRandom(100L * chunk + k);
                double[] weights = UniverSegCases.randomWeights(random, k, 1);
                check(k, random, 8, 16, 24, weights, chunk * 4L * 8 * 16 * 24);
            }
        }
    }

    @Test
    void equalsThePlainFormAtFullSize() {
        assertThat(UniverSeg.chunk(UniverSeg.ARRAY_BYTES, 64, 128, 128)).isEqualTo(4);
        SplittableRandom random = new SplittableRandom(9);
        double[] weights = UniverSegCases.randomWeights(random, 9, 1);
        check(9, random, 64, 128, 128, weights, UniverSeg.ARRAY_BYTES);
    }

    private static void check(
            long seed,
            SplittableRandom random,
            int features,
            int h,
            int w,
            double[] weights,
            long arrayBytes) {
        StateDict dict = UniverSegCases.randomWeights(random, features);
        Episode episode = UniverSegCases.randomEpisode(random, h, w, weights);
        float[] expected = new PlainUniverSeg(torch, dict).segment(episode);
        try (UniverSeg network = new UniverSeg(torch, dict, arrayBytes)) {
            float[] actual = network.segment(episode).logits();

            assertThat(UniverSegCases.maxDifference(actual, expected))
                    .as(
                            "seed %d: %d features, %d x %d, %d supports",
                            seed, features, h, w, weights.length)
                    .isLessThanOrEqualTo(1e-4 * UniverSegCases.largest(expected));
        }
    }
}
