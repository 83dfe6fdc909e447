package org.precedent.evaluation;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The annotated images of one dataset, compared with each other once.
 *
 * @param cases with unique ids
 * @param twins which of them show the same thing
 */
public record EvaluationCases(List<EvaluationCase> cases, NearDuplicates twins) {
    public EvaluationCases {
        cases = List.copyOf(cases);
        Set<String> ids = new HashSet<>();
        for (EvaluationCase one : cases) {
            if (!ids.add(one.id())) {
                throw new IllegalArgumentException("two cases with the id " + one.id());
            }
        }
    }

    public static EvaluationCases of(List<EvaluationCase> cases) {
        return new EvaluationCases(cases, NearDuplicates.among(cases));
    }

    /**
     * Whether one case may support another's query: it is neither itself, nor of its patient, nor
     * its twin.
     */
    public boolean maySupport(EvaluationCase support, EvaluationCase query) {
        return !support.id().equals(query.id())
                && !support.patient().equals(query.patient())
                && !twins.are(support, query);
    }

    /** The labels that occur, in the order of the cases. */
    public List<String> labels() {
        return cases.stream().flatMap(one -> one.masks().keySet().stream()).distinct().toList();
    }
}
