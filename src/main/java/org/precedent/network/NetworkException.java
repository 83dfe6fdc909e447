package org.precedent.network;

import java.io.Serial;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;

/** A refusal of a network. */
public final class NetworkException extends DomainException {
    @Serial private static final long serialVersionUID = 1L;

    /** Stable codes. */
    public enum Code {
        /** No network has that name. */
        UNKNOWN_NETWORK,
        /** No weights of that network are here, or several and none was named. */
        NO_WEIGHTS,
        /** Height or width that the network cannot run at. */
        SIZE_REFUSED,
        /** The network's answer holds values that are not finite. */
        NOT_FINITE,
        /** A support's encoding is of another network, or of other weights. */
        FOREIGN_ENCODING,
        /** One query would need more memory than a query may. */
        MEMORY_LIMIT
    }

    private NetworkException(Kind kind, Code code, String message, @Nullable Throwable cause) {
        super(kind, code, message, cause);
    }

    public static NetworkException unknownNetwork(String name, List<String> known) {
        NetworkException e =
                new NetworkException(
                        Kind.UNKNOWN,
                        Code.UNKNOWN_NETWORK,
                        "no network is called '"
                                + name
                                + "'; known: "
                                + String.join(", ", known)
                                + ".",
                        null);
        e.put("value", name);
        e.put("known", String.join(", ", known));
        return e;
    }

    public static NetworkException noWeights(String network, List<Path> several) {
        NetworkException e =
                new NetworkException(
                        Kind.UNKNOWN,
                        Code.NO_WEIGHTS,
                        several.isEmpty()
                                ? "there are no weights of "
                                        + network
                                        + ": name a file, or import one with `precedent model"
                                        + " import`."
                                : "several weights of "
                                        + network
                                        + " were imported, name one: "
                                        + several
                                        + ".",
                        null);
        e.put("field", "weights");
        e.put("value", network);
        return e;
    }

    public static NetworkException sizeRefused(int height, int width, int multiple) {
        NetworkException e =
                new NetworkException(
                        Kind.INVALID,
                        Code.SIZE_REFUSED,
                        "height x width is "
                                + height
                                + " x "
                                + width
                                + ", both must be multiples of "
                                + multiple
                                + "; resample or pad the images first.",
                        null);
        e.put("height, width", height + " x " + width, multiple);
        return e;
    }

    public static NetworkException longerSideRefused(int height, int width, int longer) {
        NetworkException e =
                new NetworkException(
                        Kind.INVALID,
                        Code.SIZE_REFUSED,
                        "height x width is "
                                + height
                                + " x "
                                + width
                                + ", the longer of them must be "
                                + longer
                                + "; resample the image first.",
                        null);
        e.put("height, width", height + " x " + width, longer);
        return e;
    }

    static NetworkException notFinite(String network, int count, int of) {
        NetworkException e =
                new NetworkException(
                        Kind.UNUSABLE,
                        Code.NOT_FINITE,
                        network
                                + " gave "
                                + count
                                + " of "
                                + of
                                + " logits that are not finite; check that images hold values in"
                                + " [0, 1] and that the weights are sound.",
                        null);
        e.put("value", count);
        return e;
    }

    /** Refuses logits among which any value is no number. */
    public static void requireFinite(String network, float[] logits) {
        int broken = 0;
        for (float logit : logits) {
            broken += Float.isFinite(logit) ? 0 : 1;
        }
        if (broken > 0) {
            throw notFinite(network, broken, logits.length);
        }
    }

    public static NetworkException foreignEncoding(String encodedBy, String expected) {
        NetworkException e =
                new NetworkException(
                        Kind.UNUSABLE,
                        Code.FOREIGN_ENCODING,
                        "a support was encoded by "
                                + encodedBy
                                + ", and this is "
                                + expected
                                + ": encode it again.",
                        null);
        e.put("field", "encoding");
        e.put("value", encodedBy);
        return e;
    }

    public static NetworkException memoryLimit(long needed, long limit) {
        NetworkException e =
                new NetworkException(
                        Kind.TOO_LARGE,
                        Code.MEMORY_LIMIT,
                        "this query would work with "
                                + (needed >> 20)
                                + " MiB, the limit is "
                                + (limit >> 20)
                                + " MiB: ask for fewer supports or labels, or a smaller size.",
                        null);
        e.put("supportSize", needed, limit);
        return e;
    }
}
