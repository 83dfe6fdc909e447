package org.precedent.network;

import java.nio.file.Path;

/** Where reference files lie that are no part of the repository. */
public final class SharedFiles {
    private SharedFiles() {}

    /** The repository's root. */
    public static Path home() {
        return Path.of(System.getProperty("precedent.home", "."));
    }

    /** A path under {@code PRECEDENT_SHARED}, or else under {@code ../shared} of the repository. */
    public static Path shared(String path) {
        String set = System.getenv("PRECEDENT_SHARED");
        return (set != null ? Path.of(set) : home().resolve("../shared")).resolve(path);
    }
}
