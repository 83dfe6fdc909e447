package org.precedent.ingest.folder;

import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;

/** Why a dataset folder cannot be taken as it was described. */
public final class DatasetException extends DomainException {
    private static final long serialVersionUID = 1L;

    /** The reasons, stable across releases. */
    public enum Code {
        /** The dataset folder itself is not there. */
        NO_FOLDER(Kind.UNKNOWN),
        /** No image file matches the glob. */
        NO_IMAGES(Kind.UNKNOWN),
        /** No mask file is there at all. */
        NO_MASKS(Kind.UNKNOWN),
        /** A label that was asked for has no folder. */
        UNKNOWN_LABEL(Kind.UNKNOWN),
        /** Two files with the same id. */
        DUPLICATE_ID(Kind.CONFLICT),
        /** Images and masks have no id in common. */
        NO_PAIRS(Kind.INVALID),
        /** The patient pattern is not usable, or an id does not fit it. */
        PATIENT_PATTERN(Kind.INVALID),
        /** A glob that is not a glob. */
        GLOB(Kind.INVALID),
        /** A folder that cannot be listed. */
        UNREADABLE_FOLDER(Kind.INVALID);

        private final Kind kind;

        Code(Kind kind) {
            this.kind = kind;
        }
    }

    DatasetException(
            Code code, String message, String field, String value, @Nullable Throwable cause) {
        super(code.kind, code, message, cause);
        put("field", field);
        put("value", value);
    }
}
