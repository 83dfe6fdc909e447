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
import org.precedent.network.Prediction.LabelAnswer;
import org.precedent.network.zoo.Networks;
import org.precedent.network.zoo.WeightsLibrary;
import org.precedent.tensor.OnTorch;

class MirroredNetworkTest extends OnTorch {
    private static final int H = 2;
    private static final int W = 4;
    private static final float[] QUERY = {.1f, .2f, .3f, .4f, .5f, .6f, .7f, .8f};

    /** Favours the left: multiplies what it sees by 4, 3, 2, 1 from left to right. */
    private static final class LeftHanded implements SegmentationNetwork {
        final List<Episode> asked = new ArrayList<>();
        boolean closed;

        @Override
        public List<SupportEncoding> encode(SupportImage image) {
            return image.masks().stream()
                    .map(mask ->
                            SupportEncoding.ofPixels(
                                    this, image, mask, SupportEncoding.imageSha256(image.image())))
                    .toList();
        }

        @Override
        public List<Prediction> segment(List<Episode> episodes) {
            asked.addAll(episodes);
            return episodes.stream().map(this::answer).toList();
        }

        private Prediction answer(Episode episode) {
            List<LabelAnswer> labels = new ArrayList<>();
            for (LabelContext label : episode.labels()) {
                label.supports().forEach(s -> s.encoding().requireOf(this));
                float[] logits = new float[H * W];
                List<float[]> perSupport = new ArrayList<>();
                for (Support support : label.supports()) {
                    float[] mask = support.encoding().label();
                    float[] seen = new float[H * W];
                    for (int i = 0; i < seen.length; i++) {
                        seen[i] = (W - i % W) * mask[i];
                        logits[i] += (float) support.weight() * seen[i] * episode.query()[i];
                    }
                    perSupport.add(seen);
                }
                labels.add(
                        new LabelAnswer(
                                logits,
                                episode.attended().stream()
                                        .map(p -> new AttentionMap(p, 1, H, W, perSupport, p.x()))
                                        .toList()));
            }
            return new Prediction(labels);
        }

        @Override
        public String name() {
            return "left";
        }

        @Override
        public String weightsSha256() {
            return "0123";
        }

        @Override
        public int nativeSize() {
            return W;
        }

        @Override
        public int sizeMultiple() {
            return 1;
        }

        @Override
        public boolean cachesSupports() {
            return true;
        }

        @Override
        public boolean reportsAttention() {
            return true;
        }

        @Override
        public Cost cost(int k, int height, int width, int labels) {
            return new Cost(k, 10L * k, 100L * k);
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    private final LeftHanded inside = new LeftHanded();
    private final SegmentationNetwork network = new MirroredNetwork(inside);

    private Support support(float[] mask, double weight) {
        SupportImage image = SupportImage.of(H, W, new float[H * W], mask);
        SupportEncoding encoding = network.encode(image).getFirst();
        return new Support(SupportEncoding.read("e", encoding.bytes()), weight);
    }

    @Test
    void bothHandsCountAlike() {
        float[] left = {1, 1, 0, 0, 0, 0, 0, 0};
        float[] all = {1, 1, 1, 1, 1, 1, 1, 1};
        Episode episode =
                new Episode(
                        H,
                        W,
                        QUERY,
                        List.of(
                                new LabelContext(
                                        List.of(support(left, 1 / 3.0), support(all, 2 / 3.0))),
                                new LabelContext(List.of(support(left, 1)))),
                        List.of(new QueryPoint(0, 1)));

        Prediction answer = network.segment(episode);

        // The mean of 4, 3, 2, 1 and 1, 2, 3, 4 is 2.5 everywhere.
        float[] logits = answer.labels().getFirst().logits();
        for (int i = 0; i < logits.length; i++) {
            double expected = 2.5 * (left[i] / 3 + 2 * all[i] / 3) * QUERY[i];
            assertThat((double) logits[i]).isCloseTo(expected, within(1e-6));
            assertThat((double) answer.labels().getLast().logits()[i])
                    .isCloseTo(2.5 * left[i] * QUERY[i], within(1e-6));
        }
        AttentionMap map = answer.labels().getFirst().attention().getFirst();
        assertThat(map.point()).isEqualTo(new QueryPoint(0, 1));
        assertThat(map.perSupport().getFirst()).containsExactly(2.5f, 2.5f, 0, 0, 0, 0, 0, 0);
        assertThat(map.mass()).isEqualTo((0 + (W - 1)) / 2.0);
        assertThat(inside.asked.getLast().attended()).containsExactly(new QueryPoint(W - 1, 1));
        assertThat(inside.asked.getLast().query())
                .containsExactly(.4f, .3f, .2f, .1f, .8f, .7f, .6f, .5f);
    }

    @Test
    void isANetworkOfItsOwn() {
        assertThat(network.name()).isEqualTo("left+mirror");
        assertThat(network.weightsSha256()).isEqualTo("0123");
        assertThat(network.cost(3, H, W, 1)).isEqualTo(new Model.Cost(6, 60, 600));
        SupportEncoding foreign =
                inside.encode(SupportImage.of(H, W, new float[H * W], new float[H * W])).getFirst();
        Episode episode = Episode.of(H, W, QUERY, List.of(new Support(foreign, 1)));

        assertThatThrownBy(() -> network.segment(episode))
                .isInstanceOf(NetworkException.class)
                .hasMessageContaining("left+mirror");

        network.close();
        assertThat(inside.closed).isTrue();
    }

    @Test
    void isOpenedByItsNameWithTheWeightsOfTheOneInside() {
        WeightsLibrary library =
                new WeightsLibrary(
                        SharedFiles.home().resolve("models"), SharedFiles.home().resolve("none"));
        assertThat(library.find("universeg+mirror")).isEqualTo(library.find("universeg"));
        try (SegmentationNetwork opened =
                Networks.open(torch, "universeg+mirror", library.find("universeg+mirror"))) {
            assertThat(opened.name()).isEqualTo("universeg+mirror");
        }
        assertThatThrownBy(() -> Networks.open(torch, "mobilesam+mirror", library.find("iris")))
                .isInstanceOf(NetworkException.class)
                .hasMessageContaining("known: universeg, ")
                .hasMessageContaining("iris+mirror");
        assertThatThrownBy(() -> library.find("unet+mirror"))
                .isInstanceOf(NetworkException.class)
                .hasMessageContaining("'unet'");
    }
}
