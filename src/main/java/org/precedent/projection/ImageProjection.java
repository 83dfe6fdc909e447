package org.precedent.projection;

import io.quarkus.runtime.Shutdown;
import io.quarkus.runtime.Startup;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongConsumer;
import org.precedent.ServiceException;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Outbox;
import org.precedent.catalog.ProjectedImage;
import org.precedent.catalog.Quarantines;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.imaging.Raster;
import org.precedent.index.ImageIndex;
import org.precedent.index.ImageSearch;
import org.precedent.index.IndexEntry;

/**
 * Keeps the image index up with the catalogue: reads the outbox from the sequence that the index
 * has reached, embeds what changed, applies it as one batch. Runs in the process that holds the
 * index's write lock; another process that shares the catalogue reads what this one commits. An
 * index of another space that is being built is fed beside it, and takes its place when it is
 * complete.
 */
@ApplicationScoped
@Startup
public class ImageProjection {
    private static final int FIRST_BATCH = 16;

    /** A batch that takes longer is followed by a smaller one, another one by a larger one. */
    private static final Duration BATCH_TIME = Duration.ofSeconds(1);

    private final Outbox outbox;
    private final BlobStore blobs;
    private final ImageSpaces spaces;
    private final Quarantines quarantines;
    private final ProjectionConfig config;
    private final List<Feed> feeds = new ArrayList<>();
    private volatile boolean caughtUpOnce;

    ImageProjection(
            Outbox outbox,
            BlobStore blobs,
            ImageSpaces spaces,
            Quarantines quarantines,
            ProjectionConfig config) {
        this.outbox = outbox;
        this.blobs = blobs;
        this.spaces = spaces;
        this.quarantines = quarantines;
        this.config = config;
        feeds.add(new Feed(spaces.current()));
        ImageSpaces.Serving next = spaces.next();
        if (next != null) {
            feeds.add(new Feed(next));
        }
        feeds.forEach(feed -> feed.follower.start());
    }

    /** The outbox sequence that the index has reached. */
    public long reached() {
        return spaces.current().reached();
    }

    /** The embedding space of the index. */
    public EmbeddingSpace space() {
        return spaces.current().space();
    }

    /** The space that is being built to take its place, and how far it is; empty where none is. */
    public Optional<LevelIndexes.Progress> next() {
        return Optional.ofNullable(spaces.next())
                .map(next -> new LevelIndexes.Progress(next.space().id(), next.reached()));
    }

    /** What stands for a patient in every index. */
    public String patientKey(String pseudonym) {
        return outbox.patientKey(pseudonym);
    }

    /** What queries search. */
    public ImageSearch search() {
        return spaces.current().index().search();
    }

    /** Whether the index has once reached the outbox's end since start. */
    public boolean ready() {
        return caughtUpOnce;
    }

    /**
     * Tells that something was committed to the outbox: project it now rather than at next poll.
     */
    public void wake() {
        feeds.forEach(feed -> feed.follower.wake());
    }

    /**
     * Waits until everything that is committed now can be found.
     *
     * @throws ServiceException NOT_CAUGHT_UP when it takes longer than configured
     */
    public void awaitCommitted() {
        awaitCommitted(OutboxFollower.Patience.inAll(config.await()));
    }

    /** As {@link #awaitCommitted()}, with another patience. */
    void awaitCommitted(OutboxFollower.Patience patience) {
        ImageSpaces.Serving current = spaces.current();
        for (Feed feed : feeds) {
            if (feed.fed == current) {
                feed.follower.await(outbox.head(), current::reached, patience);
            }
        }
    }

    /** How each projection does at this moment, that of the space which answers first. */
    List<ProjectionState> states() {
        List<ProjectionState> states = new ArrayList<>();
        for (Feed feed : feeds) {
            states.add(
                    feed.fed == spaces.current() ? 0 : states.size(),
                    ProjectionState.of(
                            feed.fed == spaces.next()
                                    ? ProjectionState.Kind.NEXT_IMAGES
                                    : ProjectionState.Kind.IMAGES,
                            feed.fed.space().id(),
                            feed.fed.reached(),
                            feed.follower.condition()));
        }
        return states;
    }

    /**
     * Drops the index and projects the whole catalogue again; returns when it is done.
     *
     * @param progress told the sequence reached, now and then
     * @throws IllegalStateException when another process writes the index
     */
    public void rebuild(LongConsumer progress) {
        feeds.forEach(Feed::clear);
        awaitCommitted(OutboxFollower.Patience.endless(progress));
    }

    /** All that are fed. */
    List<SharedIndex<?, ?>> indexes() {
        List<SharedIndex<?, ?>> indexes = new ArrayList<>();
        feeds.forEach(feed -> indexes.add(feed.fed.index()));
        return indexes;
    }

    @Shutdown
    void close() {
        feeds.forEach(feed -> feed.follower.close());
        spaces.close();
    }

    /** Feeds one index. */
    private final class Feed {
        private final ImageSpaces.Serving fed;
        private final OutboxFollower follower;
        private final Quarantine quarantine;

        /**
         * Entries of the next batch, at most as many as configured: an embedder that runs a network
         * takes seconds an image, and what is embedded shall be found before the last of many is.
         */
        private int batch = FIRST_BATCH;

        private boolean recorded;

        Feed(ImageSpaces.Serving fed) {
            this.fed = fed;
            this.quarantine = new Quarantine(quarantines, fed.space().id(), config.retry());
            this.follower =
                    new OutboxFollower("index " + fed.space().id(), config.poll(), this::follow);
        }

        void clear() {
            synchronized (fed.index().stepping()) {
                fed.index().writer().clear();
                quarantine.clear();
            }
        }

        private boolean follow() {
            if (fed.index().step(this::step)) {
                return true;
            }
            if (fed.reached() >= outbox.head()) {
                complete();
            }
            return false;
        }

        private void complete() {
            if (fed == spaces.next()) {
                spaces.switchToNext();
            }
            if (fed == spaces.current()) {
                caughtUpOnce = true;
                if (!recorded || !spaces.isRecorded()) {
                    spaces.record();
                    recorded = true;
                }
            }
        }

        /** Applies the next batch; false when there was nothing to do. */
        private boolean step(ImageIndex writer) {
            long start = System.nanoTime();
            List<Outbox.Entry> entries =
                    outbox.after(writer.sequence(), Math.min(batch, config.batch()));
            if (entries.isEmpty()) {
                List<UUID> due = quarantine.due();
                if (!due.isEmpty()) {
                    project(writer, due, writer.sequence());
                }
                return false;
            }
            Set<UUID> images = new LinkedHashSet<>();
            entries.forEach(entry -> images.add(entry.imageId()));
            project(writer, images, entries.getLast().sequence());
            boolean slow = System.nanoTime() - start > BATCH_TIME.toNanos();
            batch = slow ? Math.max(1, batch / 2) : Math.min(config.batch(), 2 * batch);
            return true;
        }

        /** Applies what can be found of some images now, together with a sequence. */
        private void project(ImageIndex writer, Collection<UUID> images, long sequence) {
            List<ImageIndex.Change> changes = new ArrayList<>();
            for (ProjectedImage image : outbox.project(images)) {
                if (image.memberships().isEmpty()) {
                    changes.add(new ImageIndex.Change.Remove(image.imageId(), image.isErased()));
                    continue;
                }
                quarantine
                        .attempt(image.imageId(), () -> vector(writer, image))
                        .ifPresent(vector ->
                                changes.add(
                                        new ImageIndex.Change.Put(
                                                Projections.indexed(image, vector))));
            }
            writer.apply(changes, sequence);
            quarantine.settle(images);
        }

        /** Pixels never change, so a vector that is there is kept when memberships do. */
        private float[] vector(ImageIndex writer, ProjectedImage image) {
            return writer.of(image.imageId()).stream()
                    .filter(there -> there.pixelsSha256().equals(image.pixelsSha256()))
                    .findFirst()
                    .map(IndexEntry::vector)
                    .orElseGet(() -> embed(image));
        }

        private float[] embed(ProjectedImage image) {
            return fed.embedder().embed(Raster.fromNetpbm(blobs.get(image.pixelsSha256())));
        }
    }
}
