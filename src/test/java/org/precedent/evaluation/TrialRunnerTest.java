package org.precedent.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.precedent.embedding.ThumbnailEmbedder;
import org.precedent.evaluation.SupportChooser.Scored;
import org.precedent.evaluation.metric.PixelSpacing;
import org.precedent.evaluation.protocol.FalseMasks;
import org.precedent.network.SupportEncoding;
import org.precedent.network.SupportImage;
import org.precedent.retrieval.Temperature;
import org.precedent.segmentation.MeanMaskNetwork;
import org.precedent.segmentation.Segmenter;

class TrialRunnerTest {
    private final AtomicInteger encoded = new AtomicInteger();
    private final MeanMaskNetwork counting =
            new MeanMaskNetwork() {
                @Override
                public List<SupportEncoding> encode(SupportImage image) {
                    encoded.incrementAndGet();
                    return super.encode(image);
                }
            };

    private static List<Scored> scored(EvaluationPool pool, int from, int to) {
        return pool.members().subList(from, to).stream().map(one -> new Scored(one, 0)).toList();
    }

    @Test
    void encodesAnImageOnceForAllItsLabels() {
        TrialRunner examiner = Discs.examiner(Discs.images(), counting, System::nanoTime);
        EvaluationCases cases = Discs.cases(5);
        for (String label : List.of("disc", "ghost", "disc")) {
            EvaluationPool pool = new EvaluationPool(cases, label, 1, 1);
            examiner.answer(
                    pool.queries().getFirst().image(), scored(pool, 0, 5), Temperature.UNIFORM);
        }
        assertThat(encoded).hasValue(5);
        // Two masks of 64 x 64 floats an image.
        assertThat(examiner.keptBytes()).isEqualTo(5 * 2 * 64 * 64 * 4);
    }

    @Test
    void givesTheSameAnswerWithLessMemory() {
        long oneImage = 2 * 64 * 64 * 4;
        TrialRunner large = Discs.examiner(Discs.images(), counting, System::nanoTime);
        TrialRunner small =
                new TrialRunner(
                        new Segmenter(counting, 64),
                        Discs.images(),
                        PixelSpacing.PIXELS,
                        System::nanoTime,
                        2 * oneImage);
        EvaluationPool pool = Discs.pool(6, 1, 1);
        for (int round = 0; round < 2; round++) {
            assertThat(
                            small.answer(
                                            pool.queries().getFirst().image(),
                                            scored(pool, 0, 6),
                                            Temperature.UNIFORM)
                                    .logits()
                                    .values())
                    .isEqualTo(
                            large.answer(
                                            pool.queries().getFirst().image(),
                                            scored(pool, 0, 6),
                                            Temperature.UNIFORM)
                                    .logits()
                                    .values());
            assertThat(small.keptBytes()).isEqualTo(2 * oneImage);
        }
        // Six once, and six twice by the one that keeps two.
        assertThat(encoded).hasValue(18);
    }

    @Test
    void neverKeepsAFalsifiedMask() {
        TrialRunner examiner = Discs.examiner(Discs.images(), counting, System::nanoTime);
        EvaluationPool pool = Discs.pool(3, 1, 1);
        Annotated one = pool.members().getFirst();
        List<Scored> falsified = List.of(new Scored(one.with(FalseMasks.misplaced(one.mask())), 0));
        assertThat(examiner.answer(one.image(), falsified, Temperature.UNIFORM).mask().inside())
                .isEqualTo(FalseMasks.misplaced(one.mask()).inside());
        assertThat(examiner.keptBytes()).isZero();
        assertThat(
                        examiner.answer(
                                        one.image(),
                                        List.of(new Scored(one, 0)),
                                        Temperature.UNIFORM)
                                .mask()
                                .inside())
                .isEqualTo(one.mask().inside());
    }

    @Test
    void knowsWaysOfChoosingByName() {
        EvaluationSetup bench =
                new EvaluationSetup(
                        Discs.cases(3),
                        new Segmenter(counting, 64),
                        new ThumbnailEmbedder(),
                        PixelSpacing.PIXELS,
                        System::nanoTime);
        assertThat(bench.choosers())
                .extracting(SupportChooser::name)
                .containsExactly("random", "image");
        assertThat(bench.chooser("image").isDrawn()).isFalse();
        assertThatThrownBy(() -> bench.chooser("magic"))
                .hasMessage("strategy is magic, expected one of random, image");
    }
}
