package org.precedent.index.lucene;

import java.io.IOException;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.store.AlreadyClosedException;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.index.IndexException;

/** Reads one state of an index at a time, and moves to newer ones. Thread-safe. */
abstract class StateReader implements AutoCloseable {

    /** What is done with one state of the index. */
    @FunctionalInterface
    interface Reading<T> {
        T of(IndexSearcher searcher) throws IOException;
    }

    private final String where;
    private final EmbeddingSpace space;
    private volatile SearcherManager searchers;

    /**
     * @param where the index, for messages
     * @param searchers closed with this
     */
    StateReader(String where, EmbeddingSpace space, SearcherManager searchers) {
        this.where = where;
        this.space = space;
        this.searchers = searchers;
    }

    final EmbeddingSpace space() {
        return space;
    }

    /** What the newest state says about itself; no vector of any state read since is longer. */
    abstract CommitStamp stamp();

    /**
     * Moves to the newest state. Returns after that, even when another thread is doing it.
     *
     * @throws IndexException where it cannot be read; what was readable stays so
     */
    void refresh() {
        try {
            searchers.maybeRefreshBlocking();
        } catch (IOException | IllegalStateException e) {
            throw LuceneFailures.translate(e, where);
        }
    }

    /** Reads from elsewhere from now on; readings that are under way end as they began. */
    final void moveTo(SearcherManager other) throws IOException {
        SearcherManager before = searchers;
        searchers = other;
        before.close();
    }

    /**
     * Reads every file and compares its checksum: what opening alone does not do.
     *
     * @throws IndexException CORRUPT when one differs
     */
    final void verifyChecksums() {
        read(searcher -> {
            for (LeafReaderContext leaf : searcher.getLeafContexts()) {
                leaf.reader().checkIntegrity();
            }
            return 0;
        });
    }

    final <T> T read(Reading<T> reading) {
        try {
            SearcherManager from = searchers;
            IndexSearcher searcher = acquire(from);
            try {
                return reading.of(searcher);
            } finally {
                searcher.getIndexReader().decRef();
            }
        } catch (IOException | AlreadyClosedException e) {
            throw LuceneFailures.translate(e, where);
        }
    }

    /** {@link #moveTo} may close what was just read. */
    private IndexSearcher acquire(SearcherManager from) throws IOException {
        try {
            return from.acquire();
        } catch (AlreadyClosedException e) {
            SearcherManager now = searchers;
            if (now == from) {
                throw e;
            }
            return acquire(now);
        }
    }

    @Override
    public void close() {
        try {
            searchers.close();
        } catch (IOException e) {
            throw LuceneFailures.translate(e, where);
        }
    }
}
