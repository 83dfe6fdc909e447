package org.precedent.adaptation;

import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;

/** Why a network is not adapted to a pool. */
public final class AdaptationException extends DomainException {
    private static final long serialVersionUID = 1L;

    /** The reasons, stable across releases. */
    public enum Code {
        /** Too few patients to learn from some and to ask about others. */
        TOO_FEW_PATIENTS(Kind.UNUSABLE),
        /** Another network than the one that can be trained here. */
        NOT_ADAPTABLE(Kind.UNUSABLE),
        /** The pool is being adapted already. */
        UNDER_WAY(Kind.CONFLICT),
        /** There is no adaptation of this id. */
        UNKNOWN_ADAPTATION(Kind.UNKNOWN),
        /** Weights or a checkpoint cannot be written. */
        NOT_WRITTEN(Kind.DAMAGED);

        private final Kind kind;

        Code(Kind kind) {
            this.kind = kind;
        }
    }

    private AdaptationException(Code code, String message, @Nullable Throwable cause) {
        super(code.kind, code, message, cause);
    }

    static AdaptationException tooFewPatients(int patients) {
        AdaptationException e =
                new AdaptationException(
                        Code.TOO_FEW_PATIENTS,
                        "the pool has annotated images of "
                                + patients
                                + (patients == 1 ? " patient" : " patients")
                                + ", and adapts from "
                                + AdaptationPool.LEAST_PATIENTS
                                + " on: with fewer it cannot be told whether it helps",
                        null);
        e.put("patients", patients, AdaptationPool.LEAST_PATIENTS);
        return e;
    }

    static AdaptationException network(String name, String expected) {
        AdaptationException e =
                new AdaptationException(
                        Code.NOT_ADAPTABLE,
                        "network " + name + " cannot be adapted; choose " + expected,
                        null);
        e.put("network", name, expected);
        return e;
    }

    /** One at a time. */
    public static AdaptationException underWay(String pool, String id) {
        AdaptationException e =
                new AdaptationException(
                        Code.UNDER_WAY,
                        "pool "
                                + pool
                                + " is being adapted already, by adaptation "
                                + id
                                + ": wait for it, or cancel it",
                        null);
        e.put("pool", pool, "one adaptation at a time");
        e.put("adaptation", id);
        return e;
    }

    public static AdaptationException unknown(String id) {
        AdaptationException e =
                new AdaptationException(
                        Code.UNKNOWN_ADAPTATION,
                        "no adaptation \"" + id + "\" of this pool here",
                        null);
        e.put("field", "id");
        e.put("value", id);
        return e;
    }

    static AdaptationException notWritten(String file, Throwable cause) {
        AdaptationException e =
                new AdaptationException(
                        Code.NOT_WRITTEN,
                        file + " cannot be written: " + cause.getMessage(),
                        cause);
        e.put("file", file, "a folder that can be written to");
        return e;
    }
}
