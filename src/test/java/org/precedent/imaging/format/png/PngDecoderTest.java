package org.precedent.imaging.format.png;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.ImageDecoder;
import org.precedent.imaging.format.ImageDecoderTest;

/** What the walk over the chunks guarantees, whatever the library would make of the file. */
class PngDecoderTest {
    private static final int GREY = 0;
    private static final int RGB = 2;
    private static final int INDEXED = 3;
    private static final int RGBA = 6;

    private final ImageDecoder decoder = new ImageDecoder(Limits.DEFAULT);

    /** One file under construction: 2 x 2 pixels, chunks as they are added. */
    private static final class File {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        File(int bits, int colourType) {
            out.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', 0x0d, 0x0a, 0x1a, 0x0a});
            ByteBuffer header = ByteBuffer.allocate(13).putInt(2).putInt(2);
            add("IHDR", header.put((byte) bits).put((byte) colourType).array());
        }

        File add(String name, byte... content) {
            ImageDecoderTest.chunk(out, name, content);
            return this;
        }

        byte[] end() {
            return add("IEND").out.toByteArray();
        }
    }

    @Test
    void keepsSamplesAsStoredWhateverTheFileSaysAboutColours() {
        byte[] rows = zip(0, 10, 200, 0, 30, 255);
        byte[] plain = new File(8, GREY).add("IDAT", rows).end();
        byte[] dressed =
                new File(8, GREY)
                        .add("gAMA", (byte) 0, (byte) 0, (byte) 1, (byte) 0)
                        .add("sBIT", (byte) 3)
                        .add("iCCP", new byte[] {'p', 0, 0, 1, 2, 3})
                        .add("zTXt", new byte[] {'k', 0, 0, 9, 9, 9})
                        .add("IDAT", rows)
                        .add("tEXt", new byte[0])
                        .end();
        assertThat(decoder.decode(plain, "x.png").samples())
                .containsExactly((short) 10, (short) 200, (short) 30, (short) 255);
        assertThat(decoder.decode(dressed, "x.png").toNetpbm())
                .isEqualTo(decoder.decode(plain, "x.png").toNetpbm());
    }

    @Test
    void refusesEveryChunkWhoseChecksumIsWrong() {
        byte[] file =
                new File(8, GREY)
                        .add("tEXt", (byte) 1)
                        .add("IDAT", zip(0, 1, 2, 0, 3, 4))
                        .add("tIME", new byte[7])
                        .end();
        ByteBuffer in = ByteBuffer.wrap(file);
        int chunks = 0;
        for (int at = 8; at < file.length; at += in.getInt(at) + 12) {
            byte[] damaged = file.clone();
            damaged[at + 8 + in.getInt(at)] ^= 1;
            refused(damaged, Code.UNREADABLE);
            chunks++;
        }
        assertThat(chunks).isEqualTo(5);
    }

    @Test
    void refusesPixelDataOfAnotherLengthThanTheHeaderSays() {
        byte[] exact = zip(0, 1, 2, 0, 3, 4);
        refused(idat(zip(0, 1, 2, 0, 3)), Code.TRUNCATED);
        refused(idat(zip(0, 1, 2)), Code.TRUNCATED);
        refused(idat(zip()), Code.TRUNCATED);
        refused(idat(new byte[0]), Code.TRUNCATED);
        refused(idat(zip(0, 1, 2, 0, 3, 4, 5)), Code.UNREADABLE);
        refused(idat(Arrays.copyOf(exact, exact.length - 1)), Code.TRUNCATED);
        refused(idat(Arrays.copyOf(exact, exact.length - 4)), Code.TRUNCATED);
        byte[] damaged = exact.clone();
        damaged[exact.length - 1] ^= 1;
        refused(idat(damaged), Code.UNREADABLE);
        refused(idat(zip(5, 1, 2, 0, 3, 4)), Code.UNREADABLE);
        // A stream that asks for a preset dictionary.
        refused(idat(new byte[] {0x78, (byte) 0xbb, 0, 0, 0, 1, 3, 0}), Code.TRUNCATED);
        refused(new File(8, GREY).end(), Code.TRUNCATED);
    }

    @Test
    void takesNoMemoryForPixelDataBeyondTheDeclared() {
        byte[] bomb = idat(zip(new int[20 << 20]));
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        refused(bomb, Code.UNREADABLE);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(1 << 20);
    }

    @Test
    void refusesChunksOutOfOrder() {
        byte[] rows = zip(0, 0, 0, 0, 0, 0);
        byte[] half = Arrays.copyOf(rows, 4);
        byte[] rest = Arrays.copyOfRange(rows, 4, rows.length);
        assertThat(
                        decoder.decode(
                                        new File(8, GREY).add("IDAT", half).add("IDAT", rest).end(),
                                        "x.png")
                                .width())
                .isEqualTo(2);
        refused(
                new File(8, GREY).add("IDAT", half).add("tEXt").add("IDAT", rest).end(),
                Code.UNREADABLE);
        refused(
                new File(8, INDEXED).add("IDAT", rows).add("PLTE", new byte[3]).end(),
                Code.UNREADABLE);
        refused(
                new File(8, GREY).add("IDAT", rows).add("tRNS", new byte[2]).end(),
                Code.UNREADABLE);
        refused(
                new File(8, GREY).add("IHDR", new byte[13]).add("IDAT", rows).end(),
                Code.UNREADABLE);
        refused(new File(8, GREY).add("ABCD").add("IDAT", rows).end(), Code.UNREADABLE);
        refused(
                new File(8, GREY).add("acTL", new byte[8]).add("IDAT", rows).end(),
                Code.MULTIPLE_PAGES);
        refused(new File(8, INDEXED).add("IDAT", rows).end(), Code.UNREADABLE);
    }

    @Test
    void refusesPixelsThatPointBeyondTheirPalette() {
        byte[] palette = {1, 2, 3, 4, 5, 6, 7, 8, 9};
        byte[] within = zip(0, 0b00_01_0000, 0, 0b10_00_0000);
        byte[] beyond = zip(0, 0b00_01_0000, 0, 0b11_00_0000);
        Raster read =
                decoder.decode(
                        new File(2, INDEXED).add("PLTE", palette).add("IDAT", within).end(),
                        "x.png");
        assertThat(read.samples())
                .containsExactly(new short[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3});
        refused(
                new File(2, INDEXED).add("PLTE", palette).add("IDAT", beyond).end(),
                Code.UNREADABLE);
        // More colours than two bits can name: the others are never used.
        Raster excess =
                decoder.decode(
                        new File(2, INDEXED)
                                .add(
                                        "PLTE",
                                        new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 8, 9, 9, 7})
                                .add("IDAT", beyond)
                                .end(),
                        "x.png");
        assertThat(excess.samples())
                .containsExactly(new short[] {1, 2, 3, 4, 5, 6, 9, 9, 8, 1, 2, 3});
    }

    @Test
    void refusesPixelsOfTheColourDeclaredTransparentInEveryDepth() {
        byte[] bits = zip(0, 0b01_000000, 0, 0b00_000000);
        transparent(1, GREY, new byte[] {0, 1}, bits);
        opaque(1, GREY, new byte[] {0, 2}, bits);
        byte[] grey = zip(0, 0, 7, 0, 200, 9);
        transparent(8, GREY, new byte[] {0, 7}, grey);
        opaque(8, GREY, new byte[] {0, 8}, grey);
        byte[] deep = zip(0, 1, 2, 1, 3, 0, 9, 9, 9, 9);
        transparent(16, GREY, new byte[] {1, 3}, deep);
        opaque(16, GREY, new byte[] {1, 9}, deep);
        byte[] rgb = zip(0, 1, 2, 3, 4, 5, 6, 0, 7, 8, 9, 1, 1, 1);
        transparent(8, RGB, new byte[] {0, 4, 0, 5, 0, 6}, rgb);
        opaque(8, RGB, new byte[] {0, 1, 0, 2, 0, 6}, rgb);
    }

    @Test
    void refusesTransparentColoursAndTransparentPixels() {
        byte[] rows = zip(0, 0, 1, 0, 1, 0);
        byte[] palette = {1, 1, 1, 9, 9, 9, 5, 5, 5};
        byte[] used =
                new File(8, INDEXED)
                        .add("PLTE", palette)
                        .add("tRNS", (byte) 255, (byte) 3)
                        .add("IDAT", rows)
                        .end();
        refused(used, Code.UNSUPPORTED_CONTENT);
        byte[] unused =
                new File(8, INDEXED)
                        .add("PLTE", palette)
                        .add("tRNS", (byte) -1, (byte) -1, (byte) 3)
                        .add("IDAT", rows)
                        .end();
        assertThat(decoder.decode(unused, "x.png").samples())
                .containsExactly(new short[] {1, 9, 9, 1});
        byte[] solid = zip(0, 1, 2, 3, 255, 4, 5, 6, 255, 0, 7, 8, 9, 255, 1, 1, 1, 255);
        Raster read = decoder.decode(new File(8, RGBA).add("IDAT", solid).end(), "x.png");
        assertThat(read.samples())
                .containsExactly(new short[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 1, 1});
        byte[] faint = zip(0, 1, 2, 3, 255, 4, 5, 6, 255, 0, 7, 8, 9, 254, 1, 1, 1, 255);
        refused(new File(8, RGBA).add("IDAT", faint).end(), Code.UNSUPPORTED_CONTENT);
    }

    private void transparent(int bits, int colourType, byte[] key, byte[] rows) {
        refused(
                new File(bits, colourType).add("tRNS", key).add("IDAT", rows).end(),
                Code.UNSUPPORTED_CONTENT);
    }

    private void opaque(int bits, int colourType, byte[] key, byte[] rows) {
        byte[] keyed = new File(bits, colourType).add("tRNS", key).add("IDAT", rows).end();
        byte[] plain = new File(bits, colourType).add("IDAT", rows).end();
        assertThat(decoder.decode(keyed, "x.png").toNetpbm())
                .isEqualTo(decoder.decode(plain, "x.png").toNetpbm());
    }

    private void refused(byte[] bytes, Code code) {
        assertThatThrownBy(() -> decoder.decode(bytes, "x.png"))
                .isInstanceOfSatisfying(
                        ImagingException.class,
                        e -> assertThat(e.code()).as(e.getMessage()).isEqualTo(code));
    }

    /** 2 x 2 pixels of 8-bit grey with this compressed data. */
    private static byte[] idat(byte[] data) {
        return new File(8, GREY).add("IDAT", data).end();
    }

    private static byte[] zip(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        Deflater deflater = new Deflater();
        try {
            deflater.setInput(bytes);
            deflater.finish();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            byte[] buffer = new byte[4096];
            while (!deflater.finished()) {
                out.write(buffer, 0, deflater.deflate(buffer));
            }
            return out.toByteArray();
        } finally {
            deflater.end();
        }
    }
}
