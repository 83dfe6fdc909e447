package org.precedent.ingest;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.Optional;

/** Limits of files that are sent to us, compared with what the file declares. */
@ConfigMapping(prefix = "precedent.upload")
public interface UploadConfig {
    /** Bytes of one file. */
    @WithDefault("64M")
    MemorySize maxFileSize();

    /** Width times height. */
    @WithDefault("40000000")
    long maxPixels();

    /** Width, and height. */
    @WithDefault("16384")
    int maxSide();

    /**
     * Memory that pictures of requests may take at the same time, each weighed by its pixels, 12
     * bytes each; what finds no room within seconds is answered 503. Default: a quarter of the
     * heap.
     */
    Optional<MemorySize> memory();
}
