package org.precedent.access;

import java.util.Locale;
import org.precedent.ServiceException;

/** What another site may do with a pool that is shared with it. */
public enum Share {
    /** Its images may support that site's queries. */
    READ,
    /** That site may also add images of its own. */
    CONTRIBUTE;

    /** The share as it is written in requests and tables. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The share of a word.
     *
     * @throws ServiceException BAD_PARAMETER
     */
    public static Share of(String word) {
        for (Share share : values()) {
            if (share.word().equals(word.strip().toLowerCase(Locale.ROOT))) {
                return share;
            }
        }
        throw ServiceException.badParameter("may", word, "expected read or contribute");
    }
}
