package org.precedent.imaging.format.bmp;

import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.ImageFormat;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.LibraryReader;
import org.precedent.imaging.Reading;
import org.precedent.imaging.Samples;

/**
 * Windows bitmaps: uncompressed, 1, 4 or 8 bits with a palette, 24 bits, or 32 bits with
 * byte-aligned channel masks. The headers are checked here first. The library then sees a plain
 * header of its smallest kind, colours or masks, and the rows: no profiles, which newer headers
 * embed or name by path, and no embedded JPEG or PNG. Run lengths are refused, because the library
 * leaves what they skip black.
 *
 * <p>A fourth byte that is 0 everywhere is unused space, not transparency.
 */
public final class BmpDecoder {
    private static final int FILE_HEADER = 14;
    private static final int INFO_HEADER = 40;

    private final Reading reading;
    private final ByteBuffer in;
    private int headerBytes;
    private int width;
    private int height;
    private int pixelBits;
    private int pixels;
    private int pixelBytes;

    private BmpDecoder(Reading reading) {
        this.reading = reading;
        this.in = ByteBuffer.wrap(reading.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    }

    public static Samples decode(Reading reading) {
        BmpDecoder decoder = new BmpDecoder(reading);
        decoder.check();
        return decoder.read();
    }

    private void check() {
        long declaredPixels = in.getInt(10) & 0xffffffffL;
        long declaredHeader = in.getInt(14) & 0xffffffffL;
        if (declaredHeader < INFO_HEADER || declaredHeader > 1024) {
            throw reading.refuse(
                    Code.UNSUPPORTED_CONTENT, "has a header of " + declaredHeader + " bytes");
        }
        // Negative heights mean rows from the top; in long, so that no value overflows.
        long declaredHeight = Math.abs((long) in.getInt(22));
        reading.checkSize(in.getInt(18), declaredHeight);
        pixelBits = in.getShort(28) & 0xffff;
        int compression = in.getInt(30);
        if (compression != 0 && !(compression == 3 && pixelBits == 32)) {
            throw reading.refuse(
                    Code.UNSUPPORTED_CONTENT,
                    "has compression " + compression + "; read are uncompressed bitmaps");
        }
        switch (pixelBits) {
            case 1, 4, 8, 24, 32 -> {}
            default ->
                    throw reading.refuse(
                            Code.UNSUPPORTED_CONTENT,
                            "has " + pixelBits + " bits a pixel; read are 1, 4, 8, 24 and 32");
        }
        if (declaredPixels < FILE_HEADER + declaredHeader) {
            throw reading.refuse(Code.UNREADABLE, "has its pixels inside its header");
        }
        width = in.getInt(18);
        long declaredBytes = ((long) width * pixelBits + 31) / 32 * 4 * declaredHeight;
        if (declaredPixels + declaredBytes > in.limit()) {
            throw reading.refuse(
                    Code.TRUNCATED,
                    "holds "
                            + in.limit()
                            + " bytes where its size needs "
                            + (declaredPixels + declaredBytes));
        }
        headerBytes = (int) declaredHeader;
        height = (int) declaredHeight;
        pixels = (int) declaredPixels;
        pixelBytes = (int) declaredBytes;
    }

    private Samples read() {
        int[] palette = pixelBits <= 8 ? palette() : null;
        int[] aside = palette != null ? palette : pixelBits == 32 ? masks() : new int[0];
        int channels = palette != null ? 1 : 3;
        BufferedImage image =
                LibraryReader.image(reading, ImageFormat.BMP, reassembled(aside, palette));
        short[] samples = LibraryReader.samples(reading, image, width, height, channels);
        return new Samples(width, height, channels, Math.min(pixelBits, 8), samples, palette);
    }

    /** The smallest header that says it all, then colours or masks, then the rows as they are. */
    private byte[] reassembled(int[] aside, int @Nullable [] palette) {
        // The library wants every colour that a pixel could name; which exist is checked later.
        int words = palette == null ? aside.length : 1 << pixelBits;
        int start = FILE_HEADER + INFO_HEADER + 4 * words;
        ByteBuffer file = ByteBuffer.allocate(start + pixelBytes).order(ByteOrder.LITTLE_ENDIAN);
        file.put((byte) 'B').put((byte) 'M').putInt(file.capacity()).putInt(0).putInt(start);
        file.putInt(INFO_HEADER).putInt(width).putInt(in.getInt(22));
        file.putShort((short) 1).putShort((short) pixelBits).putInt(pixelBits == 32 ? 3 : 0);
        file.position(FILE_HEADER + INFO_HEADER);
        for (int word : aside) {
            file.putInt(word);
        }
        return file.put(start, in.array(), pixels, pixelBytes).array();
    }

    private int[] palette() {
        long declared = in.getInt(46) & 0xffffffffL;
        int colours = declared == 0 ? 1 << pixelBits : (int) Math.min(declared, 1 << pixelBits);
        int start = FILE_HEADER + headerBytes;
        // Some writers declare no number and store a short palette: it ends where the pixels start.
        colours = Math.min(colours, (pixels - start) / 4);
        int[] palette = new int[colours];
        for (int i = 0; i < colours; i++) {
            palette[i] = 0xff000000 | (in.getInt(start + 4 * i) & 0xffffff);
        }
        return palette;
    }

    /** Where red, green and blue are in four bytes; a fourth mask is checked and left behind. */
    private int[] masks() {
        if (in.getInt(30) == 0) {
            return new int[] {0xff0000, 0xff00, 0xff};
        }
        int[] masks = new int[3];
        for (int c = 0; c < 4; c++) {
            int mask = c == 3 && headerBytes < 56 ? 0 : in.getInt(54 + 4 * c);
            int shift = Integer.numberOfTrailingZeros(mask);
            boolean aligned = mask != 0 && shift % 8 == 0 && mask >>> shift == 255;
            if (!aligned && !(c == 3 && mask == 0)) {
                throw reading.refuse(Code.UNSUPPORTED_CONTENT, "has channels of other than 8 bits");
            }
            if (c < 3) {
                masks[c] = mask;
            } else if (aligned) {
                checkAlpha(shift / 8);
            }
        }
        return masks;
    }

    private void checkAlpha(int offset) {
        byte first = in.get(pixels + offset);
        boolean same = first == 0 || first == (byte) 255;
        for (int i = 0; same && i < pixelBytes; i += 4) {
            same = in.get(pixels + i + offset) == first;
        }
        if (!same) {
            throw Samples.transparent(reading);
        }
    }
}
