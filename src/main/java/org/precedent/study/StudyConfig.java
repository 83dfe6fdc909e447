package org.precedent.study;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How many studies are taken, and how long what was sent is kept. */
@ConfigMapping(prefix = "precedent.study")
public interface StudyConfig {
    /**
     * Studies that may wait or run at the same time; more are answered 503. Nobody may have more
     * than three quarters of them.
     */
    @WithDefault("32")
    int queue();

    /** Studies that are segmented at the same time, each of another caller where others wait. */
    @WithDefault("2")
    int concurrency();

    /**
     * How long a study and its files are kept after it has ended; its slices' answers stay as all
     * answers do.
     */
    @WithDefault("P1D")
    Duration keep();

    /** Bytes that the files of one caller's studies may take together, as long as they are kept. */
    @WithDefault("16G")
    MemorySize quota();
}
