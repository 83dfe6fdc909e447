package org.precedent.secret;

import org.precedent.DomainException;

/** Why the secrets of a data directory cannot be used. */
public final class SecretException extends DomainException {
    private static final long serialVersionUID = 1L;

    /** What is wrong. */
    public enum Code {
        /** The database knows of a secret that is not there. */
        MISSING,
        /** The secret is not the one that the database knows. */
        OTHER,
        /** Others than its owner may read the file. */
        OPEN_TO_OTHERS,
        /** The file or the setting is no secret. */
        MALFORMED,
        /** The file cannot be read or made. */
        IO
    }

    private SecretException(Code code, String message) {
        super(Kind.DAMAGED, code, message, null);
    }

    private SecretException(Code code, String message, Throwable cause) {
        super(Kind.DAMAGED, code, message, cause);
    }

    static SecretException of(Code code, String message) {
        return new SecretException(code, message);
    }

    static SecretException of(Code code, String message, Throwable cause) {
        return new SecretException(code, message, cause);
    }
}
