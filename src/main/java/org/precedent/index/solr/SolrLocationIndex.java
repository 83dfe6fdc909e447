package org.precedent.index.solr;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.embedding.LocationEmbedder.Location;
import org.precedent.index.Batches;
import org.precedent.index.ImageSearch;
import org.precedent.index.LocationIndex;
import org.precedent.index.SupportFilter;
import org.precedent.index.Vectors;

/** An index of locations in SolrCloud that this process writes. */
final class SolrLocationIndex implements LocationIndex {
    private final EmbeddingSpace space;
    private final SolrWriter writer;
    private final SolrLocationSearch search;

    SolrLocationIndex(
            SolrCollection collection,
            EmbeddingSpace space,
            SolrWriter writer,
            Supplier<ImageSearch> members,
            SolrSettings settings) {
        this.space = space;
        this.writer = writer;
        this.search =
                new SolrLocationSearch(
                        collection, space, VisibleState.of(writer), members, settings);
    }

    @Override
    public EmbeddingSpace space() {
        return space;
    }

    @Override
    public long sequence() {
        return search.sequence();
    }

    @Override
    public synchronized void put(Map<UUID, List<Location>> images, long sequence) {
        Batches.checkLocations(images, sequence, sequence(), space);
        List<ObjectNode> documents = new ArrayList<>();
        List<UUID> erased = new ArrayList<>();
        double longest = 0;
        for (Map.Entry<UUID, List<Location>> image : images.entrySet()) {
            if (image.getValue().isEmpty()) {
                erased.add(image.getKey());
            }
            documents.addAll(Documents.write(image.getKey(), image.getValue()));
            for (Location location : image.getValue()) {
                float[] vector = location.vector();
                longest = Math.max(longest, Math.sqrt(Vectors.product(vector, vector)));
            }
        }
        writer.write(images.keySet(), documents, sequence, longest, erased);
    }

    @Override
    public void commit() {
        writer.commit();
    }

    @Override
    public synchronized void clear() {
        writer.clear();
    }

    @Override
    public Result search(List<float[]> vectors, SupportFilter filter, int k) {
        return search.search(vectors, filter, k);
    }

    @Override
    public boolean contains(UUID imageId) {
        return search.contains(imageId);
    }

    @Override
    public List<UUID> page(@Nullable UUID after, int limit) {
        return search.page(after, limit);
    }

    @Override
    public List<Location> of(UUID imageId) {
        return search.of(imageId);
    }

    @Override
    public void close() {
        writer.close();
    }
}
