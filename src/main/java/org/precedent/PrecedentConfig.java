package org.precedent;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * Where things lie and run, as {@code -Dprecedent.x} or {@code PRECEDENT_X}. What an operator can
 * set of one capability, {@code precedent.x.y} or {@code PRECEDENT_X_Y}, is in the {@code Config}
 * interface of its room.
 */
@ConfigMapping(prefix = "precedent")
public interface PrecedentConfig {

    /** Where the project lies: shipped weights are found under its {@code models/}. */
    @WithDefault(".")
    Path home();

    /** Blobs, and the embedded database where no external one is named. Default: home/data. */
    Optional<Path> data();

    /** Vector indexes. Default: home/index, or data/index where a data directory is named. */
    Optional<Path> index();

    /** Where networks run: {@code cpu}, or {@code cuda} with a libtorch for it. */
    @WithDefault("cpu")
    String device();

    /**
     * What this node does: {@code query}, {@code ingest}, {@code project}. Where it lacks one, the
     * database is an external one that others share.
     */
    @WithDefault("query,ingest,project")
    Set<NodeRole> roles();

    /** The data directory in force. */
    default Path dataDirectory() {
        return data().orElseGet(() -> home().resolve("data"));
    }

    /** The index directory in force. */
    default Path indexDirectory() {
        return index().orElseGet(
                        () -> data().map(d -> d.resolve("index")).orElse(home().resolve("index")));
    }
}
