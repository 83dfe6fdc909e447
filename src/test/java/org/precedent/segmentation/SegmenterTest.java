package org.precedent.segmentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.precedent.evaluation.metric.Dice;
import org.precedent.imaging.InputRange;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.network.Episode;

class SegmenterTest {
    private final Segmenter segmenter = new Segmenter(new MeanMaskNetwork());

    @Test
    void answersAtTheQuerysOwnSizeWithoutAShift() {
        for (int[] size : new int[][] {{120, 120}, {300, 200}, {97, 211}, {60, 44}}) {
            Mask truth = disc(size[0], size[1], 0.4, 0.55, 0.2);
            Segmentation answer =
                    segmenter.segment(
                            truth.toRaster(),
                            List.of(new Segmenter.WeightedSupport(truth.toRaster(), truth, 1)));
            assertThat(answer.mask().width()).isEqualTo(size[0]);
            assertThat(answer.probabilities().height()).isEqualTo(size[1]);
            assertThat(Dice.hard(answer.mask(), truth)).isGreaterThan(0.97);
            assertThat(answer.maskAtSide().width()).isEqualTo(answer.geometry().contentWidth());
            for (float p : answer.probabilities().values()) {
                assertThat(p).isBetween(0f, 1f);
            }
        }
    }

    @Test
    void weighsTheSupports() {
        Mask left = disc(100, 100, 0.25, 0.5, 0.15);
        Mask right = disc(100, 100, 0.75, 0.5, 0.15);
        Raster image = left.toRaster();
        List<PreparedSupport> supports =
                List.of(
                        PreparedSupport.of(image, left, 128, InputRange.CURRENT),
                        PreparedSupport.of(image, right, 128, InputRange.CURRENT));
        Segmentation answer = segmenter.segment(image, supports, new double[] {0.2, 0.8});
        assertThat(Dice.hard(answer.mask(), right)).isGreaterThan(0.95);
        double expected = 1 / (1 + Math.exp(-20 * (0.2 - 0.5)));
        assertThat((double) answer.probabilities().at(25, 50)).isCloseTo(expected, within(1e-6));
    }

    @Test
    void refusesWhatCannotBeAnEpisode() {
        Mask mask = disc(10, 10, 0.5, 0.5, 0.3);
        PreparedSupport support =
                PreparedSupport.of(mask.toRaster(), mask, 128, InputRange.CURRENT);
        PreparedSupport small = PreparedSupport.of(mask.toRaster(), mask, 64, InputRange.CURRENT);
        Raster query = mask.toRaster();
        assertThatThrownBy(() -> segmenter.segment(query, List.of(support), new double[] {1, 0}))
                .hasMessage("2 weights for 1 supports");
        assertThatThrownBy(() -> segmenter.segment(query, List.of(small), new double[] {1}))
                .hasMessage("support of side 64, expected 128");
        assertThatThrownBy(() -> segmenter.segment(query, List.of(support), new double[] {0.5}))
                .hasMessageContaining("sum to 0.5");
        assertThatThrownBy(() -> segmenter.segment(query, List.of(), new double[0]))
                .hasMessageContaining("at least one support");
        assertThatThrownBy(() -> new Segmenter(new MeanMaskNetwork(), 100))
                .hasMessage("side 100 is no multiple of 8, as mean-mask needs");
        Raster other = new Raster(9, 10, 1, 8, new short[90]);
        assertThatThrownBy(() -> PreparedSupport.of(other, mask, 128, InputRange.CURRENT))
                .hasMessageContaining("mask of 10 x 10 for an image of 9 x 10");
    }

    @Test
    void refusesAnAnswerThatIsNoNumber() {
        Segmenter broken =
                new Segmenter(
                        new MeanMaskNetwork() {
                            @Override
                            protected float[] mean(Episode.LabelContext label) {
                                float[] logits = super.mean(label);
                                logits[77] = Float.NaN;
                                return logits;
                            }
                        });
        Mask mask = disc(10, 10, 0.5, 0.5, 0.3);
        assertThatThrownBy(() ->
                        broken.segment(
                                mask.toRaster(),
                                List.of(new Segmenter.WeightedSupport(mask.toRaster(), mask, 1))))
                .isInstanceOf(SegmentationException.class)
                .hasMessageContaining("1 values that are no numbers");
    }

    private static Mask disc(int width, int height, double cx, double cy, double radius) {
        boolean[] inside = new boolean[width * height];
        for (int i = 0; i < inside.length; i++) {
            double dx = i % width + 0.5 - cx * width;
            double dy = i / width + 0.5 - cy * height;
            inside[i] = Math.hypot(dx, dy) < radius * Math.min(width, height);
        }
        return new Mask(width, height, inside);
    }
}
