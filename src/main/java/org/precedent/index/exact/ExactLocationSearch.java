package org.precedent.index.exact;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.embedding.LocationEmbedder.Place;
import org.precedent.index.ImageSearch;
import org.precedent.index.LocationSearch;
import org.precedent.index.Pages;
import org.precedent.index.Vectors;

/**
 * Places in memory, every one of which is compared with every vector that asks. It is what the
 * other index is tested against, and serves a run over one dataset folder without any files. Holds
 * what it was made with for good.
 */
public final class ExactLocationSearch implements LocationSearch {
    private final EmbeddingSpace space;
    private final NavigableMap<UUID, List<Place>> places = new TreeMap<>(ImageSearch.ID_ORDER);

    /**
     * @param places of each image, at least one, by cell; vectors of this space
     */
    public ExactLocationSearch(EmbeddingSpace space, Map<UUID, List<Place>> places) {
        this.space = space;
        places.forEach((image, of) -> {
            of.forEach(place ->
                    Vectors.checkDimension(place.vector(), space, "vector of image " + image));
            this.places.put(image, List.copyOf(of));
        });
    }

    @Override
    public EmbeddingSpace space() {
        return space;
    }

    @Override
    public long sequence() {
        return 0;
    }

    @Override
    public Result search(List<float[]> vectors, List<UUID> images, int k) {
        Vectors.checkK(k);
        vectors.forEach(vector -> Vectors.checkDimension(vector, space, "query vector"));
        List<UUID> held = images.stream().filter(places::containsKey).toList();
        int count = held.stream().mapToInt(image -> of(image).size()).sum();
        List<List<Hit>> hits =
                vectors.parallelStream().map(vector -> nearest(vector, held, k)).toList();
        return new Result(hits, held.size(), count, (long) count * vectors.size(), true);
    }

    private List<Hit> nearest(float[] vector, List<UUID> images, int k) {
        PriorityQueue<Hit> best = new PriorityQueue<>(Hit.ORDER.reversed());
        for (UUID image : images) {
            for (Place place : of(image)) {
                Hit hit =
                        new Hit(
                                image,
                                place.cell(),
                                (float) Vectors.product(vector, place.vector()));
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

    @Override
    public List<UUID> absent(List<UUID> images) {
        return images.stream().filter(image -> !places.containsKey(image)).toList();
    }

    @Override
    public List<UUID> page(@Nullable UUID after, int limit) {
        Pages.checkLimit(limit);
        NavigableMap<UUID, List<Place>> rest =
                after == null ? places : places.tailMap(after, false);
        return rest.keySet().stream().limit(limit).toList();
    }

    @Override
    public List<Place> of(UUID imageId) {
        return places.getOrDefault(imageId, List.of());
    }

    @Override
    public void close() {
        // Nothing is held.
    }
}
