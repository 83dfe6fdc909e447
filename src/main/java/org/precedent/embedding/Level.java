package org.precedent.embedding;

/** What one embedding stands for. */
public enum Level {
    /** The whole image. */
    IMAGE,
    /** One cell of the encoder's coarse feature grid. */
    LOCATION,
    /** One label's object on one image. */
    OBJECT
}
