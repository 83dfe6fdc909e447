package org.precedent.retrieval;

import java.util.Locale;

/** How supports are chosen among those that are eligible. */
public enum Strategy {
    /** Uniformly, decided by a seed: what the in-context papers do. */
    RANDOM,
    /** The images most similar to the query as a whole. */
    IMAGE;

    /** The name as written in requests and answers: lower case. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
