package org.precedent.projection;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.Optional;

/** What the network knows of supports without any query. */
@ConfigMapping(prefix = "precedent.encodings")
public interface EncodingsConfig {
    /** Memory for those used last. */
    @WithDefault("256M")
    MemorySize memory();

    /** Memory for those that running queries hold; others wait. Default: half of the heap. */
    Optional<MemorySize> held();
}
