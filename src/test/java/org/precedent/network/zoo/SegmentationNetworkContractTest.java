package org.precedent.network.zoo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.precedent.network.Architecture;
import org.precedent.network.Episode;
import org.precedent.network.Episode.LabelContext;
import org.precedent.network.Episode.Support;
import org.precedent.network.Model;
import org.precedent.network.NetworkException;
import org.precedent.network.Prediction;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.SharedFiles;
import org.precedent.network.SupportEncoding;
import org.precedent.network.SupportImage;
import org.precedent.network.crossattention.CrossAttention;
import org.precedent.network.universeg.UniverSegCases;
import org.precedent.tensor.OnTorch;

/** What holds for every network that is shipped, whatever it computes. */
class SegmentationNetworkContractTest extends OnTorch {
    /** Of the largest logit: another order of sums, nothing more. */
    private static final double ROUNDING = 1e-4;

    private static final WeightsLibrary LIBRARY =
            new WeightsLibrary(
                    SharedFiles.home().resolve("models"), SharedFiles.home().resolve("none"));

    private static final Map<String, SegmentationNetwork> OPEN = new TreeMap<>();

    static Stream<String> shipped() {
        return Stream.concat(
                Stream.of(Networks.DEFAULT),
                LIBRARY.list().stream()
                        .filter(e -> e.network().role() == Architecture.Role.SEGMENTATION)
                        .map(e -> e.network().name()));
    }

    private static SegmentationNetwork open(String name) {
        return OPEN.computeIfAbsent(name, n -> Networks.open(torch, n, LIBRARY.find(n)));
    }

    @AfterAll
    static void close() {
        OPEN.values().forEach(SegmentationNetwork::close);
        OPEN.clear();
    }

    /** Annotated images with two masks each, and queries, of the network's own size. */
    private static final class Images {
        private final SplittableRandom random;
        private final int side;

        Images(SegmentationNetwork network) {
            this(network, 5);
        }

        Images(SegmentationNetwork network, long seed) {
            this.side = network.nativeSize();
            this.random = new SplittableRandom(seed);
        }

        /** A bright blob on noise, and the masks of its two halves. */
        SupportImage next() {
            int x = random.nextInt(side / 4, side * 3 / 4);
            int y = random.nextInt(side / 4, side * 3 / 4);
            int radius = random.nextInt(side / 8, side / 4);
            float[] image = new float[side * side];
            float[] upper = new float[side * side];
            float[] lower = new float[side * side];
            for (int i = 0; i < image.length; i++) {
                int dx = i % side - x;
                int dy = i / side - y;
                boolean inside = dx * dx + dy * dy < radius * radius;
                image[i] = (inside ? .5f : 0) + (float) random.nextDouble() / 2;
                upper[i] = inside && dy < 0 ? 1 : 0;
                lower[i] = inside && dy >= 0 ? 1 : 0;
            }
            return new SupportImage(side, side, image, List.of(upper, lower));
        }

        Episode episode(List<Support> supports) {
            return Episode.of(side, side, next().image(), supports);
        }
    }

    private static List<Support> supports(
            SegmentationNetwork network, Images images, double... weights) {
        List<Support> supports = new ArrayList<>();
        for (double weight : weights) {
            supports.add(new Support(network.encode(images.next()).getFirst(), weight));
        }
        return supports;
    }

    private static void assertRounding(float[] actual, float[] expected) {
        assertThat(UniverSegCases.maxDifference(actual, expected))
                .isLessThanOrEqualTo(ROUNDING * UniverSegCases.largest(expected));
    }

    @ParameterizedTest
    @MethodSource("shipped")
    void theBitsOfAnEncodingDependOnNoOtherMask(String name) {
        SegmentationNetwork network = open(name);
        SupportImage image = new Images(network).next();

        List<SupportEncoding> together = network.encode(image);

        assertThat(together).hasSize(2);
        for (int label = 0; label < 2; label++) {
            SupportImage alone =
                    SupportImage.of(
                            image.height(), image.width(), image.image(), image.masks().get(label));
            assertThat(network.encode(alone).getFirst().bytes())
                    .as("label %d", label)
                    .isEqualTo(together.get(label).bytes());
        }
    }

    @ParameterizedTest
    @MethodSource("shipped")
    void anEncodingReadBackGivesTheSameAnswer(String name) {
        SegmentationNetwork network = open(name);
        Images images = new Images(network);
        List<Support> supports = supports(network, images, .6, .4);
        Episode episode = images.episode(supports);
        List<Support> stored =
                supports.stream()
                        .map(s ->
                                new Support(
                                        SupportEncoding.read("e", s.encoding().bytes()),
                                        s.weight()))
                        .toList();

        assertThat(network.segment(UniverSegCases.with(episode, stored)).logits())
                .isEqualTo(network.segment(episode).logits());
    }

    @ParameterizedTest
    @MethodSource("shipped")
    void theBitsOfAnAnswerDependOnNothingElse(String name) {
        SegmentationNetwork network = open(name);
        Images images = new Images(network);
        Episode first = images.episode(supports(network, images, .5, .3, .2));
        Episode second = images.episode(supports(network, images, 1));

        List<Prediction> batch = network.segment(List.of(first, second, first));

        float[] alone = network.segment(first).logits();
        assertThat(batch.get(0).logits()).isEqualTo(alone);
        assertThat(batch.get(2).logits()).isEqualTo(alone);
        assertThat(batch.get(1).logits()).isEqualTo(network.segment(second).logits());
    }

    @ParameterizedTest
    @MethodSource("shipped")
    void labelsOfOneQueryAreAnsweredAsEachAlone(String name) {
        SegmentationNetwork network = open(name);
        Images images = new Images(network);
        List<List<Support>> labels = List.of(new ArrayList<>(), new ArrayList<>());
        for (double weight : new double[] {.7, .3}) {
            List<SupportEncoding> encodings = network.encode(images.next());
            for (int label = 0; label < 2; label++) {
                labels.get(label).add(new Support(encodings.get(label), weight));
            }
        }
        Episode episode = images.episode(labels.get(0));
        Episode both =
                new Episode(
                        episode.height(),
                        episode.width(),
                        episode.query(),
                        labels.stream().map(LabelContext::new).toList(),
                        List.of());

        List<Prediction.LabelAnswer> together = network.segment(both).labels();

        for (int label = 0; label < 2; label++) {
            assertRounding(
                    together.get(label).logits(),
                    network.segment(UniverSegCases.with(episode, labels.get(label))).logits());
        }
    }

    /**
     * Of pairs whose attention is equal to rounding, the order of the supports decides which one
     * cross-attention refines: about one episode in fifty has such a tie, and its answer changes a
     * little.
     */
    @ParameterizedTest
    @MethodSource("shipped")
    void supportsAreAWeightedSet(String name) {
        SegmentationNetwork network = open(name);
        int ties = 0;
        for (int seed = 5; seed < 8; seed++) {
            Images images = new Images(network, seed);
            List<Support> supports = supports(network, images, .5, .3, .2);
            Episode episode = images.episode(supports);
            float[] logits = network.segment(episode).logits();
            List<Support> another = List.of(supports.get(2), supports.get(0), supports.get(1));
            List<Support> withStranger = new ArrayList<>(supports);
            withStranger.add(1, new Support(network.encode(images.next()).getFirst(), 0));

            for (List<Support> same : List.of(another, withStranger)) {
                double difference =
                        UniverSegCases.maxDifference(
                                network.segment(UniverSegCases.with(episode, same)).logits(),
                                logits);
                double largest = UniverSegCases.largest(logits);
                assertThat(difference).isLessThanOrEqualTo(.01 * largest);
                ties += difference > ROUNDING * largest ? 1 : 0;
            }
        }
        assertThat(ties)
                .isLessThanOrEqualTo(Networks.ofWeights(name).equals(CrossAttention.NAME) ? 1 : 0);
    }

    @ParameterizedTest
    @MethodSource("shipped")
    void aSupportGivenTwiceIsOneWithTheSumOfItsWeights(String name) {
        SegmentationNetwork network = open(name);
        Images images = new Images(network);
        List<Support> supports = supports(network, images, .5, .3, .2);
        Episode episode = images.episode(supports);
        float[] logits = network.segment(episode).logits();
        // A support given twice is two places to look: of these, cross-attention refines a fixed
        // number, and others than of one.
        if (!Networks.ofWeights(name).equals(CrossAttention.NAME)) {
            SupportEncoding split = supports.get(0).encoding();
            List<Support> twice = new ArrayList<>(supports.subList(1, 3));
            twice.add(new Support(split, .1));
            twice.add(new Support(split, .4));
            assertRounding(network.segment(UniverSegCases.with(episode, twice)).logits(), logits);
        }
    }

    @ParameterizedTest
    @MethodSource("shipped")
    void aSupportWithAllTheWeightAnswersAlone(String name) {
        SegmentationNetwork network = open(name);
        Images images = new Images(network);
        List<Support> supports = supports(network, images, .5, .3, .2);
        Episode episode = images.episode(supports);

        List<Support> oneHot = new ArrayList<>();
        supports.forEach(s -> oneHot.add(new Support(s.encoding(), s == supports.get(1) ? 1 : 0)));
        assertRounding(
                network.segment(UniverSegCases.with(episode, oneHot)).logits(),
                network.segment(
                                UniverSegCases.with(
                                        episode,
                                        List.of(new Support(supports.get(1).encoding(), 1))))
                        .logits());
    }

    @ParameterizedTest
    @MethodSource("shipped")
    void refusesEncodingsOfOtherWeights(String name) {
        SegmentationNetwork network = open(name);
        Images images = new Images(network);
        SupportEncoding own = network.encode(images.next()).getFirst();
        SupportEncoding foreign =
                new SupportEncoding(
                        own.network(),
                        "0".repeat(64),
                        own.height(),
                        own.width(),
                        own.imageSha256(),
                        own.tensors());

        assertThatThrownBy(() -> network.segment(images.episode(List.of(new Support(foreign, 1)))))
                .isInstanceOfSatisfying(
                        NetworkException.class,
                        e ->
                                assertThat(e.code())
                                        .isEqualTo(NetworkException.Code.FOREIGN_ENCODING));
    }

    @ParameterizedTest
    @MethodSource("shipped")
    void costGrowsWithSupportsLabelsAndSize(String name) {
        SegmentationNetwork network = open(name);
        int side = network.nativeSize();
        Model.Cost one = network.cost(1, side, side, 1);

        assertThat(one.flops()).isPositive();
        assertThat(one.flopsAsPublished()).isPositive();
        assertThat(one.workingBytes()).isPositive();
        assertThat(network.cost(16, side, side, 1).flops()).isGreaterThanOrEqualTo(one.flops());
        assertThat(network.cost(1, side, side, 3).flops()).isGreaterThan(one.flops());
        assertThat(network.cost(1, 2 * side, 2 * side, 1).flops()).isGreaterThan(one.flops());
    }
}
