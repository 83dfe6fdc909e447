package org.precedent.retrieval;

import java.util.Locale;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;

/** Why no support set can be given. */
public final class RetrievalException extends DomainException {
    private static final long serialVersionUID = 1L;

    /** What is wrong. */
    public enum Code {
        /** Nothing is eligible; the field {@code obstacle} says which condition nothing meets. */
        NO_SUPPORT,
        /** A number of supports that is out of range. */
        SUPPORT_SIZE,
        /** The strategy's level has no vectors here. */
        NO_LEVEL
    }

    /** What was counted where nothing is eligible; null for other reasons. */
    private final transient @Nullable Eligibility eligibility;

    RetrievalException(String message, int k, int limit) {
        super(Kind.INVALID, Code.SUPPORT_SIZE, message, null);
        this.eligibility = null;
        put("k", k, limit);
    }

    private RetrievalException(Kind kind, Code code, String message) {
        super(kind, code, message, null);
        this.eligibility = null;
    }

    /**
     * The same in the names that people know; an index knows only numbers.
     *
     * @param labels gives the name of a label's number
     */
    public RetrievalException named(String task, String pool, IntFunction<String> labels) {
        if (eligibility == null) {
            return this;
        }
        String label = labels.apply(eligibility.filter().labelId());
        RetrievalException named =
                new RetrievalException(
                        eligibility,
                        "version %3$d of pool %1$s of task %2$s"
                                .formatted(pool, task, eligibility.filter().poolVersion()),
                        "label " + label);
        named.put("pool", pool);
        named.put("label", label);
        return named;
    }

    static RetrievalException noLevel(Strategy strategy) {
        RetrievalException e =
                new RetrievalException(
                        Kind.UNUSABLE,
                        Code.NO_LEVEL,
                        "strategy "
                                + strategy.word()
                                + " needs an encoder that this service does not run: configure"
                                + " its weights, or ask for image");
        e.put("field", "strategy");
        e.put("value", strategy.word());
        return e;
    }

    RetrievalException(Eligibility eligibility) {
        this(eligibility, "this version of the pool", "the label");
    }

    private RetrievalException(Eligibility eligibility, String pool, String label) {
        super(
                Kind.UNUSABLE,
                Code.NO_SUPPORT,
                "no support for this query: " + eligibility.explanation(pool, label),
                null);
        this.eligibility = eligibility;
        put("obstacle", eligibility.obstacle().name().toLowerCase(Locale.ROOT));
        put("version", eligibility.filter().poolVersion());
        put("annotated", eligibility.annotated());
        put("reviewed", eligibility.reviewed());
        put("onSite", eligibility.onSite());
        if (eligibility.told()) {
            put("otherPatient", eligibility.otherPatient());
        }
    }
}
