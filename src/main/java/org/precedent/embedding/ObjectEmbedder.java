package org.precedent.embedding;

import org.precedent.imaging.InputRange;
import org.precedent.imaging.Mask;
import org.precedent.imaging.NetworkInput;
import org.precedent.imaging.Raster;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.SupportImage;
import org.precedent.network.TaskEncoder;

/**
 * Turns one label of one image into one vector: the network's task embedding (Iris, eq. 2 to 4), of
 * length 1, so that the inner product of two vectors is their cosine. Deterministic and thread-safe
 * as the network is.
 */
public final class ObjectEmbedder {
    private final SegmentationNetwork network;
    private final TaskEncoder encoder;
    private final int side;
    private final EmbeddingSpace space;

    /**
     * @param network that encodes annotations
     * @param encoder the same network, which makes vectors of its encodings
     * @param side of the square that images are fitted to
     */
    public ObjectEmbedder(SegmentationNetwork network, TaskEncoder encoder, int side) {
        this.network = network;
        this.encoder = encoder;
        this.side = side;
        this.space =
                new EmbeddingSpace(
                        encoder.name().replace('_', '-'),
                        LocationEmbedder.hash(encoder.weightsSha256()),
                        Level.OBJECT,
                        encoder.taskDimension());
    }

    public EmbeddingSpace space() {
        return space;
    }

    /**
     * @param image at native size
     * @param mask of the image's size; an empty one has the vector of "nothing of this label"
     * @return [D] float32 of length 1; a new array
     */
    public float[] embed(Raster image, Mask mask) {
        NetworkInput input = NetworkInput.of(image, side, InputRange.CURRENT);
        SupportImage support =
                SupportImage.of(
                        side, side, input.plane().values(), input.geometry().in(mask).values());
        float[] vector = encoder.taskVector(network.encode(support).getFirst()).clone();
        return Direction.of(vector, encoder.name());
    }
}
