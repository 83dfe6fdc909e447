package org.precedent.segmentation;

import org.precedent.DomainException;

/** Why a network's answer is not passed on. */
public final class SegmentationException extends DomainException {
    private static final long serialVersionUID = 1L;

    /** The reasons, stable across releases. */
    public enum Code {
        /** The network answered with values that are no numbers. */
        NOT_FINITE
    }

    SegmentationException(String network, String weightsSha256, int pixels) {
        super(
                Kind.UNUSABLE,
                Code.NOT_FINITE,
                "network "
                        + network
                        + " answered with "
                        + pixels
                        + " values that are no numbers; check its weights ("
                        + weightsSha256
                        + ")",
                null);
        put("network", network);
        put("weights", weightsSha256);
        put("value", pixels);
        put("limit", 0);
    }
}
