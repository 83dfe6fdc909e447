package org.precedent.service;

import io.quarkus.runtime.Shutdown;
import io.quarkus.runtime.Startup;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.jboss.logging.Logger;
import org.precedent.DomainException;
import org.precedent.catalog.BlobStore;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Outbox;
import org.precedent.catalog.ProjectedImage;
import org.precedent.catalog.Support;
import org.precedent.embedding.LocationEmbedder;
import org.precedent.embedding.ObjectEmbedder;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.index.ImageSearch;
import org.precedent.index.SupportFilter;
import org.precedent.retrieval.LevelRetriever;
import org.precedent.retrieval.LocationVote.Place;

/**
 * The vectors of places and objects in this process, compared one by one: exact under every filter,
 * which the image index decides. They follow the outbox in the background and live in memory (32 KB
 * an image for 64 places of 128 components), because pixels and masks never change; a query embeds
 * what is not there yet. After a start they are made anew.
 */
@ApplicationScoped
@Startup
public class LevelIndexes {
    private static final Logger LOG = Logger.getLogger(LevelIndexes.class);
    private static final Duration POLL = Duration.ofSeconds(1);

    /** Images between two looks at whether to stop. */
    private static final int BATCH = 16;

    private final Outbox outbox;
    private final Catalog catalog;
    private final BlobStore blobs;
    private final Projector projector;
    private final Optional<LocationEmbedder> locations;
    private final Optional<ObjectEmbedder> objects;
    private final Map<UUID, List<LocationEmbedder.Place>> keys = new ConcurrentHashMap<>();
    private final Map<Long, float[]> vectors = new ConcurrentHashMap<>();
    private final Follower follower;
    private volatile long reached;

    LevelIndexes(
            Outbox outbox,
            Catalog catalog,
            BlobStore blobs,
            Projector projector,
            LevelEncoders encoders) {
        this.outbox = outbox;
        this.catalog = catalog;
        this.blobs = blobs;
        this.projector = projector;
        this.locations = encoders.locations();
        this.objects = encoders.objects();
        this.follower = new Follower("vectors of places and objects", POLL, this::step);
        if (locations.isPresent() || objects.isPresent()) {
            follower.start();
        }
    }

    /** Nearest places; empty where no network gives places their vectors. */
    public Optional<LevelRetriever.PlaceSearch> places() {
        return locations.map(
                embedder -> (queries, filter, count) -> nearest(embedder, queries, filter, count));
    }

    /** Nearest objects; empty where no network gives objects theirs. */
    public Optional<LevelRetriever.ObjectSearch> objects() {
        return objects.map(
                embedder -> (query, filter, count) -> nearest(embedder, query, filter, count));
    }

    /** The outbox sequence up to which everything is embedded. */
    public long reached() {
        return reached;
    }

    private boolean step() {
        List<Outbox.Entry> entries = outbox.after(reached, BATCH);
        if (entries.isEmpty()) {
            return false;
        }
        Set<UUID> images = new LinkedHashSet<>();
        entries.forEach(entry -> images.add(entry.imageId()));
        Map<UUID, List<Support>> supports = outbox.supports(images);
        for (UUID image : images) {
            if (follower.closed()) {
                return false;
            }
            List<Support> of = supports.getOrDefault(image, List.of());
            if (of.isEmpty()) {
                keys.remove(image);
                continue;
            }
            try {
                locations.ifPresent(e -> keys(e, image, of.getFirst().pixelsSha256()));
                objects.ifPresent(e -> of.forEach(support -> vector(e, support)));
            } catch (DomainException e) {
                if (e.kind() == DomainException.Kind.BUSY) {
                    throw e;
                }
                LOG.warnf("image %s has no place or object vectors: %s", image, e.getMessage());
            }
        }
        reached = entries.getLast().sequence();
        return true;
    }

    private List<LocationEmbedder.Place> keys(LocationEmbedder embedder, UUID image, String sha) {
        return keys.computeIfAbsent(image, id -> embedder.keys(raster(sha)));
    }

    private float[] vector(ObjectEmbedder embedder, Support support) {
        return vectors.computeIfAbsent(
                support.annotationId(),
                id ->
                        embedder.embed(
                                raster(support.pixelsSha256()),
                                Mask.fromRaster(raster(support.maskSha256()))));
    }

    private Raster raster(String sha256) {
        return Raster.fromNetpbm(blobs.get(sha256));
    }

    private List<List<Place>> nearest(
            LocationEmbedder embedder, List<float[]> queries, SupportFilter filter, int count) {
        List<UUID> eligible = projector.search().eligible(filter);
        Map<UUID, List<LocationEmbedder.Place>> known = new ConcurrentHashMap<>();
        for (ProjectedImage image : absent(eligible)) {
            known.put(image.imageId(), keys(embedder, image.imageId(), image.pixelsSha256()));
        }
        for (UUID id : eligible) {
            List<LocationEmbedder.Place> places = keys.get(id);
            if (places != null) {
                known.put(id, places);
            }
        }
        return IntStream.range(0, queries.size())
                .parallel()
                .mapToObj(q -> nearest(queries.get(q), known, count))
                .toList();
    }

    private List<ProjectedImage> absent(Collection<UUID> eligible) {
        List<UUID> absent = eligible.stream().filter(id -> !keys.containsKey(id)).toList();
        return absent.isEmpty() ? List.of() : outbox.project(absent);
    }

    /** The best places for one vector, best first; ties by image, then cell. */
    private static List<Place> nearest(
            float[] query, Map<UUID, List<LocationEmbedder.Place>> known, int count) {
        Comparator<Place> order =
                Comparator.comparingDouble(Place::similarity)
                        .reversed()
                        .thenComparing(Place::imageId, ImageSearch.ID_ORDER)
                        .thenComparing(Place::cell);
        PriorityQueue<Place> best = new PriorityQueue<>(order.reversed());
        known.forEach((id, places) -> {
            for (LocationEmbedder.Place place : places) {
                float similarity = dot(query, place.vector());
                if (best.size() < count || similarity >= best.element().similarity()) {
                    best.add(new Place(id, place.cell(), similarity));
                    if (best.size() > count) {
                        best.remove();
                    }
                }
            }
        });
        List<Place> found = new ArrayList<>(best);
        found.sort(order);
        return found;
    }

    private List<ImageSearch.Hit> nearest(
            ObjectEmbedder embedder, float[] query, SupportFilter filter, int count) {
        List<UUID> eligible = projector.search().eligible(filter);
        if (eligible.isEmpty()) {
            return List.of();
        }
        return catalog
                .supports(filter.poolId(), filter.poolVersion(), filter.labelId(), eligible)
                .values()
                .stream()
                .map(support ->
                        new ImageSearch.Hit(
                                support.imageId(), dot(query, vector(embedder, support))))
                .sorted(
                        Comparator.comparingDouble(ImageSearch.Hit::similarity)
                                .reversed()
                                .thenComparing(ImageSearch.Hit::imageId, ImageSearch.ID_ORDER))
                .limit(count)
                .toList();
    }

    /** In a fixed order of summation, in double: the same on every machine. */
    private static float dot(float[] a, float[] b) {
        double s0 = 0;
        double s1 = 0;
        int i = 0;
        for (; i + 1 < a.length; i += 2) {
            s0 += (double) a[i] * b[i];
            s1 += (double) a[i + 1] * b[i + 1];
        }
        for (; i < a.length; i++) {
            s0 += (double) a[i] * b[i];
        }
        return (float) (s0 + s1);
    }

    @Shutdown
    void close() {
        follower.close();
    }
}
