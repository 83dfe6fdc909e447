package org.precedent.study;

import java.util.UUID;
import org.precedent.DomainException;

/** Why a study that was sent is not taken, or cannot be had. */
public final class StudyException extends DomainException {
    private static final long serialVersionUID = 1L;

    /** The reasons, stable across releases. */
    public enum Code {
        /** There is no study of this id for whoever asks. */
        UNKNOWN_STUDY,
        /** It has no result: it is not done yet, was cancelled or failed. */
        STUDY_NOT_DONE,
        /** As many studies wait as may, or as many of one caller. */
        TOO_MANY_STUDIES
    }

    private StudyException(Kind kind, Code code, String message) {
        super(kind, code, message, null);
    }

    static StudyException unknown(UUID id) {
        StudyException e =
                new StudyException(
                        Kind.UNKNOWN,
                        Code.UNKNOWN_STUDY,
                        "there is no study \""
                                + id
                                + "\": it was not sent here, is not yours, or was kept as long as"
                                + " studies are");
        e.put("field", "study");
        e.put("value", id.toString());
        return e;
    }

    static StudyException notDone(StudyJob job) {
        String how =
                switch (job.state()) {
                    case QUEUED -> "waits for its turn";
                    case RUNNING ->
                            "is being segmented, %d of %d slices are done"
                                    .formatted(job.done(), job.slices());
                    case CANCELLED -> "was cancelled";
                    case FAILED -> "failed: " + job.reason();
                    case DONE -> "is not here any more";
                };
        StudyException e =
                new StudyException(
                        Kind.CONFLICT,
                        Code.STUDY_NOT_DONE,
                        "study \"" + job.id() + "\" has no result: it " + how);
        e.put("field", "state");
        e.put("value", job.state().word());
        e.put("limit", StudyJob.State.DONE.word());
        return e;
    }

    static StudyException tooMany(int limit, boolean own) {
        StudyException e =
                new StudyException(
                        Kind.BUSY,
                        Code.TOO_MANY_STUDIES,
                        (own
                                                ? "%d of your studies wait already, as many as anybody's may"
                                                : "%d studies wait already, as many as may")
                                        .formatted(limit)
                                + "; try again when one is done");
        e.put("field", "queue");
        e.put("limit", limit);
        return e;
    }
}
