package org.precedent.retrieval;

import java.util.Locale;
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

    RetrievalException(String message, int k, int limit) {
        super(Kind.INVALID, Code.SUPPORT_SIZE, message, null);
        put("field", "k");
        put("value", k);
        put("limit", limit);
    }

    private RetrievalException(Kind kind, Code code, String message) {
        super(kind, code, message, null);
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
        super(
                Kind.UNUSABLE,
                Code.NO_SUPPORT,
                "no support for this query: " + eligibility.explanation(),
                null);
        put("obstacle", eligibility.obstacle().name().toLowerCase(Locale.ROOT));
        put("pool", eligibility.filter().poolId());
        put("version", eligibility.filter().poolVersion());
        put("label", eligibility.filter().labelId());
        put("annotated", eligibility.annotated());
        put("reviewed", eligibility.reviewed());
        put("onSite", eligibility.onSite());
        put("otherPatient", eligibility.otherPatient());
    }
}
