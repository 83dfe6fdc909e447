package org.precedent.imaging.format.bmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Limits;
import org.precedent.imaging.format.ImageDecoder;

/** Files that the runtime's writer does not make: 2 x 2 pixels under every header. */
class BmpDecoderTest {
    private static final int[] HEADERS = {40, 52, 56, 64, 108, 124};

    private final ImageDecoder decoder = new ImageDecoder(Limits.DEFAULT);

    @Test
    void readsThirtyTwoBitsInEveryOrderOfChannelsUnderEveryHeader() {
        int[][] orders = {
            {0xff0000, 0xff00, 0xff}, {0xff, 0xff00, 0xff0000}, {0xff000000, 0xff0000, 0xff00}
        };
        for (int header : HEADERS) {
            for (int[] masks : orders) {
                byte[] file = bitfields(header, masks, 0, 2);
                assertThat(decoder.decode(file, "x.bmp").samples())
                        .as("header of %d bytes, red %08x", header, masks[0])
                        .containsExactly(new short[] {7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6});
            }
        }
    }

    @Test
    void readsRowsFromTheTopWhereTheHeightIsNegative() {
        byte[] file = bitfields(40, new int[] {0xff0000, 0xff00, 0xff}, 0, -2);
        assertThat(decoder.decode(file, "x.bmp").samples())
                .containsExactly(new short[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
    }

    @Test
    void takesAFourthByteForAlphaOnlyWhereItIsUsed() {
        int[] masks = {0xff0000, 0xff00, 0xff, 0xff000000};
        for (int alpha : new int[] {0, 255}) {
            byte[] file = bitfields(124, masks, alpha, 2);
            assertThat(decoder.decode(file, "x.bmp").channels()).isEqualTo(3);
            file[file.length - 1] ^= (byte) 255;
            refused(file, Code.UNSUPPORTED_CONTENT);
        }
        refused(bitfields(124, masks, 128, 2), Code.UNSUPPORTED_CONTENT);
    }

    @Test
    void refusesPackedChannelsAndRunLengths() {
        refused(bitfields(40, new int[] {0x7c00, 0x3e0, 0x1f}, 0, 2), Code.UNSUPPORTED_CONTENT);
        for (int compression = 1; compression < 7; compression++) {
            byte[] file = indexed(4, 0, 1, 0, 1);
            ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(30, compression);
            refused(file, Code.UNSUPPORTED_CONTENT);
        }
    }

    @Test
    void neverOpensTheProfileThatAHeaderNames() {
        byte[] file = bitfields(124, new int[] {0xff0000, 0xff00, 0xff}, 0, 2);
        ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        byte[] plain = decoder.decode(file.clone(), "x.bmp").toNetpbm();
        for (String kind : new String[] {"LINK", "MBED"}) {
            // Colour space, then the profile's place and length: far outside the file.
            for (int i = 0; i < 4; i++) {
                in.put(14 + 56 + i, (byte) kind.charAt(3 - i));
            }
            in.putInt(14 + 112, 1 << 30).putInt(14 + 116, 1 << 30);
            assertThat(decoder.decode(file, "x.bmp").toNetpbm()).isEqualTo(plain);
        }
    }

    @Test
    void refusesPixelsThatPointBeyondAShortPalette() {
        byte[] within = indexed(2, 0, 1, 1, 0);
        assertThat(decoder.decode(within, "x.bmp").samples())
                .containsExactly(new short[] {51, 50, 50, 51});
        refused(indexed(2, 0, 1, 2, 0), Code.UNREADABLE);
        refused(indexed(0, 0, 0, 0, 0), Code.UNREADABLE);
    }

    @Test
    void refusesFilesThatEndBeforeTheirPixelsDo() {
        byte[] file = indexed(4, 0, 1, 2, 3);
        refused(Arrays.copyOf(file, file.length - 1), Code.TRUNCATED);
        ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        in.putInt(10, 53);
        refused(file, Code.UNREADABLE);
        in.putInt(10, -1);
        refused(file, Code.TRUNCATED);
    }

    private void refused(byte[] bytes, Code code) {
        assertThatThrownBy(() -> decoder.decode(bytes, "x.bmp"))
                .isInstanceOfSatisfying(
                        ImagingException.class,
                        e -> assertThat(e.code()).as(e.getMessage()).isEqualTo(code));
    }

    /** Samples 1 to 12, row by row as they lie in the file. */
    private static byte[] bitfields(int header, int[] masks, int alpha, int height) {
        int pixels = 14 + header + (header == 40 ? 12 : 0);
        ByteBuffer file = start(pixels, 16, header, height, 32, 3);
        for (int mask : masks) {
            file.putInt(mask);
        }
        for (int i = 0; i < 4; i++) {
            int pixel = masks.length > 3 ? alpha << 24 : 0;
            for (int c = 0; c < 3; c++) {
                pixel |= 3 * i + c + 1 << Integer.numberOfTrailingZeros(masks[c]);
            }
            file.putInt(pixels + 4 * i, pixel);
        }
        return file.array();
    }

    /** 8 bits; grey colours 50, 51, ... and no number of colours declared. */
    private static byte[] indexed(int colours, int... indices) {
        ByteBuffer file = start(54 + 4 * colours, 8, 40, 2, 8, 0);
        for (int i = 0; i < colours; i++) {
            file.putInt((50 + i) * 0x010101);
        }
        for (int i = 0; i < 4; i++) {
            file.put(54 + 4 * colours + i % 2 + i / 2 * 4, (byte) indices[i]);
        }
        return file.array();
    }

    private static ByteBuffer start(
            int pixels, int bytes, int header, int height, int bits, int compression) {
        ByteBuffer file = ByteBuffer.allocate(pixels + bytes).order(ByteOrder.LITTLE_ENDIAN);
        file.put((byte) 'B').put((byte) 'M').position(10).putInt(pixels).putInt(header);
        file.putInt(2).putInt(height).putShort((short) 1).putShort((short) bits);
        return file.putInt(compression).position(54);
    }
}
