package org.precedent.network;

/**
 * An in-context segmentation network with its weights loaded. Thread-safe: calls that must not
 * overlap on the device wait for each other inside.
 */
public interface SegmentationNetwork extends AutoCloseable {

    /** Which architecture, e.g. {@code universeg}. */
    String name();

    /**
     * SHA-256 of the weights' file, lower-case hex: with {@link #name} it says which model
     * answered.
     */
    String weightsSha256();

    /** The side, in pixels, that the network was trained at and is run at by default. */
    int nativeSize();

    /** Height and width must be multiples of this. */
    int sizeMultiple();

    /**
     * Segments one query. The answer does not depend on the order of the supports.
     *
     * @param episode the query and its weighted supports; H and W multiples of {@link
     *     #sizeMultiple}
     * @return logits [H, W] row-major, unbounded; foreground where > 0
     * @throws NetworkException when H or W is no multiple of {@link #sizeMultiple}, or the answer
     *     is not finite
     */
    float[] segment(Episode episode);

    /** What one query costs with K supports of H x W pixels. */
    Cost cost(int k, int height, int width);

    @Override
    void close();

    /**
     * @param flops floating point operations, a multiply-add counted as two
     * @param flopsAsPublished the same for the network as its authors released it
     * @param workingBytes peak memory of arrays alive at once, beside the weights
     */
    record Cost(long flops, long flopsAsPublished, long workingBytes) {}
}
