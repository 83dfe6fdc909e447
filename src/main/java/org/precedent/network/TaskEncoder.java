package org.precedent.network;

/** Gives one label of one image a vector that stands for the object there. */
public interface TaskEncoder {

    /** Which architecture made the vectors. */
    String name();

    /** SHA-256 of the weights, lower-case hex. */
    String weightsSha256();

    /** D, components of a vector. */
    int taskDimension();

    /**
     * @param encoding of the annotation, by this network
     * @return [D], to be compared by cosine; not normalised
     */
    float[] taskVector(SupportEncoding encoding);
}
