package org.precedent.index;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.index.ConcurrentMergeScheduler;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.index.TieredMergePolicy;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.Lock;
import org.jspecify.annotations.Nullable;
import org.precedent.embedding.EmbeddingSpace;

/**
 * An image index in one directory of Lucene files, embedded and durable. It holds the directory's
 * write lock until closed; other processes read beside it with {@link LuceneImageSearch}.
 *
 * <p>A batch becomes durable and visible in this order, which is what makes it whole: the documents
 * are written to new files, the sequence is attached, Lucene's commit syncs the files and renames
 * the new commit into place in one step, and only then searches move to that commit. A crash before
 * the rename leaves the old commit, whose sequence says where the outbox has to start again.
 */
public final class LuceneImageIndex implements ImageIndex {
    /** Holds a batch of some 100,000 vectors of 256 components before it spills to a segment. */
    private static final double WRITE_BUFFER_MB = 128;

    /**
     * Merges may queue up to this number before a writer is made to wait for them: a graph merge of
     * seconds must not hold up an acknowledged image.
     */
    private static final int QUEUED_MERGES = 1000;

    private final Directory directory;
    private final EmbeddingSpace space;
    private final HnswConfig config;
    private final LuceneImageSearch search;
    private @Nullable IndexWriter writer;
    private long sequence;
    private boolean closed;

    /**
     * Opens an index to write, or starts an empty one where there is none.
     *
     * @param home the index's own directory, made when absent
     * @throws IndexException LOCKED when another process writes it; OTHER_SPACE, OTHER_FORMAT or
     *     CORRUPT when its content cannot be used, and then {@link #recreate} starts afresh
     */
    public static LuceneImageIndex open(Path home, EmbeddingSpace space, HnswConfig config) {
        return open(home, space, config, IndexWriterConfig.OpenMode.CREATE_OR_APPEND);
    }

    /**
     * Drops whatever index is in a directory, readable or not, and starts an empty one.
     *
     * @param home the index's own directory, made when absent; only Lucene's files are deleted
     * @throws IndexException LOCKED when another process writes it
     */
    public static LuceneImageIndex recreate(Path home, EmbeddingSpace space, HnswConfig config) {
        return open(home, space, config, IndexWriterConfig.OpenMode.CREATE);
    }

    private static LuceneImageIndex open(
            Path home, EmbeddingSpace space, HnswConfig config, IndexWriterConfig.OpenMode mode) {
        try {
            Files.createDirectories(home);
            Directory directory = FSDirectory.open(home);
            try {
                return new LuceneImageIndex(directory, space, config, mode);
            } catch (RuntimeException e) {
                directory.close();
                throw e;
            }
        } catch (IOException e) {
            throw LuceneFailures.translate(e, home.toString());
        }
    }

    /** Takes over the directory: it is closed with this. */
    LuceneImageIndex(
            Directory directory,
            EmbeddingSpace space,
            HnswConfig config,
            IndexWriterConfig.OpenMode mode) {
        this.directory = directory;
        this.space = space;
        this.config = config;
        try {
            if (mode == IndexWriterConfig.OpenMode.CREATE) {
                deleteUnreadable(directory);
            }
            IndexWriter opened = openWriter(mode);
            try {
                CommitStamp stamp = stamp(opened, mode);
                opened.setLiveCommitData(stamp.data().entrySet());
                opened.commit();
                this.sequence = stamp.sequence();
                this.search = new LuceneImageSearch(directory, space, config);
            } catch (IOException | RuntimeException e) {
                opened.rollback();
                throw e;
            }
            this.writer = opened;
        } catch (IOException | IllegalArgumentException | UncheckedIOException e) {
            throw LuceneFailures.translate(e, directory.toString());
        }
    }

    @Override
    public EmbeddingSpace space() {
        return space;
    }

    @Override
    public long sequence() {
        return search.sequence();
    }

    @Override
    public synchronized void apply(List<Change> changes, long sequence) {
        Batches.check(changes, sequence, this.sequence, space);
        write(
                writer -> {
                    for (Change change : changes) {
                        switch (change) {
                            case Change.Put put ->
                                    writer.updateDocument(
                                            ImageDocuments.term(put.image().imageId()),
                                            ImageDocuments.write(put.image()));
                            case Change.Remove remove ->
                                    writer.deleteDocuments(ImageDocuments.term(remove.imageId()));
                        }
                    }
                },
                sequence);
    }

    @Override
    public synchronized void clear() {
        write(IndexWriter::deleteAll, 0);
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
    public List<UUID> eligible(SupportFilter filter) {
        return search.eligible(filter);
    }

    @Override
    public List<IndexedImage> dump() {
        return search.dump();
    }

    /** As {@link LuceneImageSearch#verifyChecksums}. */
    public void verifyChecksums() {
        search.verifyChecksums();
    }

    /** Ends at the last batch: merges that are under way are given up, finished ones are kept. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            if (writer != null) {
                try {
                    writer.commit();
                } finally {
                    writer.rollback();
                }
            }
        } catch (IOException e) {
            throw LuceneFailures.translate(e, directory.toString());
        } finally {
            search.close();
        }
    }

    private interface Writing {
        void to(IndexWriter writer) throws IOException;
    }

    /** Makes one batch durable and visible, or leaves everything as it was. */
    private void write(Writing batch, long reached) {
        try {
            IndexWriter open = writer();
            batch.to(open);
            open.setLiveCommitData(CommitStamp.now(space, reached).data().entrySet());
            open.commit();
        } catch (IOException | RuntimeException e) {
            abandon(e);
            if (e instanceof IndexException refusal) {
                throw refusal;
            }
            throw LuceneFailures.translate(e, directory.toString());
        }
        sequence = reached;
        search.refresh();
    }

    private IndexWriter writer() throws IOException {
        if (closed) {
            throw IndexException.of(
                    IndexException.Code.CLOSED, "index " + directory + " was closed");
        }
        IndexWriter open = writer;
        if (open == null) {
            open = openWriter(IndexWriterConfig.OpenMode.APPEND);
            writer = open;
        }
        return open;
    }

    /** Takes back what a failed batch wrote; the next batch opens a new writer. */
    private void abandon(Exception cause) {
        IndexWriter broken = writer;
        writer = null;
        if (broken != null) {
            try {
                broken.rollback();
            } catch (IOException | RuntimeException e) {
                cause.addSuppressed(e);
            }
        }
    }

    private CommitStamp stamp(IndexWriter opened, IndexWriterConfig.OpenMode mode) {
        Map<String, String> data = new HashMap<>();
        if (mode != IndexWriterConfig.OpenMode.CREATE && opened.getLiveCommitData() != null) {
            opened.getLiveCommitData().forEach(e -> data.put(e.getKey(), e.getValue()));
        }
        if (data.isEmpty() && opened.getDocStats().maxDoc == 0) {
            return CommitStamp.now(space, 0);
        }
        CommitStamp stamp = CommitStamp.of(data);
        stamp.check(space, directory.toString());
        return stamp;
    }

    private IndexWriter openWriter(IndexWriterConfig.OpenMode mode) throws IOException {
        ConcurrentMergeScheduler merges = new ConcurrentMergeScheduler();
        merges.setMaxMergesAndThreads(QUEUED_MERGES, 1);
        IndexWriterConfig writing =
                new IndexWriterConfig()
                        .setOpenMode(mode)
                        .setCommitOnClose(false)
                        .setRAMBufferSizeMB(WRITE_BUFFER_MB)
                        .setMergePolicy(new TieredMergePolicy())
                        .setMergeScheduler(merges)
                        .setMaxFullFlushMergeWaitMillis(0)
                        .setCodec(codec(config));
        return new IndexWriter(directory, writing);
    }

    private static Lucene104Codec codec(HnswConfig config) {
        // Lucene leaves out the graph of a segment of n vectors when n <= ln(n) * threshold.
        int threshold =
                (int) Math.max(1, config.exactLimit() / Math.max(1, Math.log(config.exactLimit())));
        KnnVectorsFormat format =
                new Lucene99HnswVectorsFormat(
                        config.maxConn(), config.beamWidth(), 1, null, threshold);
        return new Lucene104Codec() {
            @Override
            public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
                return format;
            }
        };
    }

    /**
     * Lucene starts afresh over an index that it can read, which also keeps readers of the old one
     * working; one that it cannot read has to go first.
     */
    private static void deleteUnreadable(Directory directory) throws IOException {
        try (Lock lock = directory.obtainLock(IndexWriter.WRITE_LOCK_NAME)) {
            lock.ensureValid();
            try {
                if (SegmentInfos.getLastCommitGeneration(directory) >= 0) {
                    SegmentInfos.readLatestCommit(directory);
                }
            } catch (IOException | RuntimeException unreadable) {
                for (String file : directory.listAll()) {
                    if (IndexFileNames.CODEC_FILE_PATTERN.matcher(file).matches()
                            || file.startsWith(IndexFileNames.SEGMENTS)
                            || file.startsWith(IndexFileNames.PENDING_SEGMENTS)) {
                        directory.deleteFile(file);
                    }
                }
            }
        }
    }
}
