package org.precedent.imaging.format.codec;

import org.jspecify.annotations.Nullable;
import org.precedent.imaging.format.codec.CodecException.Fault;
import org.precedent.imaging.format.codec.NativeDecoder.NativeCodec;
import org.precedent.imaging.format.codec.NativeDecoder.Pixels;

/**
 * Decodes compressed frames: walks the codestream, and hands it to the one decoder that is exact
 * for it. What none decodes exactly is refused.
 *
 * <p>Closing ends the process of native decoders, if one was started.
 */
public final class FrameDecoder implements AutoCloseable {
    /** Precisions at which JPEG-LS and JPEG 2000 are decoded to 8 or 16 bit samples. */
    private static final int MOST_BITS = 16;

    private final NativeDecoder natives;

    public FrameDecoder(NativeDecoder natives) {
        this.natives = natives;
    }

    /**
     * Colours of JPEG, after the segments' own word on them.
     *
     * @param frame as coded; not converted
     * @param luminance whether its three components are full-range YCbCr; null where the codestream
     *     does not say
     */
    public record Coded(DecodedFrame frame, @Nullable Boolean luminance) {}

    /**
     * Decodes one frame.
     *
     * @param bytes the codestream, possibly padded
     * @param shape what the file says of it
     * @throws CodecException when it is damaged, too large, or not decoded exactly by anything here
     */
    public Coded decode(FrameCodec codec, byte[] bytes, FrameShape shape) throws CodecException {
        return switch (codec) {
            case JPEG -> jpeg(bytes, shape);
            case JPEG_LOSSLESS -> lossless(bytes, shape);
            case JPEG_LS -> new Coded(jpegLs(bytes, shape), null);
            case JPEG_2000 -> new Coded(jpeg2000(bytes, shape), null);
        };
    }

    private Coded jpeg(byte[] bytes, FrameShape shape) throws CodecException {
        JpegHeader header = JpegHeader.parse(bytes);
        shape.check(header.width(), header.height(), header.components().size());
        if (header.process() == JpegHeader.LOSSLESS) {
            return lossless(bytes, shape);
        }
        if (header.process() > JpegHeader.PROGRESSIVE) {
            throw new CodecException(
                    Fault.UNSUPPORTED,
                    "its codestream is JPEG of process "
                            + header.process()
                            + " (arithmetic or hierarchical), which is not read");
        }
        JpegHeader.checkEnd(bytes);
        if (header.precision() == 8) {
            return new Coded(ImageIoJpeg.baseline(bytes, shape), luminance(header));
        }
        if (header.precision() != 12
                || header.components().size() != 1
                || header.process() != JpegHeader.EXTENDED) {
            throw new CodecException(
                    Fault.UNSUPPORTED,
                    "its codestream has "
                            + header.precision()
                            + " bits and "
                            + header.components().size()
                            + " components; read are 8 bits, and 12 bits in grey");
        }
        Pixels pixels = natives.decode(NativeCodec.JPEG, bytes, shape, 12);
        return new Coded(frame(pixels, shape, 12), null);
    }

    private static @Nullable Boolean luminance(JpegHeader header) {
        if (header.components().size() != 3) {
            return false;
        }
        if (header.adobeTransform() >= 0) {
            return header.adobeTransform() == 1;
        }
        if (header.namedRgb()) {
            return false;
        }
        // Nobody subsamples red, green and blue.
        return header.jfif() || header.subsampled() ? Boolean.TRUE : null;
    }

    private static Coded lossless(byte[] bytes, FrameShape shape) throws CodecException {
        JpegHeader header = JpegHeader.parse(bytes);
        shape.check(header.width(), header.height(), header.components().size());
        if (header.process() != JpegHeader.LOSSLESS) {
            throw new CodecException(
                    Fault.DAMAGED, "its codestream is not lossless, as the file says it is");
        }
        if (header.subsampled()
                || header.precision() < 2
                || header.precision() > MOST_BITS
                || header.pointTransform() != 0) {
            throw new CodecException(
                    Fault.UNSUPPORTED,
                    "its codestream is lossless JPEG of "
                            + header.precision()
                            + " bits; read are 2 to 16, without subsampling and point transform");
        }
        JpegHeader.checkEnd(bytes);
        return new Coded(lossless(bytes, shape, header), null);
    }

    /**
     * The library knows a few precisions only. Lossless JPEG predicts each sample from its
     * neighbours, modulo 65,536, and only the first one, and the first behind each restart, from
     * half the range of the precision. So the same codestream under a precision of 16 gives all
     * samples moved by the difference of the two halves.
     */
    private static DecodedFrame lossless(byte[] bytes, FrameShape shape, JpegHeader header)
            throws CodecException {
        int precision = header.precision();
        if (precision == 8 || precision == MOST_BITS) {
            return ImageIoJpeg.lossless(bytes, shape, precision);
        }
        byte[] wide = bytes.clone();
        wide[header.precisionAt()] = MOST_BITS;
        int[] samples = ImageIoJpeg.lossless(wide, shape, precision).samples();
        int moved = (1 << (MOST_BITS - 1)) - (1 << (precision - 1));
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (samples[i] - moved) & 0xffff;
        }
        return new DecodedFrame(
                shape.width(), shape.height(), shape.components(), precision, samples);
    }

    private DecodedFrame jpegLs(byte[] bytes, FrameShape shape) throws CodecException {
        JpegHeader header = JpegHeader.parse(bytes);
        shape.check(header.width(), header.height(), header.components().size());
        if (header.process() != JpegHeader.JPEG_LS) {
            throw new CodecException(Fault.DAMAGED, "its codestream is not JPEG-LS");
        }
        if (header.mapped() || header.subsampled() || header.precision() > MOST_BITS) {
            throw new CodecException(
                    Fault.UNSUPPORTED,
                    "its codestream is JPEG-LS with tables, subsampling or more than 16 bits");
        }
        if (shape.components() > 1 && header.interleave() != 1) {
            throw new CodecException(
                    Fault.UNSUPPORTED,
                    "its codestream is JPEG-LS in colour with interleave mode "
                            + header.interleave()
                            + ", which no decoder here reads exactly; mode 1 (by line) is read");
        }
        JpegHeader.checkEnd(bytes);
        int precision = header.precision();
        return frame(
                natives.decode(NativeCodec.JPEG_LS, bytes, shape, precision), shape, precision);
    }

    private DecodedFrame jpeg2000(byte[] bytes, FrameShape shape) throws CodecException {
        byte[] codestream = Jpeg2000Header.codestream(bytes);
        Jpeg2000Header header = Jpeg2000Header.parse(codestream);
        shape.check(header.width(), header.height(), header.components());
        if (header.precision() > MOST_BITS) {
            throw new CodecException(
                    Fault.UNSUPPORTED,
                    "its codestream has "
                            + header.precision()
                            + " bits a sample; read are 1 to 16");
        }
        JpegHeader.checkEnd(codestream);
        int precision = header.precision();
        DecodedFrame frame =
                frame(
                        natives.decode(NativeCodec.JPEG_2000, codestream, shape, precision),
                        shape,
                        precision);
        if (header.signed()) {
            // FFmpeg hands out signed samples moved up by half their range.
            int half = 1 << (precision - 1);
            int[] samples = frame.samples();
            for (int i = 0; i < samples.length; i++) {
                samples[i] -= half;
            }
        }
        return frame;
    }

    /** Undoes the alignment to the left with which FFmpeg fills 8 or 16 bits. */
    private static DecodedFrame frame(Pixels pixels, FrameShape shape, int precision)
            throws CodecException {
        int shift = pixels.depth() - precision;
        if (shift < 0) {
            throw new CodecException(
                    Fault.UNSUPPORTED, "its " + precision + " bits came out as " + pixels.depth());
        }
        int[] samples = new int[pixels.samples().length];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (pixels.samples()[i] & 0xffff) >> shift;
        }
        return new DecodedFrame(
                shape.width(), shape.height(), shape.components(), precision, samples);
    }

    @Override
    public void close() {
        natives.close();
    }
}
