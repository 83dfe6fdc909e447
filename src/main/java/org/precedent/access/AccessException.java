package org.precedent.access;

import java.util.List;
import org.precedent.DomainException;

/** Somebody may not do this, or there is no such key. */
public final class AccessException extends DomainException {
    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Code {
        FORBIDDEN,
        UNKNOWN_KEY
    }

    private AccessException(Kind kind, Code code, String message) {
        super(kind, code, message, null);
    }

    /** What is there, but not for this caller to do. */
    public static AccessException forbidden(String what, String needed) {
        AccessException e =
                new AccessException(Kind.FORBIDDEN, Code.FORBIDDEN, what + "; needed: " + needed);
        e.put("limit", needed);
        return e;
    }

    static AccessException unknownKey(String id) {
        AccessException e =
                new AccessException(
                        Kind.UNKNOWN,
                        Code.UNKNOWN_KEY,
                        "no key \"%s\" here; GET /v1/keys lists them".formatted(id));
        e.put("field", "key");
        e.put("value", id);
        e.put("known", List.of("the ids that GET /v1/keys lists"));
        return e;
    }
}
