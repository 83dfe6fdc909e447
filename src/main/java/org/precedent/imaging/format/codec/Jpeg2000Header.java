package org.precedent.imaging.format.codec;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.precedent.imaging.format.codec.CodecException.Fault;

/**
 * What the size segment of a JPEG 2000 codestream says, in a JP2 file or by itself.
 *
 * @param precision bits of a sample, the same of all components
 * @param signed whether samples are signed, all or none
 * @param highThroughput whether its blocks are coded as of Part 15
 */
record Jpeg2000Header(
        long width,
        long height,
        int components,
        int precision,
        boolean signed,
        boolean highThroughput) {
    private static final int SOC = 0xff4f;
    private static final int SIZ = 0xff51;
    private static final long MOST_TILES = 65_535;

    /** The codestream, without the boxes of a JP2 file around it. */
    static byte[] codestream(byte[] bytes) throws CodecException {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        if (bytes.length > 12 && in.getInt(4) == 0x6a502020) {
            int at = 0;
            while (at + 8 <= bytes.length) {
                long length = in.getInt(at) & 0xffff_ffffL;
                int type = in.getInt(at + 4);
                if (type == 0x6a703263) { // jp2c, always the last that matters
                    int head = length == 1 ? 16 : 8;
                    return Arrays.copyOfRange(bytes, at + head, bytes.length);
                }
                if (length < 8 || at + length > bytes.length) {
                    break;
                }
                at += (int) length;
            }
            throw new CodecException(Fault.DAMAGED, "its JP2 file holds no codestream");
        }
        return bytes;
    }

    static Jpeg2000Header parse(byte[] codestream) throws CodecException {
        ByteBuffer in = ByteBuffer.wrap(codestream);
        try {
            if ((in.getShort() & 0xffff) != SOC || (in.getShort() & 0xffff) != SIZ) {
                throw new CodecException(Fault.DAMAGED, "its codestream is no JPEG 2000");
            }
            int length = in.getShort() & 0xffff;
            int capabilities = in.getShort() & 0xffff;
            long[] size = new long[8];
            for (int i = 0; i < 8; i++) {
                size[i] = in.getInt() & 0xffff_ffffL;
            }
            int components = in.getShort() & 0xffff;
            if (components < 1 || length != 38 + 3 * components) {
                throw new CodecException(
                        Fault.DAMAGED, "its codestream declares " + components + " components");
            }
            int depth = in.get() & 0xff;
            checkSampling(in.get(), in.get());
            for (int i = 1; i < components; i++) {
                if ((in.get() & 0xff) != depth) {
                    throw new CodecException(
                            Fault.UNSUPPORTED, "its components differ in precision");
                }
                checkSampling(in.get(), in.get());
            }
            long width = size[0] - size[2];
            long height = size[1] - size[3];
            if (size[4] == 0
                    || size[5] == 0
                    || Math.ceilDiv(size[0], size[4]) * Math.ceilDiv(size[1], size[5])
                            > MOST_TILES) {
                throw new CodecException(
                        Fault.TOO_LARGE, "its codestream has more than " + MOST_TILES + " tiles");
            }
            return new Jpeg2000Header(
                    width,
                    height,
                    components,
                    (depth & 0x7f) + 1,
                    depth >= 0x80,
                    (capabilities & 0x4000) != 0);
        } catch (BufferUnderflowException e) {
            throw new CodecException(Fault.TRUNCATED, "its codestream stops in its header", e);
        }
    }

    private static void checkSampling(int horizontal, int vertical) throws CodecException {
        if (horizontal != 1 || vertical != 1) {
            throw new CodecException(Fault.UNSUPPORTED, "its components are subsampled");
        }
    }
}
