package org.precedent.imaging.format.codec;

import org.jspecify.annotations.Nullable;

/**
 * Why compressed bytes do not become samples; the reader of the file says which file and element.
 */
public final class CodecException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What is the matter. */
    public enum Fault {
        /** The bytes break their own format. */
        DAMAGED,
        /** The bytes end too early. */
        TRUNCATED,
        /** A variant that is not read, or not read exactly. */
        UNSUPPORTED,
        /** More than the limits allow. */
        TOO_LARGE,
        /** The decoder could not be started, or took too long; the bytes may be sound. */
        UNAVAILABLE
    }

    private final Fault fault;

    public CodecException(Fault fault, String message) {
        this(fault, message, null);
    }

    public CodecException(Fault fault, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.fault = fault;
    }

    public Fault fault() {
        return fault;
    }
}
