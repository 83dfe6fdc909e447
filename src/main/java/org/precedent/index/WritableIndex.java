package org.precedent.index;

/** What can be done to every index by the one process that writes it. */
public interface WritableIndex extends SearchableIndex {

    /** Makes all that was written durable now; otherwise that happens within a second. */
    void commit();

    /** Drops everything and starts again at sequence 0. */
    void clear();

    /** Does nothing: the process that writes sees its own writes. */
    @Override
    default void refresh() {}
}
