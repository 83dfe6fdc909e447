package org.precedent.imaging.format.jpeg;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.precedent.imaging.ImageFormat;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.LibraryReader;
import org.precedent.imaging.Reading;
import org.precedent.imaging.Samples;
import org.precedent.imaging.format.tiff.TiffDirectory;

/**
 * JPEG with Huffman coding, baseline or progressive, 8 bits, grey or colour. The segments are
 * walked here first: size, kind, orientation and the end marker. The library then sees only the
 * segments that make up the pixels: no profiles, no EXIF, no thumbnails, so colours are those of
 * the file without colour management.
 *
 * <p>The library fills what is missing with grey and only warns: every warning is a refusal.
 */
public final class JpegDecoder {
    /** More scans than any encoder writes; each scan costs a pass over the whole image. */
    private static final int MAX_SCANS = 64;

    private final Reading reading;
    private final ByteBuffer in;
    private final ByteArrayOutputStream kept;
    private int width;
    private int height;
    private int components;
    private boolean jfif;

    private JpegDecoder(Reading reading) {
        this.reading = reading;
        this.in = ByteBuffer.wrap(reading.bytes());
        this.kept = new ByteArrayOutputStream(reading.bytes().length + 32);
    }

    public static Samples decode(Reading reading) {
        JpegDecoder decoder = new JpegDecoder(reading);
        decoder.walk();
        return decoder.read();
    }

    private void walk() {
        kept.writeBytes(new byte[] {(byte) 0xff, (byte) 0xd8});
        in.position(2);
        int scans = 0;
        while (true) {
            int marker = marker();
            if (marker == 0xd9) {
                break;
            }
            int start = in.position();
            int length = in.getShort(start) & 0xffff;
            if (length < 2 || start + length > in.limit()) {
                throw truncated();
            }
            if (marker == 0xe1) {
                checkExif(start + 2, length - 2);
            } else if (marker == 0xe0) {
                keepJfif(start + 2, length - 2);
            } else if (marker == 0xda) {
                if (components == 0) {
                    throw reading.refuse(Code.UNREADABLE, "has pixels before its header");
                }
                if (++scans > MAX_SCANS) {
                    throw reading.refuse(
                            Code.UNSUPPORTED_CONTENT,
                            "has more than " + MAX_SCANS + " scans",
                            "scans",
                            scans,
                            MAX_SCANS);
                }
            } else if (isFrame(marker)) {
                readFrame(marker, start + 2);
            }
            int end = start + length;
            if (marker == 0xda) {
                end = endOfScan(end);
            }
            // APP14 tells the colour transform; other APPn and comments say nothing about pixels.
            boolean aside = (marker >= 0xe0 && marker <= 0xef && marker != 0xee) || marker == 0xfe;
            if (!aside) {
                kept.write(0xff);
                kept.write(marker);
                kept.write(reading.bytes(), start, end - start);
            }
            in.position(end);
        }
        if (scans == 0) {
            throw reading.refuse(Code.TRUNCATED, "has no pixel data");
        }
        kept.writeBytes(new byte[] {(byte) 0xff, (byte) 0xd9});
    }

    private int marker() {
        if (in.remaining() < 4
                && !(in.remaining() >= 2 && in.get(in.position() + 1) == (byte) 0xd9)) {
            throw truncated();
        }
        if (in.get() != (byte) 0xff) {
            throw reading.refuse(Code.UNREADABLE, "has damaged segments");
        }
        int marker = 0xff;
        while (marker == 0xff) {
            if (!in.hasRemaining()) {
                throw truncated();
            }
            marker = in.get() & 0xff;
        }
        if (marker == 0 || marker == 1 || (marker >= 0xd0 && marker <= 0xd8)) {
            throw reading.refuse(Code.UNREADABLE, "has a marker out of place");
        }
        return marker;
    }

    /** All frame headers but those that only share the number range: DHT, JPG and DAC. */
    private static boolean isFrame(int marker) {
        return marker >= 0xc0
                && marker <= 0xcf
                && marker != 0xc4
                && marker != 0xc8
                && marker != 0xcc;
    }

    private void readFrame(int marker, int at) {
        int precision = in.get(at) & 0xff;
        int declaredHeight = in.getShort(at + 1) & 0xffff;
        int declaredWidth = in.getShort(at + 3) & 0xffff;
        int declared = in.get(at + 5) & 0xff;
        if (marker > 0xc2 || precision != 8) {
            throw reading.refuse(
                    Code.UNSUPPORTED_CONTENT,
                    "is lossless, arithmetic or "
                            + precision
                            + "-bit JPEG; read are 8-bit baseline and progressive: save it as PNG");
        }
        if (declared != 1 && declared != 3) {
            throw reading.refuse(
                    Code.UNSUPPORTED_CONTENT,
                    "has " + declared + " colour components (CMYK has 4); read are grey and RGB",
                    "components",
                    declared,
                    "1 or 3");
        }
        if (components != 0) {
            throw reading.refuse(Code.UNREADABLE, "has two frame headers");
        }
        reading.checkSize(declaredWidth, declaredHeight);
        width = declaredWidth;
        height = declaredHeight;
        components = declared;
    }

    private void checkExif(int at, int length) {
        byte[] mark = "Exif\0\0".getBytes(StandardCharsets.US_ASCII);
        if (length > mark.length + 8) {
            for (int i = 0; i < mark.length; i++) {
                if (in.get(at + i) != mark[i]) {
                    return;
                }
            }
            reading.checkOrientation(
                    TiffDirectory.orientation(in.slice(at + mark.length, length - mark.length)));
        }
    }

    /** JFIF says that three components are YCbCr; its thumbnail is left behind. */
    private void keepJfif(int at, int length) {
        if (!jfif
                && length >= 14
                && in.get(at) == 'J'
                && in.get(at + 1) == 'F'
                && in.get(at + 2) == 'I'
                && in.get(at + 3) == 'F'
                && kept.size() == 2) {
            jfif = true;
            byte[] plain = {
                (byte) 0xff, (byte) 0xe0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0
            };
            kept.writeBytes(plain);
        }
    }

    /** Where the entropy-coded data from a position ends: at a marker that is no restart. */
    private int endOfScan(int from) {
        byte[] bytes = reading.bytes();
        for (int at = from; at + 1 < bytes.length; at++) {
            if (bytes[at] == (byte) 0xff) {
                int next = bytes[at + 1] & 0xff;
                if (next != 0 && next != 0xff && !(next >= 0xd0 && next <= 0xd7)) {
                    return at;
                }
            }
        }
        throw truncated();
    }

    private Samples read() {
        BufferedImage image = LibraryReader.image(reading, ImageFormat.JPEG, kept.toByteArray());
        short[] samples = LibraryReader.samples(reading, image, width, height, components);
        return new Samples(width, height, components, 8, samples, null);
    }

    private ImagingException truncated() {
        return reading.refuse(Code.TRUNCATED, "stops before its end marker");
    }
}
