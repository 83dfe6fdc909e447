package org.precedent.embedding;

import org.precedent.Remembered;
import org.precedent.Sha256;
import org.precedent.imaging.Raster;

/**
 * Keeps the vectors of the last images, by their pixels: for embedders that run a network, which
 * costs seconds an image, where an image comes back with every change of its reviews and pools.
 */
public final class RememberingEmbedder implements ImageEmbedder {
    private final ImageEmbedder embedder;
    private final Remembered<String, float[]> vectors;

    /**
     * @param embedder closed with this one
     * @param capacity vectors kept; the one that was not asked for the longest goes first
     */
    public RememberingEmbedder(ImageEmbedder embedder, int capacity) {
        this.embedder = embedder;
        this.vectors = new Remembered<>(capacity);
    }

    @Override
    public EmbeddingSpace space() {
        return embedder.space();
    }

    @Override
    public float[] embed(Raster image) {
        String pixels = Sha256.of(image.toNetpbm());
        return vectors.get(pixels, key -> embedder.embed(image)).clone();
    }

    @Override
    public void close() {
        embedder.close();
    }
}
