package org.precedent.network.universeg;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.precedent.network.Episode;
import org.precedent.network.Episode.Support;
import org.precedent.network.SupportEncoding;
import org.precedent.tensor.OnTorch;
import org.precedent.weights.StateDict;

/** The network against the plain form: many small random cases, each by its own seed. */
class UniverSegPropertyTest extends OnTorch {
    /**
     * Every run of the suite takes the first of the seeds; {@code
     * -Dprecedent.universeg.cases=10000} is the long run, see docs/operations.md.
     */
    private static final int CASES = Integer.getInteger("precedent.universeg.cases", 300);

    private static final double TOLERANCE = 1e-4;

    @Test
    void holdsForRandomCases(TestReporter reporter) {
        double worst = 0;
        for (long seed = 1; seed <= CASES; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int h = 8 * random.nextInt(1, 5);
            int w = 8 * random.nextInt(1, 5);
            double spread = random.nextInt(3) * 1.5;
            double[] weights = UniverSegCases.randomWeights(random, random.nextInt(1, 8), spread);
            StateDict dict = UniverSegCases.randomWeights(random, random.nextInt(4, 13));
            Episode episode = UniverSegCases.randomEpisode(random, h, w, weights);
            String name = "seed %d: %d x %d, %d supports".formatted(seed, h, w, weights.length);
            try (UniverSeg network = new UniverSeg(torch, dict)) {
                float[] logits = network.segment(episode).logits();

                float[] plain = new PlainUniverSeg(torch, dict).segment(episode);
                double error = relativeError(logits, plain);
                assertThat(error).as(name).isLessThanOrEqualTo(TOLERANCE);
                worst = Math.max(worst, error);
                supportsAreASet(name, random, network, episode, logits);
                oneHotIsOneSupport(name, random, network, episode);
            }
        }
        reporter.publishEntry("largest relative error of " + CASES, Double.toString(worst));
    }

    /** Neither order nor supports of weight 0 matter. */
    private static void supportsAreASet(
            String name,
            SplittableRandom random,
            UniverSeg network,
            Episode episode,
            float[] logits) {
        List<Support> supports = new ArrayList<>(UniverSegCases.supports(episode));
        Episode stranger =
                UniverSegCases.randomEpisode(random, episode.height(), episode.width(), 1);
        SupportEncoding unused = UniverSegCases.supports(stranger).getFirst().encoding();
        supports.add(random.nextInt(supports.size() + 1), new Support(unused, 0));
        assertThat(network.segment(UniverSegCases.with(episode, supports)).logits())
                .as("%s, and one of weight 0", name)
                .isEqualTo(logits);

        Collections.shuffle(supports, new Random(random.nextLong()));
        float[] shuffled = network.segment(UniverSegCases.with(episode, supports)).logits();
        assertThat(relativeError(shuffled, logits))
                .as("%s, in another order", name)
                .isLessThanOrEqualTo(TOLERANCE);
    }

    /** All weight on one support is an episode of that support alone. */
    private static void oneHotIsOneSupport(
            String name, SplittableRandom random, UniverSeg network, Episode episode) {
        List<Support> supports = UniverSegCases.supports(episode);
        int hot = random.nextInt(supports.size());
        List<Support> oneHot = new ArrayList<>();
        for (Support support : supports) {
            oneHot.add(new Support(support.encoding(), oneHot.size() == hot ? 1 : 0));
        }
        assertThat(network.segment(UniverSegCases.with(episode, oneHot)).logits())
                .as("%s, one-hot", name)
                .isEqualTo(
                        network.segment(UniverSegCases.with(episode, List.of(oneHot.get(hot))))
                                .logits());
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

            assertThat(relativeError(actual, expected))
                    .as(
                            "seed %d: %d features, %d x %d, %d supports",
                            seed, features, h, w, weights.length)
                    .isLessThanOrEqualTo(TOLERANCE);
        }
    }

    private static double relativeError(float[] actual, float[] expected) {
        return UniverSegCases.maxDifference(actual, expected) / UniverSegCases.largest(expected);
    }
}
