package org.precedent.evaluation;

import org.precedent.DomainException;

/** Why a protocol cannot be run on these cases. */
public final class EvaluationException extends DomainException {
    private static final long serialVersionUID = 1L;

    /** The reasons, stable across releases. */
    public enum Code {
        /** No case has the label. */
        UNKNOWN_LABEL(Kind.UNKNOWN),
        /** Fewer supports than asked for are left for a query. */
        TOO_FEW_SUPPORTS(Kind.UNUSABLE),
        /** A setting is out of its range. */
        SETTING(Kind.INVALID);

        private final Kind kind;

        Code(Kind kind) {
            this.kind = kind;
        }
    }

    public EvaluationException(
            Code code, String message, String field, Object value, Object limit) {
        super(code.kind, code, message, null);
        put(field, value, limit);
    }

    /** A setting that is not what it has to be. */
    public static EvaluationException setting(String field, Object value, String limit) {
        return new EvaluationException(
                Code.SETTING,
                field + " is " + value + ", expected " + limit,
                field,
                String.valueOf(value),
                limit);
    }
}
