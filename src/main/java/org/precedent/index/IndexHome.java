package org.precedent.index;

import java.nio.file.Path;

/**
 * Where an engine keeps the index of one space: a directory, or a collection of a server. At most
 * one process at a time has it open to write.
 *
 * @param <S> what searches the index
 * @param <W> what also writes it
 */
public interface IndexHome<S extends SearchableIndex, W extends WritableIndex> {

    /** The name of the space. */
    String name();

    /** Where the index lies and how it is kept there, in a line for an operator. */
    default String place() {
        return name();
    }

    /** Whether there is an index, whatever is in it. */
    boolean exists();

    /**
     * Opens the index to write, or starts an empty one where there is none.
     *
     * @throws IndexException LOCKED when another process writes it; one that is {@link
     *     IndexException#rebuildable} when its content cannot be used, and then {@link #recreate}
     *     starts afresh
     */
    W open();

    /**
     * Drops whatever is there, readable or not, and starts an empty index.
     *
     * @throws IndexException LOCKED when another process writes it
     */
    W recreate();

    /** What searches an index that this process writes: it sees every batch at once. */
    S search(W index);

    /**
     * Opens the newest durable state, beside another process that may be writing.
     *
     * @throws IndexException MISSING when there is none yet; one that is {@link
     *     IndexException#rebuildable} when it cannot serve this space
     */
    S read();

    /**
     * Whether what this process writes to is still there: false after somebody removed it. Cheap
     * enough to be asked before every batch.
     */
    boolean intact();

    /**
     * Copies the newest durable state and compares every checksum of the copy.
     *
     * @param to the copy's own directory; must not exist, and appears whole or not at all
     * @return the outbox sequence that the copy has reached
     * @throws IndexException MISSING when there is no index; CORRUPT when it is damaged; IO
     */
    long snapshot(Path to);

    /**
     * The outbox sequence that a snapshot says it has reached; nothing else of it is read.
     *
     * @throws IndexException CORRUPT or MISSING when it cannot be told
     */
    long sequenceOf(Path snapshot);

    /**
     * Puts a snapshot in the place of the index. A crash on the way leaves no index, or the
     * snapshot's; either is fed from the catalogue at the next start.
     *
     * @throws IndexException LOCKED while a process has the index open to write; CORRUPT when the
     *     snapshot is damaged, and then the index stays as it is
     */
    void restore(Path snapshot);
}
