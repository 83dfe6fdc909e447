package org.precedent.evaluation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.precedent.imaging.Mask;

/** One label's cases: which are queries, and which may support each of them. */
public final class EvaluationPool {
    private final EvaluationCases cases;
    private final String label;
    private final List<Annotated> members;
    private final List<Annotated> queries;
    private final List<Annotated> withoutSupport;

    /**
     * @param queries at most this many of those that have a support, drawn by the seed: the same
     *     ones whatever is asked of them
     * @throws EvaluationException when no case has the label
     */
    public EvaluationPool(EvaluationCases cases, String label, int queries, long seed) {
        if (queries < 1) {
            throw EvaluationException.setting("queries", queries, "at least 1");
        }
        this.cases = cases;
        this.label = label;
        List<Annotated> found = new ArrayList<>();
        for (EvaluationCase one : cases.cases()) {
            Mask mask = one.masks().get(label);
            if (mask != null) {
                found.add(new Annotated(one, label, mask));
            }
        }
        if (found.isEmpty()) {
            throw new EvaluationException(
                    EvaluationException.Code.UNKNOWN_LABEL,
                    "none of " + cases.cases().size() + " cases has the label " + label,
                    "label",
                    label,
                    cases.cases().size());
        }
        found.sort(Comparator.comparing(Annotated::id));
        members = List.copyOf(found);
        withoutSupport = members.stream().filter(one -> !hasSupport(one)).toList();
        Collections.shuffle(found, new Random(seed(seed, label)));
        Set<String> alone = withoutSupport.stream().map(Annotated::id).collect(Collectors.toSet());
        // A slice that is known not to show the label supports; asked, it would only say whether
        // anything is found at all.
        found.removeIf(one -> alone.contains(one.id()) || one.mask().area() == 0);
        this.queries = List.copyOf(found.subList(0, Math.min(queries, found.size())));
    }

    private boolean hasSupport(Annotated query) {
        return members.stream().anyMatch(one -> cases.maySupport(one.source(), query.source()));
    }

    public String label() {
        return label;
    }

    /** All cases with the label, by id. */
    public List<Annotated> members() {
        return members;
    }

    /** The drawn queries, in the order they are run. */
    public List<Annotated> queries() {
        return queries;
    }

    /** Members that nothing may support, and that are no queries therefore, by id. */
    public List<Annotated> withoutSupport() {
        return withoutSupport;
    }

    /** The cases that do not have the label. */
    public List<EvaluationCase> without() {
        return cases.cases().stream().filter(one -> !one.masks().containsKey(label)).toList();
    }

    /** The cases that may support a query, by id. */
    public List<Annotated> of(EvaluationCase query) {
        return members.stream().filter(one -> cases.maySupport(one.source(), query)).toList();
    }

    /** As {@link #of(EvaluationCase)}. */
    public List<Annotated> of(Annotated query) {
        return of(query.source());
    }

    /** The cases that are no query, and could support every query. */
    public List<Annotated> apart() {
        return members.stream()
                .filter(one ->
                        queries.stream().allMatch(q -> cases.maySupport(one.source(), q.source())))
                .toList();
    }

    /** How many cases may support the query that has the fewest; 0 where there is no query. */
    public int fewestSupports() {
        return queries.stream().mapToInt(query -> of(query).size()).min().orElse(0);
    }

    /** How many cases may support the query that has the most; 0 where there is no query. */
    public int mostSupports() {
        return queries.stream().mapToInt(query -> of(query).size()).max().orElse(0);
    }

    /**
     * @throws EvaluationException when there is no query, or some query has fewer than K supports
     */
    public void requireSupports(int k) {
        if (queries.isEmpty()) {
            throw new EvaluationException(
                    EvaluationException.Code.TOO_FEW_SUPPORTS,
                    "label "
                            + label
                            + " has "
                            + members.size()
                            + (members.size() == 1 ? " image" : " images")
                            + " and no support for any: an image is never supported by itself, its"
                            + " patient or its twin; 2 images of 2 patients are the least",
                    "k",
                    k,
                    0);
        }
        for (Annotated query : queries) {
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
                                + " (not the query, its patient or its twins)"
                                + (available > 0 ? ": ask for at most " + available : ""),
                        "k",
                        k,
                        available);
            }
        }
    }

    /** A seed of its own for every word, the same in every run and on every machine. */
    public static long seed(long seed, String word) {
        long mixed = seed;
        for (int i = 0; i < word.length(); i++) {
            mixed = (mixed ^ word.charAt(i)) * 0x100000001b3L;
            mixed ^= mixed >>> 29;
        }
        return mixed;
    }
}
