package org.precedent.projection;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.jboss.logging.Logger;
import org.precedent.DomainException;
import org.precedent.ServiceException;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Outbox;
import org.precedent.catalog.ProjectedImage;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.imaging.Raster;
import org.precedent.index.ImageSearch;

/**
 * Keeps one index of places or objects up with the catalogue, in the background: their vectors need
 * a network, so they come a little after those of whole images. Runs in the process that holds the
 * index's write lock.
 *
 * @param <C> what changes for one image
 * @param <S> what reads the index
 * @param <W> what also writes it
 */
abstract class LevelProjection<C, S extends AutoCloseable, W extends S> {
    private static final Logger LOG = Logger.getLogger(LevelProjection.class);
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final int ENTRIES = 64;

    /** A batch takes about so long: what is embedded shall be found before the last of many is. */
    private static final Duration BATCH_TIME = Duration.ofMillis(100);

    final Outbox outbox;
    private final BlobStore blobs;
    private final SharedIndex<S, W> index;
    private final EmbeddingSpace space;
    private final OutboxFollower follower;

    LevelProjection(
            String name,
            Outbox outbox,
            BlobStore blobs,
            EmbeddingSpace space,
            SharedIndex<S, W> index) {
        this.outbox = outbox;
        this.blobs = blobs;
        this.space = space;
        this.index = index;
        this.follower = new OutboxFollower(name, POLL, this::follow);
    }

    void start() {
        follower.start();
    }

    SharedIndex<S, W> index() {
        return index;
    }

    /** The outbox sequence that the index has reached. */
    abstract long reached();

    /** Names the space of the vectors. */
    String name() {
        return space.id();
    }

    S search() {
        return index.search();
    }

    /** What an image's vectors are now; empty where nothing changes. */
    abstract Optional<C> change(ProjectedImage image);

    /** Applies changes of different images together with the sequence that they reach. */
    abstract void apply(List<C> changes, long sequence);

    /** Drops all vectors. */
    abstract void clear();

    /**
     * Compares what is kept of these images with the catalogue, vectors made anew.
     *
     * @return one line a difference
     */
    abstract List<String> verify(List<UUID> images);

    /** The images of which anything is kept, as {@link ImageSearch#ID_ORDER} has them. */
    abstract Iterator<UUID> images();

    /** Tells that something was committed to the outbox. */
    void wake() {
        follower.wake();
    }

    private boolean follow() {
        if (!index.isWriter()) {
            index.refresh();
            return false;
        }
        synchronized (index.stepping()) {
            List<Outbox.Entry> entries = outbox.after(reached(), ENTRIES);
            if (entries.isEmpty()) {
                return false;
            }
            project(entries);
            return true;
        }
    }

    /** Applies the first entries, as many as there is time for; at least one. */
    private void project(List<Outbox.Entry> entries) {
        long start = System.nanoTime();
        Map<UUID, ProjectedImage> images = new HashMap<>();
        outbox.project(entries.stream().map(Outbox.Entry::imageId).distinct().toList())
                .forEach(image -> images.put(image.imageId(), image));
        List<C> changes = new ArrayList<>();
        long reached = reached();
        for (Outbox.Entry entry : entries) {
            // As it is now: a later entry of the same image has nothing to add.
            ProjectedImage image = images.remove(entry.imageId());
            if (image != null) {
                change(image).ifPresent(changes::add);
            }
            reached = entry.sequence();
            if (follower.closed() || System.nanoTime() - start > BATCH_TIME.toNanos()) {
                break;
            }
        }
        apply(changes, reached);
    }

    /**
     * Waits until something is so, or everything that was committed before is projected.
     *
     * @throws ServiceException NOT_CAUGHT_UP when it takes longer
     */
    void await(BooleanSupplier so, Duration atMost) {
        long head = outbox.head();
        long deadline = System.nanoTime() + atMost.toNanos();
        while (reached() < head && !so.getAsBoolean()) {
            if (System.nanoTime() > deadline || Thread.currentThread().isInterrupted()) {
                throw ServiceException.notCaughtUp(reached(), head);
            }
            wake();
            OutboxFollower.sleep(Duration.ofMillis(5));
            if (!index.isWriter()) {
                index.refresh();
            }
        }
    }

    /**
     * Waits until everything that is committed now is projected.
     *
     * @param standstill the longest time without a step forward
     * @throws ServiceException NOT_CAUGHT_UP when it stands still for longer
     */
    void awaitCommitted(Duration standstill) {
        follower.await(outbox.head(), this::reached, standstill);
    }

    /**
     * Drops the index and projects the whole catalogue again; returns when it is done.
     *
     * @param progress told the sequence reached, now and then
     * @throws IllegalStateException when another process writes the index
     */
    void rebuild(LongConsumer progress) {
        synchronized (index.stepping()) {
            clear();
        }
        long head = outbox.head();
        while (reached() < head) {
            wake();
            OutboxFollower.sleep(Duration.ofMillis(20));
            progress.accept(reached());
        }
    }

    Raster raster(String sha256) {
        return Raster.fromNetpbm(blobs.get(sha256));
    }

    /**
     * An image without vectors must not keep the others back; a busy network must.
     *
     * @throws DomainException again, when it says to try later
     */
    static void skip(UUID image, DomainException e) {
        if (e.kind() == DomainException.Kind.BUSY) {
            throw e;
        }
        LOG.warnf("image %s has no place or object vectors: %s", image, e.getMessage());
    }

    void close() {
        follower.close();
        index.close();
    }
}
