package org.precedent.imaging.format.dicom;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.precedent.imaging.format.codec.CodecException;
import org.precedent.imaging.format.codec.CodecException.Fault;

/**
 * DICOM's run-length coding: one segment for every byte of a sample, the most significant first,
 * plane by plane, each packed by PackBits.
 */
final class RunLength {
    private static final int HEADER = 64;
    private static final int MOST_SEGMENTS = 15;

    private RunLength() {}

    /**
     * Unpacks one frame.
     *
     * @param pixels of a plane
     * @param samples a pixel
     * @param bytes a sample
     * @return cells, samples of a pixel together
     */
    static long[] decode(byte[] frame, int pixels, int samples, int bytes) throws CodecException {
        if (frame.length < HEADER) {
            throw new CodecException(
                    Fault.TRUNCATED,
                    "its RLE frame has "
                            + frame.length
                            + " bytes, less than its header of "
                            + HEADER);
        }
        ByteBuffer header = ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN);
        long count = header.getInt(0) & 0xffff_ffffL;
        if (count != (long) samples * bytes || count > MOST_SEGMENTS) {
            throw new CodecException(
                    Fault.DAMAGED,
                    "its RLE frame has "
                            + count
                            + " segments, where the file's samples need "
                            + samples * bytes);
        }
        long[] cells = new long[pixels * samples];
        byte[] plane = new byte[pixels];
        for (int segment = 0; segment < count; segment++) {
            long from = header.getInt(4 + 4 * segment) & 0xffff_ffffL;
            long to =
                    segment + 1 < count
                            ? header.getInt(8 + 4 * segment) & 0xffff_ffffL
                            : frame.length;
            if (from < HEADER || from > to || to > frame.length) {
                throw new CodecException(
                        Fault.DAMAGED,
                        "its RLE segment "
                                + segment
                                + " lies at "
                                + from
                                + " to "
                                + to
                                + " of "
                                + frame.length
                                + " bytes");
            }
            unpack(frame, (int) from, (int) to, plane, segment);
            int sample = segment / bytes;
            for (int pixel = 0; pixel < pixels; pixel++) {
                int at = pixel * samples + sample;
                cells[at] = cells[at] << 8 | (plane[pixel] & 0xff);
            }
        }
        return cells;
    }

    /** The last run may be longer than the plane, and a byte of padding may follow it. */
    private static void unpack(byte[] frame, int from, int to, byte[] plane, int segment)
            throws CodecException {
        int at = from;
        int out = 0;
        while (out < plane.length) {
            if (at >= to) {
                throw tooShort(segment, out, plane.length);
            }
            int control = frame[at++];
            if (control >= 0) {
                int length = Math.min(control + 1, plane.length - out);
                if (at + length > to) {
                    throw tooShort(segment, out, plane.length);
                }
                System.arraycopy(frame, at, plane, out, length);
                at += control + 1;
                out += length;
            } else if (control != -128) {
                if (at >= to) {
                    throw tooShort(segment, out, plane.length);
                }
                byte value = frame[at++];
                int end = Math.min(plane.length, out + 1 - control);
                while (out < end) {
                    plane[out++] = value;
                }
            }
        }
    }

    private static CodecException tooShort(int segment, int held, int needed) {
        return new CodecException(
                Fault.TRUNCATED,
                "its RLE segment " + segment + " unpacks to " + held + " of " + needed + " bytes");
    }
}
