package org.precedent.tensor;

import java.io.Serial;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.precedent.DomainException;

/** The native library, the device or its memory refuses. */
public final class TensorException extends DomainException {
    @Serial private static final long serialVersionUID = 1L;

    /** Stable codes. */
    public enum Code {
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
        /** The caller was interrupted while it waited for the device. */
        INTERRUPTED
    }

    private TensorException(Kind kind, Code code, String message, @Nullable Throwable cause) {
        super(kind, code, message, cause);
    }

    public static TensorException nativeLibrary(String why, Throwable cause) {
        TensorException e =
                new TensorException(
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

    public static TensorException unknownDevice(String word) {
        TensorException e =
                new TensorException(
                        Kind.INVALID,
                        Code.UNKNOWN_DEVICE,
                        "device is \"" + word + "\": must be cpu or cuda.",
                        null);
        e.put("device", word, "cpu or cuda");
        return e;
    }

    public static TensorException noDevice(
            Torch.Processor device, @Nullable String why, Throwable cause) {
        TensorException e =
                new TensorException(
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

    public static TensorException libtorchRefused(String field, String value, String limit) {
        TensorException e =
                new TensorException(
                        Kind.INVALID,
                        Code.LIBTORCH_REFUSED,
                        field + " is " + value + ": " + limit + ".",
                        null);
        e.put(field, value, limit);
        return e;
    }

    public static TensorException outOfMemory(@Nullable String why, Throwable cause) {
        return new TensorException(
                Kind.BUSY,
                Code.OUT_OF_MEMORY,
                "memory does not suffice for this now ("
                        + String.valueOf(why).lines().findFirst().orElse("")
                        + "); try again later, with fewer supports, or at a smaller size.",
                cause);
    }

    public static TensorException interrupted(InterruptedException cause) {
        return new TensorException(
                Kind.BUSY,
                Code.INTERRUPTED,
                "the call was interrupted while it waited for the network; try again.",
                cause);
    }
}
