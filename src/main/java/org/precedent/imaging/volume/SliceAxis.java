package org.precedent.imaging.volume;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Along which axis a volume is cut into slices. */
public enum SliceAxis {
    /** The axis with the widest steps, else the last: as the scanner stacked them. */
    WIDEST,
    /** The first axis of the file. */
    I,
    /** The second axis of the file. */
    J,
    /** The third axis of the file. */
    K,
    AXIAL,
    CORONAL,
    SAGITTAL;

    /** The name as options and metadata write it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** All names, for messages. */
    public static String words() {
        return Arrays.stream(values()).map(SliceAxis::word).collect(Collectors.joining(", "));
    }

    /**
     * The axis of a name.
     *
     * @throws IllegalArgumentException when there is none; the message lists all
     */
    public static SliceAxis of(String word) {
        return Arrays.stream(values())
                .filter(axis -> axis.word().equals(word.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(words()));
    }
}
