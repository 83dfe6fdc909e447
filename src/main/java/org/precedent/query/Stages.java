package org.precedent.query;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.precedent.retrieval.StageTimer;

/** Milliseconds by stage of one query, in the order in which the stages first ran. */
final class Stages implements StageTimer {
    private final Map<String, Double> milliseconds = new LinkedHashMap<>();

    private final QueryWatch watch;

    Stages() {
        this(QueryWatch.none());
    }

    /**
     * @param watch asked before every stage whether the query is to go on
     */
    Stages(QueryWatch watch) {
        this.watch = watch;
    }

    /** Between the parts of a stage that reads or writes much: as before a stage. */
    void check() {
        watch.check();
    }

    @Override
    public <T> T time(String stage, Supplier<T> work) {
        watch.check();
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
