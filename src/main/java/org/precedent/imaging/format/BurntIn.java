package org.precedent.imaging.format;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;

/** What becomes of DICOM files whose pixels may show a name. */
public enum BurntIn {
    /** They are refused. */
    REFUSED,
    /** Somebody asserts that their pixels are clean. */
    ALLOWED;

    /**
     * What a word says; refused where nobody says anything.
     *
     * @param field that holds it
     * @throws ServiceException BAD_PARAMETER
     */
    public static BurntIn of(String field, @Nullable String word) {
        if (word == null || word.equals(REFUSED.word())) {
            return REFUSED;
        }
        if (word.equals(ALLOWED.word())) {
            return ALLOWED;
        }
        throw ServiceException.badParameter(
                field, word, "\"refused\", or \"allowed\": you assert that the pixels are clean");
    }

    /** As it is written in requests and options. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** How the audit calls the assertion. */
    public static String audited() {
        return "burnt-in allowed";
    }
}
