package org.precedent.imaging.format;

import java.awt.Point;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Valid files of every kind that is read, written by the Java runtime's own writers. */
final class SampleFiles {
    static final int WIDTH = 37;
    static final int HEIGHT = 23;

    private SampleFiles() {}

    /** File name to content: every format, depth, palette, compression and interlacing. */
    static Map<String, byte[]> all() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        for (String kind : new String[] {"grey8", "grey16", "rgb8", "bits1", "palette"}) {
            BufferedImage image = image(kind);
            files.put(kind + ".png", write(image, "png", null));
            files.put(kind + ".tif", write(image, "tiff", null));
            for (String compression : new String[] {"LZW", "Deflate", "PackBits"}) {
                files.put(kind + "-" + compression + ".tiff", write(image, "tiff", compression));
            }
            if (!kind.equals("grey16")) {
                files.put(kind + ".bmp", write(image, "bmp", null));
            }
        }
        files.put("rgb8-tiled.tif", tiled(image("rgb8")));
        files.put("grey16-tiled.tif", tiled(image("grey16")));
        files.put("adam7.png", interlaced(image("rgb8")));
        files.put("adam7-16.png", interlaced(image("grey16")));
        files.put("grey8.jpg", write(image("grey8"), "jpeg", null));
        files.put("rgb8.jpeg", write(image("rgb8"), "jpeg", null));
        return files;
    }

    /** The same pixels in every run. */
    static BufferedImage image(String kind) {
        BufferedImage image =
                switch (kind) {
                    case "grey8" -> new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_BYTE_GRAY);
                    case "grey16" ->
                            new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_USHORT_GRAY);
                    case "rgb8" -> rgb();
                    case "bits1" ->
                            new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_BYTE_BINARY);
                    default ->
                            new BufferedImage(
                                    WIDTH,
                                    HEIGHT,
                                    BufferedImage.TYPE_BYTE_INDEXED,
                                    palette(
                                            new int[] {0, 200, 10},
                                            new int[] {0, 20, 220},
                                            new int[] {0, 30, 40}));
                };
        WritableRaster raster = image.getRaster();
        Random random = new Random(7);
        int top =
                switch (kind) {
                    case "grey16" -> 65536;
                    case "bits1" -> 2;
                    case "palette" -> 3;
                    default -> 256;
                };
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                for (int b = 0; b < raster.getNumBands(); b++) {
                    int smooth = (x * 5 + y * 3 + b * 40) * top / 512;
                    int value = (smooth + random.nextInt(Math.max(1, top / 32))) % top;
                    raster.setSample(x, y, b, value);
                }
            }
        }
        return image;
    }

    /** 256 colours, the first as given: the runtime writes broken bitmaps for shorter palettes. */
    static IndexColorModel palette(int[] red, int[] green, int[] blue) {
        byte[][] colours = new byte[3][256];
        for (int i = 0; i < red.length; i++) {
            colours[0][i] = (byte) red[i];
            colours[1][i] = (byte) green[i];
            colours[2][i] = (byte) blue[i];
        }
        return new IndexColorModel(8, 256, colours[0], colours[1], colours[2]);
    }

    private static BufferedImage rgb() {
        ComponentColorModel model =
                new ComponentColorModel(
                        ColorSpace.getInstance(ColorSpace.CS_sRGB),
                        false,
                        false,
                        ComponentColorModel.OPAQUE,
                        DataBuffer.TYPE_BYTE);
        WritableRaster raster =
                java.awt.image.Raster.createInterleavedRaster(
                        DataBuffer.TYPE_BYTE, WIDTH, HEIGHT, 3, new Point());
        return new BufferedImage(model, raster, false, null);
    }

    static byte[] write(BufferedImage image, String format, String compression) {
        ImageWriter writer = jdkWriter(format);
        ImageWriteParam param = writer.getDefaultWriteParam();
        if (compression != null) {
            param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            param.setCompressionType(compression);
        }
        return write(writer, param, image);
    }

    /**
     * @param quality 0 to 1
     */
    static byte[] jpeg(BufferedImage image, float quality) {
        ImageWriter writer = jdkWriter("jpeg");
        ImageWriteParam param = writer.getDefaultWriteParam();
        param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        param.setCompressionQuality(quality);
        return write(writer, param, image);
    }

    private static byte[] interlaced(BufferedImage image) {
        ImageWriter writer = jdkWriter("png");
        ImageWriteParam param = writer.getDefaultWriteParam();
        param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
        return write(writer, param, image);
    }

    private static byte[] tiled(BufferedImage image) {
        ImageWriter writer = jdkWriter("tiff");
        ImageWriteParam param = writer.getDefaultWriteParam();
        param.setTilingMode(ImageWriteParam.MODE_EXPLICIT);
        param.setTiling(16, 16, 0, 0);
        param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        param.setCompressionType("LZW");
        return write(writer, param, image);
    }

    private static ImageWriter jdkWriter(String format) {
        var writers = ImageIO.getImageWritersByFormatName(format);
        while (writers.hasNext()) {
            ImageWriter writer = writers.next();
            if (writer.getClass().getName().startsWith("com.sun.")) {
                return writer;
            }
        }
        throw new IllegalStateException("no writer of the runtime for " + format);
    }

    private static byte[] write(ImageWriter writer, ImageWriteParam param, BufferedImage image) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            writer.setOutput(out);
            writer.write(null, new IIOImage(image, null, null), param);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }
}
