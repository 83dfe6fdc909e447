package org.precedent.index.solr;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.index.Batches;
import org.precedent.index.ImageIndex;
import org.precedent.index.IndexEntry;
import org.precedent.index.SupportFilter;

/** An index of images or objects in SolrCloud that this process writes. */
final class SolrImageIndex implements ImageIndex {
    private final EmbeddingSpace space;
    private final SolrWriter writer;
    private final SolrImageSearch search;

    SolrImageIndex(
            SolrCollection collection,
            EmbeddingSpace space,
            SolrWriter writer,
            SolrSettings settings) {
        this.space = space;
        this.writer = writer;
        this.search = new SolrImageSearch(collection, space, VisibleState.of(writer), settings);
    }

    /** The reading side of the same index. */
    SolrImageSearch search() {
        return search;
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
    public synchronized void apply(List<Change> changes, long sequence) {
        Batches.check(changes, sequence, sequence(), space);
        Map<UUID, List<IndexEntry>> images = new LinkedHashMap<>();
        List<UUID> erased = new ArrayList<>();
        for (Change change : changes) {
            switch (change) {
                case Change.Put put -> images.put(put.imageId(), put.vectors());
                case Change.Remove remove -> {
                    images.put(remove.imageId(), List.of());
                    if (remove.erased()) {
                        erased.add(remove.imageId());
                    }
                }
            }
        }
        List<ObjectNode> documents =
                images.values().stream().flatMap(List::stream).map(Documents::write).toList();
        writer.write(images.keySet(), documents, sequence, 1, erased);
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
    public SearchResult search(float[] vector, SupportFilter filter, int k) {
        return search.search(vector, filter, k);
    }

    @Override
    public SearchResult sample(float[] vector, SupportFilter filter, int k, long seed) {
        return search.sample(vector, filter, k, seed);
    }

    @Override
    public int count(SupportFilter filter) {
        return search.count(filter);
    }

    @Override
    public List<UUID> eligible(SupportFilter filter, int limit) {
        return search.eligible(filter, limit);
    }

    @Override
    public List<IndexEntry> of(UUID imageId) {
        return search.of(imageId);
    }

    @Override
    public List<IndexEntry> page(@Nullable Cursor after, int limit) {
        return search.page(after, limit);
    }

    @Override
    public void close() {
        writer.close();
    }
}
