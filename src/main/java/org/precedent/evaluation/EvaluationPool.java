package org.precedent.evaluation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.precedent.Sha256;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;

/** One label's cases: which are queries, and which may support each of them. */
final class EvaluationPool {
    private final String label;
    private final List<Member> members;
    private final List<Member> queries;
    private final int withoutLabel;

    /** A case that has the label. */
    record Member(EvaluationCase source, Mask mask, String pixelsSha256) {
        String id() {
            return source.id();
        }

        Raster image() {
            return source.image();
        }

        boolean maySupport(Member query) {
            return !id().equals(query.id())
                    && !source.patient().equals(query.source.patient())
                    && !pixelsSha256.equals(query.pixelsSha256);
        }
    }

    /**
     * @throws EvaluationException when no case has the label, or a query has too few supports
     */
    EvaluationPool(List<EvaluationCase> cases, String label, LeaveOneOut.Settings settings) {
        this.label = label;
        List<Member> found = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (EvaluationCase one : cases) {
            if (!ids.add(one.id())) {
                throw new IllegalArgumentException("two cases with the id " + one.id());
            }
            Mask mask = one.masks().get(label);
            if (mask != null) {
                found.add(new Member(one, mask, Sha256.of(one.image().toNetpbm())));
            }
        }
        if (found.isEmpty()) {
            throw new EvaluationException(
                    EvaluationException.Code.UNKNOWN_LABEL,
                    "none of " + cases.size() + " cases has the label " + label,
                    "label",
                    label,
                    cases.size());
        }
        found.sort(Comparator.comparing(Member::id));
        members = List.copyOf(found);
        withoutLabel = cases.size() - members.size();
        Collections.shuffle(found, new Random(seed(settings.seed(), label)));
        queries = List.copyOf(found.subList(0, Math.min(settings.queries(), found.size())));
        for (Member query : queries) {
            checkEnough(query, settings.k());
        }
    }

    private void checkEnough(Member query, int k) {
        int available = of(query).size();
        if (available < k) {
            throw new EvaluationException(
                    EvaluationException.Code.TOO_FEW_SUPPORTS,
                    "K = "
                            + k
                            + " supports asked for, but label "
                            + label
                            + " has "
                            + available
                            + " for query "
                            + query.id()
                            + " (not the query, its patient or equal pixels)"
                            + (available > 0 ? ": ask for at most " + available : ""),
                    "k",
                    k,
                    available);
        }
    }

    String label() {
        return label;
    }

    /** All cases with the label, by id. */
    List<Member> members() {
        return members;
    }

    /** The drawn queries, in the order they are run. */
    List<Member> queries() {
        return queries;
    }

    /** How many cases do not have the label. */
    int withoutLabel() {
        return withoutLabel;
    }

    /** The cases that may support a query, by id. */
    List<Member> of(Member query) {
        return members.stream().filter(one -> one.maySupport(query)).toList();
    }

    /** A seed of its own for every word, the same in every run and on every machine. */
    static long seed(long seed, String word) {
        long mixed = seed;
        for (int i = 0; i < word.length(); i++) {
            mixed = (mixed ^ word.charAt(i)) * 0x100000001b3L;
            mixed ^= mixed >>> 29;
        }
        return mixed;
    }
}
