package org.precedent;

import java.util.Locale;

/** Whether a curator lets an annotation serve as a support. */
public enum ReviewState {
    /** Ingested, not looked at yet. */
    UNREVIEWED,
    /** May serve as a support. */
    APPROVED,
    /** Looked at and found wrong: must not serve as a support. */
    REJECTED,
    /** Must not serve as a support any more; kept, because answers may rest on it. */
    RETIRED;

    /** The name as written in requests, answers and the database: lower case. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
