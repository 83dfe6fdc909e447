package org.precedent.index.lucene;

import java.io.EOFException;
import java.nio.file.NoSuchFileException;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.IndexFormatTooNewException;
import org.apache.lucene.index.IndexFormatTooOldException;
import org.apache.lucene.index.IndexNotFoundException;
import org.apache.lucene.store.AlreadyClosedException;
import org.apache.lucene.store.LockObtainFailedException;
import org.precedent.index.IndexException;

/** Turns what Lucene throws into what the caller can act on. */
final class LuceneFailures {
    private LuceneFailures() {}

    /**
     * @param where the index, for the message
     */
    static IndexException translate(Exception e, String where) {
        return switch (e) {
            case LockObtainFailedException locked ->
                    IndexException.of(
                            IndexException.Code.LOCKED,
                            "index "
                                    + where
                                    + " is being written by another process: stop it, or open the"
                                    + " index for reading",
                            locked);
            case IndexNotFoundException missing ->
                    IndexException.of(
                            IndexException.Code.MISSING,
                            "no index in " + where + ": start the service that writes it",
                            missing);
            case CorruptIndexException corrupt -> corrupt(corrupt, where);
            // Also thrown when files were replaced under an open reader.
            case NoSuchFileException corrupt -> corrupt(corrupt, where);
            case EOFException corrupt -> corrupt(corrupt, where);
            case IndexFormatTooOldException old -> otherFormat(old, where);
            case IndexFormatTooNewException young -> otherFormat(young, where);
            case AlreadyClosedException closed ->
                    IndexException.of(
                            IndexException.Code.CLOSED, "index " + where + " was closed", closed);
            case IllegalStateException replaced -> corrupt(replaced, where);
            default ->
                    IndexException.of(
                            IndexException.Code.IO,
                            "index " + where + " cannot be read or written: " + e.getMessage(),
                            e);
        };
    }

    private static IndexException corrupt(Exception e, String where) {
        return IndexException.of(
                IndexException.Code.CORRUPT,
                "index "
                        + where
                        + " is damaged ("
                        + e.getMessage()
                        + "): rebuild it from the catalogue",
                e);
    }

    private static IndexException otherFormat(Exception e, String where) {
        return IndexException.of(
                IndexException.Code.OTHER_FORMAT,
                "index "
                        + where
                        + " was written by another version of Lucene: rebuild it from the"
                        + " catalogue",
                e);
    }
}
