package org.precedent.index;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.util.FixedBitSet;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.embedding.LocationEmbedder.Place;

/**
 * Searches a {@link LucenePlaceIndex} of this process as it is, or the commits of another process.
 * It takes no lock and writes nothing; {@link #refresh} moves it to the newest commit.
 */
public final class LucenePlaceSearch implements PlaceSearch {
    private final StateReader states;
    private final HnswConfig config;

    /**
     * Opens the newest commit of an index that another process may be writing.
     *
     * @param home the index's own directory
     * @throws IndexException MISSING when nothing was committed there yet; OTHER_SPACE,
     *     OTHER_FORMAT or CORRUPT when it cannot serve this space
     */
    public static LucenePlaceSearch open(Path home, EmbeddingSpace space, HnswConfig config) {
        return new LucenePlaceSearch(CommitReader.open(home, space), config);
    }

    /** Takes over the reader: it is closed with this. */
    LucenePlaceSearch(StateReader states, HnswConfig config) {
        this.states = states;
        this.config = config;
        warm();
    }

    /**
     * Moves to the newest commit. Returns after that, even when another thread is doing it.
     *
     * @throws IndexException as {@link #open}; what was readable stays so
     */
    public void refresh() {
        states.refresh();
        warm();
    }

    /** Reads whose places lie where, so that no query has to. */
    void warm() {
        states.read(searcher -> {
            for (LeafReaderContext leaf : searcher.getLeafContexts()) {
                SegmentPlaces.of(leaf);
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
    public Result search(List<float[]> vectors, List<UUID> images, int k) {
        Vectors.checkK(k);
        for (float[] vector : vectors) {
            Vectors.checkDimension(vector, space(), "query vector");
        }
        return states.read(searcher ->
                PlaceNeighbours.run(
                        searcher, vectors, images, k, config, states.stamp().longest()));
    }

    @Override
    public List<UUID> absent(List<UUID> images) {
        return states.read(searcher -> {
            FixedBitSet met = new FixedBitSet(Math.max(1, images.size()));
            for (LeafReaderContext leaf : searcher.getLeafContexts()) {
                SegmentPlaces.of(leaf).matches(leaf, images, met);
            }
            List<UUID> absent = new ArrayList<>();
            for (int i = 0; i < images.size(); i++) {
                if (!met.get(i)) {
                    absent.add(images.get(i));
                }
            }
            return absent;
        });
    }

    @Override
    public List<UUID> images() {
        return states.read(searcher -> {
            List<UUID> images = new ArrayList<>();
            for (LeafReaderContext leaf : searcher.getLeafContexts()) {
                images.addAll(SegmentPlaces.of(leaf).images());
            }
            images.sort(ImageSearch.ID_ORDER);
            return List.copyOf(images);
        });
    }

    @Override
    public List<Place> of(UUID imageId) {
        return states.read(searcher -> places(searcher, imageId));
    }

    private static List<Place> places(IndexSearcher searcher, UUID imageId) throws IOException {
        List<Place> places = new ArrayList<>();
        for (LeafReaderContext leaf : searcher.getLeafContexts()) {
            SegmentPlaces segment = SegmentPlaces.of(leaf);
            int ord = segment.find(imageId, 0);
            if (ord >= 0) {
                PlaceNeighbours.Stored stored = new PlaceNeighbours.Stored(leaf);
                for (int i = 0; i < segment.count(ord); i++) {
                    int doc = segment.first(ord) + i;
                    places.add(new Place(stored.cell(doc), stored.vector(doc).clone()));
                }
            }
        }
        return places;
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
