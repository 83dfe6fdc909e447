package org.precedent.imaging.format.dicom;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.format.codec.FrameCodec;

/** How a DICOM file is encoded, by the last part of its UID. */
enum TransferSyntax {
    IMPLICIT("", "implicit VR little endian", Pixels.PLAIN, null),
    EXPLICIT(".1", "explicit VR little endian", Pixels.PLAIN, null),
    BIG_ENDIAN(".2", "explicit VR big endian", Pixels.PLAIN, null),
    DEFLATED(".1.99", "deflated explicit VR little endian", Pixels.PLAIN, null),
    RLE(".5", "RLE lossless", Pixels.RUN_LENGTHS, null),
    JPEG_BASELINE(".4.50", "JPEG baseline", Pixels.CODED, FrameCodec.JPEG),
    JPEG_EXTENDED(".4.51", "JPEG extended", Pixels.CODED, FrameCodec.JPEG),
    JPEG_LOSSLESS(".4.57", "JPEG lossless", Pixels.CODED, FrameCodec.JPEG_LOSSLESS),
    JPEG_LOSSLESS_1(".4.70", "JPEG lossless, predictor 1", Pixels.CODED, FrameCodec.JPEG_LOSSLESS),
    JPEG_LS(".4.80", "JPEG-LS lossless", Pixels.CODED, FrameCodec.JPEG_LS),
    JPEG_LS_NEAR(".4.81", "JPEG-LS near-lossless", Pixels.CODED, FrameCodec.JPEG_LS),
    JPEG_2000_LOSSLESS(".4.90", "JPEG 2000 lossless", Pixels.CODED, FrameCodec.JPEG_2000),
    JPEG_2000(".4.91", "JPEG 2000", Pixels.CODED, FrameCodec.JPEG_2000),
    HTJ2K_LOSSLESS(".4.201", "HTJ2K lossless", Pixels.CODED, FrameCodec.JPEG_2000),
    HTJ2K_RPCL(".4.202", "HTJ2K lossless RPCL", Pixels.CODED, FrameCodec.JPEG_2000),
    HTJ2K(".4.203", "HTJ2K", Pixels.CODED, FrameCodec.JPEG_2000);

    private static final String ROOT = "1.2.840.10008.1.2";

    private final String suffix;
    private final String title;
    private final Pixels pixels;
    private final @Nullable FrameCodec codec;

    /** How frames are held. */
    enum Pixels {
        PLAIN,
        RUN_LENGTHS,
        CODED
    }

    TransferSyntax(String suffix, String title, Pixels pixels, @Nullable FrameCodec codec) {
        this.suffix = suffix;
        this.title = title;
        this.pixels = pixels;
        this.codec = codec;
    }

    static Optional<TransferSyntax> of(String uid) {
        return Arrays.stream(values()).filter(one -> one.uid().equals(uid)).findFirst();
    }

    String uid() {
        return ROOT + suffix;
    }

    String title() {
        return title;
    }

    Pixels pixels() {
        return pixels;
    }

    @Nullable FrameCodec codec() {
        return codec;
    }

    /** The standard's code of a compression that loses something always; else empty. */
    String lossyMethod() {
        return switch (this) {
            case JPEG_BASELINE, JPEG_EXTENDED -> "ISO_10918_1";
            case JPEG_LS_NEAR -> "ISO_14495_1";
            default -> "";
        };
    }

    boolean explicit() {
        return this != IMPLICIT;
    }

    ByteOrder order() {
        return this == BIG_ENDIAN ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    }

    /** What an UID that is not read stands for, in words. */
    static String nameOf(String uid) {
        if (!uid.startsWith(ROOT + ".")) {
            return "no transfer syntax that is known here";
        }
        String suffix = uid.substring(ROOT.length());
        if (suffix.matches("\\.4\\.10[0-8](\\.1)?")) {
            return "video (MPEG-2, H.264 or H.265)";
        }
        if (suffix.matches("\\.4\\.11[0-2]")) {
            return "JPEG XL";
        }
        if (suffix.matches("\\.4\\.(5[2-9]|6[0-6])")) {
            return "a retired kind of JPEG";
        }
        if (suffix.matches("\\.4\\.9[2-5]")) {
            return "JPEG 2000 of several components, or JPIP";
        }
        return "no transfer syntax that is read here";
    }
}
