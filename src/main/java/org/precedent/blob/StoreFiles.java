package org.precedent.blob;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/**
 * What a {@link FileBlobStore} asks of a file system, step by step: each step may be the last one
 * before a crash, and tests let it be. What was written, made, moved or deleted is visible at once;
 * after a crash of the machine only that is certain which was forced since.
 */
interface StoreFiles {

    /** Makes a folder and those above it where they are not there. */
    void createFolder(Path folder) throws IOException;

    /** Makes a file that is not there and writes it; it is not forced. */
    void write(Path file, byte[] bytes) throws IOException;

    /** Returns when the content of a file, or the names in a folder, would survive a crash. */
    void force(Path fileOrFolder) throws IOException;

    /** Gives a file another name in the same folder, in place of whatever has it, in one step. */
    void move(Path from, Path to) throws IOException;

    /**
     * The whole content of a file.
     *
     * @throws java.nio.file.NoSuchFileException where there is none
     */
    byte[] read(Path file) throws IOException;

    boolean exists(Path file);

    /** Dates a file now. */
    void touch(Path file) throws IOException;

    /** Removes a file; nothing happens where there is none. */
    void delete(Path file) throws IOException;

    /** What is in a folder, in no order. */
    List<Path> list(Path folder) throws IOException;

    /**
     * A file as its folder says.
     *
     * @param written when it was written or touched the last time
     */
    record Facts(Instant written, long bytes) {}

    /**
     * What is said of a file.
     *
     * @throws java.nio.file.NoSuchFileException where there is none
     */
    Facts facts(Path file) throws IOException;
}
