package org.precedent.imaging;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.precedent.imaging.ImagingException.Code;

/**
 * Windows bitmaps: uncompressed, 1, 4 or 8 bits with a palette, 24 bits, or 32 bits with
 * byte-aligned channel masks. A fourth byte that is 0 everywhere is unused space, not transparency.
 */
final class BmpDecoder {
    private final Reading reading;
    private final ByteBuffer in;
    private int width;
    private int height;
    private boolean topDown;
    private int pixelBits;

    private BmpDecoder(Reading reading) {
        this.reading = reading;
        this.in = ByteBuffer.wrap(reading.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    }

    static Samples decode(Reading reading) {
        return new BmpDecoder(reading).read();
    }

    private Samples read() {
        long pixels = in.getInt(10) & 0xffffffffL;
        long headerBytes = in.getInt(14) & 0xffffffffL;
        if (headerBytes < 40 || headerBytes > 1024) {
            throw reading.refuse(
                    Code.UNSUPPORTED_CONTENT, "has a header of " + headerBytes + " bytes");
        }
        // Negative heights mean rows from the top; in long, so that no value overflows.
        long declaredHeight = in.getInt(22);
        topDown = declaredHeight < 0;
        reading.checkSize(in.getInt(18), Math.abs(declaredHeight));
        width = in.getInt(18);
        height = (int) Math.abs(declaredHeight);
        pixelBits = in.getShort(28) & 0xffff;
        int compression = in.getInt(30);
        int[] shifts = {16, 8, 0, -1};
        if (compression == 3 && pixelBits == 32) {
            shifts = channelShifts();
        } else if (compression != 0) {
            throw reading.refuse(
                    Code.UNSUPPORTED_CONTENT,
                    "has compression " + compression + "; read are uncompressed bitmaps");
        }
        long rowBytes = ((long) width * pixelBits + 31) / 32 * 4;
        switch (pixelBits) {
            case 1, 4, 8, 24, 32 -> {}
            default ->
                    throw reading.refuse(
                            Code.UNSUPPORTED_CONTENT,
                            "has " + pixelBits + " bits a pixel; read are 1, 4, 8, 24 and 32");
        }
        if (pixels < 14 + headerBytes) {
            throw reading.refuse(Code.UNREADABLE, "has its pixels inside its header");
        }
        if (pixels + rowBytes * height > in.limit()) {
            throw reading.refuse(
                    Code.TRUNCATED,
                    "holds "
                            + in.limit()
                            + " bytes where its size needs "
                            + (pixels + rowBytes * height));
        }
        return pixelBits <= 8
                ? indexed((int) pixels, (int) rowBytes, (int) headerBytes)
                : coloured((int) pixels, (int) rowBytes, shifts);
    }

    private int[] channelShifts() {
        int[] shifts = new int[4];
        int headerBytes = in.getInt(14);
        for (int c = 0; c < 4; c++) {
            int mask = c == 3 && headerBytes < 56 ? 0 : in.getInt(54 + 4 * c);
            int shift = Integer.numberOfTrailingZeros(mask);
            boolean aligned = mask != 0 && shift % 8 == 0 && mask >>> shift == 255;
            if (!aligned && !(c == 3 && mask == 0)) {
                throw reading.refuse(Code.UNSUPPORTED_CONTENT, "has channels of other than 8 bits");
            }
            shifts[c] = aligned ? shift : -1;
        }
        return shifts;
    }

    private Samples indexed(int pixels, int rowBytes, int headerBytes) {
        long declared = in.getInt(46) & 0xffffffffL;
        int colours = declared == 0 ? 1 << pixelBits : (int) Math.min(declared, 1 << pixelBits);
        int start = 14 + headerBytes;
        // Some writers declare no number and store a short palette: it ends where the pixels start.
        colours = Math.min(colours, (pixels - start) / 4);
        int[] palette = new int[colours];
        for (int i = 0; i < colours; i++) {
            palette[i] = 0xff000000 | in.getInt(start + 4 * i) & 0xffffff;
        }
        short[] samples = new short[width * height];
        for (int y = 0; y < height; y++) {
            int row = pixels + (topDown ? y : height - 1 - y) * rowBytes;
            for (int x = 0; x < width; x++) {
                int bit = x * pixelBits;
                samples[y * width + x] =
                        (short)
                                ((in.get(row + (bit >> 3)) & 255) >> (8 - pixelBits - (bit & 7))
                                        & (1 << pixelBits) - 1);
            }
        }
        return new Samples(width, height, 1, pixelBits, samples, palette);
    }

    private Samples coloured(int pixels, int rowBytes, int[] shifts) {
        int step = pixelBits / 8;
        boolean alpha = shifts[3] >= 0 && anyAlpha(pixels, rowBytes, shifts[3]);
        int channels = alpha ? 4 : 3;
        short[] samples = new short[width * height * channels];
        for (int y = 0, to = 0; y < height; y++) {
            int row = pixels + (topDown ? y : height - 1 - y) * rowBytes;
            for (int x = 0; x < width; x++) {
                for (int c = 0; c < channels; c++) {
                    samples[to++] = (short) (in.get(row + x * step + shifts[c] / 8) & 255);
                }
            }
        }
        return new Samples(width, height, channels, 8, samples, null);
    }

    private boolean anyAlpha(int pixels, int rowBytes, int shift) {
        for (int i = 0; i < rowBytes * height; i += 4) {
            if (in.get(pixels + i + shift / 8) != 0) {
                return true;
            }
        }
        return false;
    }
}
