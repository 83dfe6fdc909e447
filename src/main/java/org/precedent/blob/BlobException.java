package org.precedent.blob;

import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;

/** The blob store refuses: bytes are missing or damaged, or the disk or object store fails. */
public final class BlobException extends DomainException {
    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Code {
        BLOB_MISSING,
        BLOB_CORRUPT,
        BLOB_NOT_READ,
        ERASED_MEANWHILE,
        BLOB_NOT_WRITTEN
    }

    private BlobException(Kind kind, Code code, String message, @Nullable Throwable cause) {
        super(kind, code, message, cause);
    }

    /** No blob of this name is in the store. */
    public static BlobException blobMissing(String sha256, Throwable cause) {
        return blob(Kind.DAMAGED, Code.BLOB_MISSING, sha256, "is not in the blob store", cause);
    }

    /** What is stored under this name are other bytes. */
    public static BlobException blobCorrupt(String sha256, @Nullable Throwable cause) {
        return blob(
                Kind.DAMAGED,
                Code.BLOB_CORRUPT,
                sha256,
                "does not hash to its name any more: restore it from a backup",
                cause);
    }

    /** The record named bytes when it was read, and they were erased since. */
    static BlobException erasedMeanwhile(BlobException missing) {
        return new BlobException(
                Kind.BUSY,
                Code.ERASED_MEANWHILE,
                "something that this rests on was erased while it was read; ask again, and it is"
                        + " answered without it",
                missing);
    }

    /**
     * It cannot be told now whether the blob is there and whole.
     *
     * @param where "the disk", or the name of another store
     */
    public static BlobException blobNotRead(String sha256, String where, Throwable cause) {
        return blob(
                Kind.BUSY,
                Code.BLOB_NOT_READ,
                sha256,
                "cannot be read from " + where + " now",
                cause);
    }

    /**
     * Nothing was stored.
     *
     * @param where "the disk", or the name of another store
     * @param advice what to look at
     */
    public static BlobException blobNotWritten(
            String sha256, String where, String advice, Throwable cause) {
        return blob(
                Kind.BUSY,
                Code.BLOB_NOT_WRITTEN,
                sha256,
                "could not be written to " + where + ": " + advice,
                cause);
    }

    private static BlobException blob(
            Kind kind, Code code, String sha256, String what, @Nullable Throwable cause) {
        BlobException e = new BlobException(kind, code, "blob " + sha256 + " " + what, cause);
        e.put("blob", sha256);
        return e;
    }
}
