package org.precedent.network;

import java.io.Serial;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;
import org.precedent.tensor.Torch;

/** A refusal of a network, its weights' file or the native library under it. */
public final class NetworkException extends DomainException {
    @Serial private static final long serialVersionUID = 1L;

    /** Stable codes. */
    public enum Code {
        /** No network has that name. */
        UNKNOWN_NETWORK,
        /** No weights of that network are here, or several and none was named. */
        NO_WEIGHTS,
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
        WEIGHTS_MISMATCH,
        /** Height or width that the network cannot run at. */
        SIZE_REFUSED,
        /** The network's answer holds values that are not finite. */
        NOT_FINITE,
        /** A support's encoding is of another network, or of other weights. */
        FOREIGN_ENCODING,
        /** PyTorch's native library did not load. */
        NATIVE_LIBRARY,
        /** A device that is neither cpu nor cuda. */
        UNKNOWN_DEVICE,
        /** The device is not there, or this libtorch cannot use it. */
        NO_DEVICE,
        /** An existing libtorch was named that cannot be used. */
        LIBTORCH_REFUSED,
        /** Memory does not suffice, however small the pieces. */
        OUT_OF_MEMORY,
        /** One query would need more memory than a query may. */
        MEMORY_LIMIT,
        /** The caller was interrupted while it waited for the device. */
        INTERRUPTED
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

    public static NetworkException unreadable(String file, String why, @Nullable Throwable cause) {
        return aboutFile(
                Kind.UNKNOWN,
                Code.FILE_UNREADABLE,
                file,
                why + "; check the path and its permissions",
                cause);
    }

    public static NetworkException unknownFormat(String file, String why) {
        return aboutFile(Kind.UNSUPPORTED, Code.FORMAT_UNKNOWN, file, why, null);
    }

    public static NetworkException malformed(String file, String why) {
        return malformed(file, why, null);
    }

    public static NetworkException malformed(String file, String why, @Nullable Throwable cause) {
        return aboutFile(
                Kind.INVALID,
                Code.FILE_MALFORMED,
                file,
                why + "; the file is damaged, fetch or export it again",
                cause);
    }

    public static NetworkException tooLarge(String file, String what, long value, long limit) {
        NetworkException e =
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

    public static NetworkException unsupportedType(String file, String why) {
        return aboutFile(Kind.UNSUPPORTED, Code.TYPE_UNSUPPORTED, file, why, null);
    }

    public static NetworkException classRefused(String file, String className) {
        NetworkException e =
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

    public static NetworkException mismatch(
            String network, List<String> missing, List<String> unexpected, List<String> misshaped) {
        NetworkException e =
                new NetworkException(
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

    public static NetworkException nativeLibrary(String why, Throwable cause) {
        NetworkException e =
                new NetworkException(
                        Kind.UNUSABLE,
                        Code.NATIVE_LIBRARY,
                        "PyTorch's native library did not load: "
                                + why
                                + ". It needs Linux on x86-64, the pytorch-native-cpu and"
                                + " pytorch-jni jars on the class path, and a writable cache"
                                + " directory (~/.djl.ai, or the one that DJL_CACHE_DIR names).",
                        cause);
        e.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        return e;
    }

    public static NetworkException unknownDevice(String word) {
        NetworkException e =
                new NetworkException(
                        Kind.INVALID,
                        Code.UNKNOWN_DEVICE,
                        "device is \"" + word + "\": must be cpu or cuda.",
                        null);
        e.put("device", word, "cpu or cuda");
        return e;
    }

    public static NetworkException noDevice(
            Torch.Processor device, @Nullable String why, Throwable cause) {
        NetworkException e =
                new NetworkException(
                        Kind.UNUSABLE,
                        Code.NO_DEVICE,
                        "there is no "
                                + device
                                + " device that this libtorch can use ("
                                + String.valueOf(why).lines().findFirst().orElse("")
                                + "): start with precedent.device=cpu, or with a libtorch for CUDA"
                                + " (Maven profile cuda, or PYTORCH_LIBRARY_PATH, PYTORCH_VERSION"
                                + " and PYTORCH_FLAVOR) on a machine that has a GPU.",
                        cause);
        e.put("field", "device");
        e.put("value", device.name().toLowerCase(Locale.ROOT));
        return e;
    }

    public static NetworkException libtorchRefused(String field, String value, String limit) {
        NetworkException e =
                new NetworkException(
                        Kind.INVALID,
                        Code.LIBTORCH_REFUSED,
                        field + " is " + value + ": " + limit + ".",
                        null);
        e.put(field, value, limit);
        return e;
    }

    public static NetworkException outOfMemory(@Nullable String why, Throwable cause) {
        return new NetworkException(
                Kind.BUSY,
                Code.OUT_OF_MEMORY,
                "memory does not suffice for this now ("
                        + String.valueOf(why).lines().findFirst().orElse("")
                        + "); try again later, with fewer supports, or at a smaller size.",
                cause);
    }

    static NetworkException memoryLimit(long needed, long limit) {
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

    public static NetworkException interrupted(InterruptedException cause) {
        return new NetworkException(
                Kind.BUSY,
                Code.INTERRUPTED,
                "the call was interrupted while it waited for the network; try again.",
                cause);
    }

    private static NetworkException aboutFile(
            Kind kind, Code code, String file, String why, @Nullable Throwable cause) {
        NetworkException e = new NetworkException(kind, code, file + ": " + why + ".", cause);
        e.put("file", file);
        return e;
    }
}
