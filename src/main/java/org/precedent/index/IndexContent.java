package org.precedent.index;

import org.precedent.embedding.EmbeddingSpace;

/**
 * What an index holds, and by which it is told from an index that may not be searched in its place:
 * vectors of one space, and of one key that stands for patients. Under another key the patient of a
 * query would not be known again among those of the index, and would not be excluded.
 *
 * @param patientKeys fingerprint of the key; empty where the index knows no patients
 */
public record IndexContent(EmbeddingSpace space, String patientKeys) {
    private static final String PATIENTS = ", patients by key ";

    /** Vectors alone. */
    public static IndexContent of(EmbeddingSpace space) {
        return new IndexContent(space, "");
    }

    /** As an index writes it down. */
    public String name() {
        return vectors() + (patientKeys.isEmpty() ? "" : PATIENTS + patientKeys);
    }

    private String vectors() {
        return space.id() + " " + space.encoderHash();
    }

    /**
     * Compares it with what an index has written down.
     *
     * @param where names the index
     * @throws IndexException OTHER_KEYS or OTHER_SPACE when it is another
     */
    public void check(String found, String where) {
        if (found.equals(name())) {
            return;
        }
        int keys = found.indexOf(PATIENTS);
        boolean sameVectors = (keys < 0 ? found : found.substring(0, keys)).equals(vectors());
        throw IndexException.of(
                        sameVectors
                                ? IndexException.Code.OTHER_KEYS
                                : IndexException.Code.OTHER_SPACE,
                        sameVectors
                                ? "index "
                                        + where
                                        + " knows patients by another key than this data directory's:"
                                        + " rebuild it from the catalogue"
                                : "index "
                                        + where
                                        + " holds vectors of "
                                        + found
                                        + ", not of "
                                        + name()
                                        + ": use another directory, or rebuild it")
                .with("value", found)
                .with("limit", name());
    }
}
