package org.precedent.index;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.index.ConcurrentMergeScheduler;
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
 * Writes one directory of Lucene files in whole batches. It holds the directory's write lock until
 * closed; a {@link CommitReader} of any process reads beside it.
 *
 * <p>A batch becomes durable and visible in this order, which is what makes it whole: the documents
 * are written to new files, the stamp is attached, Lucene's commit syncs the files and renames the
 * new commit into place in one step, and only then searches move to that commit. A crash before the
 * rename leaves the old commit, whose sequence says where the outbox has to start again.
 */
final class CommitWriter implements AutoCloseable {
    /** Holds a batch of some 100,000 vectors of 256 components before it spills to a segment. */
    private static final double WRITE_BUFFER_MB = 128;

    /**
     * Merges may queue up to this number before a writer is made to wait for them: a graph merge of
     * seconds must not hold up an acknowledged image.
     */
    private static final int QUEUED_MERGES = 1000;

    private final Directory directory;
    private final EmbeddingSpace space;
    private final KnnVectorsFormat vectors;
    private final CommitReader reader;
    private @Nullable IndexWriter writer;
    private CommitStamp stamp;
    private boolean closed;

    /** Puts documents. */
    @FunctionalInterface
    interface Writing {
        void to(IndexWriter writer) throws IOException;
    }

    /**
     * Opens an index to write, or starts an empty one where there is none.
     *
     * @param home the index's own directory, made when absent
     * @param vectors how vectors are kept
     * @param fresh drops whatever is there, readable or not; only Lucene's files are deleted
     * @throws IndexException LOCKED when another process writes it; OTHER_SPACE, OTHER_FORMAT or
     *     CORRUPT when its content cannot be used
     */
    static CommitWriter open(
            Path home, EmbeddingSpace space, KnnVectorsFormat vectors, boolean fresh) {
        try {
            Files.createDirectories(home);
            Directory directory = FSDirectory.open(home);
            try {
                return new CommitWriter(directory, space, vectors, fresh);
            } catch (RuntimeException e) {
                directory.close();
                throw e;
            }
        } catch (IOException e) {
            throw LuceneFailures.translate(e, home.toString());
        }
    }

    /** Takes over the directory: it is closed with this. */
    CommitWriter(
            Directory directory, EmbeddingSpace space, KnnVectorsFormat vectors, boolean fresh) {
        this.directory = directory;
        this.space = space;
        this.vectors = new WideVectors(vectors);
        IndexWriterConfig.OpenMode mode =
                fresh
                        ? IndexWriterConfig.OpenMode.CREATE
                        : IndexWriterConfig.OpenMode.CREATE_OR_APPEND;
        try {
            if (fresh) {
                deleteUnreadable(directory);
            }
            IndexWriter opened = openWriter(mode);
            try {
                this.stamp = stamp(opened, fresh);
                opened.setLiveCommitData(stamp.data().entrySet());
                opened.commit();
                this.reader = new CommitReader(directory, space);
            } catch (IOException | RuntimeException e) {
                opened.rollback();
                throw e;
            }
            this.writer = opened;
        } catch (IOException | IllegalArgumentException | UncheckedIOException e) {
            throw LuceneFailures.translate(e, directory.toString());
        }
    }

    /** What searches this index; closed with it. */
    CommitReader reader() {
        return reader;
    }

    /** Of the last batch. */
    synchronized CommitStamp stamp() {
        return stamp;
    }

    /** Makes one batch durable and visible, or leaves everything as it was. */
    synchronized void write(Writing batch, CommitStamp reached) {
        try {
            IndexWriter open = writer();
            batch.to(open);
            open.setLiveCommitData(reached.data().entrySet());
            open.commit();
        } catch (IOException | RuntimeException e) {
            abandon(e);
            if (e instanceof IndexException refusal) {
                throw refusal;
            }
            throw LuceneFailures.translate(e, directory.toString());
        }
        stamp = reached;
        reader.refresh();
    }

    /** Merges all segments into one and waits for it. */
    synchronized void merge() {
        write(lucene -> lucene.forceMerge(1), stamp);
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
            reader.close();
        }
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

    private CommitStamp stamp(IndexWriter opened, boolean fresh) {
        Map<String, String> data = new HashMap<>();
        if (!fresh && opened.getLiveCommitData() != null) {
            opened.getLiveCommitData().forEach(e -> data.put(e.getKey(), e.getValue()));
        }
        if (data.isEmpty() && opened.getDocStats().maxDoc == 0) {
            return CommitStamp.now(space, 0);
        }
        CommitStamp found = CommitStamp.of(data);
        found.check(space, directory.toString());
        return found;
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
                        .setCodec(codec());
        return new IndexWriter(directory, writing);
    }

    private Lucene104Codec codec() {
        return new Lucene104Codec() {
            @Override
            public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
                return vectors;
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
                    if (IndexSnapshots.isLucene(file)) {
                        directory.deleteFile(file);
                    }
                }
            }
        }
    }
}
