package org.precedent.index.lucene;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Supplier;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.IndexSearcher;
import org.jspecify.annotations.Nullable;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.embedding.LocationEmbedder.Location;
import org.precedent.index.ImageSearch;
import org.precedent.index.IndexContent;
import org.precedent.index.IndexException;
import org.precedent.index.LocationSearch;
import org.precedent.index.Pages;
import org.precedent.index.SupportFilter;
import org.precedent.index.Vectors;

/**
 * Searches a {@link LuceneLocationIndex} of this process as it is, or the commits of another
 * process. It takes no lock and writes nothing; {@link #refresh} moves it to the newest commit.
 */
final class LuceneLocationSearch implements LocationSearch {
    private final StateReader states;
    private final Supplier<ImageSearch> members;
    private final HnswConfig config;

    /**
     * Opens the newest commit of an index that another process may be writing.
     *
     * @param home the index's own directory
     * @param members says which images pass a filter
     * @throws IndexException MISSING when nothing was committed there yet; OTHER_SPACE,
     *     OTHER_FORMAT or CORRUPT when it cannot serve this space
     */
    static LuceneLocationSearch open(
            Path home, EmbeddingSpace space, Supplier<ImageSearch> members, HnswConfig config) {
        return new LuceneLocationSearch(
                CommitReader.open(home, IndexContent.of(space)), members, config);
    }

    /** Takes over the reader: it is closed with this. */
    LuceneLocationSearch(StateReader states, Supplier<ImageSearch> members, HnswConfig config) {
        this.states = states;
        this.members = members;
        this.config = config;
        warm();
    }

    /** Returns after that, even when another thread is doing it. */
    @Override
    public void refresh() {
        states.refresh();
        warm();
    }

    /** Reads whose locations lie where, so that no query has to. */
    void warm() {
        states.read(searcher -> {
            for (LeafReaderContext leaf : searcher.getLeafContexts()) {
                SegmentLocations.of(leaf);
            }
            return 0;
        });
    }

    @Override
    public EmbeddingSpace space() {
        return states.space();
    }

    @Override
    public long sequence() {
        return states.stamp().sequence();
    }

    @Override
    public Result search(List<float[]> vectors, SupportFilter filter, int k) {
        // Both are local: the ids of the filter go from one index to the other in this process.
        return search(vectors, members.get().eligible(filter, Integer.MAX_VALUE), k);
    }

    /**
     * Among the locations of some images.
     *
     * @param images in {@link ImageSearch#ID_ORDER}
     */
    Result search(List<float[]> vectors, List<UUID> images, int k) {
        Vectors.checkK(k);
        for (float[] vector : vectors) {
            Vectors.checkDimension(vector, space(), "query vector");
        }
        return states.read(searcher ->
                LocationNeighbours.run(
                        searcher, vectors, images, k, config, states.stamp().longest()));
    }

    @Override
    public boolean contains(UUID imageId) {
        return states.read(searcher -> {
            for (LeafReaderContext leaf : searcher.getLeafContexts()) {
                if (SegmentLocations.of(leaf).find(imageId, 0) >= 0) {
                    return true;
                }
            }
            return false;
        });
    }

    @Override
    public List<UUID> page(@Nullable UUID after, int limit) {
        Pages.checkLimit(limit);
        return states.read(searcher -> {
            NavigableSet<UUID> images = new TreeSet<>(ImageSearch.ID_ORDER);
            for (LeafReaderContext leaf : searcher.getLeafContexts()) {
                images.addAll(SegmentLocations.of(leaf).images(after, limit));
            }
            return images.stream().limit(limit).toList();
        });
    }

    @Override
    public List<Location> of(UUID imageId) {
        return states.read(searcher -> locations(searcher, imageId));
    }

    private static List<Location> locations(IndexSearcher searcher, UUID imageId)
            throws IOException {
        List<Location> locations = new ArrayList<>();
        for (LeafReaderContext leaf : searcher.getLeafContexts()) {
            SegmentLocations segment = SegmentLocations.of(leaf);
            int ord = segment.find(imageId, 0);
            if (ord >= 0) {
                LocationNeighbours.Stored stored = new LocationNeighbours.Stored(leaf);
                for (int i = 0; i < segment.count(ord); i++) {
                    int doc = segment.first(ord) + i;
                    locations.add(new Location(stored.cell(doc), stored.vector(doc).clone()));
                }
            }
        }
        return locations;
    }

    /** As {@link LuceneImageSearch#verifyChecksums}. */
    public void verifyChecksums() {
        states.verifyChecksums();
    }

    @Override
    public void close() {
        states.close();
    }
}
