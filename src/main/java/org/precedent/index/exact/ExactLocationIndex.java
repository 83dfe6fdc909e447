package org.precedent.index.exact;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.embedding.LocationEmbedder.Location;
import org.precedent.index.Batches;
import org.precedent.index.ImageSearch;
import org.precedent.index.LocationIndex;
import org.precedent.index.Pages;
import org.precedent.index.SupportFilter;
import org.precedent.index.Vectors;

/**
 * Locations in memory, every one of which is compared with every vector that asks. It is what the
 * others are tested against, and serves a run over one dataset folder without any files. Not
 * durable.
 */
public final class ExactLocationIndex implements LocationIndex {

    /** One state; a batch replaces it as a whole. */
    private record State(NavigableMap<UUID, List<Location>> images, long sequence) {}

    private static final State EMPTY =
            new State(Collections.unmodifiableNavigableMap(new TreeMap<>(ImageSearch.ID_ORDER)), 0);

    private final EmbeddingSpace space;
    private final Supplier<? extends ImageSearch> members;
    private volatile State state = EMPTY;

    /**
     * @param members says which images pass a filter
     */
    public ExactLocationIndex(EmbeddingSpace space, Supplier<? extends ImageSearch> members) {
        this.space = space;
        this.members = members;
    }

    @Override
    public EmbeddingSpace space() {
        return space;
    }

    @Override
    public long sequence() {
        return state.sequence();
    }

    @Override
    public synchronized void put(Map<UUID, List<Location>> images, long sequence) {
        Batches.checkLocations(images, sequence, state.sequence(), space);
        NavigableMap<UUID, List<Location>> all = new TreeMap<>(state.images());
        images.forEach((image, locations) -> {
            if (locations.isEmpty()) {
                all.remove(image);
            } else {
                all.put(image, List.copyOf(locations));
            }
        });
        state = new State(Collections.unmodifiableNavigableMap(all), sequence);
    }

    @Override
    public void commit() {}

    @Override
    public synchronized void clear() {
        state = EMPTY;
    }

    @Override
    public Result search(List<float[]> vectors, SupportFilter filter, int k) {
        Vectors.checkK(k);
        vectors.forEach(vector -> Vectors.checkDimension(vector, space, "query vector"));
        List<UUID> eligible = members.get().eligible(filter, Integer.MAX_VALUE);
        NavigableMap<UUID, List<Location>> images = state.images();
        List<UUID> held = eligible.stream().filter(images::containsKey).toList();
        int count = held.stream().mapToInt(image -> locations(images, image).size()).sum();
        List<List<Hit>> hits =
                vectors.parallelStream().map(vector -> nearest(vector, images, held, k)).toList();
        return new Result(hits, held.size(), count, (long) count * vectors.size(), true);
    }

    private static List<Hit> nearest(
            float[] vector, Map<UUID, List<Location>> images, List<UUID> held, int k) {
        PriorityQueue<Hit> best = new PriorityQueue<>(Hit.ORDER.reversed());
        for (UUID image : held) {
            for (Location location : locations(images, image)) {
                Hit hit =
                        new Hit(
                                image,
                                location.cell(),
                                (float) Vectors.product(vector, location.vector()));
                if (best.size() < k || Hit.ORDER.compare(hit, best.element()) < 0) {
                    best.add(hit);
                    if (best.size() > k) {
                        best.remove();
                    }
                }
            }
        }
        List<Hit> sorted = new ArrayList<>(best);
        sorted.sort(Hit.ORDER);
        return sorted;
    }

    private static List<Location> locations(Map<UUID, List<Location>> images, UUID image) {
        return images.getOrDefault(image, List.of());
    }

    @Override
    public boolean contains(UUID imageId) {
        return state.images().containsKey(imageId);
    }

    @Override
    public List<UUID> page(@Nullable UUID after, int limit) {
        Pages.checkLimit(limit);
        NavigableMap<UUID, List<Location>> images = state.images();
        NavigableMap<UUID, List<Location>> rest =
                after == null ? images : images.tailMap(after, false);
        return rest.keySet().stream().limit(limit).toList();
    }

    @Override
    public List<Location> of(UUID imageId) {
        return locations(state.images(), imageId);
    }

    @Override
    public void close() {
        // Nothing is held.
    }
}
