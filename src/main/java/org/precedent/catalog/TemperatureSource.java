package org.precedent.catalog;

import java.util.Locale;

/** Who decided the temperature of an answer. */
public enum TemperatureSource {
    /** The query named it. */
    QUERY,
    /** It was chosen for the pool. */
    POOL,
    /** Nobody: the weights are uniform. */
    DEFAULT;

    /** As written in answers: lower case. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static TemperatureSource of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }
}
