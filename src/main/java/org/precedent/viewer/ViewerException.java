package org.precedent.viewer;

import java.util.Collection;
import java.util.List;
import org.precedent.DomainException;

/** A viewer asks for what is not there, or for what cannot be done. */
public final class ViewerException extends DomainException {
    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Code {
        UNKNOWN_MODEL(Kind.UNKNOWN),
        UNKNOWN_SESSION(Kind.UNKNOWN),
        UNKNOWN_TAG(Kind.UNKNOWN),
        /** Nothing of the kind runs, and nothing will. */
        NOT_RUNNING(Kind.UNKNOWN),
        /** An image is no DICOM series that a segmentation could refer to. */
        NO_SERIES(Kind.UNUSABLE);

        private final Kind kind;

        Code(Kind kind) {
            this.kind = kind;
        }
    }

    private ViewerException(Code code, String message) {
        super(code.kind, code, message, null);
    }

    private static ViewerException unknown(
            Code code, String field, String value, String message, Collection<String> known) {
        ViewerException e = new ViewerException(code, message);
        e.put("field", field);
        e.put("value", value);
        e.put("known", List.copyOf(known));
        return e;
    }

    /** There is no such model for this caller. */
    public static ViewerException unknownModel(String name, Collection<String> known) {
        return unknown(
                Code.UNKNOWN_MODEL,
                "model",
                name,
                "no model \"%s\" here; models are tasks, or TASK/POOL: %s"
                        .formatted(name, known.isEmpty() ? "none yet" : String.join(", ", known)),
                known);
    }

    /** There is no such session for this caller, or it has expired. */
    public static ViewerException unknownSession(String id) {
        return unknown(
                Code.UNKNOWN_SESSION,
                "session",
                id,
                "no session \"%s\" here: it has expired, or it is another caller's".formatted(id),
                List.of("the session_id that PUT /monailabel/session answers"));
    }

    /** An image has no label map of this tag. */
    public static ViewerException unknownTag(String image, String tag, Collection<String> known) {
        return unknown(
                Code.UNKNOWN_TAG,
                "tag",
                tag,
                "image \"%s\" has no label of tag \"%s\"; it has: %s"
                        .formatted(image, tag, known.isEmpty() ? "none" : String.join(", ", known)),
                known);
    }

    /** Nothing runs; nothing is trained here. */
    public static ViewerException notRunning(String what) {
        return new ViewerException(
                Code.NOT_RUNNING,
                "no "
                        + what
                        + " runs: answers rest on the annotated images of a pool, and a label that is"
                        + " saved and approved serves from the next query on");
    }

    /** A DICOM segmentation was asked for of what is no DICOM series. */
    public static ViewerException noSeries(String image) {
        ViewerException e =
                new ViewerException(
                        Code.NO_SERIES,
                        ("\"%s\" is no DICOM series that a segmentation could refer to: send its files"
                                        + " with the request, or name a series of the archive; of"
                                        + " images that are kept no header is")
                                .formatted(image));
        e.put("field", "output");
        e.put("value", "dicom_seg");
        return e;
    }
}
