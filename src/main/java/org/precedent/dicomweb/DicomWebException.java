package org.precedent.dicomweb;

import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;

/** Why an archive did not give or take what it was asked to. */
public final class DicomWebException extends DomainException {
    private static final long serialVersionUID = 1L;

    /** The reasons, stable across releases. */
    public enum Code {
        /** Its address is none. */
        ADDRESS(Kind.INVALID),
        /** A UID that is none. */
        UID(Kind.INVALID),
        /** It cannot be reached, or it fell silent. */
        UNREACHABLE(Kind.BUSY),
        /** It does not know us, or does not allow it. */
        UNAUTHORIZED(Kind.FORBIDDEN),
        /** It does not hold what was asked for. */
        NOT_FOUND(Kind.UNKNOWN),
        /** It has too much to do. */
        BUSY(Kind.BUSY),
        /** It answers with another status. */
        REFUSED(Kind.UNUSABLE),
        /** Its answer breaks the standard, or ends early. */
        BROKEN_ANSWER(Kind.UNUSABLE),
        /** Its answer is larger than what is borne. */
        TOO_LARGE(Kind.TOO_LARGE);

        private final Kind kind;

        Code(Kind kind) {
            this.kind = kind;
        }
    }

    DicomWebException(Code code, String message, @Nullable Throwable cause) {
        super(code.kind, code, message, cause);
    }

    /** A reason whose field, value and limit are worth telling apart. */
    DicomWebException(Code code, String message, String field, Object value, Object limit) {
        super(code.kind, code, message, null);
        put(field, value, limit);
    }
}
