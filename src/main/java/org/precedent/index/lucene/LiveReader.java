package org.precedent.index.lucene;

import java.io.IOException;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.search.SearcherManager;
import org.jspecify.annotations.Nullable;
import org.precedent.embedding.EmbeddingSpace;

/**
 * Reads what a writer of this process has been given, before it is on the disk. Where a writer
 * failed and another took its place, what was shown stays until that one has come as far: a query
 * that has waited for an image must not miss it. Written to by one thread at a time.
 */
final class LiveReader extends StateReader {
    private volatile CommitStamp shown;

    /** Of a writer that holds less than is shown. */
    private @Nullable SearcherManager behind;

    LiveReader(String where, EmbeddingSpace space, IndexWriter writer, CommitStamp stamp)
            throws IOException {
        super(where, space, searchers(writer));
        this.shown = stamp;
    }

    private static SearcherManager searchers(IndexWriter writer) throws IOException {
        return new SearcherManager(writer, null);
    }

    @Override
    CommitStamp stamp() {
        return shown;
    }

    /**
     * Shows what the writer holds now, unless more is shown already.
     *
     * @param reached what it says about itself; 0 shows an index that was cleared
     */
    void show(CommitStamp reached) throws IOException {
        SearcherManager catchingUp = behind;
        if (catchingUp != null) {
            catchingUp.maybeRefreshBlocking();
            if (reached.sequence() >= shown.sequence() || reached.sequence() == 0) {
                behind = null;
                move(catchingUp, reached);
            }
            return;
        }
        // A reading that begins in between may meet the longer vectors already.
        shown = shown.before(reached);
        refresh();
        shown = reached;
    }

    /** Reads from the writer that took the place of one that failed, once it has come as far. */
    void follow(IndexWriter writer, CommitStamp reached) throws IOException {
        SearcherManager other = searchers(writer);
        if (behind != null) {
            behind.close();
            behind = null;
        }
        if (reached.sequence() >= shown.sequence()) {
            move(other, reached);
        } else {
            behind = other;
        }
    }

    private void move(SearcherManager to, CommitStamp reached) throws IOException {
        shown = shown.before(reached);
        moveTo(to);
        shown = reached;
    }

    @Override
    public void close() {
        super.close();
        try {
            if (behind != null) {
                behind.close();
            }
        } catch (IOException e) {
            throw LuceneFailures.translate(e, space().id());
        }
    }
}
