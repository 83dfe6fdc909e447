package org.precedent.study;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
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
        TOO_MANY_STUDIES,
        /** The files of a caller's studies take as much of the disk as they may. */
        STUDY_QUOTA,
        /** The archive does not give what it should hold. */
        ARCHIVE_REFUSED,
        /** The archive cannot be asked now. */
        ARCHIVE_AWAY
    }

    private StudyException(Kind kind, Code code, String message) {
        this(kind, code, message, null);
    }

    private StudyException(Kind kind, Code code, String message, @Nullable Throwable cause) {
        super(kind, code, message, cause);
    }

    /** Nothing of the kind is kept for this caller. */
    public static StudyException notKept() {
        StudyException e =
                new StudyException(
                        Kind.UNKNOWN,
                        Code.UNKNOWN_STUDY,
                        "there is no such study, series or object here: what was segmented is kept as"
                                + " long as its study, for whoever may read its answers");
        e.put("field", "study");
        return e;
    }

    /** There is no such study in the archive, or no archive for this caller. */
    static StudyException notInArchive(String uid) {
        StudyException e =
                new StudyException(
                        Kind.UNKNOWN,
                        Code.UNKNOWN_STUDY,
                        "there is no study \"" + uid + "\" in an archive that you may ask");
        e.put("field", "studyUid");
        e.put("value", uid);
        return e;
    }

    /** The archive says no. */
    static StudyException archiveRefused(
            String field, String uid, String why, @Nullable Throwable cause) {
        StudyException e =
                new StudyException(
                        Kind.UNUSABLE,
                        Code.ARCHIVE_REFUSED,
                        "the archive does not give \"%s\": %s".formatted(uid, why),
                        cause);
        e.put("field", field);
        e.put("value", uid);
        return e;
    }

    /** The archive does not answer. */
    static StudyException archiveAway(Throwable cause) {
        return new StudyException(
                Kind.BUSY,
                Code.ARCHIVE_AWAY,
                "the archive that images come from does not answer now: try again later",
                cause);
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

    /**
     * Something of a study is not to be had in its state.
     *
     * @param what of it
     */
    static StudyException notDone(StudyJob job, String what) {
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
                        "study \"" + job.id() + "\" has no " + what + ": it " + how);
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

    /** The files of a caller's studies may not take more of the disk. */
    static StudyException quota(long taken, long limit) {
        StudyException e =
                new StudyException(
                        Kind.TOO_LARGE,
                        Code.STUDY_QUOTA,
                        ("the files of your studies take %d bytes of %d that they may"
                                        + " (precedent.study.quota), and this one would take more:"
                                        + " delete studies that are done, or wait until they go")
                                .formatted(taken, limit));
        e.put("field", "study");
        e.put("value", taken);
        e.put("limit", limit);
        return e;
    }
}
