package org.precedent;

/** A request breaks a limit of the service, or the service cannot take it now. */
public final class ServiceException extends DomainException {
    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Code {
        BAD_PARAMETER,
        NOT_CAUGHT_UP,
        OVERLOADED,
        OUT_OF_MEMORY,
        MODEL_CHANGED,
        POOL_EMPTY,
        NO_ATTENTION
    }

    private ServiceException(Kind kind, Code code, String message) {
        super(kind, code, message, null);
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

    public static ServiceException outOfMemory() {
        return new ServiceException(
                Kind.BUSY,
                Code.OUT_OF_MEMORY,
                "there is not enough memory for the supports of this query now; try again later or"
                        + " ask for fewer supports");
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
                                + " is loaded; start the service with that network and its weights to"
                                + " replay it");
        e.put("model", recorded, loaded);
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
}
