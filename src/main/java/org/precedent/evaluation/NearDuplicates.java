package org.precedent.evaluation;

import java.util.List;
import java.util.Set;
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

    /** Compares every image with every other. */
    public static NearDuplicates among(List<EvaluationCase> cases) {
        List<Fingerprint> prints =
                cases.parallelStream().map(one -> Fingerprint.of(one.image())).toList();
        Set<Set<String>> pairs =
                PicturePairs.among(prints, false).stream()
                        .map(pair ->
                                Set.of(cases.get(pair.first()).id(), cases.get(pair.second()).id()))
                        .collect(Collectors.toSet());
        return new NearDuplicates(Set.copyOf(pairs));
    }

    /** Whether two images, by their cases' ids, are twins. */
    public boolean are(String id, String other) {
        return !id.equals(other) && pairs.contains(Set.of(id, other));
    }

    /** All twins, as pairs of ids. */
    public Set<Set<String>> pairs() {
        return pairs;
    }
}
