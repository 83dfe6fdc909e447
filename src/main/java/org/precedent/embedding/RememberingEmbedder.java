package org.precedent.embedding;

import java.util.LinkedHashMap;
import java.util.Map;
import org.precedent.Sha256;
import org.precedent.imaging.Raster;

/**
 * Keeps the vectors of the last images, by their pixels: for embedders that run a network, which
 * costs seconds an image, where an image comes back with every change of its reviews and pools.
 */
public final class RememberingEmbedder implements ImageEmbedder {
    private final ImageEmbedder embedder;
    private final Map<String, float[]> vectors;

    /**
     * @param embedder closed with this one
     * @param capacity vectors kept; the one that was not asked for the longest goes first
     */
    public RememberingEmbedder(ImageEmbedder embedder, int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity " + capacity);
        }
        this.embedder = embedder;
        this.vectors =
                new LinkedHashMap<>(16, 0.75f, true) {
                    private static final long serialVersionUID = 1L;

                    @Override
                    protected boolean removeEldestEntry(Map.Entry<String, float[]> eldest) {
                        return size() > capacity;
                    }
                };
    }

    @Override
    public EmbeddingSpace space() {
        return embedder.space();
    }

    @Override
    public float[] embed(Raster image) {
        String pixels = Sha256.of(image.toNetpbm());
        synchronized (vectors) {
            float[] known = vectors.get(pixels);
            if (known != null) {
                return known.clone();
            }
        }
        // Outside of the lock: two callers with one new image both embed it, to the same vector.
        float[] vector = embedder.embed(image);
        synchronized (vectors) {
            vectors.put(pixels, vector.clone());
        }
        return vector;
    }

    @Override
    public void close() {
        embedder.close();
    }
}
