package org.precedent.projection;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.index.IndexException;
import org.precedent.index.IndexHome;
import org.precedent.index.SearchableIndex;
import org.precedent.index.WritableIndex;

/**
 * An index of this process: writable in the first process that opens it of those that may,
 * read-only in others that share the catalogue. One that may not write any more reads from its next
 * step on. One that is damaged, removed or of an old format is dropped and projected again, at the
 * start and while it serves.
 *
 * @param <S> what searches it
 * @param <W> what also writes it
 */
final class SharedIndex<S extends SearchableIndex, W extends WritableIndex> {
    private static final Logger LOG = Logger.getLogger(SharedIndex.class);

    /** How long another process may take to begin an index that this one cannot. */
    private static final Duration FIRST_COMMIT = Duration.ofSeconds(10);

    private static final Duration FIRST_LEADER = Duration.ofMinutes(2);

    private final IndexHome<S, W> home;
    private final BooleanSupplier mayWrite;

    /** Held from reading the outbox to applying it: a clear in between would leave a gap. */
    private final Object stepping = new Object();

    private @Nullable W writer;
    private S search;

    /** Whether what was searched is closed and no other could be opened in its place. */
    private boolean lost;

    /**
     * @param mayWrite whether this process may write it; asked before every step
     */
    SharedIndex(IndexHome<S, W> home, BooleanSupplier mayWrite) {
        this.home = home;
        this.mayWrite = mayWrite;
        this.writer = openWriter();
        this.search = writer != null ? home.search(writer) : openReader();
    }

    synchronized boolean isWriter() {
        return writer != null;
    }

    synchronized S search() {
        return search;
    }

    synchronized W writer() {
        if (writer == null) {
            throw new IllegalStateException(
                    "another process writes the index " + name() + "; stop it first");
        }
        return writer;
    }

    /**
     * One step of what feeds this index. Where another process writes it, reads what that one has
     * committed since, and takes over when it is gone. Where the index is not usable any more,
     * starts an empty one instead, to be fed from the first change again.
     *
     * @param feeding given what writes the index; false when there was nothing to do
     * @return false when there was nothing to do
     */
    boolean step(Predicate<W> feeding) {
        if (!isWriter()) {
            refresh();
            return false;
        }
        if (!mayWrite.getAsBoolean()) {
            synchronized (stepping) {
                leaveToOthers();
            }
            return false;
        }
        synchronized (stepping) {
            if (isLost()) {
                recreate("its files are not there any more");
                return true;
            }
            try {
                return feeding.test(writer());
            } catch (IndexException e) {
                if (!isUnusable(e)) {
                    throw e;
                }
                recreate(e.getMessage());
                return true;
            }
        }
    }

    /** Reads from here on what another process writes. */
    private synchronized void leaveToOthers() {
        LOG.infof("this process does not write %s any more", name());
        lost = true; // until there is something to search
        try {
            search.close();
        } catch (RuntimeException e) {
            LOG.debugf(e, "what is left of the index %s", name());
        }
        writer = null;
        search = home.read();
        lost = false;
    }

    private synchronized boolean isLost() {
        return lost || !home.intact();
    }

    private static boolean isUnusable(IndexException e) {
        return e.rebuildable() || e.code() == IndexException.Code.MISSING;
    }

    private synchronized void recreate(@Nullable String why) {
        LOG.warnf("the index %s is dropped and projected again: %s", name(), why);
        lost = true;
        try {
            search.close();
        } catch (RuntimeException e) {
            LOG.debugf(e, "what is left of the index %s", name());
        }
        try {
            W fresh = home.recreate();
            writer = fresh;
            search = home.search(fresh);
        } catch (IndexException e) {
            if (e.code() != IndexException.Code.LOCKED) {
                throw e;
            }
            writer = null;
            search = openReader();
        }
        lost = false;
    }

    private synchronized void refresh() {
        if (writer != null) {
            return;
        }
        W taken = openWriter();
        if (taken != null) {
            S reader = search;
            writer = taken;
            search = home.search(taken);
            lost = false;
            reader.close();
            LOG.infof("this process writes %s now: the one that did is gone", name());
            return;
        }
        if (lost) {
            search = home.read();
            lost = false;
            return;
        }
        try {
            search.refresh();
        } catch (IndexException e) {
            if (!isUnusable(e)) {
                throw e;
            }
            // The process that writes it may have started afresh.
            S fresh = home.read();
            search.close();
            search = fresh;
        }
    }

    private @Nullable W openWriter() {
        if (!mayWrite.getAsBoolean()) {
            return null;
        }
        try {
            return home.open();
        } catch (IndexException e) {
            if (e.code() == IndexException.Code.LOCKED) {
                return null;
            }
            if (!e.rebuildable()) {
                throw e;
            }
            LOG.warnf("the index is dropped and projected again: %s", e.getMessage());
            return home.recreate();
        }
    }

    /** The writing process may be about to make its first commit: give it a moment. */
    private S openReader() {
        IndexException last = null;
        Duration patience = mayWrite.getAsBoolean() ? FIRST_COMMIT : FIRST_LEADER;
        long deadline = System.nanoTime() + patience.toNanos();
        while (last == null || System.nanoTime() < deadline) {
            try {
                return home.read();
            } catch (IndexException e) {
                last = e;
            }
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        throw Objects.requireNonNull(last);
    }

    /** The lock of whoever feeds, clears or replaces this index. */
    Object stepping() {
        return stepping;
    }

    /** The name of its space. */
    String name() {
        return home.name();
    }

    /** Where it lies, in a line. */
    String place() {
        return home.place();
    }

    /**
     * Copies the newest commit, which of an index of this process is all that it shows.
     *
     * @param into the copy's directory will lie here
     * @return the outbox sequence that it has reached
     */
    long snapshot(Path into) {
        commit();
        return home.snapshot(into.resolve(name()));
    }

    private synchronized void commit() {
        if (writer != null) {
            writer.commit();
        }
    }

    /**
     * Puts a copy in the place of this index; what feeds it waits.
     *
     * @param from where {@link #snapshot} put it
     * @param head the catalogue's last outbox sequence: a copy that knows more is of another state
     * @return the outbox sequence that it has reached
     */
    long restore(Path from, long head) {
        synchronized (stepping) {
            return replace(from, head);
        }
    }

    private synchronized long replace(Path from, long head) {
        writer();
        Path copy = from.resolve(name());
        long sequence = home.sequenceOf(copy);
        if (sequence > head) {
            throw ServiceException.badParameter(
                    "snapshot",
                    copy.toString(),
                    "it has reached change "
                            + sequence
                            + ", but the catalogue ends at "
                            + head
                            + ": restore the catalogue of the same time, or rebuild the index");
        }
        search.close();
        try {
            home.restore(copy);
        } finally {
            writer = openWriter();
            search = writer != null ? home.search(writer) : openReader();
        }
        return sequence;
    }

    synchronized void close() {
        search.close();
    }
}
