package org.precedent.blob;

import java.time.Instant;
import java.util.stream.Stream;

/** Bytes named by their SHA-256. */
public interface BlobStore extends AutoCloseable {

    /**
     * Stores bytes durably: once this returns they survive a crash of the process or the machine.
     * Where the same bytes are there already, they are checked, and written again if damaged.
     *
     * @return their SHA-256, lower-case hex
     */
    String put(byte[] bytes);

    /**
     * Reads bytes back and checks them against their name.
     *
     * @throws BlobException BLOB_MISSING or BLOB_CORRUPT; BLOB_NOT_READ where the disk or the
     *     object store fails
     */
    byte[] get(String sha256);

    /**
     * Reads what is stored, past every cache, and checks it against its name: for checks of the
     * store itself.
     *
     * @throws BlobException as {@link #get}
     */
    default void verify(String sha256) {
        get(sha256);
    }

    /** Whether bytes of this name are stored now; a copy in a cache does not count. */
    boolean contains(String sha256);

    /** Removes bytes; nothing happens where they are not there. */
    default void delete(String sha256) {
        throw new UnsupportedOperationException("delete");
    }

    /**
     * A blob that is there.
     *
     * @param writtenAt when it was put the last time
     * @param bytes that it takes on the disk
     */
    record Stored(String sha256, Instant writtenAt, long bytes) {}

    /** All blobs there are, in no order; to be closed. */
    default Stream<Stored> list() {
        throw new UnsupportedOperationException("list");
    }

    /** Lets go of connections and threads; what was put stays. */
    @Override
    default void close() {}
}
