package org.precedent.query;

import java.util.function.Supplier;
import org.precedent.DomainException;
import org.precedent.blob.BlobException;
import org.precedent.catalog.CatalogException;

/**
 * Work that an erasure may get in the way of: what was chosen is gone before it is read. It is done
 * again from the catalogue as it is then, as if it had been asked after the erasure.
 */
public final class ErasedMeanwhile {
    /** More erasures than that during one query are told to the caller. */
    private static final int TRIES = 4;

    private ErasedMeanwhile() {}

    /**
     * Does it, and again where something that it rests on was erased while it was read.
     *
     * @param work that begins with reading the catalogue
     * @throws DomainException as the work; one of which {@link #is} is true where erasures got in
     *     the way every time
     */
    public static <T> T again(Supplier<T> work) {
        for (int attempt = 1; ; attempt++) {
            try {
                return work.get();
            } catch (DomainException e) {
                if (attempt == TRIES || !is(e)) {
                    throw e;
                }
            }
        }
    }

    /** Whether a refusal says that something was erased while it was read. */
    public static boolean is(DomainException e) {
        return e.code() == BlobException.Code.ERASED_MEANWHILE
                || e.code() == CatalogException.Code.ERASED_MEANWHILE;
    }
}
