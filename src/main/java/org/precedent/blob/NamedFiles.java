package org.precedent.blob;

import java.util.List;
import java.util.Optional;

/**
 * Files that are made again when they are lost, by names with folders, {@code a/b/c}: on one
 * machine's disk, or in an object store that several nodes share. A file is written whole or not at
 * all. What fails is an {@link java.io.UncheckedIOException}.
 */
public interface NamedFiles extends AutoCloseable {

    /** Whether other machines see the same files. */
    boolean isShared();

    /** A file's bytes, or a copy of them that this node has kept; empty where there is none. */
    Optional<byte[]> read(String name);

    /** A file's bytes as they are now. */
    Optional<byte[]> readNow(String name);

    /** Whether there is a file of a name. */
    boolean contains(String name);

    /** Writes a file in the place of any other; when this returns it is durable. */
    void write(String name, byte[] bytes);

    /** Removes a file, what was left of an attempt to write it, and a folder that becomes empty. */
    void delete(String name);

    /** The names of what lies in a folder, files and folders, each without what precedes it. */
    List<String> list(String folder);

    /** Becomes the one process on this machine's directories that writes a folder. */
    Optional<Lock> lock(String folder);

    @Override
    void close();

    /** Held by the one process that writes. */
    interface Lock extends AutoCloseable {
        @Override
        void close();
    }
}
