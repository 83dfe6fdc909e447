package org.precedent;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A refusal that its reader can act on: what was wrong, which field, which value, which limit. Each
 * capability has one subclass with an enum of codes. The command line prints the message; the HTTP
 * edge turns kind, code and fields into an RFC 9457 problem.
 */
public abstract class DomainException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What kind of refusal, in the caller's terms. */
    public enum Kind {
        /** A parameter or file content breaks a rule. HTTP 400. */
        INVALID,
        /** The caller may not do it. HTTP 403. */
        FORBIDDEN,
        /** A name that does not exist here. HTTP 404. */
        UNKNOWN,
        /** It contradicts what is stored. HTTP 409. */
        CONFLICT,
        /** Another node does it. HTTP 421. */
        MISDIRECTED,
        /** Larger than a limit. HTTP 413. */
        TOO_LARGE,
        /** A type of content that is not read. HTTP 415. */
        UNSUPPORTED,
        /** Understood, but there is nothing to rest an answer on. HTTP 422. */
        UNUSABLE,
        /** Too much at once, or not ready yet: try again. HTTP 503. */
        BUSY,
        /** What is stored here is missing or damaged; the caller did nothing wrong. HTTP 500. */
        DAMAGED
    }

    private final Kind kind;
    private final Enum<?> code;
    private final transient Map<String, Object> fields = new LinkedHashMap<>();

    protected DomainException(Kind kind, Enum<?> code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.code = code;
    }

    public Kind kind() {
        return kind;
    }

    /** The capability's own code, stable across releases. */
    public Enum<?> code() {
        return code;
    }

    /** Structured facts of the refusal, e.g. {@code field}, {@code value}, {@code limit}. */
    public Map<String, Object> fields() {
        return Collections.unmodifiableMap(fields);
    }

    /** Adds one fact. Values are strings or numbers. */
    protected void put(String name, Object value) {
        fields.put(name, value);
    }

    /** Adds which field, its value, and the limit that it breaks. */
    protected void put(String field, Object value, Object limit) {
        put("field", field);
        put("value", value);
        put("limit", limit);
    }
}
