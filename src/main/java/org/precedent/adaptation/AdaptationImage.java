package org.precedent.adaptation;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One annotated image of a pool, as the network sees it. Arrays are handed over, not copied.
 *
 * @param id unique in the pool
 * @param patient equal for images of one patient
 * @param image [side, side], values in [0, 1]
 * @param masks label to [side, side], share of each pixel inside
 */
public record AdaptationImage(
        String id, String patient, float[] image, Map<String, float[]> masks) {
    public AdaptationImage {
        masks = Collections.unmodifiableMap(new LinkedHashMap<>(masks));
    }
}
