package org.precedent;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A request breaks a limit of the service, or the service cannot take it now. */
public final class ServiceException extends DomainException {
    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Code {
        BAD_PARAMETER,
        NOT_CAUGHT_UP,
        OVERLOADED,
        DEADLINE,
        ABANDONED,
        TOO_MUCH_WORK,
        OUT_OF_MEMORY,
        MODEL_CHANGED,
        POOL_EMPTY,
        NO_VOLUMES,
        NO_ATTENTION,
        UPLOAD_NOT_KEPT,
        KEY_REUSED,
        ROLE_MISSING
    }

    private ServiceException(Kind kind, Code code, String message) {
        super(kind, code, message, null);
    }

    private ServiceException(Kind kind, Code code, String message, @Nullable Throwable cause) {
        super(kind, code, message, cause);
    }

    /** The disk that holds the parts of a form while they are read is full or fails. */
    public static ServiceException uploadNotKept(Throwable cause) {
        return new ServiceException(
                Kind.BUSY,
                Code.UPLOAD_NOT_KEPT,
                "the service could not keep what was sent in DATA/uploads while reading it: that disk"
                        + " is full or fails; nothing is wrong with what was sent, try again later",
                cause);
    }

    /**
     * This node does not do what was asked.
     *
     * @param role that it lacks
     * @param roles that it has
     */
    public static ServiceException roleMissing(String role, String roles) {
        ServiceException e =
                new ServiceException(
                        Kind.MISDIRECTED,
                        Code.ROLE_MISSING,
                        "this node has not the role %s, only %s: ask a node that has it, or set PRECEDENT_ROLES"
                                .formatted(role, roles));
        e.put("role", roles, role);
        return e;
    }

    /** A caller sent something else under this key before. */
    public static ServiceException keyReused(String key) {
        ServiceException e =
                new ServiceException(
                        Kind.CONFLICT,
                        Code.KEY_REUSED,
                        "Idempotency-Key \"%s\" came with another request before: send a new key with"
                                        .formatted(key)
                                + " every new request, the same one only to repeat it");
        e.put("field", "Idempotency-Key");
        e.put("value", key);
        return e;
    }

    /** A parameter outside its range. */
    public static ServiceException badParameter(String field, Object value, String limit) {
        ServiceException e =
                new ServiceException(
                        Kind.INVALID,
                        Code.BAD_PARAMETER,
                        "%s is \"%s\": %s".formatted(field, value, limit));
        e.put(field, String.valueOf(value), limit);
        return e;
    }

    public static ServiceException notCaughtUp(long reached, long needed) {
        ServiceException e =
                new ServiceException(
                        Kind.BUSY,
                        Code.NOT_CAUGHT_UP,
                        "the index has reached change %d of %d; try again shortly"
                                .formatted(reached, needed));
        e.put("reached", reached);
        e.put("needed", needed);
        return e;
    }

    public static ServiceException overloaded(int queue) {
        ServiceException e =
                new ServiceException(
                        Kind.BUSY,
                        Code.OVERLOADED,
                        "%d queries wait for the network already; try again shortly"
                                .formatted(queue));
        e.put("field", "queue");
        e.put("limit", queue);
        return e;
    }

    /** A query took longer than it may. */
    public static ServiceException deadline(Duration allowed) {
        ServiceException e =
                new ServiceException(
                        Kind.BUSY,
                        Code.DEADLINE,
                        "the query took longer than the %d seconds that one may: the service is busy, or"
                                        .formatted(allowed.toSeconds())
                                + " the query is wide; try again later, or ask for fewer labels or"
                                + " supports");
        e.put("limit", allowed.toString());
        return e;
    }

    /** Whoever asked does not wait any more. */
    public static ServiceException abandoned() {
        return new ServiceException(
                Kind.BUSY, Code.ABANDONED, "whoever asked closed the connection: it was given up");
    }

    /** A query asks for more labels times supports than one may. */
    public static ServiceException tooMuchWork(int labels, int supports, int limit) {
        ServiceException e =
                new ServiceException(
                        Kind.TOO_LARGE,
                        Code.TOO_MUCH_WORK,
                        "%d labels of %d supports each are more work than one query may ask for, %d: ask for fewer labels at once, or fewer supports"
                                .formatted(labels, supports, limit));
        e.put("supportSize", (long) labels * supports, limit);
        return e;
    }

    public static ServiceException outOfMemory() {
        return new ServiceException(
                Kind.BUSY,
                Code.OUT_OF_MEMORY,
                "there is not enough memory for the supports of this query now; try again later or"
                        + " ask for fewer supports");
    }

    /** Memory ran out at any other work for a request. */
    public static ServiceException outOfMemory(@Nullable Throwable cause) {
        return new ServiceException(
                Kind.BUSY,
                Code.OUT_OF_MEMORY,
                "there is not enough memory for this request now; nothing is wrong with what was"
                        + " sent, try again later",
                cause);
    }

    public static ServiceException modelChanged(String recorded, String loaded) {
        ServiceException e =
                new ServiceException(
                        Kind.CONFLICT,
                        Code.MODEL_CHANGED,
                        "this answer was computed by "
                                + recorded
                                + ", but "
                                + loaded
                                + " is loaded, and no weights of that hash are shipped or imported;"
                                + " start the service with them, or import them, to replay it");
        e.put("model", recorded, loaded);
        return e;
    }

    /** An answer's adapted weights are gone, because of an erasure. */
    public static ServiceException weightsWithdrawn(String recorded) {
        ServiceException e =
                new ServiceException(
                        Kind.CONFLICT,
                        Code.MODEL_CHANGED,
                        "this answer was computed by "
                                + recorded
                                + ", weights that were adapted to its pool and withdrawn since, because"
                                + " something that they had learnt from was erased: it cannot be"
                                + " computed again");
        e.put("field", "model");
        e.put("value", recorded);
        return e;
    }

    public static ServiceException noAttention(String network) {
        ServiceException e =
                new ServiceException(
                        Kind.UNUSABLE,
                        Code.NO_ATTENTION,
                        network
                                + " has no attention, and no network that has any is loaded;"
                                + " configure precedent.embedding.location or"
                                + " precedent.network.name");
        e.put("field", "network");
        e.put("value", network);
        return e;
    }

    public static ServiceException poolEmpty(String pool, String task) {
        ServiceException e =
                new ServiceException(
                        Kind.UNUSABLE,
                        Code.POOL_EMPTY,
                        "pool %s of task %s holds no annotated image yet: ingest some first"
                                .formatted(pool, task));
        e.put("field", "pool");
        e.put("value", pool);
        return e;
    }

    /**
     * @param why no volume of the pool may serve, as the end of a sentence
     */
    public static ServiceException noVolumes(String pool, String task, String label, String why) {
        ServiceException e =
                new ServiceException(
                        Kind.UNUSABLE,
                        Code.NO_VOLUMES,
                        "pool %s of task %s has no volume with label %s for a network of volumes: %s"
                                .formatted(pool, task, label, why));
        e.put("field", "network");
        e.put("value", pool);
        return e;
    }
}
