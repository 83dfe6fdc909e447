package org.precedent.index;

import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.embedding.LocationEmbedder.Place;

/**
 * The reading side of an index of places: many vectors an image, one a cell of a grid over it,
 * compared by inner product without any normalisation, as inside an attention's softmax
 * (cross-attention paper, eq. 2). It knows no pools: pixels never change, so neither do the vectors
 * of their places, and which images may be found is asked of the image index. Every call sees one
 * state of the index. Thread-safe.
 */
public interface LocationSearch extends AutoCloseable {

    /**
     * A place.
     *
     * @param cell row-major in the grid of the space's encoder
     * @param similarity inner product with the query vector, computed on the stored float vector
     *     and always the same for the same pair; unbounded
     */
    record Hit(UUID imageId, int cell, float similarity) {
        /** By falling similarity, ties by image id, then cell. */
        public static final Comparator<Hit> ORDER =
                Comparator.comparingDouble(Hit::similarity)
                        .reversed()
                        .thenComparing(Hit::imageId, ImageSearch.ID_ORDER)
                        .thenComparingInt(Hit::cell);
    }

    /**
     * What the vectors of one query found.
     *
     * @param hits for each vector, by falling similarity, ties by image id, then cell; exactly
     *     min(k, places)
     * @param images how many of the images asked for have places here
     * @param places how many places these have
     * @param visited comparisons in all; a fallback from graph to scan counts both
     * @param exact whether every vector was compared with every place
     */
    record Result(List<List<Hit>> hits, int images, int places, long visited, boolean exact) {
        public Result {
            hits = List.copyOf(hits);
        }
    }

    EmbeddingSpace space();

    /** The outbox sequence that this index has reached; 0 when empty. */
    long sequence();

    /**
     * The k nearest places for each of many vectors.
     *
     * @param vectors [points][D] float32; read only
     * @param images which images may be found, in {@link ImageSearch#ID_ORDER}
     * @param k places for each vector, at least 1
     * @throws IndexException when a vector is not of this space
     */
    Result search(List<float[]> vectors, List<UUID> images, int k);

    /**
     * Those of some images that have no places here.
     *
     * @param images in {@link ImageSearch#ID_ORDER}
     */
    List<UUID> absent(List<UUID> images);

    /**
     * The next images that have places here, in {@link ImageSearch#ID_ORDER}: page by page, as
     * {@link ImageSearch#page}.
     *
     * @param after the last image of the page before; null for the first page
     * @param limit images at most, at least 1
     * @return fewer than the limit only where no more follow
     */
    List<UUID> page(@Nullable UUID after, int limit);

    /** The places of one image, by cell; empty when it is not here. */
    List<Place> of(UUID imageId);

    @Override
    void close();
}
