package org.precedent.projection;

import io.quarkus.runtime.Shutdown;
import io.quarkus.runtime.Startup;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Outbox;
import org.precedent.catalog.Quarantines;
import org.precedent.index.IndexEngine;
import org.precedent.index.SupportFilter;
import org.precedent.node.NodeDuties;
import org.precedent.retrieval.SupportRetriever;

/**
 * The indexes of locations and objects, where networks give these their vectors. A query waits
 * until every image that it may find has been embedded, as it waits for the index of images.
 */
@ApplicationScoped
@Startup
public class LevelIndexes {
    private final Outbox outbox;
    private final ImageProjection projector;
    private final Duration await;
    private final @Nullable LocationProjection locations;
    private final @Nullable ObjectProjection objects;

    LevelIndexes(
            Outbox outbox,
            BlobStore blobs,
            ImageProjection projector,
            LevelEncoders encoders,
            Quarantines quarantines,
            IndexEngine engine,
            ProjectionConfig projection,
            NodeDuties duties) {
        this.outbox = outbox;
        this.projector = projector;
        this.await = projection.await();
        this.locations =
                encoders.locations()
                        .map(embedder ->
                                new LocationProjection(
                                        outbox,
                                        blobs,
                                        new Quarantine(
                                                quarantines,
                                                embedder.space().id(),
                                                projection.retry()),
                                        embedder,
                                        new SharedIndex<>(
                                                engine.locations(
                                                        embedder.space(), projector::search),
                                                () -> duties.writes(engine.isShared()))))
                        .orElse(null);
        this.objects =
                encoders.objects()
                        .map(embedder ->
                                new ObjectProjection(
                                        outbox,
                                        blobs,
                                        new Quarantine(
                                                quarantines,
                                                embedder.space().id(),
                                                projection.retry()),
                                        embedder,
                                        new SharedIndex<>(
                                                engine.images(embedder.space()),
                                                () -> duties.writes(engine.isShared()))))
                        .orElse(null);
        projectors().forEach(LevelProjection::start);
    }

    /** Nearest locations; empty where no network gives locations their vectors. */
    public Optional<SupportRetriever.NearestLocations> locations() {
        return Optional.ofNullable(locations)
                .map(level ->
                        (vectors, filter, count) -> {
                            await(level, filter);
                            return level.search().search(vectors, filter, count);
                        });
    }

    /** Nearest objects; empty where no network gives objects theirs. */
    public Optional<SupportRetriever.ObjectSearch> objects() {
        return Optional.ofNullable(objects)
                .map(level ->
                        (vector, filter, count) -> {
                            await(level, filter);
                            return level.search().search(vector, filter, count);
                        });
    }

    /**
     * Waits until the level holds what the index of images can find under a filter. What other
     * pools were given last need not be there.
     */
    private void await(LevelProjection<?, ?, ?> level, SupportFilter filter) {
        long found = projector.reached();
        if (level.reached() < found) {
            level.await(
                    Math.min(found, outbox.lastOf(filter.poolId())),
                    OutboxFollower.Patience.inAll(await));
        }
    }

    /**
     * How far an index is.
     *
     * @param name of its embedding space
     * @param reached the outbox sequence up to which everything is in it
     */
    public record Progress(String name, long reached) {}

    /** How far the indexes are, locations first. */
    public List<Progress> progress() {
        return projectors().map(p -> new Progress(p.name(), p.reached())).toList();
    }

    /**
     * Drops one index and projects the whole catalogue into it again.
     *
     * @param name of its embedding space
     * @param progress told the sequence reached, now and then
     * @throws IllegalStateException when another process writes it
     */
    public void rebuild(String name, LongConsumer progress) {
        projectors().filter(p -> p.name().equals(name)).forEach(p -> p.rebuild(progress));
    }

    /** The projectors that there are, locations first. */
    Stream<LevelProjection<?, ?, ?>> projectors() {
        return Stream.<LevelProjection<?, ?, ?>>concat(
                Stream.ofNullable(locations), Stream.ofNullable(objects));
    }

    /** How each projection does at this moment, locations first. */
    Stream<ProjectionState> states() {
        return projectors()
                .map(level ->
                        ProjectionState.of(
                                level == locations
                                        ? ProjectionState.Kind.LOCATIONS
                                        : ProjectionState.Kind.OBJECTS,
                                level.name(),
                                level.reached(),
                                level.condition()));
    }

    /** Tells that something was committed to the outbox. */
    void wake() {
        projectors().forEach(LevelProjection::wake);
    }

    @Shutdown
    void close() {
        projectors().forEach(LevelProjection::close);
    }
}
