package org.precedent.imaging.format.codec;

import java.util.ArrayList;
import java.util.List;
import org.precedent.imaging.format.codec.CodecException.Fault;

/**
 * What the segments of a JPEG or JPEG-LS codestream say ahead of the samples.
 *
 * @param process the number of its frame marker: 0 baseline, 1 extended, 2 progressive, 3 lossless,
 *     55 JPEG-LS
 * @param precision bits of a sample
 * @param components what the frame header says of each
 * @param adobeTransform 0 none, 1 YCbCr; -1 where Adobe's segment is absent
 * @param jfif whether it is a JFIF file, whose three components are YCbCr
 * @param interleave of a JPEG-LS scan: 0 none, 1 by line, 2 by sample
 * @param pointTransform low bits that a lossless scan leaves out
 * @param mapped whether JPEG-LS samples are indices of a table
 * @param precisionAt where the byte of the precision lies
 */
record JpegHeader(
        int process,
        int precision,
        int width,
        int height,
        List<Component> components,
        int adobeTransform,
        boolean jfif,
        int interleave,
        int pointTransform,
        boolean mapped,
        int precisionAt) {
    static final int BASELINE = 0;
    static final int EXTENDED = 1;
    static final int PROGRESSIVE = 2;
    static final int LOSSLESS = 3;
    static final int JPEG_LS = 55;

    /**
     * One component.
     *
     * @param horizontal sampling factor
     */
    record Component(int id, int horizontal, int vertical) {}

    JpegHeader {
        components = List.copyOf(components);
    }

    static JpegHeader parse(byte[] bytes) throws CodecException {
        if (bytes.length < 4 || u8(bytes, 0) != 0xff || u8(bytes, 1) != 0xd8) {
            throw new CodecException(Fault.DAMAGED, "its codestream is no JPEG");
        }
        int at = 2;
        int process = -1;
        int precision = 0;
        int width = 0;
        int height = 0;
        List<Component> components = new ArrayList<>();
        int transform = -1;
        boolean jfif = false;
        boolean mapped = false;
        int precisionAt = 0;
        while (true) {
            while (at + 1 < bytes.length && u8(bytes, at) == 0xff && u8(bytes, at + 1) == 0xff) {
                at++;
            }
            if (at + 4 > bytes.length) {
                throw truncated();
            }
            int marker = u8(bytes, at + 1);
            int length = u16(bytes, at + 2);
            if (u8(bytes, at) != 0xff || length < 2) {
                throw new CodecException(Fault.DAMAGED, "its codestream has damaged segments");
            }
            int body = at + 4;
            if (at + 2 + length > bytes.length) {
                throw truncated();
            }
            if (isFrame(marker)) {
                if (process >= 0 || length < 8) {
                    throw new CodecException(Fault.DAMAGED, "its codestream has two headers");
                }
                process = marker - 0xc0;
                precisionAt = body;
                precision = u8(bytes, body);
                height = u16(bytes, body + 1);
                width = u16(bytes, body + 3);
                int count = u8(bytes, body + 5);
                if (length < 8 + 3 * count) {
                    throw truncated();
                }
                for (int i = 0; i < count; i++) {
                    int factors = u8(bytes, body + 7 + 3 * i);
                    components.add(
                            new Component(u8(bytes, body + 6 + 3 * i), factors >> 4, factors & 15));
                }
            } else if (marker == 0xee && length >= 14 && starts(bytes, body, "Adobe")) {
                transform = u8(bytes, body + 11);
            } else if (marker == 0xe0 && length >= 7 && starts(bytes, body, "JFIF")) {
                jfif = true;
            } else if (marker == 0xf8) {
                mapped |= length >= 3 && u8(bytes, body) != 1;
            } else if (marker == 0xda) {
                if (process < 0) {
                    throw new CodecException(
                            Fault.DAMAGED, "its codestream has samples before its header");
                }
                int scanned = u8(bytes, body);
                if (length < 6 + 2 * scanned) {
                    throw truncated();
                }
                int interleave = u8(bytes, body + 2 + 2 * scanned);
                int pointTransform = u8(bytes, body + 3 + 2 * scanned) & 15;
                return new JpegHeader(
                        process,
                        precision,
                        width,
                        height,
                        components,
                        transform,
                        jfif,
                        interleave,
                        pointTransform,
                        mapped,
                        precisionAt);
            }
            at += 2 + length;
        }
    }

    private static boolean isFrame(int marker) {
        return marker == 0xf7
                || (marker >= 0xc0
                        && marker <= 0xcf
                        && marker != 0xc4
                        && marker != 0xc8
                        && marker != 0xcc);
    }

    /** Whether its components are coded at different resolutions. */
    boolean subsampled() {
        return components.stream()
                .anyMatch(c ->
                        c.horizontal() != components.get(0).horizontal()
                                || c.vertical() != components.get(0).vertical());
    }

    /** Whether the three components are named by the letters R, G and B. */
    boolean namedRgb() {
        return components.size() == 3
                && components.get(0).id() == 'R'
                && components.get(1).id() == 'G'
                && components.get(2).id() == 'B';
    }

    /** Refuses a codestream that has no end marker; padding behind it is let pass. */
    static void checkEnd(byte[] bytes) throws CodecException {
        int end = bytes.length;
        while (end > 2 && bytes[end - 1] == 0) {
            end--;
        }
        for (int at = end - 2; at >= Math.max(0, end - 4); at--) {
            if (u8(bytes, at) == 0xff && u8(bytes, at + 1) == 0xd9) {
                return;
            }
        }
        throw truncated();
    }

    private static CodecException truncated() {
        return new CodecException(Fault.TRUNCATED, "its codestream stops before its end marker");
    }

    private static boolean starts(byte[] bytes, int at, String word) {
        for (int i = 0; i < word.length(); i++) {
            if (bytes[at + i] != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static int u8(byte[] bytes, int at) {
        return bytes[at] & 0xff;
    }

    private static int u16(byte[] bytes, int at) {
        return u8(bytes, at) << 8 | u8(bytes, at + 1);
    }
}
