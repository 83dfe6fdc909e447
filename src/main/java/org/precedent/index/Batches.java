package org.precedent.index;

import java.util.List;
import org.precedent.embedding.EmbeddingSpace;

/** What a batch must fulfil before any of it is applied. */
final class Batches {
    private Batches() {}

    /**
     * @throws IndexException when the sequence would fall or a vector does not fit the space
     */
    static void check(
            List<ImageIndex.Change> changes, long sequence, long reached, EmbeddingSpace space) {
        if (sequence < reached) {
            throw IndexException.of(
                            IndexException.Code.SEQUENCE,
                            "sequence "
                                    + sequence
                                    + " is below "
                                    + reached
                                    + ", which this index has reached: clear it to start again")
                    .with("value", sequence)
                    .with("limit", reached);
        }
        for (ImageIndex.Change change : changes) {
            if (change instanceof ImageIndex.Change.Put put) {
                Vectors.check(
                        put.image().vector(), space, "vector of image " + put.image().imageId());
            }
        }
    }
}
