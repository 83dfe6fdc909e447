package org.precedent.tuning;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** What a running service chooses for its pools by itself. */
@ConfigMapping(prefix = "precedent.tuning")
public interface TuningConfig {
    /** Whether pools are calibrated in the background, and again when they have grown. */
    @WithDefault("true")
    boolean calibrate();

    /** How often pools are looked at; one that changed since the last look is left to rest. */
    @WithDefault("30S")
    Duration look();
}
