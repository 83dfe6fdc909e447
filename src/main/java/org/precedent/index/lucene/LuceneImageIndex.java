package org.precedent.index.lucene;

import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.store.Directory;
import org.jspecify.annotations.Nullable;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.index.Batches;
import org.precedent.index.ImageIndex;
import org.precedent.index.IndexContent;
import org.precedent.index.IndexEntry;
import org.precedent.index.IndexException;
import org.precedent.index.SupportFilter;

/**
 * An image index in one directory of Lucene files, embedded and durable: what is visible is on the
 * disk within a second. It holds the directory's write lock until closed; other processes read
 * beside it with {@link LuceneImageSearch}.
 */
final class LuceneImageIndex implements ImageIndex {
    private final IndexContent content;
    private final CommitWriter writer;
    private final LuceneImageSearch search;

    /**
     * Opens an index to write, or starts an empty one where there is none.
     *
     * @param home the index's own directory, made when absent
     * @throws IndexException LOCKED when another process writes it; OTHER_SPACE, OTHER_KEYS,
     *     OTHER_FORMAT or CORRUPT when its content cannot be used, and then {@link #recreate}
     *     starts afresh
     */
    static LuceneImageIndex open(Path home, IndexContent content, HnswConfig config) {
        return new LuceneImageIndex(
                CommitWriter.open(home, content, vectors(config), false), content, config);
    }

    /**
     * Drops whatever index is in a directory, readable or not, and starts an empty one.
     *
     * @param home the index's own directory, made when absent; only Lucene's files are deleted
     * @throws IndexException LOCKED when another process writes it
     */
    static LuceneImageIndex recreate(Path home, IndexContent content, HnswConfig config) {
        return new LuceneImageIndex(
                CommitWriter.open(home, content, vectors(config), true), content, config);
    }

    /** Takes over the directory: it is closed with this. */
    LuceneImageIndex(Directory directory, IndexContent content, HnswConfig config) {
        this(new CommitWriter(directory, content, vectors(config), false), content, config);
    }

    private LuceneImageIndex(CommitWriter writer, IndexContent content, HnswConfig config) {
        this.content = content;
        this.writer = writer;
        this.search = new LuceneImageSearch(writer.reader(), config);
    }

    private static Lucene99HnswVectorsFormat vectors(HnswConfig config) {
        return new Lucene99HnswVectorsFormat(
                config.maxConn(), config.beamWidth(), 1, null, config.tinySegment());
    }

    @Override
    public EmbeddingSpace space() {
        return content.space();
    }

    @Override
    public long sequence() {
        return writer.stamp().sequence();
    }

    @Override
    public synchronized void apply(List<Change> changes, long sequence) {
        Batches.check(changes, sequence, writer.stamp().sequence(), content.space());
        writer.write(
                lucene -> {
                    for (Change change : changes) {
                        switch (change) {
                            case Change.Put put ->
                                    lucene.updateDocuments(
                                            ImageDocuments.term(put.imageId()),
                                            put.vectors().stream()
                                                    .map(ImageDocuments::write)
                                                    .toList());
                            case Change.Remove remove -> {
                                lucene.deleteDocuments(ImageDocuments.term(remove.imageId()));
                                if (remove.erased()) {
                                    writer.purge();
                                }
                            }
                        }
                    }
                },
                CommitStamp.now(content, sequence));
    }

    @Override
    public void commit() {
        writer.commit();
    }

    @Override
    public synchronized void clear() {
        writer.write(IndexWriter::deleteAll, CommitStamp.now(content, 0));
        writer.commit(); // or whoever fills it again might find it full
    }

    @Override
    public SearchResult search(float[] vector, SupportFilter filter, int k) {
        return search.search(vector, filter, k);
    }

    @Override
    public SearchResult sample(float[] vector, SupportFilter filter, int k, long seed) {
        return search.sample(vector, filter, k, seed);
    }

    @Override
    public int count(SupportFilter filter) {
        return search.count(filter);
    }

    @Override
    public List<UUID> eligible(SupportFilter filter, int limit) {
        return search.eligible(filter, limit);
    }

    @Override
    public List<IndexEntry> of(UUID imageId) {
        return search.of(imageId);
    }

    @Override
    public List<IndexEntry> page(@Nullable Cursor after, int limit) {
        return search.page(after, limit);
    }

    /** As {@link LuceneImageSearch#verifyChecksums}. */
    void verifyChecksums() {
        search.verifyChecksums();
    }

    /** Ends at the last batch: merges that are under way are given up, finished ones are kept. */
    @Override
    public synchronized void close() {
        writer.close();
    }
}
