package org.precedent.index;

import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.precedent.embedding.LocationEmbedder.Location;

/**
 * The reading side of an index of locations: many vectors an image, one a cell of a grid over it,
 * compared by inner product without any normalisation, as inside an attention's softmax
 * (cross-attention paper, eq. 2). Its vectors know no pools: pixels never change, so neither do
 * they. Which images a filter lets through is what the index of images says that it was opened
 * with; the engine joins the two.
 */
public interface LocationSearch extends SearchableIndex {

    /**
     * A location that was found.
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
     *     min(k, locations)
     * @param images how many of the images that pass the filter have locations here
     * @param locations how many locations these have
     * @param visited comparisons in all; a fallback from graph to scan counts both
     * @param exact whether every vector was compared with every location
     */
    record Result(List<List<Hit>> hits, int images, int locations, long visited, boolean exact) {
        public Result {
            hits = List.copyOf(hits);
        }
    }

    /**
     * The k nearest locations for each of many vectors.
     *
     * @param vectors [points][D] float32; read only
     * @param filter which images may be found
     * @param k locations for each vector, at least 1
     * @throws IndexException when a vector is not of this space
     */
    Result search(List<float[]> vectors, SupportFilter filter, int k);

    /** Whether an image has locations here. */
    boolean contains(UUID imageId);

    /**
     * The next images that have locations here, in {@link ImageSearch#ID_ORDER}: page by page, as
     * {@link ImageSearch#page}.
     *
     * @param after the last image of the page before; null for the first page
     * @param limit images at most, at least 1
     * @return fewer than the limit only where no more follow
     */
    List<UUID> page(@Nullable UUID after, int limit);

    /** The locations of one image, by cell; empty when it is not here. */
    List<Location> of(UUID imageId);
}
