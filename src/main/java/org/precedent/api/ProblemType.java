package org.precedent.api;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * Every kind of problem that the service answers with, as the API's description lists them. The
 * name, in lower case with hyphens, ends the {@code type} of a problem; it is stable across
 * releases.
 */
enum ProblemType {
    BAD_PARAMETER(400, "A parameter or a part of the form is missing, unknown or out of range."),
    BAD_NAME(400, "A name or a short text holds what it may not hold."),
    BAD_VALUE(400, "A value of the metadata is out of range."),
    BAD_JSON(400, "The JSON cannot be read, or has a field that is not described."),
    BAD_FORM(400, "The body cannot be read as multipart/form-data."),
    NO_MASK(400, "No mask came with the image."),
    UNREADABLE(400, "A file breaks its own format."),
    TRUNCATED(400, "A file ends before all its pixels are there."),
    TYPE_MISMATCH(400, "A file is of another type than its name says."),
    MASK_SIZE(400, "A mask is not of its image's size."),
    MASK_VALUE(400, "A mask holds values that mean nothing."),
    MASK_EMPTY(400, "A mask holds no pixel of its structure."),
    SERIES(400, "Files are not the slices of one scan."),
    GRID(400, "A mask lies on another grid than its image."),
    SUPPORT_SIZE(400, "The number of supports is out of range."),
    SIZE_REFUSED(400, "The network does not take images of this size."),
    HTTP_400(400, "The request is not valid HTTP, or its address is not."),
    HTTP_401(401, "The request brings no key, or one that proves nothing here."),
    FORBIDDEN(403, "The caller's roles, site or tasks do not allow it."),
    HTTP_403(403, "A write from a page of another origin, or an address for other roles."),
    UNKNOWN_TASK(404, "There is no such task."),
    UNKNOWN_LABEL(404, "The task or the answer has no such label."),
    UNKNOWN_POOL(404, "The task has no such pool."),
    UNKNOWN_POOL_VERSION(404, "The pool has no such version."),
    UNKNOWN_ANSWER(404, "There is no recorded answer of this id."),
    NO_WEIGHTS(404, "The network that was asked for by name has no weights here: import some."),
    UNKNOWN_KEY(404, "There is no key of this id."),
    UNKNOWN_ANNOTATION(404, "There is no annotation of this id."),
    UNKNOWN_IMAGE(404, "There is no image of this id."),
    UNKNOWN_PATIENT(404, "Nothing is known of this patient at the own site."),
    UNKNOWN_STUDY(404, "There is no study of this id any more, or there never was."),
    UNKNOWN_ACTION(404, "There is no curation action of this id."),
    UNKNOWN_ADAPTATION(404, "The pool has no adaptation of this id."),
    UNKNOWN_MODEL(404, "No task of this caller is a model of this name."),
    UNKNOWN_SESSION(404, "The session has expired, or it is another caller's."),
    UNKNOWN_TAG(404, "The image has no label map of this tag."),
    NOT_RUNNING(404, "Nothing is trained here, and so nothing of it runs."),
    HTTP_404(404, "There is nothing at this address."),
    HTTP_405(405, "The address does not take this method."),
    HTTP_406(406, "The answer is of another media type than the request accepts."),
    SAME_PIXELS(
            409,
            "The pool holds the same pixels already, as of another patient or site; `samePixels` can"
                    + " allow it."),
    ERASED(409, "It was erased and may not come back, or it rested on what was erased."),
    KEY_REUSED(409, "The Idempotency-Key came with another request before."),
    STUDY_NOT_DONE(409, "The study has no result: it is not done, was cancelled or failed."),
    ALREADY_UNDONE(409, "The action was undone already."),
    REVIEW_CHANGED(409, "Somebody else changed a review state in between; nothing was changed."),
    POOL_CHANGED(409, "The pool does not hold any more what is to be taken back."),
    NAME_TAKEN(409, "Another version of the pool has this name."),
    MODEL_CHANGED(
            409,
            "The service runs another network or other weights than the answer had, or those were"
                    + " withdrawn."),
    UNDER_WAY(409, "The pool is being adapted already; one adaptation at a time."),
    SEQUENCE(409, "An index would go back in time."),
    OTHER_SPACE(409, "An index holds vectors of another embedding space: rebuild it."),
    OTHER_KEYS(409, "An index knows patients by another key: rebuild it."),
    OTHER_FORMAT(409, "An index is of a format that this version does not read: rebuild it."),
    NO_SNAPSHOTS(409, "The engine of the indexes gives no copies of them."),
    TOO_MANY_BYTES(413, "A file is longer than the limit."),
    TOO_MANY_PIXELS(413, "An image has more pixels than the limit."),
    TOO_LONG_SIDE(413, "An image is wider or higher than the limit."),
    TOO_MUCH_WORK(413, "The query asks for more labels times supports than one may."),
    STUDY_QUOTA(413, "The files of a caller's studies take as much of the disk as they may."),
    MEMORY_LIMIT(413, "The query would work with more memory than the network may have."),
    HTTP_413(413, "The body, or a part that is text, is longer than the limit."),
    UNSUPPORTED_TYPE(415, "There is no reader for files of this name."),
    UNSUPPORTED_CONTENT(415, "A file is of a variant that is not read."),
    ORIENTATION(415, "A file asks its viewer to turn or mirror it."),
    MULTIPLE_PAGES(415, "A file holds more than one image."),
    HTTP_415(415, "The body is of a media type that the address does not take."),
    ROLE_MISSING(421, "This node has not the role that the request needs; another one has."),
    HTTP_421(421, "The header Host is no name of this service."),
    POOL_EMPTY(422, "The pool holds no annotated image yet."),
    NO_VOLUMES(422, "No volume of the pool may serve a network of volumes."),
    NO_SUPPORT(422, "No annotated image may serve; `obstacle` says what took the last away."),
    NO_LEVEL(422, "The strategy needs an encoder that this service does not run."),
    NO_ATTENTION(422, "No network that is loaded has attention."),
    TOO_FEW_PATIENTS(422, "The pool has too few patients for the network to be adapted to it."),
    NOT_ADAPTABLE(422, "The network that the service runs cannot be adapted."),
    NO_DIRECTION(422, "An encoder gave a vector without a direction: check its weights."),
    NOT_FINITE(422, "The network answered with values that are no numbers: check its weights."),
    FOREIGN_ENCODING(422, "A support was encoded by another network."),
    NO_SERIES(422, "The image is no DICOM series that a segmentation could refer to."),
    ARCHIVE_REFUSED(422, "The archive does not give the series."),
    BLOB_MISSING(500, "Bytes that the record names are not in the store any more."),
    BLOB_CORRUPT(500, "Stored bytes are damaged."),
    CORRUPT(500, "The files of an index are damaged: rebuild it."),
    INTERNAL_ERROR(500, "A fault of the service; its log has the cause under the id in `detail`."),
    NOT_CAUGHT_UP(503, "The index is behind what was acknowledged; try again shortly."),
    OVERLOADED(503, "Too many queries wait for the network; try again shortly."),
    TOO_MANY_STUDIES(503, "As many studies wait as may; try again when one is done."),
    TOO_MANY_UPLOADS(503, "The caller's other bodies on their way are as long as they may be."),
    DEADLINE(503, "The query took longer than one may; try again, or ask for less."),
    ABANDONED(503, "The caller closed the connection before the answer."),
    OUT_OF_MEMORY(503, "Memory does not suffice now; nothing is wrong with what was sent."),
    UPLOAD_NOT_KEPT(503, "The disk that uploads are read from is full or fails."),
    BLOB_NOT_READ(503, "The disk or object store that stored bytes are on fails."),
    BLOB_NOT_WRITTEN(503, "The disk or object store that takes bytes is full or fails."),
    ERASED_MEANWHILE(
            503, "Something that the answer rests on was erased while it was made; ask again."),
    ARCHIVE_AWAY(503, "The archive that series come from does not answer."),
    DATABASE_UNAVAILABLE(503, "The database is not there, or is out of space or connections."),
    INTERRUPTED(503, "The service stopped waiting for the network, most likely to end."),
    LOCKED(503, "Another process writes the index."),
    MISSING(503, "There is no index yet."),
    IO(503, "The disk or the servers that an index is on are full or fail."),
    CLOSED(503, "The index was closed, most likely because the service ends.");

    static final String PREFIX = "urn:precedent:problem:";

    private final int status;
    private final String meaning;

    ProblemType(int status, String meaning) {
        this.status = status;
        this.meaning = meaning;
    }

    /** The status that it is always answered with. */
    int status() {
        return status;
    }

    /** One sentence for people. */
    String meaning() {
        return meaning;
    }

    /** The URI in {@code type}. */
    String uri() {
        return uri(name());
    }

    static String uri(String code) {
        return PREFIX + code.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static Optional<ProblemType> ofUri(String uri) {
        return Arrays.stream(values()).filter(type -> type.uri().equals(uri)).findFirst();
    }
}
