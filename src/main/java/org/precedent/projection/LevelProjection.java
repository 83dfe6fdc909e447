package org.precedent.projection;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongConsumer;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Outbox;
import org.precedent.catalog.ProjectedImage;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.imaging.Raster;
import org.precedent.index.ImageSearch;
import org.precedent.index.SearchableIndex;
import org.precedent.index.WritableIndex;

/**
 * Keeps one index of locations or objects up with the catalogue, in the background: their vectors
 * need a network, so they come a little after those of whole images. Runs in the process that holds
 * the index's write lock.
 *
 * @param <C> what changes for one image
 * @param <S> what searches the index
 * @param <W> what also writes it
 */
abstract class LevelProjection<C, S extends SearchableIndex, W extends WritableIndex> {
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final int ENTRIES = 64;

    /** A batch takes about so long: what is embedded shall be found before the last of many is. */
    private static final Duration BATCH_TIME = Duration.ofMillis(100);

    final Outbox outbox;
    final Quarantine quarantine;
    private final BlobStore blobs;
    private final SharedIndex<S, W> index;
    private final EmbeddingSpace space;
    private final OutboxFollower follower;

    LevelProjection(
            String name,
            Outbox outbox,
            BlobStore blobs,
            Quarantine quarantine,
            EmbeddingSpace space,
            SharedIndex<S, W> index) {
        this.outbox = outbox;
        this.blobs = blobs;
        this.quarantine = quarantine;
        this.space = space;
        this.index = index;
        this.follower = new OutboxFollower(name, POLL, () -> index.step(this::step));
    }

    void start() {
        follower.start();
    }

    SharedIndex<S, W> index() {
        return index;
    }

    /** The outbox sequence that the index has reached. */
    long reached() {
        return search().sequence();
    }

    /** Names the space of the vectors. */
    String name() {
        return space.id();
    }

    /** How the projection does at this moment. */
    OutboxFollower.Condition condition() {
        return follower.condition();
    }

    S search() {
        return index.search();
    }

    /**
     * What an image's vectors are now; empty where nothing changes. What cannot be made goes
     * through the quarantine.
     */
    abstract Optional<C> change(ProjectedImage image);

    /** Applies changes of different images together with the sequence that they reach. */
    abstract void apply(W writer, List<C> changes, long sequence);

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

    private boolean step(W writer) {
        List<Outbox.Entry> entries = outbox.after(writer.sequence(), ENTRIES);
        if (!entries.isEmpty()) {
            project(writer, entries);
            return true;
        }
        List<UUID> due = quarantine.due();
        if (!due.isEmpty()) {
            List<C> changes = new ArrayList<>();
            for (ProjectedImage image : outbox.project(due)) {
                change(image).ifPresent(changes::add);
            }
            apply(writer, due, changes, writer.sequence());
        }
        return false;
    }

    /** Applies the first entries, as many as there is time for; at least one. */
    private void project(W writer, List<Outbox.Entry> entries) {
        long start = System.nanoTime();
        Map<UUID, ProjectedImage> images = new HashMap<>();
        outbox.project(entries.stream().map(Outbox.Entry::imageId).distinct().toList())
                .forEach(image -> images.put(image.imageId(), image));
        List<UUID> projected = new ArrayList<>();
        List<C> changes = new ArrayList<>();
        long reached = writer.sequence();
        for (Outbox.Entry entry : entries) {
            // As it is now: a later entry of the same image has nothing to add.
            ProjectedImage image = images.remove(entry.imageId());
            if (image != null) {
                change(image).ifPresent(changes::add);
                projected.add(image.imageId());
            }
            reached = entry.sequence();
            if (follower.closed() || System.nanoTime() - start > BATCH_TIME.toNanos()) {
                break;
            }
        }
        apply(writer, projected, changes, reached);
    }

    private void apply(W writer, Collection<UUID> images, List<C> changes, long sequence) {
        apply(writer, changes, sequence);
        quarantine.settle(images);
    }

    /**
     * Waits until everything up to a sequence is projected.
     *
     * @throws org.precedent.ServiceException NOT_CAUGHT_UP when patience ends before
     */
    void await(long sequence, OutboxFollower.Patience patience) {
        follower.await(sequence, this::reached, patience);
    }

    /**
     * Drops the index and projects the whole catalogue again; returns when it is done.
     *
     * @param progress told the sequence reached, now and then
     * @throws IllegalStateException when another process writes the index
     */
    void rebuild(LongConsumer progress) {
        synchronized (index.stepping()) {
            index.writer().clear();
            quarantine.clear();
        }
        await(outbox.head(), OutboxFollower.Patience.endless(progress));
    }

    Raster raster(String sha256) {
        return Raster.fromNetpbm(blobs.get(sha256));
    }

    void close() {
        follower.close();
        index.close();
    }
}
