package org.precedent.index;

import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The reading side of an image index. Filters are sent to it, and it says how many images pass: a
 * search never takes or needs the list of those that do.
 */
public interface ImageSearch extends SearchableIndex {

    /**
     * The order of image ids everywhere in this package: as their text sorts and as PostgreSQL
     * sorts them. {@link UUID#compareTo} is another order, because it compares signed halves.
     */
    Comparator<UUID> ID_ORDER =
            (a, b) -> {
                int high =
                        Long.compareUnsigned(
                                a.getMostSignificantBits(), b.getMostSignificantBits());
                return high != 0
                        ? high
                        : Long.compareUnsigned(
                                a.getLeastSignificantBits(), b.getLeastSignificantBits());
            };

    /**
     * A neighbour.
     *
     * @param similarity inner product with the query vector, computed on the stored float vector
     *     and always the same for the same pair; in [-1, 1]
     */
    record Hit(UUID imageId, float similarity) {
        /** By falling similarity, ties by image id. */
        public static final Comparator<Hit> ORDER =
                Comparator.comparingDouble(Hit::similarity)
                        .reversed()
                        .thenComparing(Hit::imageId, ID_ORDER);
    }

    /**
     * What a search found and what it cost.
     *
     * @param hits by falling similarity, ties by image id; exactly min(k, eligible)
     * @param eligible how many images pass the filter
     * @param visited vectors compared with the query; a fallback from graph to scan counts both
     * @param exact whether every eligible vector was compared
     */
    record SearchResult(List<Hit> hits, int eligible, int visited, boolean exact) {
        public SearchResult {
            hits = List.copyOf(hits);
        }
    }

    /**
     * The k eligible images nearest to a vector.
     *
     * @param vector [D] float32 of length 1; read only
     * @param k at least 1
     * @throws IndexException when the vector is not of this space or not of length 1
     */
    SearchResult search(float[] vector, SupportFilter filter, int k);

    /**
     * k eligible images drawn uniformly without replacement, with their similarities. The draw
     * depends on the seed and the ids alone: each image has a number under a seed and the k lowest
     * win. So a smaller k draws a part of a larger one's, and images that come or go change only
     * their own places.
     *
     * @param vector [D] float32 of length 1; read only
     * @param k at least 1
     * @throws IndexException when the vector is not of this space or not of length 1
     */
    SearchResult sample(float[] vector, SupportFilter filter, int k, long seed);

    /** How many images pass the filter. */
    int count(SupportFilter filter);

    /**
     * The ids of the first images that pass the filter, in {@link #ID_ORDER}.
     *
     * @param limit images at most, at least 1
     */
    List<UUID> eligible(SupportFilter filter, int limit);

    /** What is indexed of one image, by item; empty when nothing is. */
    List<IndexEntry> of(UUID imageId);

    /**
     * The next entries after a place in the order of all, {@link IndexEntry#ORDER}: page by page,
     * everything that is indexed can be compared with the truth, however much it is. A page is of
     * one state of the index; the next may be of a later one.
     *
     * @param after the last entry of the page before; null for the first page
     * @param limit entries at most, at least 1. Entries of one image and item, of which there
     *     should be one, are not parted: a page that ends with them may be longer
     * @return fewer than the limit only where no more follow
     */
    List<IndexEntry> page(@Nullable Cursor after, int limit);

    /** A place in the order of all entries: between this entry and the next. */
    record Cursor(UUID imageId, long item) {
        /** The place after an entry. */
        public static Cursor after(IndexEntry entry) {
            return new Cursor(entry.imageId(), entry.item());
        }

        /** Whether an entry comes later. */
        public boolean precedes(IndexEntry entry) {
            int image = ID_ORDER.compare(imageId, entry.imageId());
            return image != 0 ? image < 0 : item < entry.item();
        }
    }
}
