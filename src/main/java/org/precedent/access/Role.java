package org.precedent.access;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.precedent.ServiceException;

/** What somebody is at a site. One may be several things. */
public enum Role {
    /** Sends images, reads the own answers. */
    CLIENT,
    /** Sends annotated images of the own site, which wait for review. */
    ANNOTATOR,
    /** Decides what may serve as a support, and with whom a pool is shared. */
    CURATOR,
    /** Reads what was done and answered, and changes nothing. */
    AUDITOR,
    /** Keeps the service running and gives out keys. */
    OPERATOR;

    /** The role as it is written in requests and tables. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The role of a word.
     *
     * @throws ServiceException BAD_PARAMETER with the roles there are
     */
    public static Role of(String word) {
        return Arrays.stream(values())
                .filter(role -> role.word().equals(word.strip().toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> ServiceException.badParameter("role", word, words()));
    }

    private static String words() {
        return "expected one of "
                + Arrays.stream(values()).map(Role::word).collect(Collectors.joining(", "));
    }
}
