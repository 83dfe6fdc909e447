package org.precedent.embedding;

import org.precedent.imaging.Raster;

/** Turns a whole image into one vector. Deterministic and thread-safe. */
public interface ImageEmbedder extends AutoCloseable {

    EmbeddingSpace space();

    /**
     * The vector of one image.
     *
     * @param image pixels at native size
     * @return [D] float32 of Euclidean length 1, so that the inner product of two vectors is their
     *     cosine; a new array
     */
    float[] embed(Raster image);

    /** Releases its network, where it has one. */
    @Override
    default void close() {}
}
