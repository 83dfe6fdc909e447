package org.precedent.confidence;

import java.util.ArrayList;
import java.util.List;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Plane;
import org.precedent.imaging.Resampling;
import org.precedent.network.Episode;
import org.precedent.network.Episode.Support;
import org.precedent.network.Prediction;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.SupportEncoding;
import org.precedent.network.SupportImage;
import org.precedent.segmentation.PreparedSupport;
import org.precedent.segmentation.Segmentation;

/**
 * Gathers the {@link Evidence} of an answer. Most of it lies in what was computed for the answer.
 * Only two passes are added, of one of a mirrored network's two: {@value #REVERSED} supports are
 * asked with the answer as their only support, at half the side, which is a quarter of the pixels.
 * A network that makes one pass is also asked once from every second support.
 */
public final class EvidenceCollector {
    /** Supports that the answer must explain: the heaviest ones. */
    static final int REVERSED = 2;

    /** Pixels around a mask, as a share of the side, over which certainty is averaged. */
    private static final double SURROUNDINGS = 1 / 32.0;

    private final SegmentationNetwork network;

    public EvidenceCollector(SegmentationNetwork network) {
        this.network = network;
    }

    /**
     * An annotation as the network sees it.
     *
     * @param weight its share of the answer
     */
    public record KnownSupport(PreparedSupport pixels, SupportEncoding encoding, double weight) {}

    /**
     * @param query [side, side] as the network saw it
     * @param answer its answer
     * @param supports what it rests on, at least one
     * @param coverage see {@link Evidence}
     * @param attention maps of points on the answer's contour; empty where the network has none
     */
    public Evidence collect(
            Plane query,
            Segmentation answer,
            List<KnownSupport> supports,
            double coverage,
            List<Prediction.AttentionMap> attention) {
        Plane mask = onSquare(answer);
        double reverse = reverse(query, mask, supports);
        return new Evidence(
                reverse,
                agreement(query, answer, supports, reverse),
                coverage,
                certainty(answer),
                sizeRatio(mask, supports),
                attention.stream()
                        .mapToDouble(Prediction.AttentionMap::mass)
                        .map(m -> Math.clamp(m, 0, 1))
                        .average()
                        .orElse(Double.NaN));
    }

    /** How well supports are segmented from the answer alone. */
    private double reverse(Plane query, Plane mask, List<KnownSupport> supports) {
        SegmentationNetwork once = network.single();
        boolean halves = query.width() % (2 * once.sizeMultiple()) == 0;
        int side = halves ? query.width() / 2 : query.width();
        SupportEncoding asSupport =
                once.encode(
                                SupportImage.of(
                                        side,
                                        side,
                                        shrunk(query, side).values(),
                                        shrunk(mask, side).values()))
                        .getFirst();
        List<KnownSupport> heaviest =
                supports.stream()
                        .sorted((a, b) -> Double.compare(b.weight(), a.weight()))
                        .limit(REVERSED)
                        .toList();
        List<Episode> episodes = new ArrayList<>();
        for (KnownSupport support : heaviest) {
            episodes.add(
                    Episode.of(
                            side,
                            side,
                            shrunk(support.pixels().image(), side).values(),
                            List.of(new Support(asSupport, 1))));
        }
        List<Prediction> answers = once.segment(episodes);
        double reverse = 0;
        for (int i = 0; i < heaviest.size(); i++) {
            float[] own = shrunk(heaviest.get(i).pixels().label(), side).values();
            reverse += dice(answers.get(i).logits(), own, 0.5f) / heaviest.size();
        }
        return reverse;
    }

    /** The same, or means of two by two values. */
    private static Plane shrunk(Plane plane, int side) {
        if (plane.width() == side) {
            return plane;
        }
        float[] values = new float[side * side];
        for (int i = 0; i < values.length; i++) {
            int x = 2 * (i % side);
            int y = 2 * (i / side);
            values[i] =
                    (plane.at(x, y)
                                    + plane.at(x + 1, y)
                                    + plane.at(x, y + 1)
                                    + plane.at(x + 1, y + 1))
                            / 4;
        }
        return new Plane(side, side, values);
    }

    private double agreement(
            Plane query, Segmentation answer, List<KnownSupport> supports, double reverse) {
        if (!Double.isNaN(answer.agreement())) {
            return answer.agreement();
        }
        // One support cannot disagree with itself; what it explains is all there is.
        if (supports.size() == 1) {
            return reverse;
        }
        int side = query.width();
        Episode half = Episode.of(side, side, query.values(), half(supports));
        return dice(network.segment(half).logits(), answer.logits().values(), 0);
    }

    /** Every second support. */
    private static List<Support> half(List<KnownSupport> supports) {
        List<Support> half = new ArrayList<>();
        for (int i = 0; i < supports.size(); i += 2) {
            half.add(new Support(supports.get(i).encoding(), supports.get(i).weight()));
        }
        return Episode.LabelContext.scaled(half).supports();
    }

    /** Dice of what lies above a limit in logits and in another map; 1 where both are empty. */
    private static double dice(float[] logits, float[] other, float limit) {
        long both = 0;
        long sum = 0;
        for (int i = 0; i < logits.length; i++) {
            boolean a = logits[i] > 0;
            boolean b = other[i] > limit;
            both += a && b ? 1 : 0;
            sum += (a ? 1 : 0) + (b ? 1 : 0);
        }
        return sum == 0 ? 1 : 2.0 * both / sum;
    }

    /** The answer's mask on the network's square: nothing outside the content. */
    private static Plane onSquare(Segmentation answer) {
        return answer.geometry().in(answer.mask());
    }

    private static double certainty(Segmentation answer) {
        Plane p = answer.geometry().content(answer.logits());
        Mask mask = Resampling.above(p, 0);
        int reach = Math.max(1, (int) Math.round(SURROUNDINGS * answer.geometry().side()));
        double sum = 0;
        int n = 0;
        for (int y = 0; y < p.height(); y++) {
            for (int x = 0; x < p.width(); x++) {
                if (near(mask, x, y, reach)) {
                    sum += Math.abs(Math.tanh(p.at(x, y) / 2.0)); // |2 sigmoid - 1|
                    n++;
                }
            }
        }
        return n == 0 ? 0 : sum / n;
    }

    private static boolean near(Mask mask, int x, int y, int reach) {
        for (int j = Math.max(0, y - reach); j <= Math.min(mask.height() - 1, y + reach); j++) {
            for (int i = Math.max(0, x - reach); i <= Math.min(mask.width() - 1, x + reach); i++) {
                if (mask.at(i, j)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static double sizeRatio(Plane mask, List<KnownSupport> supports) {
        double area = sum(mask);
        double expected = 0;
        for (KnownSupport support : supports) {
            expected += support.weight() * sum(support.pixels().label());
        }
        if (area == 0 || expected == 0) {
            return area == expected ? 0 : Evidence.LARGEST_RATIO;
        }
        return Math.min(Evidence.LARGEST_RATIO, Math.abs(Math.log(area / expected)));
    }

    private static double sum(Plane plane) {
        double sum = 0;
        for (float value : plane.values()) {
            sum += value;
        }
        return sum;
    }
}
