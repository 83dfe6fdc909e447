package org.precedent.imaging.format;

import java.io.IOException;
import java.io.InputStream;
import java.nio.BufferUnderflowException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.precedent.imaging.ImageFormat;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Raster;
import org.precedent.imaging.Reading;
import org.precedent.imaging.Samples;
import org.precedent.imaging.format.bmp.BmpDecoder;
import org.precedent.imaging.format.jpeg.JpegDecoder;
import org.precedent.imaging.format.png.PngDecoder;
import org.precedent.imaging.format.tiff.TiffDecoder;

/**
 * Reads PNG, BMP, JPEG and TIFF files that anybody may have sent. Whatever the bytes are, the
 * outcome is a {@link Raster} within the limits or an {@link ImagingException}; the size that a
 * file declares is held against the limits before memory is taken for its pixels, and nothing is
 * written to disk. Where memory runs out the exception says that, and blames no file.
 *
 * <p>What the samples are:
 *
 * <ul>
 *   <li>8 and 16 bit samples as stored, without colour management or gamma; grey of 1, 2 or 4 bits
 *       is spread to 0..255, so that a 1-bit mask reads 0 and 255;
 *   <li>a palette gives its colours, never its indices: grey if all colours that occur are grey,
 *       else RGB;
 *   <li>alpha is dropped where every pixel is opaque; a transparent pixel is refused, because its
 *       grey value is undefined;
 *   <li>an orientation that turns or mirrors (EXIF, TIFF: 2 to 8) is refused, because a mask drawn
 *       on the turned image would not lie on the stored one; every other value is upright, as
 *       viewers take it;
 *   <li>bytes behind the end of an image are ignored: only pixels go further.
 * </ul>
 *
 * <p>The file's name only picks the type, which the content must agree with; it opens nothing.
 */
public final class ImageDecoder {
    private final Limits limits;

    public ImageDecoder(Limits limits) {
        this.limits = limits;
    }

    /**
     * Reads an image. Its samples come out {@linkplain Raster#canonical canonical}: the same
     * picture as grey or RGB, 8 or 16 bit, of any file type, gives equal rasters.
     *
     * @param bytes the whole file; read only
     * @param name its name, with the suffix that says its type
     * @throws ImagingException when it is no such image or breaks a limit
     */
    public Raster decode(byte[] bytes, String name) {
        Reading reading = new Reading(Reading.shown(name), bytes, limits);
        return resolve(reading, name).raster().canonical();
    }

    /** As {@link #decode(byte[], String)}, from a file. */
    public Raster decode(Path file) {
        return decode(read(file), fileName(file));
    }

    /** As {@link #decode(byte[], String)}, for masks and label maps. */
    public MaskFile decodeLabels(byte[] bytes, String name) {
        Reading reading = new Reading(Reading.shown(name), bytes, limits);
        return resolve(reading, name);
    }

    /** As {@link #decodeLabels(byte[], String)}, from a file. */
    public MaskFile decodeLabels(Path file) {
        return decodeLabels(read(file), fileName(file));
    }

    private MaskFile resolve(Reading reading, String name) {
        byte[] bytes = reading.bytes();
        if (bytes.length > limits.maxFileBytes()) {
            throw tooLong(reading, bytes.length);
        }
        ImageFormat format = format(reading, name);
        try {
            Samples samples =
                    switch (format) {
                        case PNG -> PngDecoder.decode(reading);
                        case BMP -> BmpDecoder.decode(reading);
                        case JPEG -> JpegDecoder.decode(reading);
                        case TIFF -> TiffDecoder.decode(reading);
                    };
            return new MaskFile(
                    reading.file(),
                    samples.resolve(reading),
                    samples.hasColourTable(),
                    format == ImageFormat.JPEG);
        } catch (ImagingException e) {
            throw e;
        } catch (IndexOutOfBoundsException | BufferUnderflowException e) {
            throw reading.refuse(
                    Code.TRUNCATED, "points to bytes that it does not have: send it again", e);
        } catch (OutOfMemoryError e) {
            throw reading.outOfMemory(e);
        } catch (RuntimeException | StackOverflowError e) {
            // Readers answer hostile bytes with whatever they trip over; none of it may get out.
            throw reading.refuse(Code.UNREADABLE, "is not a readable " + format, e);
        }
    }

    private static ImageFormat format(Reading reading, String name) {
        ImageFormat named =
                ImageFormat.ofName(name)
                        .orElseThrow(() ->
                                reading.refuse(
                                        Code.UNSUPPORTED_TYPE,
                                        "is of no known type; read are files named " + suffixes()));
        if (reading.bytes().length == 0) {
            throw reading.refuse(Code.TRUNCATED, "is empty");
        }
        String content =
                ImageFormat.ofContent(reading.bytes()).map(Enum::name).orElse("no known type");
        if (!content.equals(named.name())) {
            throw reading.refuse(
                    Code.TYPE_MISMATCH,
                    "is named as "
                            + named
                            + " but holds "
                            + content
                            + ": rename or send the right"
                            + " file",
                    "content",
                    content,
                    named.name());
        }
        return named;
    }

    private byte[] read(Path file) {
        Reading reading = new Reading(Reading.shown(fileName(file)), new byte[0], limits);
        if (Files.isDirectory(file)) {
            throw reading.refuse(Code.MISSING_FILE, "is a folder, not a file");
        }
        // One byte beyond the limit is enough to know; the length on disk may change under way.
        int most = (int) limits.maxFileBytes() + 1;
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(most);
            if (bytes.length == most) {
                throw tooLong(reading, Math.max(most, Files.size(file)));
            }
            return bytes;
        } catch (OutOfMemoryError e) {
            throw reading.outOfMemory(e);
        } catch (NoSuchFileException e) {
            throw reading.refuse(Code.MISSING_FILE, "there is no such file", e);
        } catch (AccessDeniedException e) {
            throw reading.refuse(
                    Code.MISSING_FILE, "cannot be opened: this user may not read it", e);
        } catch (IOException e) {
            throw reading.refuse(Code.MISSING_FILE, "cannot be opened", e);
        }
    }

    private static ImagingException tooLong(Reading reading, long bytes) {
        return reading.refuse(
                Code.TOO_MANY_BYTES,
                "has "
                        + bytes
                        + " bytes; the limit is "
                        + reading.limits().maxFileBytes()
                        + ": crop or compress it",
                "bytes",
                bytes,
                reading.limits().maxFileBytes());
    }

    private static String fileName(Path file) {
        Path last = file.getFileName();
        return last == null ? file.toString() : last.toString();
    }

    private static String suffixes() {
        return Arrays.stream(ImageFormat.values())
                .flatMap(format -> format.suffixes().stream())
                .map(suffix -> "*." + suffix.toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
    }
}
