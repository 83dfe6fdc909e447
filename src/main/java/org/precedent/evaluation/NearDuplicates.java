package org.precedent.evaluation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.precedent.imaging.Fingerprint;
import org.precedent.imaging.PicturePairs;

/**
 * Images that show the same thing twice: the same pixels, or the same picture taken, cut or encoded
 * anew, as {@link Fingerprint} tells. A query that finds its twin among its supports measures
 * nothing.
 */
public final class NearDuplicates {
    private final Set<Set<String>> pairs;

    private NearDuplicates(Set<Set<String>> pairs) {
        this.pairs = pairs;
    }

    /**
     * Compares every picture with every other, and of volumes their middle slices: neighbouring
     * slices look alike in every patient, and two copies of one volume show in any of them.
     */
    public static NearDuplicates among(List<EvaluationCase> all) {
        List<EvaluationCase> cases = new ArrayList<>();
        Map<String, List<EvaluationCase>> volumes = new LinkedHashMap<>();
        for (EvaluationCase one : all) {
            if (one.slice() == null) {
                cases.add(one);
            } else {
                volumes.computeIfAbsent(one.volume(), id -> new ArrayList<>()).add(one);
            }
        }
        volumes.values().forEach(slices -> cases.add(slices.get(slices.size() / 2)));
        List<Fingerprint> prints =
                cases.parallelStream().map(one -> Fingerprint.of(one.image())).toList();
        Set<Set<String>> pairs =
                PicturePairs.among(prints, false).stream()
                        .map(pair ->
                                Set.of(
                                        name(cases.get(pair.first())),
                                        name(cases.get(pair.second()))))
                        .collect(Collectors.toSet());
        return new NearDuplicates(Set.copyOf(pairs));
    }

    /** What twins are called by: the volume of a slice, the id of a picture. */
    private static String name(EvaluationCase of) {
        return of.slice() == null ? of.id() : of.volume();
    }

    /** Whether two images are twins, or slices of volumes that are. */
    public boolean are(EvaluationCase one, EvaluationCase other) {
        return are(name(one), name(other));
    }

    /** As {@link #are(EvaluationCase, EvaluationCase)}, by the ids of pictures or volumes. */
    public boolean are(String id, String other) {
        return !id.equals(other) && pairs.contains(Set.of(id, other));
    }

    /** The first twins in words, at most so many pairs, and how many more there are. */
    public String named(int most) {
        Set<Set<String>> pairs = pairs();
        String first =
                pairs.stream()
                        .map(pair -> String.join(" = ", new TreeSet<>(pair)))
                        .sorted()
                        .limit(most)
                        .collect(Collectors.joining(", "));
        return pairs.size() <= most
                ? first
                : first + " and " + (pairs.size() - most) + " pairs more";
    }

    /** All twins, as pairs of ids. */
    public Set<Set<String>> pairs() {
        return pairs;
    }
}
