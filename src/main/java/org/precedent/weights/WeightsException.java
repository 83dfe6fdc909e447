package org.precedent.weights;

import java.io.Serial;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;

/** A weights' file, or an archive of arrays, is refused. */
public final class WeightsException extends DomainException {
    @Serial private static final long serialVersionUID = 1L;

    /** Stable codes. */
    public enum Code {
        /** The weights' file is not there or cannot be read. */
        FILE_UNREADABLE,
        /** Neither safetensors nor a PyTorch zip checkpoint nor, for cases, an npz archive. */
        FORMAT_UNKNOWN,
        /** The file breaks its own format: truncated, overlapping, out of bounds. */
        FILE_MALFORMED,
        /** The file declares more than the limits of this reader. */
        FILE_TOO_LARGE,
        /** A number type, or a byte or element order, that is not read. */
        TYPE_UNSUPPORTED,
        /** A checkpoint asks for a class or function that is no part of a tensor. */
        CLASS_REFUSED,
        /** Names or shapes of tensors are not those of the network. */
        WEIGHTS_MISMATCH
    }

    private WeightsException(Kind kind, Code code, String message, @Nullable Throwable cause) {
        super(kind, code, message, cause);
    }

    public static WeightsException unreadable(String file, String why, @Nullable Throwable cause) {
        return aboutFile(
                Kind.UNKNOWN,
                Code.FILE_UNREADABLE,
                file,
                why + "; check the path and its permissions",
                cause);
    }

    public static WeightsException unknownFormat(String file, String why) {
        return aboutFile(Kind.UNSUPPORTED, Code.FORMAT_UNKNOWN, file, why, null);
    }

    public static WeightsException malformed(String file, String why) {
        return malformed(file, why, null);
    }

    public static WeightsException malformed(String file, String why, @Nullable Throwable cause) {
        return aboutFile(
                Kind.INVALID,
                Code.FILE_MALFORMED,
                file,
                why + "; the file is damaged, fetch or export it again",
                cause);
    }

    public static WeightsException tooLarge(String file, String what, long value, long limit) {
        WeightsException e =
                aboutFile(
                        Kind.TOO_LARGE,
                        Code.FILE_TOO_LARGE,
                        file,
                        what + " is " + value + ", the limit is " + limit,
                        null);
        e.put("value", value);
        e.put("limit", limit);
        return e;
    }

    public static WeightsException unsupportedType(String file, String why) {
        return aboutFile(Kind.UNSUPPORTED, Code.TYPE_UNSUPPORTED, file, why, null);
    }

    public static WeightsException classRefused(String file, String className) {
        WeightsException e =
                aboutFile(
                        Kind.INVALID,
                        Code.CLASS_REFUSED,
                        file,
                        "asks for "
                                + className
                                + ", which is no part of a tensor and is never built; save the"
                                + " state_dict() alone",
                        null);
        e.put("class", className);
        return e;
    }

    public static WeightsException mismatch(
            String network, List<String> missing, List<String> unexpected, List<String> misshaped) {
        WeightsException e =
                new WeightsException(
                        Kind.INVALID,
                        Code.WEIGHTS_MISMATCH,
                        "these are not weights of "
                                + network
                                + ": missing "
                                + missing
                                + ", unexpected "
                                + unexpected
                                + ", of another shape "
                                + misshaped
                                + "; choose the network that they were trained for.",
                        null);
        e.put("missing", String.join(", ", missing));
        e.put("unexpected", String.join(", ", unexpected));
        e.put("misshaped", String.join(", ", misshaped));
        return e;
    }

    private static WeightsException aboutFile(
            Kind kind, Code code, String file, String why, @Nullable Throwable cause) {
        WeightsException e = new WeightsException(kind, code, file + ": " + why + ".", cause);
        e.put("file", file);
        return e;
    }
}
