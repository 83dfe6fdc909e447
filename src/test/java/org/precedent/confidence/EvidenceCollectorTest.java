package org.precedent.confidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.InputRange;
import org.precedent.imaging.Mask;
import org.precedent.imaging.NetworkInput;
import org.precedent.network.Episode;
import org.precedent.network.MirroredNetwork;
import org.precedent.network.Prediction;
import org.precedent.segmentation.MeanMaskNetwork;
import org.precedent.segmentation.PreparedSupport;
import org.precedent.segmentation.Segmentation;
import org.precedent.segmentation.Segmenter;

/** With a network that answers with its supports' mean mask, everything can be told beforehand. */
class EvidenceCollectorTest {
    private static final int SIDE = 128;

    private final MeanMaskNetwork network = new MeanMaskNetwork();
    private final Segmenter segmenter = new Segmenter(network);
    private final EvidenceCollector collector = new EvidenceCollector(network);

    @Test
    void supportsThatAllShowTheSameAreExplainedAndAgree() {
        Mask mask = square(40, 80);

        Evidence evidence = evidence(List.of(mask, mask, mask), .7, List.of());

        assertThat(evidence.reverse()).isEqualTo(1);
        assertThat(evidence.agreement()).isEqualTo(1);
        assertThat(evidence.coverage()).isEqualTo(.7);
        assertThat(evidence.sizeRatio()).isCloseTo(0, within(1e-9));
        assertThat(evidence.certainty()).isGreaterThan(.9);
        assertThat(evidence.attentionMass()).isNaN();
    }

    @Test
    void supportsThatContradictEachOtherTellOnTheAnswer() {
        List<Mask> left = List.of(square(0, 40), square(80, 120), square(0, 40), square(80, 120));

        Evidence evidence = evidence(left, .7, List.of());

        assertThat(evidence.agreement()).isEqualTo(0);
        assertThat(evidence.reverse()).isLessThan(.2);
    }

    @Test
    void anEmptyAnswerFromFullSupportsIsOfTheLargestRatio() {
        List<Mask> disjoint = List.of(square(0, 30), square(40, 70), square(80, 110));

        assertThat(evidence(disjoint, 0, List.of()).sizeRatio()).isEqualTo(Evidence.LARGEST_RATIO);
    }

    @Test
    void oneSupportAgreesAsFarAsItIsExplained() {
        Evidence evidence = evidence(List.of(square(40, 80)), 1, List.of());

        assertThat(evidence.agreement()).isEqualTo(evidence.reverse()).isEqualTo(1);
    }

    /** What a mirrored network computed anyway; and two passes of a quarter of the pixels. */
    @Test
    void aMirroredNetworkIsAskedForTwoSmallPassesOnly() {
        List<Episode> asked = new ArrayList<>();
        MirroredNetwork mirrored =
                new MirroredNetwork(
                        new MeanMaskNetwork() {
                            @Override
                            public List<Prediction> segment(List<Episode> episodes) {
                                asked.addAll(episodes);
                                return super.segment(episodes);
                            }
                        });
        Mask mask = square(40, 80);
        Segmenter twice = new Segmenter(mirrored);
        PreparedSupport pixels =
                PreparedSupport.of(mask.toRaster(), mask, SIDE, InputRange.CURRENT);
        List<EvidenceCollector.KnownSupport> supports = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            supports.add(new EvidenceCollector.KnownSupport(pixels, twice.encode(pixels), .2));
        }
        Segmentation answer = twice.segment(mask.toRaster(), List.of(pixels), new double[] {1});
        assertThat(answer.agreement()).isEqualTo(1);
        asked.clear();

        Evidence evidence =
                new EvidenceCollector(mirrored)
                        .collect(
                                pixels.image(),
                                new Segmentation(
                                        answer.probabilities(),
                                        answer.mask(),
                                        answer.logits(),
                                        answer.geometry(),
                                        .42),
                                supports,
                                .5,
                                List.of());

        assertThat(evidence.agreement()).isEqualTo(.42);
        assertThat(evidence.reverse()).isEqualTo(1);
        assertThat(asked)
                .hasSize(2)
                .allMatch(
                        e -> e.width() == SIDE / 2 && e.labels().getFirst().supports().size() == 1);
    }

    @Test
    void attentionIsTheMeanMassOfTheMaps() {
        Mask mask = square(40, 80);
        List<Prediction.AttentionMap> maps = List.of(map(.2), map(.6));

        assertThat(evidence(List.of(mask, mask), 1, maps).attentionMass())
                .isCloseTo(.4, within(1e-9));
    }

    private static Prediction.AttentionMap map(double mass) {
        return new Prediction.AttentionMap(
                new Episode.QueryPoint(1, 1), 32, 1, 1, List.of(new float[1]), mass);
    }

    private Evidence evidence(
            List<Mask> masks, double coverage, List<Prediction.AttentionMap> attention) {
        List<EvidenceCollector.KnownSupport> supports = new ArrayList<>();
        List<Episode.Support> context = new ArrayList<>();
        for (Mask mask : masks) {
            PreparedSupport pixels =
                    PreparedSupport.of(mask.toRaster(), mask, SIDE, InputRange.CURRENT);
            double weight = 1.0 / masks.size();
            supports.add(
                    new EvidenceCollector.KnownSupport(pixels, segmenter.encode(pixels), weight));
            context.add(new Episode.Support(segmenter.encode(pixels), weight));
        }
        Mask query = square(10, 100);
        Segmentation answer =
                segmenter
                        .segment(
                                query.toRaster(),
                                List.of(new Episode.LabelContext(context)),
                                List.of())
                        .getFirst()
                        .segmentation();
        return collector.collect(
                NetworkInput.of(query.toRaster(), SIDE, InputRange.CURRENT).plane(),
                answer,
                supports,
                coverage,
                attention);
    }

    private static Mask square(int from, int to) {
        boolean[] inside = new boolean[SIDE * SIDE];
        for (int y = from; y < to; y++) {
            for (int x = from; x < to; x++) {
                inside[y * SIDE + x] = true;
            }
        }
        return new Mask(SIDE, SIDE, inside);
    }
}
