package org.precedent.curation.ranking;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.precedent.imaging.InputRange;
import org.precedent.imaging.Mask;
import org.precedent.imaging.NetworkInput;
import org.precedent.imaging.Plane;
import org.precedent.imaging.Raster;
import org.precedent.imaging.Resampling;
import org.precedent.network.Episode;
import org.precedent.network.Episode.LabelContext;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.SupportEncoding;

/**
 * A label's annotations as a network answers from them, in one pass and at its own resolution. Not
 * thread-safe: masks are kept as they are met.
 */
public final class NetworkPool implements LabelPool {
    /** Sets that pass together: what a pass works with grows with them. */
    private static final int TOGETHER = 8;

    private final SegmentationNetwork network;
    private final int side;
    private final InputRange range;
    private final List<Member> members;
    private final Source source;
    private final Set<Set<Integer>> samePictures = new HashSet<>();
    private final Map<Integer, Mask> masks = new HashMap<>();

    /**
     * An annotated image.
     *
     * @param vector of length 1
     * @param patient as names are compared
     * @param serves whether answers may rest on it
     */
    public record Member(float[] vector, String patient, boolean serves) {}

    /** Reads what is too large to keep. */
    public interface Source {
        Raster image(int member);

        Mask mask(int member);

        /** Encodings by this network; a caller that keeps them saves most of the time. */
        Map<Integer, SupportEncoding> encodings(Collection<Integer> members);
    }

    /**
     * @param network asked in a single pass
     * @param side in pixels that images are brought to
     * @param samePictures pairs of members that show the same
     */
    public NetworkPool(
            SegmentationNetwork network,
            int side,
            InputRange range,
            List<Member> members,
            Source source,
            List<Finding> samePictures) {
        this.network = network.singlePass();
        this.side = side;
        this.range = range;
        this.members = List.copyOf(members);
        this.source = source;
        for (Finding pair : samePictures) {
            Integer other = pair.other();
            if (other != null) {
                this.samePictures.add(Set.of(pair.subject(), other));
            }
        }
    }

    @Override
    public int size() {
        return members.size();
    }

    @Override
    public float[] vector(int image) {
        return members.get(image).vector();
    }

    @Override
    public boolean serves(int image) {
        return members.get(image).serves();
    }

    @Override
    public boolean apart(int image, int other) {
        return image != other
                && !members.get(image).patient().equals(members.get(other).patient())
                && !samePictures.contains(Set.of(image, other));
    }

    /**
     * The Dice that an image which is no member is expected to be answered with, by the network's
     * own probabilities.
     *
     * @param vector of the image
     * @param supports that the answer rests on at most
     * @return in [0, 1]; 0 where nothing serves
     */
    public double expectedDice(Raster image, float[] vector, int supports) {
        List<float[]> vectors = members.stream().map(Member::vector).toList();
        List<Integer> near = Neighbours.nearest(vector, vectors, this::serves, supports);
        return near.isEmpty()
                ? 0
                : NextImages.expectedDice(answers(image, List.of(near)).getFirst());
    }

    @Override
    public Mask mask(int image) {
        return masks.computeIfAbsent(
                image,
                i -> {
                    Mask mask = source.mask(i);
                    NetworkInput.Geometry geometry =
                            NetworkInput.geometry(source.image(i), side, range);
                    return Resampling.above(geometry.content(geometry.in(mask)), 0.5);
                });
    }

    @Override
    public List<Plane> answers(int query, List<List<Integer>> supportSets) {
        return answers(source.image(query), supportSets);
    }

    /** As {@link #answers(int, List)}, for an image that is no member. */
    public List<Plane> answers(Raster query, List<List<Integer>> supportSets) {
        Set<Integer> needed = new HashSet<>();
        supportSets.forEach(needed::addAll);
        Map<Integer, SupportEncoding> encodings = source.encodings(needed);
        List<LabelContext> contexts = new ArrayList<>();
        for (List<Integer> set : supportSets) {
            contexts.add(
                    new LabelContext(
                            set.stream()
                                    .map(member ->
                                            new Episode.Support(
                                                    Objects.requireNonNull(encodings.get(member)),
                                                    1.0 / set.size()))
                                    .toList()));
        }
        NetworkInput input = NetworkInput.of(query, side, range);
        List<Plane> answers = new ArrayList<>();
        for (int from = 0; from < contexts.size(); from += TOGETHER) {
            List<LabelContext> part =
                    contexts.subList(from, Math.min(contexts.size(), from + TOGETHER));
            network.segment(new Episode(side, side, input.plane().values(), part, List.of()))
                    .labels()
                    .forEach(label -> answers.add(probabilities(label.logits(), input.geometry())));
        }
        return answers;
    }

    private Plane probabilities(float[] logits, NetworkInput.Geometry geometry) {
        float[] probabilities = new float[logits.length];
        for (int i = 0; i < logits.length; i++) {
            probabilities[i] = (float) (1 / (1 + Math.exp(-(double) logits[i])));
        }
        return geometry.content(new Plane(side, side, probabilities));
    }
}
