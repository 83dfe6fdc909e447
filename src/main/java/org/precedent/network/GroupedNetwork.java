package org.precedent.network;

import java.util.ArrayList;
import java.util.List;
import org.precedent.network.Episode.LabelContext;
import org.precedent.network.Episode.Support;
import org.precedent.network.Prediction.AttentionMap;
import org.precedent.network.Prediction.LabelAnswer;

/**
 * A network that is never shown more supports at once than its training showed it. Of more, it is
 * asked with groups of them, and the answer is the mean of its probabilities, every group with the
 * weight of its supports. Supports are dealt out one by one in their order, so that near and far
 * ones are in every group alike and no group is larger than another one by more than one.
 *
 * <p>A question that fits into one group passes as it is, to the bit. Encodings are those of the
 * network inside, and so is the name. Unlike that of other networks, an answer from more than one
 * group depends on the order of the supports.
 */
public final class GroupedNetwork extends ForwardingNetwork {
    /** Probabilities closer to 0 and 1 have no logit that is worth telling apart. */
    private static final double LEAST = 1e-7;

    private final int together;

    /**
     * @param network closed with this one
     * @param together the most supports of a group, at least 1
     */
    public GroupedNetwork(SegmentationNetwork network, int together) {
        super(network);
        if (together < 1) {
            throw new IllegalArgumentException("groups of " + together + " supports");
        }
        this.together = together;
    }

    @Override
    public List<Prediction> segment(List<Episode> episodes) {
        List<Episode> asked = episodes.stream().map(this::grouped).toList();
        List<Prediction> passed = network.segment(asked);
        List<Prediction> answers = new ArrayList<>();
        for (Prediction answer : passed) {
            answers.add(together(episodes.get(answers.size()), answer));
        }
        return answers;
    }

    /** Every group of a label's supports as if it were a label of its own. */
    private Episode grouped(Episode episode) {
        List<LabelContext> groups = new ArrayList<>();
        for (LabelContext label : episode.labels()) {
            int n = groups(label);
            for (int group = 0; group < n; group++) {
                groups.add(n == 1 ? label : LabelContext.scaled(dealt(label, group, n)));
            }
        }
        return new Episode(
                episode.height(), episode.width(), episode.query(), groups, episode.attended());
    }

    private int groups(LabelContext label) {
        return Math.ceilDiv(label.supports().size(), together);
    }

    private static List<Support> dealt(LabelContext label, int group, int n) {
        List<Support> dealt = new ArrayList<>();
        for (int i = group; i < label.supports().size(); i += n) {
            dealt.add(label.supports().get(i));
        }
        return dealt;
    }

    private Prediction together(Episode episode, Prediction passed) {
        List<LabelAnswer> labels = new ArrayList<>();
        int from = 0;
        for (LabelContext label : episode.labels()) {
            int to = from + groups(label);
            List<LabelAnswer> groups = passed.labels().subList(from, to);
            labels.add(groups.size() == 1 ? groups.getFirst() : mean(label, groups));
            from = to;
        }
        return new Prediction(labels);
    }

    private static LabelAnswer mean(LabelContext label, List<LabelAnswer> groups) {
        int n = groups.size();
        double[] shares = new double[n];
        for (int i = 0; i < label.supports().size(); i++) {
            shares[i % n] += label.supports().get(i).weight();
        }
        float[] logits = new float[groups.getFirst().logits().length];
        for (int i = 0; i < logits.length; i++) {
            double probability = 0;
            for (int group = 0; group < n; group++) {
                double logit = groups.get(group).logits()[i];
                probability += shares[group] / (1 + Math.exp(-logit));
            }
            double inside = Math.clamp(probability, LEAST, 1 - LEAST);
            logits[i] = (float) Math.log(inside / (1 - inside));
        }
        return new LabelAnswer(logits, attention(label, groups, shares), agreement(groups, logits));
    }

    /**
     * The mean over the groups of what several passes say of their agreement; of single passes how
     * far each group's mask agrees with that of all.
     */
    private static double agreement(List<LabelAnswer> groups, float[] logits) {
        double sum = 0;
        for (LabelAnswer group : groups) {
            sum +=
                    Double.isNaN(group.agreement())
                            ? MirroredNetwork.agreement(group.logits(), logits)
                            : group.agreement();
        }
        return sum / groups.size();
    }

    /** Each support's map as its group reports it, with the group's share; in the label's order. */
    private static List<AttentionMap> attention(
            LabelContext label, List<LabelAnswer> groups, double[] shares) {
        int n = groups.size();
        List<AttentionMap> maps = new ArrayList<>();
        for (int m = 0; m < groups.getFirst().attention().size(); m++) {
            AttentionMap like = groups.getFirst().attention().get(m);
            List<float[]> perSupport = new ArrayList<>();
            for (int i = 0; i < label.supports().size(); i++) {
                float[] map = groups.get(i % n).attention().get(m).perSupport().get(i / n).clone();
                for (int cell = 0; cell < map.length; cell++) {
                    map[cell] *= (float) shares[i % n];
                }
                perSupport.add(map);
            }
            double mass = 0;
            for (int group = 0; group < n; group++) {
                mass += shares[group] * groups.get(group).attention().get(m).mass();
            }
            maps.add(
                    new AttentionMap(
                            like.point(),
                            like.stride(),
                            like.gridHeight(),
                            like.gridWidth(),
                            perSupport,
                            mass));
        }
        return maps;
    }
}
