package org.precedent.network;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.precedent.network.Episode.LabelContext;
import org.precedent.network.Episode.QueryPoint;
import org.precedent.network.Episode.Support;
import org.precedent.network.Prediction.AttentionMap;
import org.precedent.network.Prediction.LabelAnswer;
import org.precedent.weights.Tensor;

/**
 * A network that answers twice, once with query and supports as they are and once with all of them
 * mirrored left to right, and gives the mean of both logits: test-time augmentation. Left and right
 * change places everywhere at once, so a structure of one side stays that structure. It takes twice
 * the time and its encodings twice the room; what it brings depends on the network, see the results
 * page.
 *
 * <p>It is a network of its own, {@code NAME+mirror}: neither its answers nor its encodings are
 * taken for those of the network inside. Attention is the mean of both passes too.
 */
public final class MirroredNetwork extends ForwardingNetwork {
    /** Ends its name. */
    public static final String SUFFIX = "+mirror";

    /** Begins the names of the tensors of a mirrored support. */
    private static final String MIRRORED = "mirrored.";

    /**
     * @param network closed with this one
     */
    public MirroredNetwork(SegmentationNetwork network) {
        super(network);
    }

    @Override
    public String name() {
        return network.name() + SUFFIX;
    }

    @Override
    public SegmentationNetwork single() {
        return network;
    }

    /** Both passes, with the memory of two: they may run side by side. */
    @Override
    public Cost cost(int k, int height, int width, int labels) {
        Cost once = network.cost(k, height, width, labels);
        return new Cost(2 * once.flops(), 2 * once.flopsAsPublished(), 2 * once.workingBytes());
    }

    /** Of as many passes as the network inside runs side by side, a query has two. */
    @Override
    public int batch() {
        return Math.ceilDiv(network.batch(), 2);
    }

    @Override
    public List<SupportEncoding> encode(SupportImage image) {
        int w = image.width();
        List<float[]> masks = image.masks().stream().map(mask -> mirrored(mask, w)).toList();
        SupportImage mirrored =
                new SupportImage(image.height(), w, mirrored(image.image(), w), masks);
        List<SupportEncoding> straight = network.encode(image);
        List<SupportEncoding> other = network.encode(mirrored);
        List<SupportEncoding> both = new ArrayList<>();
        for (int label = 0; label < straight.size(); label++) {
            SupportEncoding encoding = straight.get(label);
            Map<String, Tensor> tensors = new LinkedHashMap<>(encoding.tensors());
            other.get(label)
                    .tensors()
                    .forEach((name, tensor) -> tensors.put(MIRRORED + name, tensor));
            both.add(of(name(), encoding, tensors));
        }
        return both;
    }

    @Override
    public List<Prediction> segment(List<Episode> episodes) {
        List<Episode> straight = new ArrayList<>();
        List<Episode> mirrored = new ArrayList<>();
        for (Episode episode : episodes) {
            straight.add(straight(episode));
            mirrored.add(
                    new Episode(
                            episode.height(),
                            episode.width(),
                            mirrored(episode.query(), episode.width()),
                            labels(episode, true),
                            episode.attended().stream()
                                    .map(p -> new QueryPoint(episode.width() - 1 - p.x(), p.y()))
                                    .toList()));
        }
        // Handed over together, for networks that run several at a time.
        List<Episode> all = new ArrayList<>(straight);
        all.addAll(mirrored);
        List<Prediction> passes = network.segment(all);
        int n = episodes.size();
        List<Prediction> answers = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            answers.add(mean(passes.get(i), passes.get(n + i), episodes.get(i).width()));
        }
        return answers;
    }

    @Override
    public SegmentationNetwork singlePass() {
        return new ForwardingNetwork(this) {
            @Override
            public Cost cost(int k, int height, int width, int labels) {
                return MirroredNetwork.this.network.cost(k, height, width, labels);
            }

            @Override
            public List<Prediction> segment(List<Episode> episodes) {
                return MirroredNetwork.this.network.segment(
                        episodes.stream().map(MirroredNetwork.this::straight).toList());
            }

            @Override
            public void close() {
                // the mirrored network's own
            }
        };
    }

    private Episode straight(Episode episode) {
        return new Episode(
                episode.height(),
                episode.width(),
                episode.query(),
                labels(episode, false),
                episode.attended());
    }

    private List<LabelContext> labels(Episode episode, boolean mirrored) {
        return episode.labels().stream()
                .map(label ->
                        new LabelContext(
                                label.supports().stream()
                                        .map(s -> new Support(part(s, mirrored), s.weight()))
                                        .toList()))
                .toList();
    }

    /** What the network inside made of the support as it is, or of the mirrored one. */
    private SupportEncoding part(Support support, boolean mirrored) {
        SupportEncoding encoding = support.encoding();
        encoding.requireOf(this);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        encoding.tensors()
                .forEach((name, tensor) -> {
                    if (name.startsWith(MIRRORED) == mirrored) {
                        tensors.put(mirrored ? name.substring(MIRRORED.length()) : name, tensor);
                    }
                });
        return of(network.name(), encoding, tensors);
    }

    private static SupportEncoding of(
            String network, SupportEncoding like, Map<String, Tensor> tensors) {
        return new SupportEncoding(
                network,
                like.weightsSha256(),
                like.height(),
                like.width(),
                like.imageSha256(),
                tensors);
    }

    private static Prediction mean(Prediction straight, Prediction mirrored, int width) {
        List<LabelAnswer> labels = new ArrayList<>();
        for (int i = 0; i < straight.labels().size(); i++) {
            LabelAnswer a = straight.labels().get(i);
            LabelAnswer b = mirrored.labels().get(i);
            List<AttentionMap> attention = new ArrayList<>();
            for (int m = 0; m < a.attention().size(); m++) {
                attention.add(mean(a.attention().get(m), b.attention().get(m)));
            }
            labels.add(
                    new LabelAnswer(
                            mean(a.logits(), b.logits(), width),
                            attention,
                            agreement(a.logits(), mirrored(b.logits(), width))));
        }
        return new Prediction(labels);
    }

    /** Dice of both masks; 1 where both are empty. */
    static double agreement(float[] straight, float[] other) {
        long both = 0;
        long sum = 0;
        for (int i = 0; i < straight.length; i++) {
            both += straight[i] > 0 && other[i] > 0 ? 1 : 0;
            sum += (straight[i] > 0 ? 1 : 0) + (other[i] > 0 ? 1 : 0);
        }
        return sum == 0 ? 1 : 2.0 * both / sum;
    }

    private static AttentionMap mean(AttentionMap a, AttentionMap b) {
        List<float[]> perSupport = new ArrayList<>();
        for (int k = 0; k < a.perSupport().size(); k++) {
            perSupport.add(mean(a.perSupport().get(k), b.perSupport().get(k), a.gridWidth()));
        }
        return new AttentionMap(
                a.point(),
                a.stride(),
                a.gridHeight(),
                a.gridWidth(),
                perSupport,
                (a.mass() + b.mass()) / 2);
    }

    /** The mean of one map and another one mirrored. */
    private static float[] mean(float[] straight, float[] other, int width) {
        float[] mean = mirrored(other, width);
        for (int i = 0; i < mean.length; i++) {
            mean[i] = (straight[i] + mean[i]) / 2;
        }
        return mean;
    }

    /** [H, W] with the columns in reverse order. */
    private static float[] mirrored(float[] map, int width) {
        float[] mirrored = new float[map.length];
        for (int row = 0; row < map.length; row += width) {
            for (int x = 0; x < width; x++) {
                mirrored[row + x] = map[row + width - 1 - x];
            }
        }
        return mirrored;
    }
}
