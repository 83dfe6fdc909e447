package org.precedent.network;

import java.util.List;

/**
 * An in-context segmentation network with its weights loaded: supports are encoded, once and
 * without the query, and a query is segmented from weighted encodings. Nobody outside this package
 * needs to know which network it is. Thread-safe: calls that must not overlap on the device wait
 * for each other inside.
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
     * Whether {@link #encode} does work that is worth keeping. Where it is not, an encoding is the
     * support's pixels alone.
     */
    boolean cachesSupports();

    /**
     * Encodes one annotated image, without any query.
     *
     * @param image the image with the masks of one or more labels; H and W multiples of {@link
     *     #sizeMultiple}
     * @return one encoding a mask, in their order; what belongs to the image alone is shared
     * @throws NetworkException when H or W is no multiple of {@link #sizeMultiple}, or the features
     *     are not finite
     */
    List<SupportEncoding> encode(SupportImage image);

    /**
     * Segments queries. An answer depends neither on the order of the supports nor on what else is
     * in the batch.
     *
     * @param episodes queries with the weighted supports of every label, encoded by this network
     *     with these weights at the queries' size
     * @return one answer an episode, in their order
     * @throws NetworkException when a size does not fit, an encoding is of another network, or an
     *     answer is not finite
     */
    List<Answer> segment(List<Episode> episodes);

    /** As {@link #segment(List)}, of one. */
    default Answer segment(Episode episode) {
        return segment(List.of(episode)).getFirst();
    }

    /**
     * What one query costs with its supports encoded.
     *
     * @param k supports of each label
     * @param labels asked for at once, of the same supports' images
     */
    Cost cost(int k, int height, int width, int labels);

    @Override
    void close();

    /**
     * @param flops floating point operations, a multiply-add counted as two
     * @param flopsAsPublished the same for the network as its authors describe it, supports encoded
     *     anew for every query where they do so
     * @param workingBytes peak memory of arrays alive at once, beside the weights
     */
    record Cost(long flops, long flopsAsPublished, long workingBytes) {
        /** Of so many labels, one after the other. */
        Cost times(int labels) {
            return new Cost(labels * flops, labels * flopsAsPublished, workingBytes);
        }
    }
}
