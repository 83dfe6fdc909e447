package org.precedent.catalog;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;
import org.precedent.ReviewState;

/** The catalogue refuses: a name it does not know, a value it cannot keep, bytes it cannot find. */
public final class CatalogException extends DomainException {
    private static final long serialVersionUID = 1L;

    /** Names of versions that a refusal tells at most. */
    private static final int TOLD = 20;

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
        SAME_PIXELS,
        UNKNOWN_ACTION,
        ALREADY_UNDONE,
        REVIEW_CHANGED,
        POOL_CHANGED,
        NAME_TAKEN,
        UNKNOWN_IMAGE,
        UNKNOWN_PATIENT,
        ERASED,
        ERASED_MEANWHILE
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

    /** Something was erased, and may not come back. */
    static CatalogException erased(String file) {
        CatalogException e =
                new CatalogException(
                        Kind.CONFLICT,
                        Code.ERASED,
                        file
                                + " was erased here, or is of a patient who was, and is not taken"
                                + " again",
                        null);
        e.put("file", file);
        return e;
    }

    /** What an answer was to rest on was erased while it was made. */
    public static CatalogException erasedMeanwhile() {
        return new CatalogException(
                Kind.BUSY,
                Code.ERASED_MEANWHILE,
                "something that this rests on was erased while it was read; ask again, and it is"
                        + " answered without it",
                null);
    }

    /** An answer rested on what was erased. */
    static CatalogException supportsErased(String answer, int supports) {
        CatalogException e =
                new CatalogException(
                        Kind.CONFLICT,
                        Code.ERASED,
                        "answer %s rested on %d supports that were erased since: it cannot be computed again"
                                .formatted(answer, supports),
                        null);
        e.put("field", "id");
        e.put("value", answer);
        return e;
    }

    /** There is no image of an id. */
    public static CatalogException unknownImage(String id) {
        return unknown(
                Code.UNKNOWN_IMAGE, "image", id, List.of("the imageId of any support or ingest"));
    }

    /** Nothing is known of a patient. */
    public static CatalogException unknownPatient(String patient, String site) {
        return unknown(
                Code.UNKNOWN_PATIENT,
                "patient",
                patient,
                List.of("patients of images and answers of site " + site));
    }

    /** There is no answer of an id. */
    public static CatalogException unknownAnswer(String id) {
        return unknown(
                Code.UNKNOWN_ANSWER,
                "segmentation",
                id,
                List.of("the ids that POST /v1/segmentations returned"));
    }

    /** There is no annotation of an id. */
    public static CatalogException unknownAnnotation(long id) {
        return unknown(
                Code.UNKNOWN_ANNOTATION,
                "annotation",
                Long.toString(id),
                List.of("those that lists of annotations name"));
    }

    /** There is no answer of an id, or it has no such label. */
    public static CatalogException unknownAnswerLabel(String answer, String label) {
        return unknown(
                Code.UNKNOWN_LABEL, "label of answer " + answer, label, List.of("those it shows"));
    }

    /** There is no curation action of an id. */
    public static CatalogException unknownAction(long id) {
        return unknown(
                Code.UNKNOWN_ACTION, "action", Long.toString(id), List.of("those of the history"));
    }

    /** A pool has no version of a number or name. */
    static CatalogException unknownVersion(String wanted, int current, Collection<String> names) {
        List<String> known = new ArrayList<>();
        if (current > 0) {
            known.add("1 to " + current);
        }
        names.stream().limit(TOLD).forEach(known::add);
        CatalogException e = unknown(Code.UNKNOWN_POOL_VERSION, "pool version", wanted, known);
        e.put("field", "poolVersion");
        return e;
    }

    /** Somebody else decided in between. */
    public static CatalogException reviewChanged(
            long annotation, ReviewState now, ReviewState expected) {
        CatalogException e =
                new CatalogException(
                        Kind.CONFLICT,
                        Code.REVIEW_CHANGED,
                        ("annotation %d is %s, not %s: it was changed since; look at it again."
                                        + " Nothing was changed")
                                .formatted(annotation, now.word(), expected.word()),
                        null);
        e.put("annotation " + annotation, now.word(), expected.word());
        return e;
    }

    /** A pool does not hold any more what is to be taken back. */
    public static CatalogException poolChanged(long action, int version) {
        CatalogException e =
                new CatalogException(
                        Kind.CONFLICT,
                        Code.POOL_CHANGED,
                        ("version %d, which action %d made, cannot be taken back: the pool does not"
                                        + " hold any more what it put there, or holds something else"
                                        + " in its place. Undo the later action first, or restore a"
                                        + " version")
                                .formatted(version, action),
                        null);
        e.put("field", "action");
        e.put("value", action);
        return e;
    }

    /** An action is undone once. */
    public static CatalogException alreadyUndone(long action, long by) {
        CatalogException e =
                new CatalogException(
                        Kind.CONFLICT,
                        Code.ALREADY_UNDONE,
                        "action %d was undone by action %d already; undo that one to do it again"
                                .formatted(action, by),
                        null);
        e.put("field", "action");
        e.put("value", action);
        return e;
    }

    /** Another version of the pool has the name. */
    public static CatalogException nameTaken(String name) {
        CatalogException e =
                new CatalogException(
                        Kind.CONFLICT,
                        Code.NAME_TAKEN,
                        "another version of the pool is called \"%s\"".formatted(name),
                        null);
        e.put("field", "name");
        e.put("value", name);
        return e;
    }

    /** The name of a version that would be taken for the version of that number. */
    public static CatalogException numberAsName(String name) {
        return badName("name", name, "a number names the version of that number");
    }

    /** Pools of two tasks have no labels in common. */
    public static CatalogException otherTask(String from, String to) {
        return badValue("pool", from + " and " + to, "must be of one task");
    }

    /** A selection is too large for one action. */
    public static CatalogException tooManyAnnotations(int found, int most) {
        return badValue("selection", found + " annotations", "at most " + most + " at once");
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
