package org.precedent.projection;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How indexes follow the catalogue. */
@ConfigMapping(prefix = "precedent.projection")
public interface ProjectionConfig {
    /** How often the outbox is looked at for what other processes wrote. */
    @WithDefault("100ms")
    Duration poll();

    /** Outbox entries applied as one index commit at most. */
    @WithDefault("512")
    int batch();

    /** How long a query waits for the index to reach what was acknowledged before it. */
    @WithDefault("30s")
    Duration await();

    /** How long an image that could not be projected waits before it is tried again. */
    @WithDefault("60s")
    Duration retry();
}
