package org.precedent.imaging.format.dicom;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Reading;
import org.precedent.imaging.format.codec.CodecException;
import org.precedent.imaging.format.codec.FrameDecoder;
import org.precedent.imaging.format.codec.Inflation;
import org.precedent.imaging.format.dicom.DataSetWalk.Encoding;
import org.precedent.imaging.format.dicom.DataSetWalk.Passing;

/** Reads DICOM files that anybody may have sent. */
public final class DicomReader {
    private static final int PREAMBLE = 128;

    private final FrameDecoder decoder;

    /**
     * @param decoder of compressed frames; stays the caller's
     */
    public DicomReader(FrameDecoder decoder) {
        this.decoder = decoder;
    }

    /** Whether a file is DICOM by its content. */
    public static boolean matches(byte[] bytes) {
        return hasPrefix(bytes) || guess(bytes) != null;
    }

    private static boolean hasPrefix(byte[] bytes) {
        return bytes.length >= PREAMBLE + 4
                && new String(bytes, PREAMBLE, 4, StandardCharsets.US_ASCII).equals("DICM");
    }

    /**
     * Walks a file and keeps what is on the keep-list; no pixel is decoded.
     *
     * @throws ImagingException when it is no DICOM file with pixels that are read, and says why
     */
    public DicomFile walk(Reading reading) {
        byte[] bytes = reading.bytes();
        List<String> notes = new ArrayList<>();
        DataSet meta = new DataSet(reading);
        int from;
        if (hasPrefix(bytes)) {
            from = new DataSetWalk(reading, bytes).meta(PREAMBLE + 4, meta);
        } else {
            throw reading.refuse(
                    Code.UNSUPPORTED_CONTENT,
                    "lacks the 128 bytes and DICM that a DICOM file begins with; what follows looks"
                            + " like "
                            + guessed(bytes)
                            + ", which is not to be relied on: write it"
                            + " as a file with its meta information",
                    "preamble",
                    "none",
                    "DICM at byte 128");
        }
        String uid = meta.text(Tag.TRANSFER_SYNTAX_UID);
        if (uid.isEmpty()) {
            throw reading.refuse(
                    Code.UNREADABLE,
                    "does not say its " + Tag.TRANSFER_SYNTAX_UID,
                    Tag.TRANSFER_SYNTAX_UID.toString(),
                    "none",
                    "a UID");
        }
        Optional<TransferSyntax> known = TransferSyntax.of(uid);
        if (known.isEmpty()) {
            throw reading.refuse(
                    Code.UNSUPPORTED_CONTENT,
                    "has "
                            + Reading.shown(uid)
                            + " as "
                            + Tag.TRANSFER_SYNTAX_UID
                            + ": "
                            + TransferSyntax.nameOf(uid)
                            + ", which is not read",
                    Tag.TRANSFER_SYNTAX_UID.toString(),
                    Reading.shown(uid),
                    "uncompressed, deflated, RLE, JPEG, JPEG-LS, JPEG 2000 or HTJ2K");
        }
        TransferSyntax syntax = known.get();
        DataSet set = dataSet(reading, from, syntax, null);
        return new DicomFile(reading, syntax, set, notes);
    }

    /**
     * Which object a file is by its meta information, in whatever syntax the rest is; identifying.
     *
     * @param reading of the file's beginning at least
     * @return empty where it does not say, and where it is no DICOM file
     */
    public static String instanceUid(Reading reading) {
        if (!hasPrefix(reading.bytes())) {
            return "";
        }
        DataSet meta = new DataSet(reading);
        new DataSetWalk(reading, reading.bytes()).meta(PREAMBLE + 4, meta);
        return meta.text(Tag.MEDIA_STORAGE_INSTANCE_UID);
    }

    /** Shows every value of a file that was walked, on a second walk. */
    static void pass(DicomFile file, Passing passing) {
        int from =
                new DataSetWalk(file.reading(), file.reading().bytes())
                        .meta(PREAMBLE + 4, new DataSet(file.reading()));
        dataSet(file.reading(), from, file.syntax(), passing);
    }

    private static DataSet dataSet(
            Reading reading, int from, TransferSyntax syntax, @Nullable Passing passing) {
        byte[] bytes = reading.bytes();
        Encoding encoding = new Encoding(syntax.explicit(), syntax.order());
        if (syntax != TransferSyntax.DEFLATED) {
            return new DataSetWalk(reading, bytes, passing).dataSet(from, encoding);
        }
        try (Inflation in = Inflation.raw(bytes, from)) {
            int most = (int) reading.limits().maxFileBytes();
            return new DataSetWalk(reading, in.rest(most), passing).dataSet(0, encoding);
        } catch (CodecException e) {
            Code code =
                    switch (e.fault()) {
                        case TOO_LARGE -> Code.TOO_MANY_BYTES;
                        case TRUNCATED -> Code.TRUNCATED;
                        default -> Code.UNREADABLE;
                    };
            throw reading.refuse(code, "its data set " + e.getMessage(), e);
        }
    }

    /**
     * Reads a file with its samples.
     *
     * @throws ImagingException when it cannot be read correctly, and says why
     */
    public DicomImage read(Reading reading) {
        return read(walk(reading));
    }

    /** Decodes the samples of a file that was walked. */
    public DicomImage read(DicomFile file) {
        PixelDescription pixels = file.pixels();
        List<String> notes = new ArrayList<>(file.notes());
        FramePixels frames =
                new FramePixels(file.reading(), file.set(), pixels, file.syntax(), notes);
        return new DicomImage(file, frames.decode(file.pixelData(), decoder), notes);
    }

    /** How a file without preamble begins: the encoding of its first element, if it is one. */
    private static @Nullable Encoding guess(byte[] bytes) {
        if (bytes.length < 16) {
            return null;
        }
        boolean letters = isUpper(bytes[4]) && isUpper(bytes[5]);
        int group = (bytes[0] & 0xff) | (bytes[1] & 0xff) << 8;
        int swapped = (bytes[0] & 0xff) << 8 | (bytes[1] & 0xff);
        boolean little = group == 2 || group == 8;
        boolean big = swapped == 2 || swapped == 8;
        if (letters && (little || big)) {
            return new Encoding(true, little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        }
        int length = (bytes[4] & 0xff) | (bytes[5] & 0xff) << 8;
        boolean small = bytes[6] == 0 && bytes[7] == 0 && length <= 64;
        return little && small ? Encoding.IMPLICIT : null;
    }

    private static boolean isUpper(byte letter) {
        return letter >= 'A' && letter <= 'Z';
    }

    private static String guessed(byte[] bytes) {
        Encoding encoding = guess(bytes);
        if (encoding == null) {
            return "no DICOM";
        }
        return encoding.explicit()
                ? "explicit VR "
                        + (encoding.order() == ByteOrder.BIG_ENDIAN ? "big" : "little")
                        + " endian"
                : "implicit VR little endian";
    }
}
