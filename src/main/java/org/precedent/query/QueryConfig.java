package org.precedent.query;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** What one query may take. */
@ConfigMapping(prefix = "precedent.query")
public interface QueryConfig {
    /**
     * How long a query may take in all, waiting included; one that takes longer is answered 503.
     */
    @WithDefault("2M")
    Duration deadline();

    /** Labels times supports of one query at most; one that asks for more is answered 413. */
    @WithDefault("8192")
    int work();
}
