package org.precedent.index.lucene;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
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
import org.precedent.index.IndexContent;
import org.precedent.index.IndexException;

/**
 * Writes one directory of Lucene files in batches. It holds the directory's write lock until
 * closed; a {@link CommitReader} of another process reads beside it.
 *
 * <p>What this process searches is a batch ahead of the disk: a batch is visible here, whole, as
 * soon as its documents are in new files, and a thread of its own commits at most {@value
 * #COMMIT_MILLIS} ms later, because on a busy disk the syncing of a commit takes longer than an
 * image may stay unfound. The catalogue is what must not be lost; a crash leaves the last commit,
 * whose sequence says where the outbox has to start again.
 *
 * <p>A commit may meet a batch half-way: it then holds whole images of that batch, and the sequence
 * of the one before. These are put again after a crash, which changes nothing: an image is
 * projected as it is now, not as it was at a sequence.
 */
final class CommitWriter implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(CommitWriter.class.getName());

    /** Holds a batch of some 100,000 vectors of 256 components before it spills to a segment. */
    private static final double WRITE_BUFFER_MB = 128;

    /**
     * Merges may queue up to this number before a writer is made to wait for them: a graph merge of
     * seconds must not hold up an acknowledged image.
     */
    private static final int QUEUED_MERGES = 1000;

    /** A batch waits no longer for its commit. */
    private static final long COMMIT_MILLIS = 1000;

    private final Directory directory;
    private final IndexContent content;
    private final KnnVectorsFormat vectors;
    private final LiveReader reader;
    private final ScheduledThreadPoolExecutor committing =
            new ScheduledThreadPoolExecutor(
                    1, Thread.ofPlatform().daemon().name("index commits").factory());

    /** Null while the disk refuses. */
    private @Nullable IndexWriter writer;

    private volatile CommitStamp stamp;

    /** Whether what was deleted must go with the next commit. */
    private final AtomicBoolean purging = new AtomicBoolean();

    private boolean scheduled;

    /** Whether written batches were lost behind the back of whoever writes the next. */
    private boolean fellBack;

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
     * @throws IndexException LOCKED when another process writes it; OTHER_SPACE, OTHER_KEYS,
     *     OTHER_FORMAT or CORRUPT when its content cannot be used
     */
    static CommitWriter open(
            Path home, IndexContent content, KnnVectorsFormat vectors, boolean fresh) {
        try {
            Files.createDirectories(home);
            Directory directory = FSDirectory.open(home);
            try {
                return new CommitWriter(directory, content, vectors, fresh);
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
            Directory directory, IndexContent content, KnnVectorsFormat vectors, boolean fresh) {
        this.directory = directory;
        this.content = content;
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
                this.reader = new LiveReader(directory.toString(), content.space(), opened, stamp);
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
    StateReader reader() {
        return reader;
    }

    /** Of the last batch, or of the disk's where that was taken back. */
    CommitStamp stamp() {
        return stamp;
    }

    /**
     * Makes one batch visible. Where that fails, nothing of it is, and {@link #stamp} falls back to
     * what is on the disk: what was not there yet has to be written again. What was visible stays.
     *
     * @throws IndexException IO also once after a commit failed meanwhile: the batch then began
     *     where the index no longer is
     */
    synchronized void write(Writing batch, CommitStamp reached) {
        IndexWriter open = writer();
        try {
            // What a commit says must hold of whatever part of the batch it meets.
            open.setLiveCommitData(stamp.before(reached).data().entrySet());
            batch.to(open);
            reader.show(reached);
            // Not before: a commit under way has chosen its documents, but not yet what it says.
            open.setLiveCommitData(reached.data().entrySet());
        } catch (Error e) {
            // Without memory Lucene's writer gives itself up: go on from the disk with another.
            abandon(e);
            throw e;
        } catch (IOException | RuntimeException e) {
            abandon(e);
            if (e instanceof IndexException translated) {
                throw translated;
            }
            throw LuceneFailures.translate(e, directory.toString());
        }
        stamp = reached;
        if (!scheduled) {
            scheduled = true;
            committing.schedule(this::commitInTime, COMMIT_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /**
     * Makes all that was written durable.
     *
     * @throws IndexException when the disk refuses; {@link #stamp} is then what the disk holds
     */
    void commit() {
        @Nullable IndexWriter open;
        synchronized (this) {
            open = writer;
            scheduled = false;
        }
        if (open == null) {
            return;
        }
        try {
            if (purging.getAndSet(false)) {
                open.forceMergeDeletes(true);
            }
            open.commit();
        } catch (IOException | RuntimeException e) {
            synchronized (this) {
                if (writer != open) {
                    return; // a failed batch has taken it back meanwhile
                }
                CommitStamp before = stamp;
                abandon(e);
                fellBack |= stamp.sequence() != before.sequence();
            }
            throw LuceneFailures.translate(e, directory.toString());
        }
    }

    private void commitInTime() {
        try {
            commit();
        } catch (IndexException e) {
            LOG.log(System.Logger.Level.WARNING, "index not committed: " + e.getMessage());
        } catch (Error e) {
            // The next batch finds its writer closed, and goes on from the disk.
            LOG.log(System.Logger.Level.WARNING, "index not committed: " + e);
        }
    }

    /**
     * With the next commit, what was deleted goes from the files, too: every segment that holds
     * anything deleted is rewritten. For what is erased; the rest goes by and by.
     */
    void purge() {
        purging.set(true);
    }

    /** Merges all segments into one and waits for it. */
    synchronized void merge() {
        write(lucene -> lucene.forceMerge(1), stamp);
    }

    /** Ends at the last batch: merges that are under way are given up, finished ones are kept. */
    @Override
    public void close() {
        committing.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        committing.close();
        synchronized (this) {
            if (!closed) {
                closed = true;
                end();
            }
        }
    }

    private void end() {
        try {
            if (writer != null) {
                try {
                    writer.commit();
                } finally {
                    writer.rollback();
                    writer = null;
                }
            }
        } catch (IOException e) {
            throw LuceneFailures.translate(e, directory.toString());
        } finally {
            reader.close();
            try {
                directory.close();
            } catch (IOException e) {
                throw LuceneFailures.translate(e, directory.toString());
            }
        }
    }

    private IndexWriter writer() {
        if (closed) {
            throw IndexException.of(
                    IndexException.Code.CLOSED, "index " + directory + " was closed");
        }
        if (writer == null) {
            CommitStamp before = stamp;
            try {
                reopen();
            } catch (IOException e) {
                throw LuceneFailures.translate(e, directory.toString());
            }
            fellBack |= stamp.sequence() != before.sequence();
        }
        if (fellBack) {
            fellBack = false;
            throw IndexException.of(
                    IndexException.Code.IO,
                    "index "
                            + directory
                            + " could not be committed and fell back to sequence "
                            + stamp.sequence()
                            + ": what came after it has to be written again");
        }
        return Objects.requireNonNull(writer);
    }

    /** Takes back what is not on the disk. */
    private void abandon(Throwable cause) {
        IndexWriter broken = writer;
        writer = null;
        try {
            if (broken != null) {
                broken.rollback();
            }
            reopen();
        } catch (IOException | RuntimeException e) {
            cause.addSuppressed(e);
        }
    }

    /** Goes on from what the disk holds. */
    private void reopen() throws IOException {
        IndexWriter opened = openWriter(IndexWriterConfig.OpenMode.APPEND);
        try {
            CommitStamp found = stamp(opened, false);
            reader.follow(opened, found);
            stamp = found;
        } catch (IOException | RuntimeException e) {
            opened.rollback();
            throw e;
        }
        writer = opened;
    }

    private CommitStamp stamp(IndexWriter opened, boolean fresh) {
        Map<String, String> data = new HashMap<>();
        if (!fresh && opened.getLiveCommitData() != null) {
            opened.getLiveCommitData().forEach(e -> data.put(e.getKey(), e.getValue()));
        }
        if (data.isEmpty() && opened.getDocStats().maxDoc == 0) {
            return CommitStamp.now(content, 0);
        }
        CommitStamp found = CommitStamp.of(data);
        found.check(content, directory.toString());
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
                        .setMergePolicy(new TieredMergePolicy().setForceMergeDeletesPctAllowed(0))
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
