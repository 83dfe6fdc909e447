package org.precedent.index;

import java.util.List;
import java.util.UUID;

/**
 * Nearest images of one embedding space under a filter. A projection: it holds what the catalogue's
 * outbox told it up to {@link #sequence}. One writer at a time; searches of its process see whole
 * batches or nothing of them.
 */
public interface ImageIndex extends ImageSearch, WritableIndex {

    /** One step of the outbox: an image as it is now, or its removal. */
    sealed interface Change {
        /**
         * The image is now so; replaces what was known of it.
         *
         * @param vectors of one and the same image, at least one
         */
        record Put(List<IndexEntry> vectors) implements Change {
            public Put {
                vectors = List.copyOf(vectors);
                if (vectors.stream().map(IndexEntry::imageId).distinct().count() != 1) {
                    throw new IllegalArgumentException("not the vectors of one image: " + vectors);
                }
            }

            /** An image with one vector. */
            public Put(IndexEntry image) {
                this(List.of(image));
            }

            public UUID imageId() {
                return vectors.getFirst().imageId();
            }
        }

        /**
         * The image supports nothing any more; nothing happens when it is not known.
         *
         * @param erased whether nothing of it may stay in the files; otherwise it may stay there,
         *     unseen, until they are rewritten anyway
         */
        record Remove(UUID imageId, boolean erased) implements Change {
            /** An image that is not erased. */
            public Remove(UUID imageId) {
                this(imageId, false);
            }
        }
    }

    /**
     * Applies changes in order and makes them visible together with the sequence. They become
     * durable a little later ({@link #commit}): after a crash, {@link #sequence} tells where to go
     * on, and images of later steps may be there already. When it throws, nothing of the batch is
     * visible, and {@link #sequence} may have fallen to what is durable: go on from there.
     *
     * @param changes in outbox order
     * @param sequence the outbox sequence reached with the last of them; not below {@link
     *     #sequence}
     * @throws IndexException when a vector does not fit the space, the sequence would fall, or the
     *     files cannot be written
     */
    void apply(List<Change> changes, long sequence);
}
