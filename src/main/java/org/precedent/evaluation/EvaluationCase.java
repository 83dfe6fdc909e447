package org.precedent.evaluation;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;

/**
 * One annotated image to measure with.
 *
 * @param id unique among the cases
 * @param patient equal for images of one patient
 * @param image pixels at native size
 * @param masks label to mask of the image's size, none of them empty
 */
public record EvaluationCase(String id, String patient, Raster image, Map<String, Mask> masks) {
    public EvaluationCase {
        masks = Collections.unmodifiableMap(new LinkedHashMap<>(masks));
        masks.forEach((label, mask) -> {
            if (mask.width() != image.width() || mask.height() != image.height()) {
                throw new IllegalArgumentException(
                        "mask " + label + " of " + id + " is not of its image's size");
            }
            if (mask.area() == 0) {
                throw new IllegalArgumentException("mask " + label + " of " + id + " is empty");
            }
        });
    }
}
