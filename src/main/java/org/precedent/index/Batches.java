package org.precedent.index;

import java.util.List;
import org.precedent.embedding.EmbeddingSpace;

/** What a batch must fulfil before any of it is applied. */
public final class Batches {
    private Batches() {}

    /**
     * @throws IndexException when the sequence would fall or a vector does not fit the space
     */
    public static void check(
            List<ImageIndex.Change> changes, long sequence, long reached, EmbeddingSpace space) {
        checkSequence(sequence, reached);
        for (ImageIndex.Change change : changes) {
            if (change instanceof ImageIndex.Change.Put put) {
                for (IndexEntry image : put.vectors()) {
                    Vectors.check(image.vector(), space, "vector of image " + image.imageId());
                }
            }
        }
    }

    /**
     * @throws IndexException when the sequence would fall
     */
    public static void checkSequence(long sequence, long reached) {
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
    }
}
