package org.precedent.blob;

/** Bytes named by their SHA-256. */
public interface BlobStore {

    /**
     * Stores bytes durably: once this returns they survive a crash of the process or the machine.
     * Storing the same bytes again is free.
     *
     * @return their SHA-256, lower-case hex
     */
    String put(byte[] bytes);

    /**
     * Reads bytes back and checks them against their name.
     *
     * @throws BlobException BLOB_MISSING or BLOB_CORRUPT; BLOB_NOT_READ where the disk fails
     */
    byte[] get(String sha256);

    boolean contains(String sha256);
}
