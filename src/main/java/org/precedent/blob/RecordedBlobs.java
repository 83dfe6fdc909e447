package org.precedent.blob;

import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A store beside a record of what it should hold. Bytes that are missing although the record names
 * them are lost; where it names them no more, whoever asks had read the record before an erasure
 * and is told to read it again.
 */
public final class RecordedBlobs implements BlobStore {
    private final BlobStore store;
    private final Predicate<String> recorded;

    /**
     * @param store that is closed with this one
     * @param recorded whether the record names a SHA-256 now; asked only about what is missing
     */
    public RecordedBlobs(BlobStore store, Predicate<String> recorded) {
        this.store = store;
        this.recorded = recorded;
    }

    /**
     * @throws BlobException as of any store; ERASED_MEANWHILE in place of BLOB_MISSING where the
     *     record does not name the bytes any more
     */
    @Override
    public byte[] get(String sha256) {
        try {
            return store.get(sha256);
        } catch (BlobException e) {
            if (e.code() == BlobException.Code.BLOB_MISSING && !recorded.test(sha256)) {
                throw BlobException.erasedMeanwhile(e);
            }
            throw e;
        }
    }

    @Override
    public String put(byte[] bytes) {
        return store.put(bytes);
    }

    @Override
    public void verify(String sha256) {
        store.verify(sha256);
    }

    @Override
    public boolean contains(String sha256) {
        return store.contains(sha256);
    }

    @Override
    public void delete(String sha256) {
        store.delete(sha256);
    }

    @Override
    public Stream<Stored> list() {
        return store.list();
    }

    @Override
    public void close() {
        store.close();
    }
}
