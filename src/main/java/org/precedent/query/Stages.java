package org.precedent.query;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.precedent.retrieval.StageTimer;

/** Milliseconds by stage of one query, in the order in which the stages first ran. */
final class Stages implements StageTimer {
    private final Map<String, Double> milliseconds = new LinkedHashMap<>();

    @Override
    public <T> T time(String stage, Supplier<T> work) {
        long start = System.nanoTime();
        try {
            return work.get();
        } finally {
            milliseconds.merge(stage, (System.nanoTime() - start) / 1e6, Double::sum);
        }
    }

    Map<String, Double> milliseconds() {
        return Collections.unmodifiableMap(milliseconds);
    }
}
