package org.precedent.evaluation;

import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;

/**
 * One label's mask on one image: a query with its truth, or something that may support one.
 *
 * @param source the image with all its masks
 * @param label which structure
 * @param mask of the image's size; another than the source's own where a protocol falsifies it
 */
public record Annotated(EvaluationCase source, String label, Mask mask) {

    public String id() {
        return source.id();
    }

    public String patient() {
        return source.patient();
    }

    public Raster image() {
        return source.image();
    }

    /** The same image with another mask. */
    public Annotated with(Mask other) {
        return new Annotated(source, label, other);
    }

    /** Whether the mask is the image's own of this label. */
    public boolean isGenuine() {
        return mask == source.masks().get(label);
    }
}
