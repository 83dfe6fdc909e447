package org.precedent.evaluation;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;

/**
 * One annotated image to measure with.
 *
 * @param id unique among the cases
 * @param patient equal for images of one patient
 * @param image pixels at native size
 * @param masks label to mask of the image's size, none of them empty; of a slice those that say
 *     that the label is not in it are
 * @param slice which slice of which volume it is; null of a picture
 */
public record EvaluationCase(
        String id, String patient, Raster image, Map<String, Mask> masks, @Nullable Slice slice) {

    /**
     * A place in a volume.
     *
     * @param volume unique among the volumes
     * @param number from 0, along the axis that the volume was cut along
     */
    public record Slice(String volume, int number) {}

    /** A picture. */
    public EvaluationCase(String id, String patient, Raster image, Map<String, Mask> masks) {
        this(id, patient, image, masks, null);
    }

    public EvaluationCase {
        masks = Collections.unmodifiableMap(new LinkedHashMap<>(masks));
        masks.forEach((label, mask) -> {
            if (mask.width() != image.width() || mask.height() != image.height()) {
                throw new IllegalArgumentException(
                        "mask " + label + " of " + id + " is not of its image's size");
            }
            if (mask.area() == 0 && slice == null) {
                throw new IllegalArgumentException("mask " + label + " of " + id + " is empty");
            }
        });
    }

    /** The volume of a slice. */
    public String volume() {
        return Objects.requireNonNull(slice).volume();
    }

    /** The number of a slice in its volume. */
    public int sliceNumber() {
        return Objects.requireNonNull(slice).number();
    }
}
