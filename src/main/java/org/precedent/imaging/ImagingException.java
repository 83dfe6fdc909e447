package org.precedent.imaging;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;

/** Why an image or a mask is not taken. The fields repeat the facts of the message. */
public final class ImagingException extends DomainException {
    private static final long serialVersionUID = 1L;

    /** The reasons, stable across releases. */
    public enum Code {
        /** There is no such file, or it cannot be opened. */
        MISSING_FILE(Kind.UNKNOWN),
        /** The content breaks its own format. */
        UNREADABLE(Kind.INVALID),
        /** The content stops before all its pixels are there. */
        TRUNCATED(Kind.INVALID),
        /** The content is of another type than the file's name says. */
        TYPE_MISMATCH(Kind.INVALID),
        /** No reader for files of this name. */
        UNSUPPORTED_TYPE(Kind.UNSUPPORTED),
        /** A known type, but a variant that is not read, e.g. CMYK or transparent pixels. */
        UNSUPPORTED_CONTENT(Kind.UNSUPPORTED),
        /** The file asks its viewer to turn or mirror it. */
        ORIENTATION(Kind.UNSUPPORTED),
        /** More than one image in the file. */
        MULTIPLE_PAGES(Kind.UNSUPPORTED),
        /** The file is longer than the limit. */
        TOO_MANY_BYTES(Kind.TOO_LARGE),
        /** Width times height is above the limit. */
        TOO_MANY_PIXELS(Kind.TOO_LARGE),
        /** Width or height is above the limit. */
        TOO_LONG_SIDE(Kind.TOO_LARGE),
        /** Slices that make no volume: one is missing, twice there, or lies another way. */
        SERIES(Kind.INVALID),
        /** A volume that does not lie on the grid that it should. */
        GRID(Kind.INVALID),
        /** A mask is not of its image's size. */
        MASK_SIZE(Kind.INVALID),
        /** A mask holds values that mean nothing. */
        MASK_VALUE(Kind.INVALID),
        /** A mask holds no pixel of its structure. */
        MASK_EMPTY(Kind.INVALID),
        /** There is not enough memory to read it now; nothing is wrong with the file. */
        OUT_OF_MEMORY(Kind.BUSY);

        private final Kind kind;

        Code(Kind kind) {
            this.kind = kind;
        }
    }

    public ImagingException(
            Code code, String message, Map<String, Object> facts, @Nullable Throwable cause) {
        super(code.kind, code, message, cause);
        facts.forEach(this::put);
    }

    /**
     * Says the same of a file whose role is known, for whoever sent several.
     *
     * @param subject what the file is, e.g. {@code mask of label liver (part mask.liver)}
     * @param facts what else is known of it, e.g. its part and its label
     */
    public ImagingException about(String subject, Map<String, Object> facts) {
        Map<String, Object> all = new LinkedHashMap<>(fields());
        all.putAll(facts);
        return new ImagingException((Code) code(), subject + ", " + getMessage(), all, this);
    }

    /** Runs a reading of one file, and says of every refusal what the file is. */
    public static <T> T about(String subject, Map<String, Object> facts, Supplier<T> reading) {
        try {
            return reading.get();
        } catch (ImagingException e) {
            throw e.about(subject, facts);
        }
    }
}
