package org.precedent.network;

import org.precedent.network.zoo.Networks;

/** A network or an encoder with its weights loaded. */
public interface Model extends AutoCloseable {

    /** Which architecture, e.g. {@code universeg}: a name that {@link Networks} knows. */
    String name();

    /**
     * SHA-256 of the weights' file, lower-case hex: with {@link #name} it says which model
     * answered.
     */
    String weightsSha256();

    /** The side, in pixels, that it was trained at and is run at by default. */
    int nativeSize();

    /**
     * What one query costs with its supports encoded, or one image of an encoder.
     *
     * @param k supports of each label; 1 for an encoder
     * @param labels asked for at once, of the same supports' images; 1 for an encoder
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
        public Cost times(int labels) {
            return new Cost(labels * flops, labels * flopsAsPublished, workingBytes);
        }
    }
}
