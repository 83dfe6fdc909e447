package org.precedent.projection;

import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.index.ImageIndex;
import org.precedent.index.ImageSearch;
import org.precedent.index.IndexException;
import org.precedent.index.LocationIndex;
import org.precedent.index.LocationSearch;
import org.precedent.index.lucene.HnswConfig;
import org.precedent.index.lucene.IndexSnapshots;
import org.precedent.index.lucene.LuceneImageIndex;
import org.precedent.index.lucene.LuceneImageSearch;
import org.precedent.index.lucene.LuceneLocationIndex;
import org.precedent.index.lucene.LuceneLocationSearch;

/**
 * An index of this process: writable in the first process that opens it, read-only in others that
 * share the catalogue. One that is damaged or of an old format is dropped and projected again.
 *
 * @param <S> what reads it
 * @param <W> what also writes it
 */
final class SharedIndex<S extends AutoCloseable, W extends S> {
    private static final Logger LOG = Logger.getLogger(SharedIndex.class);
    private static final int OPEN_ATTEMPTS = 200;

    private final Path home;
    private final Kind<S, W> kind;

    /** Held from reading the outbox to applying it: a clear in between would leave a gap. */
    private final Object stepping = new Object();

    private @Nullable W writer;
    private S search;

    /**
     * How indexes of a kind are opened.
     *
     * @param open to write
     * @param recreate to write, empty, whatever was there
     * @param read beside another process that writes
     * @param refresh moves what {@code read} gave to the newest commit
     * @param commit makes what was written durable
     */
    record Kind<S, W>(
            Function<Path, W> open,
            Function<Path, W> recreate,
            Function<Path, S> read,
            Consumer<S> refresh,
            Consumer<W> commit) {}

    private SharedIndex(Path home, Kind<S, W> kind) {
        this.home = home;
        this.kind = kind;
        this.writer = openWriter();
        this.search = writer != null ? writer : openReader();
    }

    /**
     * An index of whole images, or of objects.
     *
     * @param catalogue where the indexes of the catalogue lie: each space has a directory of its
     *     own, so that an index of another encoder is never mistaken for it
     */
    static SharedIndex<ImageSearch, ImageIndex> ofImages(Path catalogue, EmbeddingSpace space) {
        HnswConfig config = HnswConfig.DEFAULT;
        return new SharedIndex<>(
                catalogue.resolve(space.id()),
                new Kind<>(
                        home -> LuceneImageIndex.open(home, space, config),
                        home -> LuceneImageIndex.recreate(home, space, config),
                        home -> LuceneImageSearch.open(home, space, config),
                        search -> ((LuceneImageSearch) search).refresh(),
                        ImageIndex::commit));
    }

    /** An index of places; as {@link #ofImages}. */
    static SharedIndex<LocationSearch, LocationIndex> ofPlaces(
            Path catalogue, EmbeddingSpace space) {
        HnswConfig config = HnswConfig.PLACES;
        return new SharedIndex<>(
                catalogue.resolve(space.id()),
                new Kind<>(
                        home -> LuceneLocationIndex.open(home, space, config),
                        home -> LuceneLocationIndex.recreate(home, space, config),
                        home -> LuceneLocationSearch.open(home, space, config),
                        search -> ((LuceneLocationSearch) search).refresh(),
                        LocationIndex::commit));
    }

    synchronized boolean isWriter() {
        return writer != null;
    }

    synchronized S search() {
        return search;
    }

    synchronized W writer() {
        return Objects.requireNonNull(
                writer, "another process writes the index at " + home + "; stop it first");
    }

    /** Reads what the writing process has committed since; takes over when that process is gone. */
    synchronized void refresh() {
        if (writer == null) {
            kind.refresh().accept(search);
            writer = openWriter();
            if (writer != null) {
                S reader = search;
                search = writer;
                close(reader);
                LOG.infof("this process writes %s now: the one that did is gone", home);
            }
        }
    }

    private @Nullable W openWriter() {
        try {
            return kind.open().apply(home);
        } catch (IndexException e) {
            if (e.code() == IndexException.Code.LOCKED) {
                return null;
            }
            if (!e.rebuildable()) {
                throw e;
            }
            LOG.warnf("the index is dropped and projected again: %s", e.getMessage());
            return kind.recreate().apply(home);
        }
    }

    /** The writing process may be about to make its first commit: give it a moment. */
    private S openReader() {
        IndexException last = null;
        for (int attempt = 0; attempt < OPEN_ATTEMPTS; attempt++) {
            try {
                return kind.read().apply(home);
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

    /** The name of its space, which is that of its directory. */
    String name() {
        return home.getFileName().toString();
    }

    /**
     * Copies the newest commit, which of an index of this process is all that it shows.
     *
     * @param into the copy's directory will lie here
     * @return the outbox sequence that it has reached
     */
    long snapshot(Path into) {
        commit();
        return IndexSnapshots.take(home, into.resolve(name()));
    }

    private synchronized void commit() {
        if (writer != null) {
            kind.commit().accept(writer);
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
        long sequence = IndexSnapshots.sequence(copy);
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
        close(search);
        try {
            IndexSnapshots.restore(copy, home);
        } finally {
            writer = openWriter();
            search = writer != null ? writer : openReader();
        }
        return sequence;
    }

    synchronized void close() {
        close(search);
    }

    private static void close(AutoCloseable index) {
        try {
            index.close();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
