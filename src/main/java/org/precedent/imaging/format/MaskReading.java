package org.precedent.imaging.format;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.Mask;

/**
 * What one mask file says, and what was decided while it was read.
 *
 * @param file its name, fit for messages
 * @param masks label to mask, none of them empty; empty where a label map holds no label
 * @param pixels of the file
 * @param object what counts as the object: a value, a colour, or {@code >= 128} where the mask was
 *     cut; null of a label map with a value a label
 * @param inexact pixels of a mask that was cut at the half which had neither of its two values
 * @param between those of them that lay in the middle half of the range
 * @param unknown value or colour to number of pixels that are of no label because the caller said
 *     so; they are outside every mask
 */
public record MaskReading(
        String file,
        Map<String, Mask> masks,
        int pixels,
        @Nullable String object,
        int inexact,
        int between,
        Map<String, Integer> unknown) {

    public MaskReading {
        masks = Collections.unmodifiableMap(new LinkedHashMap<>(masks));
        unknown = Collections.unmodifiableMap(new LinkedHashMap<>(unknown));
    }

    /** The masks of several files, label by label. */
    public static Map<String, Mask> masks(List<MaskReading> readings) {
        Map<String, Mask> masks = new LinkedHashMap<>();
        readings.forEach(reading -> masks.putAll(reading.masks()));
        return masks;
    }

    /** Number of pixels that are of no label because the caller said so. */
    public int unknownPixels() {
        return unknown.values().stream().mapToInt(Integer::intValue).sum();
    }
}
