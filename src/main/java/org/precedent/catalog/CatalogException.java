package org.precedent.catalog;

import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;

/** The catalogue refuses: a name it does not know, a value it cannot keep, bytes it cannot find. */
public final class CatalogException extends DomainException {
    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Code {
        UNKNOWN_TASK,
        UNKNOWN_LABEL,
        UNKNOWN_POOL,
        UNKNOWN_POOL_VERSION,
        UNKNOWN_ANSWER,
        UNKNOWN_ANNOTATION,
        BAD_NAME,
        BAD_VALUE,
        NO_MASK,
        SAME_PIXELS
    }

    private CatalogException(Kind kind, Code code, String message, @Nullable Throwable cause) {
        super(kind, code, message, cause);
    }

    static CatalogException unknown(
            Code code, String field, String value, Collection<String> known) {
        CatalogException e =
                new CatalogException(
                        Kind.UNKNOWN,
                        code,
                        "no %s \"%s\" here; known: %s"
                                .formatted(
                                        field,
                                        value,
                                        known.isEmpty() ? "none yet" : String.join(", ", known)),
                        null);
        e.put("field", field);
        e.put("value", value);
        e.put("known", List.copyOf(known));
        return e;
    }

    static CatalogException badName(String field, String value, String limit) {
        CatalogException e =
                new CatalogException(
                        Kind.INVALID,
                        Code.BAD_NAME,
                        "%s \"%s\" is not allowed: %s".formatted(field, value, limit),
                        null);
        e.put(field, value, limit);
        return e;
    }

    static CatalogException badValue(String field, Object value, String limit) {
        CatalogException e =
                new CatalogException(
                        Kind.INVALID,
                        Code.BAD_VALUE,
                        "%s is %s: %s".formatted(field, value, limit),
                        null);
        e.put(field, String.valueOf(value), limit);
        return e;
    }

    static CatalogException samePixels(Example example, SamePixels twin, String pool) {
        CatalogException e =
                new CatalogException(
                        Kind.CONFLICT,
                        Code.SAME_PIXELS,
                        ("%s: pool %s holds the same pixels already, as %s; this one says patient"
                                        + " \"%s\" of site \"%s\". One picture of two patients would"
                                        + " count twice and could support its own query: correct"
                                        + " patient or site, or take it nevertheless with samePixels"
                                        + " allow")
                                .formatted(
                                        example.sourceName(),
                                        pool,
                                        twin.words(),
                                        example.origin().patient(),
                                        example.origin().site()),
                        null);
        e.put("field", twin.patient() == null ? "site" : "patient");
        e.put(
                "value",
                twin.patient() == null ? example.origin().site() : example.origin().patient());
        e.put("limit", "the same pixels are one patient's, unless samePixels is allow");
        e.put("file", example.sourceName());
        e.put("imageId", twin.imageId().toString());
        if (twin.name() != null && twin.patient() != null) {
            e.put("name", twin.name());
            e.put("patient", twin.patient());
        }
        return e;
    }

    static CatalogException noMask(String file) {
        CatalogException e =
                new CatalogException(
                        Kind.INVALID,
                        Code.NO_MASK,
                        file + ": no mask came with this image; send at least one label's mask",
                        null);
        e.put("file", file);
        e.put("field", "mask");
        e.put("limit", "at least 1");
        return e;
    }
}
