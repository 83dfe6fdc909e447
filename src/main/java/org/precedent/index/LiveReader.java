package org.precedent.index;

import java.io.IOException;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.search.SearcherManager;
import org.precedent.embedding.EmbeddingSpace;

/** Reads what a writer of this process has been given, before it is on the disk. */
final class LiveReader extends StateReader {
    private volatile CommitStamp stamp;

    LiveReader(String where, EmbeddingSpace space, IndexWriter writer, CommitStamp stamp)
            throws IOException {
        super(where, space, searchers(writer));
        this.stamp = stamp;
    }

    private static SearcherManager searchers(IndexWriter writer) throws IOException {
        return new SearcherManager(writer, null);
    }

    @Override
    CommitStamp stamp() {
        return stamp;
    }

    /**
     * Shows what the writer holds now.
     *
     * @param reached what it says about itself once that is visible
     */
    void show(CommitStamp reached) {
        // A reading that begins in between may meet the longer vectors already.
        stamp = stamp.before(reached);
        refresh();
        stamp = reached;
    }

    /** Follows the writer that took the place of one that failed. */
    void follow(IndexWriter writer, CommitStamp reached) throws IOException {
        stamp = stamp.before(reached);
        moveTo(searchers(writer));
        stamp = reached;
    }
}
