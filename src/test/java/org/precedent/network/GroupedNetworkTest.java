package org.precedent.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.precedent.network.Episode.LabelContext;
import org.precedent.network.Episode.QueryPoint;
import org.precedent.network.Episode.Support;
import org.precedent.network.Prediction.AttentionMap;
import org.precedent.segmentation.MeanMaskNetwork;

class GroupedNetworkTest {
    private static final int SIDE = 8;
    private static final QueryPoint POINT = new QueryPoint(3, 4);

    /** Notes how many supports it is shown, and looks at each with its weight. */
    private static class Noting extends MeanMaskNetwork {
        final List<Integer> shown = new ArrayList<>();

        @Override
        public List<Prediction> segment(List<Episode> episodes) {
            List<Prediction> answers = new ArrayList<>();
            for (Episode episode : episodes) {
                List<Prediction.LabelAnswer> labels = new ArrayList<>();
                for (LabelContext label : episode.labels()) {
                    shown.add(label.supports().size());
                    List<float[]> perSupport =
                            label.supports().stream()
                                    .map(s -> new float[] {(float) s.weight()})
                                    .toList();
                    labels.add(
                            new Prediction.LabelAnswer(
                                    mean(label),
                                    episode.attended().stream()
                                            .map(p -> new AttentionMap(p, 8, 1, 1, perSupport, 0.5))
                                            .toList()));
                }
                answers.add(new Prediction(labels));
            }
            return answers;
        }
    }

    private final Noting inside = new Noting();

    private LabelContext label(double... marked) {
        List<Support> supports = new ArrayList<>();
        for (double value : marked) {
            float[] mask = new float[SIDE * SIDE];
            mask[0] = (float) value;
            supports.add(
                    new Support(
                            inside.encode(SupportImage.of(SIDE, SIDE, new float[SIDE * SIDE], mask))
                                    .getFirst(),
                            1.0 / marked.length));
        }
        return new LabelContext(supports);
    }

    private static Episode of(LabelContext... labels) {
        return new Episode(SIDE, SIDE, new float[SIDE * SIDE], List.of(labels), List.of(POINT));
    }

    private static double probability(Prediction answer, int label, int pixel) {
        return 1 / (1 + Math.exp(-answer.labels().get(label).logits()[pixel]));
    }

    /** What the network inside says of a pixel that a share of the supports marks. */
    private static double inside(double share) {
        return 1 / (1 + Math.exp(-20 * (share - 0.5)));
    }

    @Test
    void moreSupportsThanFitTogetherAreDealtOutAndTheirProbabilitiesAveraged() {
        GroupedNetwork network = new GroupedNetwork(inside, 2);
        // Dealt out to three groups: 1 and .4, .5 and .6, .2.
        Prediction answer = network.segment(of(label(1, .5, .2, .4, .6), label(.3, .3)));
        assertThat(inside.shown).containsExactly(2, 2, 1, 2);
        assertThat(probability(answer, 0, 0))
                .isCloseTo(0.4 * inside(.7) + 0.4 * inside(.55) + 0.2 * inside(.2), within(1e-6));
        assertThat(answer.labels().getFirst().attention().getFirst().perSupport())
                .as("a support's share of all, in the order of the supports")
                .hasSize(5)
                .allSatisfy(map -> assertThat(map[0]).isCloseTo(0.2f, within(1e-6f)));
        assertThat(answer.labels().getFirst().attention().getFirst().mass())
                .isCloseTo(0.5, within(1e-9));
        // All groups agree on the pixels that nobody marks; on the marked one two of three do.
        assertThat(answer.labels().getFirst().agreement()).isCloseTo(2 / 3.0, within(1e-9));
        assertThat(answer.labels().get(1).agreement()).isNaN();
    }

    @Test
    void aSetThatFitsPassesAsItIs() {
        GroupedNetwork network = new GroupedNetwork(inside, 5);
        Episode episode = of(label(1, .5, .2, .4, .6));
        assertThat(network.segment(episode).logits()).isEqualTo(inside.segment(episode).logits());
        assertThat(inside.shown).containsExactly(5, 5);
        assertThat(network.encode(SupportImage.of(SIDE, SIDE, new float[64], new float[64])))
                .singleElement()
                .satisfies(encoding -> encoding.requireOf(inside));
        assertThatThrownBy(() -> new GroupedNetwork(inside, 0)).hasMessage("groups of 0 supports");
    }

    @Test
    void supportsWithoutWeightDoNotSpeakThroughTheirGroup() {
        LabelContext even = label(1, 0, 1, 0);
        List<Support> supports = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            supports.add(new Support(even.supports().get(i).encoding(), i % 2 == 0 ? 0.5 : 0));
        }
        Prediction answer = new GroupedNetwork(inside, 2).segment(of(new LabelContext(supports)));
        assertThat(probability(answer, 0, 0)).isCloseTo(inside(1), within(1e-4));
    }
}
