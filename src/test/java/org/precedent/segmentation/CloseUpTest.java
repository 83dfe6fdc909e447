package org.precedent.segmentation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.precedent.evaluation.metric.Dice;
import org.precedent.imaging.Frame;
import org.precedent.imaging.InputRange;
import org.precedent.imaging.Mask;
import org.precedent.imaging.NetworkInput;
import org.precedent.imaging.Plane;
import org.precedent.imaging.Raster;
import org.precedent.network.Episode;

class CloseUpTest {
    private static final int SIZE = 400;
    private static final Frame WHOLE = Frame.whole(SIZE, SIZE);

    /** A disc on a noisy ground: no line of it is even. */
    private static Raster image(Mask disc, long seed) {
        Random random = new Random(seed);
        short[] samples = new short[SIZE * SIZE];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (short) (random.nextInt(60) + (disc.inside()[i] ? 150 : 40));
        }
        return new Raster(SIZE, SIZE, 1, 8, samples);
    }

    private static Mask disc(double x, double y, double radius) {
        boolean[] inside = new boolean[SIZE * SIZE];
        for (int i = 0; i < inside.length; i++) {
            inside[i] = Math.hypot(i % SIZE + 0.5 - x, i / SIZE + 0.5 - y) < radius;
        }
        return new Mask(SIZE, SIZE, inside);
    }

    private static Segmentation answer(Raster query, Mask mask) {
        NetworkInput input = NetworkInput.of(query, 128, InputRange.CURRENT);
        return new Segmentation(probabilities(mask), mask, input.plane(), input.geometry(), 0.7);
    }

    /** A mask as probabilities of .8 and .2. */
    private static Plane probabilities(Mask mask) {
        float[] values = new float[mask.inside().length];
        for (int i = 0; i < values.length; i++) {
            values[i] = mask.inside()[i] ? 0.8f : 0.2f;
        }
        return new Plane(mask.width(), mask.height(), values);
    }

    @Test
    void theSecondLookIsWhereTheFirstAnswerWasWhereverTheSupportsLie() {
        Segmenter segmenter = new Segmenter(new MeanMaskNetwork());
        Mask truth = disc(300, 90, 30);
        Raster query = image(truth, 1);
        // Roughly found, a third too small and a little aside.
        Segmentation first = answer(query, disc(304, 94, 24));
        List<Episode.Support> supports = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Mask mask = disc(60 + 70 * i, 320 - 40 * i, 30);
            supports.add(support(new CloseUp(segmenter), mask, 10 + i));
        }
        Segmentation again = new CloseUp(segmenter).again(query, first, supports);
        // The mean of the masks fills a half of the cut, which is twice as wide as the first mask.
        Mask expected = disc(304, 94, 24);
        assertThat(Dice.hard(again.mask(), expected)).isGreaterThan(0.9);
        assertThat(again.probabilities().at(304, 94)).isGreaterThan(0.85f);
        // Outside of the cut the second look says nothing for it.
        assertThat(again.probabilities().at(20, 380)).isEqualTo(0.1f);
        assertThat(again.logits()).isSameAs(first.logits());
        assertThat(again.agreement()).isEqualTo(0.7);
        // The same question, the same bits.
        assertThat(new CloseUp(segmenter).again(query, first, supports).probabilities().values())
                .isEqualTo(again.probabilities().values());
    }

    @Test
    void thereIsOneLookWhereAnotherWouldShowNothingNew() {
        CloseUp closeUp = new CloseUp(new Segmenter(new MeanMaskNetwork()));
        Mask small = disc(200, 200, 30);
        Mask none = new Mask(SIZE, SIZE, new boolean[SIZE * SIZE]);
        Raster query = image(small, 2);
        List<Episode.Support> supports = List.of(support(closeUp, small, 3));
        Segmentation empty = answer(query, none);
        assertThat(closeUp.again(query, empty, supports)).isSameAs(empty);
        Segmentation found = answer(query, small);
        assertThat(closeUp.encode(image(none, 4), none)).isEmpty();
        assertThat(closeUp.again(query, found, List.of())).isSameAs(found);
        // Where others were left out, the weights of the rest count for them.
        assertThat(supports.getFirst().weight()).isEqualTo(0.25);
        assertThat(closeUp.again(query, found, supports).probabilities().values())
                .isEqualTo(
                        closeUp.again(
                                        query,
                                        found,
                                        List.of(
                                                new Episode.Support(
                                                        supports.getFirst().encoding(), 1)))
                                .probabilities()
                                .values());
    }

    private static Episode.Support support(CloseUp closeUp, Mask mask, long seed) {
        return new Episode.Support(closeUp.encode(image(mask, seed), mask).orElseThrow(), 0.25);
    }

    @Test
    void aCutIsTwiceAsWideAndWhatStraysDoesNotCount() {
        Mask mask = disc(200, 100, 40);
        assertThat(CloseUp.around(mask, WHOLE, 0)).contains(new Frame(120, 20, 280, 180));
        // As far as the image reaches, and no narrower than a fifth of it.
        assertThat(CloseUp.around(disc(390, 5, 30), WHOLE, 0).orElseThrow().right())
                .isEqualTo(SIZE);
        assertThat(CloseUp.around(disc(200, 200, 3), WHOLE, 0))
                .contains(new Frame(160, 160, 240, 240));
        boolean[] strayed = mask.inside().clone();
        for (int i = 0; i < 50; i++) {
            strayed[390 * SIZE + i] = true;
        }
        Mask with = new Mask(SIZE, SIZE, strayed);
        assertThat(CloseUp.around(with, WHOLE, 0)).contains(WHOLE);
        Frame cut = CloseUp.around(with, WHOLE, 0.02).orElseThrow();
        assertThat(cut.bottom()).isLessThan(200);
    }
}
