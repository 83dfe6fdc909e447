package org.precedent.retrieval;

import java.util.function.Supplier;

/** Measures how long the stages of a query take. A stage may run more than once. */
public interface StageTimer {
    /** Measures nothing. */
    StageTimer NONE =
            new StageTimer() {
                @Override
                public <T> T time(String stage, Supplier<T> work) {
                    return work.get();
                }
            };

    /** Does some work, which counts as a part of the stage. */
    <T> T time(String stage, Supplier<T> work);
}
