package org.precedent.imaging.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.DomainException;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Raster;

public class ImageDecoderTest {
    private final ImageDecoder decoder = new ImageDecoder(Limits.DEFAULT);

    @Test
    void readsEveryKindOfFileWithoutLoss() {
        SampleFiles.all()
                .forEach((name, bytes) -> {
                    if (name.contains(".jp")) {
                        return;
                    }
                    String kind = name.replaceAll("[-.].*", "");
                    kind =
                            switch (name) {
                                case "adam7.png" -> "rgb8";
                                case "adam7-16.png" -> "grey16";
                                default -> kind;
                            };
                    Raster read = decoder.decode(bytes, name);
                    assertSame(name, read, SampleFiles.image(kind));
                });
    }

    private static void assertSame(String name, Raster read, BufferedImage truth) {
        assertThat(read.width()).as(name).isEqualTo(truth.getWidth());
        assertThat(read.height()).as(name).isEqualTo(truth.getHeight());
        boolean wide = truth.getType() == BufferedImage.TYPE_USHORT_GRAY;
        assertThat(read.bitsPerSample()).as(name).isEqualTo(wide ? 16 : 8);
        boolean binary = truth.getType() == BufferedImage.TYPE_BYTE_BINARY;
        boolean indexed = truth.getType() == BufferedImage.TYPE_BYTE_INDEXED;
        boolean rgb = indexed || truth.getRaster().getNumBands() == 3;
        assertThat(read.channels()).as(name).isEqualTo(rgb ? 3 : 1);
        for (int y = 0; y < read.height(); y++) {
            for (int x = 0; x < read.width(); x++) {
                for (int c = 0; c < read.channels(); c++) {
                    int expected =
                            indexed
                                    ? truth.getRGB(x, y) >> (16 - 8 * c) & 255
                                    : truth.getRaster().getSample(x, y, c) * (binary ? 255 : 1);
                    assertThat(read.sample(x, y, c))
                            .as("%s at %d, %d, %d", name, x, y, c)
                            .isEqualTo(expected);
                }
            }
        }
    }

    @Test
    void readsJpegWithinItsLoss() {
        for (String name : new String[] {"grey8.jpg", "rgb8.jpeg"}) {
            Raster read = decoder.decode(SampleFiles.all().get(name), name);
            BufferedImage truth = SampleFiles.image(name.substring(0, name.indexOf('.')));
            double error = 0;
            for (int i = 0; i < read.samples().length; i++) {
                int pixel = i / read.channels();
                int expected =
                        truth.getRaster()
                                .getSample(
                                        pixel % read.width(),
                                        pixel / read.width(),
                                        i % read.channels());
                error += Math.abs((read.samples()[i] & 0xffff) - expected);
            }
            assertThat(error / read.samples().length).as(name).isLessThan(12);
        }
    }

    @Test
    void givesTheColoursOfAPaletteForLabelsToo() {
        for (String name : List.of("palette.png", "palette.tif", "palette.bmp")) {
            byte[] bytes = SampleFiles.all().get(name);
            MaskFile labels = decoder.decodeLabels(bytes, name);
            assertThat(labels.colourTable()).as(name).isTrue();
            assertThat(labels.raster().samples())
                    .as(name)
                    .isEqualTo(decoder.decode(bytes, name).samples());
            BufferedImage truth = SampleFiles.image("palette");
            for (int i = 0; i < SampleFiles.WIDTH * SampleFiles.HEIGHT; i++) {
                int x = i % SampleFiles.WIDTH;
                int y = i / SampleFiles.WIDTH;
                assertThat(labels.raster().sample(x, y, 0))
                        .isEqualTo(truth.getRGB(x, y) >> 16 & 255);
            }
        }
    }

    @Test
    void givesTheGreysOfAGreyPalette() {
        int[] grey = {0, 128, 255};
        BufferedImage image =
                new BufferedImage(
                        3,
                        1,
                        BufferedImage.TYPE_BYTE_INDEXED,
                        SampleFiles.palette(grey, grey, grey));
        for (int x = 0; x < 3; x++) {
            image.getRaster().setSample(x, 0, 0, x);
        }
        MaskFile read = decoder.decodeLabels(SampleFiles.write(image, "png", null), "m.png");
        assertThat(read.raster().samples()).containsExactly((short) 0, (short) 128, (short) 255);
        Raster pixels = decoder.decode(SampleFiles.write(image, "bmp", null), "m.bmp");
        assertThat(pixels.samples()).containsExactly((short) 0, (short) 128, (short) 255);
    }

    @Test
    void dropsAlphaOnlyWhereEveryPixelIsOpaque() {
        BufferedImage image = new BufferedImage(4, 4, BufferedImage.TYPE_INT_ARGB);
        for (int i = 0; i < 16; i++) {
            image.setRGB(i % 4, i / 4, 0xff102030 + i);
        }
        Raster read = decoder.decode(SampleFiles.write(image, "png", null), "a.png");
        assertThat(read.channels()).isEqualTo(3);
        assertThat(read.sample(1, 0, 2)).isEqualTo(0x31);
        image.setRGB(2, 2, 0x7f102030);
        refused(SampleFiles.write(image, "png", null), "a.png", Code.UNSUPPORTED_CONTENT);
    }

    @Test
    void refusesAFileThatIsNotWhatItsNameSays() {
        refused(SampleFiles.all().get("grey8.jpg"), "x.png", Code.TYPE_MISMATCH);
        refused(SampleFiles.all().get("grey8.png"), "x.tif", Code.TYPE_MISMATCH);
        refused("hello".getBytes(StandardCharsets.US_ASCII), "x.bmp", Code.TYPE_MISMATCH);
        refused(SampleFiles.all().get("grey8.png"), "x.gif", Code.UNSUPPORTED_TYPE);
        refused(SampleFiles.all().get("grey8.png"), "no-suffix", Code.UNSUPPORTED_TYPE);
        refused(new byte[0], "x.png", Code.TRUNCATED);
    }

    @Test
    void holdsDeclaredSizesAgainstTheLimitsBeforeTakingMemory() {
        refused(pngHeader(60_000, 60_000), "bomb.png", Code.TOO_LONG_SIDE);
        refused(pngHeader(16_000, 16_000), "bomb.png", Code.TOO_MANY_PIXELS);
        refused(pngHeader(0, 5), "bomb.png", Code.UNREADABLE);
        refused(pngHeader(-1, 5), "bomb.png", Code.TOO_LONG_SIDE);
        byte[] bmp = SampleFiles.all().get("rgb8.bmp").clone();
        for (int height : new int[] {Integer.MIN_VALUE, Integer.MAX_VALUE, -60_000}) {
            ByteBuffer.wrap(bmp).order(ByteOrder.LITTLE_ENDIAN).putInt(22, height);
            refused(bmp, "b.bmp", Code.TOO_LONG_SIDE);
        }
        ByteBuffer.wrap(bmp).order(ByteOrder.LITTLE_ENDIAN).putInt(22, -30_0);
        refused(bmp, "b.bmp", Code.TRUNCATED);
        ImageDecoder small = new ImageDecoder(new Limits(100, 100, 100));
        assertThatThrownBy(() -> small.decode(new byte[101], "x.png"))
                .isInstanceOfSatisfying(
                        ImagingException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo(Code.TOO_MANY_BYTES);
                            assertThat(e.kind()).isEqualTo(DomainException.Kind.TOO_LARGE);
                            assertThat(e.fields())
                                    .containsEntry("file", "x.png")
                                    .containsEntry("limit", 100L);
                        });
    }

    @Test
    void refusesHugeTiffsByTheirDirectoryAlone() {
        refused(tiff(60_000, 60_000, 1, 1), "t.tif", Code.TOO_LONG_SIDE);
        refused(tiff(16_000, 16_000, 1, 1), "t.tif", Code.TOO_MANY_PIXELS);
        refused(tiff(4_000, 4_000, 1, 1), "t.tif", Code.TRUNCATED);
        refused(tiff(4_000, 4_000, 3, 1), "t.tif", Code.UNSUPPORTED_CONTENT);
        refused(tiff(8, 8, 1, 6), "t.tif", Code.ORIENTATION);
    }

    @Test
    void readsPixelsThatAreSpreadOverManyChunks() {
        byte[] png = SampleFiles.all().get("rgb8.png");
        ByteBuffer in = ByteBuffer.wrap(png);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(png, 0, 8);
        for (int at = 8; at < png.length; at += in.getInt(at) + 12) {
            int length = in.getInt(at);
            String name = new String(png, at + 4, 4, StandardCharsets.US_ASCII);
            int part = name.equals("IDAT") ? 7 : Math.max(1, length);
            for (int from = 0; from == 0 || from < length; from += part) {
                int to = Math.min(length, from + part);
                chunk(out, name, Arrays.copyOfRange(png, at + 8 + from, at + 8 + to));
                if (name.equals("IDAT")) {
                    chunk(out, "IDAT", new byte[0]);
                }
            }
        }
        assertSame("chunks", decoder.decode(out.toByteArray(), "x.png"), SampleFiles.image("rgb8"));
    }

    @Test
    void refusesATagOfAsManyValuesAsTheFileHasBytes() {
        byte[] file = Arrays.copyOf(tiff(8, 8, 1, 1), 8 << 20);
        ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        // The entry of the bits a sample: as bytes, nearly all of the file.
        in.putShort(74 + 24 + 2, (short) 1).putInt(74 + 24 + 4, 7 << 20).putInt(74 + 24 + 8, 8);
        refused(file, "t.tif", Code.TRUNCATED);
    }

    @Test
    void refusesWhatAsksToBeTurned() {
        byte[] jpeg = SampleFiles.all().get("grey8.jpg");
        refused(withExif(jpeg, 6), "photo.jpg", Code.ORIENTATION);
        assertThat(decoder.decode(withExif(jpeg, 1), "photo.jpg").width())
                .isEqualTo(SampleFiles.WIDTH);
    }

    @Test
    void takesEveryOrientationThatMeansNothingAsUprightAndRefusesTheOthers() {
        byte[] jpeg = SampleFiles.all().get("grey8.jpg");
        byte[] png = SampleFiles.all().get("grey8.png");
        for (int orientation : new int[] {0, 1, 9, 255, 65_535}) {
            String as = "orientation " + orientation;
            assertThat(decoder.decode(withExif(jpeg, orientation), "x.jpg").samples())
                    .as(as)
                    .isEqualTo(decoder.decode(jpeg, "x.jpg").samples());
            assertThat(decoder.decode(withExifChunk(png, orientation), "x.png").samples())
                    .as(as)
                    .isEqualTo(decoder.decode(png, "x.png").samples());
            assertThat(decoder.decode(tiff(8, 8, 1, orientation), "x.tif").width())
                    .as(as)
                    .isEqualTo(8);
        }
        for (int orientation = 2; orientation <= 8; orientation++) {
            refused(withExif(jpeg, orientation), "x.jpg", Code.ORIENTATION);
            refused(withExifChunk(png, orientation), "x.png", Code.ORIENTATION);
            refused(tiff(8, 8, 1, orientation), "x.tif", Code.ORIENTATION);
        }
    }

    @Test
    void refusesTruncatedFilesOfEveryKind() {
        SampleFiles.all()
                .forEach((name, bytes) -> {
                    byte[] half = Arrays.copyOf(bytes, bytes.length / 2);
                    assertThatThrownBy(() -> decoder.decode(half, name))
                            .as(name)
                            .isInstanceOf(ImagingException.class);
                });
        byte[] jpeg = SampleFiles.all().get("rgb8.jpeg");
        refused(Arrays.copyOf(jpeg, jpeg.length - 2), "x.jpg", Code.TRUNCATED);
        byte[] capped = Arrays.copyOf(jpeg, jpeg.length * 2 / 3);
        capped[capped.length - 3] = 0;
        capped[capped.length - 2] = (byte) 0xff;
        capped[capped.length - 1] = (byte) 0xd9;
        refused(capped, "x.jpg", Code.TRUNCATED);
    }

    @Test
    void refusesACompressedStripThatEndsEarly() {
        for (String name :
                new String[] {"rgb8-LZW.tiff", "rgb8-Deflate.tiff", "rgb8-PackBits.tiff"}) {
            byte[] bytes = SampleFiles.all().get(name).clone();
            ByteBuffer in = ByteBuffer.wrap(bytes);
            in.order(bytes[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
            int directory = in.getInt(4);
            boolean cut = false;
            for (int i = 0; i < in.getShort(directory); i++) {
                int at = directory + 2 + 12 * i;
                if (in.getShort(at) == 279) {
                    boolean inline = in.getInt(at + 4) == 1;
                    int where = inline ? at + 8 : in.getInt(at + 8);
                    in.putInt(where, in.getInt(where) / 2);
                    cut = true;
                }
            }
            assertThat(cut).isTrue();
            assertThatThrownBy(() -> decoder.decode(bytes, name))
                    .as(name)
                    .isInstanceOf(ImagingException.class);
        }
    }

    @Test
    void saysWhichFileIsMissing(@TempDir Path folder) throws Exception {
        assertThatThrownBy(() -> decoder.decode(folder.resolve("no.png")))
                .isInstanceOfSatisfying(
                        ImagingException.class,
                        e -> assertThat(e.code()).isEqualTo(Code.MISSING_FILE))
                .hasMessageStartingWith("no.png: ");
        Path file = folder.resolve("yes.png");
        Files.write(file, SampleFiles.all().get("grey8.png"));
        assertThat(decoder.decode(file).width()).isEqualTo(SampleFiles.WIDTH);
        assertThatThrownBy(() -> new ImageDecoder(new Limits(50, 9, 9)).decode(file))
                .isInstanceOfSatisfying(
                        ImagingException.class,
                        e -> assertThat(e.code()).isEqualTo(Code.TOO_MANY_BYTES));
    }

    private void refused(byte[] bytes, String name, Code code) {
        assertThatThrownBy(() -> decoder.decode(bytes, name))
                .isInstanceOfSatisfying(
                        ImagingException.class,
                        e -> assertThat(e.code()).as(e.getMessage()).isEqualTo(code));
    }

    /** A PNG of a declared size with a few bytes of pixels. */
    static byte[] pngHeader(int width, int height) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', 0x0d, 0x0a, 0x1a, 0x0a});
        ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height);
        header.put((byte) 8).put((byte) 0);
        chunk(out, "IHDR", header.array());
        chunk(out, "IDAT", new byte[] {0x78, (byte) 0x9c, 3, 0, 0, 0, 0, 1});
        chunk(out, "IEND", new byte[0]);
        return out.toByteArray();
    }

    public static void chunk(ByteArrayOutputStream out, String name, byte[] content) {
        ByteBuffer chunk = ByteBuffer.allocate(12 + content.length).putInt(content.length);
        chunk.put(name.getBytes(StandardCharsets.US_ASCII)).put(content);
        CRC32 crc = new CRC32();
        crc.update(chunk.array(), 4, 4 + content.length);
        out.writeBytes(chunk.putInt((int) crc.getValue()).array());
    }

    /** An uncompressed one-strip grey TIFF with almost no data. */
    static byte[] tiff(int width, int height, int sampleFormat, int orientation) {
        int[][] entries = {
            {256, width},
            {257, height},
            {258, 8},
            {259, 1},
            {262, 1},
            {273, 8},
            {274, orientation},
            {277, 1},
            {278, height},
            {279, 64},
            {339, sampleFormat}
        };
        ByteBuffer out = ByteBuffer.allocate(8 + 64 + 2 + 12 * entries.length + 4);
        out.order(ByteOrder.LITTLE_ENDIAN);
        out.put((byte) 'I').put((byte) 'I').putShort((short) 42).putInt(72).position(72);
        out.putShort((short) entries.length);
        for (int[] entry : entries) {
            out.putShort((short) entry[0]).putShort((short) 4).putInt(1).putInt(entry[1]);
        }
        return out.array();
    }

    private static byte[] withExifChunk(byte[] png, int orientation) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(png, 0, 8 + 25);
        byte[] exif = exif(orientation).array();
        chunk(out, "eXIf", Arrays.copyOfRange(exif, 10, exif.length));
        out.write(png, 8 + 25, png.length - 8 - 25);
        return out.toByteArray();
    }

    private static ByteBuffer exif(int orientation) {
        ByteBuffer exif = ByteBuffer.allocate(4 + 6 + 8 + 2 + 12 + 4);
        exif.putShort((short) 0xffe1).putShort((short) (exif.capacity() - 2));
        exif.put("Exif\0\0".getBytes(StandardCharsets.US_ASCII));
        exif.put((byte) 'M').put((byte) 'M').putShort((short) 42).putInt(8);
        exif.putShort((short) 1).putShort((short) 274).putShort((short) 3).putInt(1);
        exif.putShort((short) orientation);
        return exif;
    }

    private static byte[] withExif(byte[] jpeg, int orientation) {
        ByteBuffer exif = exif(orientation);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(jpeg, 0, 2);
        out.writeBytes(exif.array());
        out.write(jpeg, 2, jpeg.length - 2);
        return out.toByteArray();
    }
}
