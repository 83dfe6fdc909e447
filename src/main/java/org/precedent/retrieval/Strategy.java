package org.precedent.retrieval;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How supports are chosen among those that are eligible. */
public enum Strategy {
    /** Uniformly, decided by a seed: what the in-context papers do. */
    RANDOM,
    /** The images most similar to the query as a whole. */
    IMAGE,
    /** Those with locations like the ones along the contour of a first answer. */
    LOCATION,
    /** Those whose object is like the one of a first answer. */
    OBJECT,
    /** All levels together, see {@link Fusion}. */
    FUSED;

    /** All names as written, for messages and help. */
    public static final String WORDS =
            Arrays.stream(values()).map(Strategy::word).collect(Collectors.joining(", "));

    /** Whether a first answer must be there before supports can be chosen. */
    public boolean needsFirstPass() {
        return this == LOCATION || this == OBJECT || this == FUSED;
    }

    /** The name as written in requests and answers: lower case. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
