package org.precedent.index;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.embedding.LocationEmbedder.Location;

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
     * @param images the locations of each image
     * @throws IndexException when the sequence would fall or a vector does not fit the space
     * @throws IllegalArgumentException when an image has no locations, or one of no finite length
     */
    public static void checkLocations(
            Map<UUID, List<Location>> images, long sequence, long reached, EmbeddingSpace space) {
        checkSequence(sequence, reached);
        images.forEach((image, locations) -> {
            for (Location location : locations) {
                float[] vector = location.vector();
                Vectors.checkDimension(vector, space, "vector of a location of image " + image);
                double length = Math.sqrt(Vectors.product(vector, vector));
                if (!Double.isFinite(length)) {
                    throw new IllegalArgumentException(
                            "a location of image " + image + " has length " + length);
                }
            }
        });
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
