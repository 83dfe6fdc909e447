package org.precedent.api;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** When the service says of itself that it is not ready. */
@ConfigMapping(prefix = "precedent.readiness")
public interface ReadinessConfig {
    /** Least free space on the disks of data and indexes. */
    @WithDefault("256M")
    MemorySize freeDisk();

    /** How long a projection that is behind may go without a step that succeeds. */
    @WithDefault("5m")
    Duration silence();
}
