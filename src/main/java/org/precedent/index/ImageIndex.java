package org.precedent.index;

import java.util.List;
import java.util.UUID;
import org.precedent.embedding.EmbeddingSpace;

/**
 * Nearest images of one embedding space under a filter. A projection: it holds what the catalogue's
 * outbox told it up to {@link #sequence}. One writer at a time; searches run beside it and see
 * whole batches or nothing of them.
 */
public interface ImageIndex extends AutoCloseable {

    /** One step of the outbox: an image as it is now, or its removal. */
    sealed interface Change {
        /** The image is now so; replaces what was known of it. */
        record Put(IndexedImage image) implements Change {}

        /** The image supports nothing any more. */
        record Remove(UUID imageId) implements Change {}
    }

    /**
     * A neighbour.
     *
     * @param similarity inner product with the query vector, computed in float on the stored
     *     vector; in [-1, 1] for unit vectors
     */
    record Hit(UUID imageId, float similarity) {}

    /**
     * What a search found and what it cost.
     *
     * @param hits by falling similarity, ties by image id; exactly min(k, eligible)
     * @param eligible how many images pass the filter
     * @param visited vectors compared with the query
     * @param exact whether every eligible vector was compared
     */
    record SearchResult(List<Hit> hits, int eligible, int visited, boolean exact) {
        public SearchResult {
            hits = List.copyOf(hits);
        }
    }

    EmbeddingSpace space();

    /** The outbox sequence that this index has reached; 0 when empty. */
    long sequence();

    /**
     * Applies changes in order and makes them visible and durable together with the sequence: after
     * a crash the index holds either all of this batch and its sequence, or nothing of it.
     *
     * @param changes in outbox order
     * @param sequence the outbox sequence reached with the last of them; not below {@link
     *     #sequence}
     */
    void apply(List<Change> changes, long sequence);

    /** Drops everything and starts again at sequence 0. */
    void clear();

    /**
     * The k eligible images nearest to a vector.
     *
     * @param vector [D] float32 of length 1; read only
     * @param k at least 1
     */
    SearchResult search(float[] vector, SupportFilter filter, int k);

    /** The ids of all images that pass the filter, in ascending order. */
    List<UUID> eligible(SupportFilter filter);

    /** Everything that is indexed, in ascending order of id: to be compared with the truth. */
    List<IndexedImage> dump();

    @Override
    void close();
}
