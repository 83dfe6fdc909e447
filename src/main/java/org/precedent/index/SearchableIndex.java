package org.precedent.index;

import org.precedent.embedding.EmbeddingSpace;

/**
 * What can be asked of every index, whatever it finds. Every call sees one state of the index:
 * whole batches or nothing of them. Thread-safe.
 */
public interface SearchableIndex extends AutoCloseable {
    EmbeddingSpace space();

    /** The outbox sequence that this index has reached; 0 when empty. */
    long sequence();

    /**
     * Moves to the newest state that the process which writes this index has made durable; does
     * nothing where that is this process, which always sees its own writes.
     *
     * @throws IndexException when that state cannot be read; what was readable stays so
     */
    void refresh();

    @Override
    void close();
}
