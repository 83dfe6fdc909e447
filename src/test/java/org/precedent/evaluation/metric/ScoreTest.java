package org.precedent.evaluation.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.Mask;
import org.precedent.imaging.NetworkInput;
import org.precedent.imaging.Plane;
import org.precedent.imaging.Resampling;
import org.precedent.segmentation.Segmentation;

class ScoreTest {
    /** An answer at the network's own size: nothing is resampled. */
    private static Segmentation answer(float[] logits) {
        Plane square = new Plane(8, 8, logits);
        float[] p = new float[64];
        for (int i = 0; i < 64; i++) {
            p[i] = (float) (1 / (1 + Math.exp(-logits[i])));
        }
        Plane probabilities = new Plane(8, 8, p);
        return new Segmentation(
                probabilities,
                Resampling.above(probabilities, 0.5),
                square,
                NetworkInput.Geometry.fit(8, 8, 8));
    }

    @Test
    void measuresWhatCountingGives() {
        for (int seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            float[] logits = new float[64];
            boolean[] truth = new boolean[64];
            int both = 0;
            int either = 0;
            for (int i = 0; i < 64; i++) {
                logits[i] = (float) random.nextGaussian();
                truth[i] = random.nextInt(3) == 0;
                both += logits[i] > 0 && truth[i] ? 1 : 0;
                either += logits[i] > 0 || truth[i] ? 1 : 0;
            }
            Mask mask = new Mask(8, 8, truth);
            Score score = Score.of(answer(logits), mask, PixelSpacing.PIXELS);
            assertThat(score.iou())
                    .as("seed %d", seed)
                    .isCloseTo((double) both / either, within(1e-12));
            assertThat(score.dice()).isCloseTo(2.0 * both / (both + either), within(1e-12));
            assertThat(score.diceAtNetworkSize()).isEqualTo(score.dice());
            assertThat(score.diceSoft()).isEqualTo(Dice.soft(answer(logits).probabilities(), mask));
            assertThat(score.hausdorff95())
                    .isEqualTo(
                            SurfaceDistance.between(
                                            answer(logits).mask(), mask, PixelSpacing.PIXELS)
                                    .hausdorff95());
            for (Metric metric : Metric.values()) {
                assertThat(score.get(metric)).isFinite();
            }
        }
    }

    @Test
    void keepsTheConventionForEmptyMasks() {
        float[] nothing = new float[64];
        Arrays.fill(nothing, -5);
        Mask empty = new Mask(8, 8, new boolean[64]);
        Score right = Score.of(answer(nothing), empty, PixelSpacing.PIXELS);
        assertThat(right.dice()).isEqualTo(1);
        assertThat(right.iou()).isEqualTo(1);
        assertThat(right.hausdorff95()).isZero();
        boolean[] one = new boolean[64];
        one[9] = true;
        Score missed = Score.of(answer(nothing), new Mask(8, 8, one), PixelSpacing.PIXELS);
        assertThat(missed.dice()).isZero();
        assertThat(missed.iou()).isZero();
        assertThat(missed.surfaceDistance()).isEqualTo(Math.hypot(8, 8));
    }
}
