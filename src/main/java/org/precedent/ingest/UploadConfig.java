package org.precedent.ingest;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

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

    /** Uploads decoded at the same time; more wait. */
    @WithDefault("4")
    int concurrency();
}
