package org.precedent.erasure;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;

/** How long things are kept, and how often that is seen to. */
@ConfigMapping(prefix = "precedent.retention")
public interface RetentionConfig {
    /** Answers and their query images that are older are erased. Absent: they are kept. */
    Optional<Duration> answers();

    /** Between two looks at what is too old. */
    @WithDefault("1H")
    Duration period();

    /** Between two checks of all stored bytes; they run at one file a few milliseconds. */
    @WithDefault("P7D")
    Duration scrub();
}
