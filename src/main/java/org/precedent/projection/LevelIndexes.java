package org.precedent.projection;

import io.quarkus.runtime.Shutdown;
import io.quarkus.runtime.Startup;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.precedent.PrecedentConfig;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Outbox;
import org.precedent.index.LocationSearch;
import org.precedent.index.SupportFilter;
import org.precedent.retrieval.SupportRetriever;

/**
 * The indexes of places and objects, where networks give these their vectors. A query waits until
 * every image that it may find has been embedded, as it waits for the index of images.
 */
@ApplicationScoped
@Startup
public class LevelIndexes {
    private final ImageProjection projector;
    private final Duration await;
    private final @Nullable LocationProjection places;
    private final @Nullable ObjectProjection objects;

    LevelIndexes(
            Outbox outbox,
            Catalog catalog,
            BlobStore blobs,
            ImageProjection projector,
            LevelEncoders encoders,
            PrecedentConfig config,
            ProjectionConfig projection) {
        Path home = config.indexDirectory().resolve(catalog.id().toString());
        this.projector = projector;
        this.await = projection.await();
        this.places =
                encoders.locations()
                        .map(embedder ->
                                new LocationProjection(
                                        outbox,
                                        blobs,
                                        embedder,
                                        SharedIndex.ofPlaces(home, embedder.space())))
                        .orElse(null);
        this.objects =
                encoders.objects()
                        .map(embedder ->
                                new ObjectProjection(
                                        outbox,
                                        blobs,
                                        embedder,
                                        SharedIndex.ofImages(home, embedder.space())))
                        .orElse(null);
        projectors().forEach(LevelProjection::start);
    }

    /** Nearest places; empty where no network gives places their vectors. */
    public Optional<SupportRetriever.NearestPlaces> places() {
        return Optional.ofNullable(places)
                .map(index -> (vectors, filter, count) -> nearest(index, vectors, filter, count));
    }

    /** Nearest objects; empty where no network gives objects theirs. */
    public Optional<SupportRetriever.ObjectSearch> objects() {
        return Optional.ofNullable(objects)
                .map(index ->
                        (vector, filter, count) -> {
                            List<UUID> eligible = projector.search().eligible(filter);
                            index.await(
                                    () -> index.search().eligible(filter).equals(eligible), await);
                            return index.search().search(vector, filter, count);
                        });
    }

    /**
     * How far an index is.
     *
     * @param name of its embedding space
     * @param reached the outbox sequence up to which everything is in it
     */
    public record Progress(String name, long reached) {}

    /** How far the indexes are, places first. */
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

    /** The projectors that there are, places first. */
    Stream<LevelProjection<?, ?, ?>> projectors() {
        return Stream.<LevelProjection<?, ?, ?>>concat(
                Stream.ofNullable(places), Stream.ofNullable(objects));
    }

    /** Tells that something was committed to the outbox. */
    void wake() {
        projectors().forEach(LevelProjection::wake);
    }

    private LocationSearch.Result nearest(
            LocationProjection index, List<float[]> vectors, SupportFilter filter, int count) {
        List<UUID> eligible = projector.search().eligible(filter);
        index.await(() -> index.search().absent(eligible).isEmpty(), await);
        return index.search().search(vectors, eligible, count);
    }

    @Shutdown
    void close() {
        projectors().forEach(LevelProjection::close);
    }
}
