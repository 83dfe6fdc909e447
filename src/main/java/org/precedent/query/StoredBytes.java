package org.precedent.query;

import java.util.ArrayList;
import java.util.List;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Outbox;

/**
 * The bytes of one answer on their way into the store. They may equal bytes of an image that is
 * erased between the put and the record, which nothing names at that moment; these are put again.
 */
public final class StoredBytes {
    private final BlobStore blobs;
    private final Outbox outbox;
    private final long erasure;
    private final List<byte[]> put = new ArrayList<>();

    public StoredBytes(BlobStore blobs, Outbox outbox) {
        this.blobs = blobs;
        this.outbox = outbox;
        this.erasure = outbox.lastErasure();
    }

    /** Puts bytes, and gives their SHA-256. */
    public String put(byte[] bytes) {
        put.add(bytes);
        return blobs.put(bytes);
    }

    /** To be called once the answer is recorded: from then on no erasure takes its bytes. */
    public void putAgainAfterErasure() {
        if (outbox.lastErasure() != erasure) {
            put.forEach(blobs::put);
        }
    }
}
