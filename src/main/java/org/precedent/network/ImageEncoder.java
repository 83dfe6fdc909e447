package org.precedent.network;

/**
 * Turns an image into a grid of feature vectors. Knows no supports and no task. Thread-safe: calls
 * that must not overlap on the device wait for each other inside.
 */
public interface ImageEncoder extends Model {

    /** C, components of the vector of one cell. */
    int channels();

    /** Pixels that one cell of the grid covers on a side. */
    int stride();

    /**
     * The features of one image.
     *
     * @param rgb [H, W, 3] row-major, unsigned 8-bit red, green and blue; the longer of H and W is
     *     {@link #nativeSize}
     * @return of the cells that cover the image: ceil(H / stride) x ceil(W / stride)
     * @throws NetworkException when the size is another
     */
    FeatureGrid encode(int height, int width, byte[] rgb);

    /**
     * The features of one image.
     *
     * @param height cells down
     * @param width cells across
     * @param channels C
     * @param values [height, width, C] row-major; handed over, not copied
     */
    record FeatureGrid(int height, int width, int channels, float[] values) {
        public FeatureGrid {
            if (values.length != height * width * channels) {
                throw new IllegalArgumentException(
                        values.length
                                + " values for a grid of "
                                + height
                                + " x "
                                + width
                                + " x "
                                + channels);
            }
        }
    }
}
