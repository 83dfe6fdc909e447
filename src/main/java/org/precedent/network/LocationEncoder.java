package org.precedent.network;

/**
 * Gives every location of an image a vector, such that the inner product of a query's vector and a
 * support's vector says how much the one location would attend the other. Not a cosine: lengths
 * carry meaning.
 */
public interface LocationEncoder {

    /** Which architecture made the vectors. */
    String name();

    /** SHA-256 of the weights, lower-case hex. */
    String weightsSha256();

    /** D, components of a vector. */
    int locationDimension();

    /** Pixels that one cell of the grid covers on a side. */
    int locationStride();

    /**
     * @param image [H, W] row-major, values in [0, 1]
     * @return [cells][D], cells row-major over [H / stride, W / stride]
     */
    float[][] keyVectors(float[] image, int height, int width);

    /** As {@link #keyVectors}, for an image in the place of the query. */
    float[][] queryVectors(float[] image, int height, int width);
}
