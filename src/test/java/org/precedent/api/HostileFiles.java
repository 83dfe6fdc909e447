package org.precedent.api;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.ImageIO;
import org.precedent.imaging.Raster;

/** Image files that lie: about their size, about what they inflate to, about what they are. */
final class HostileFiles {
    private static final byte[] PNG_MAGIC = {(byte) 0x89, 'P', 'N', 'G', 0x0d, 0x0a, 0x1a, 0x0a};

    private HostileFiles() {}

    /** An honest file of this type, to be broken. */
    static byte[] honest(Raster grey, String type) {
        BufferedImage image =
                new BufferedImage(grey.width(), grey.height(), BufferedImage.TYPE_BYTE_GRAY);
        for (int y = 0; y < grey.height(); y++) {
            for (int x = 0; x < grey.width(); x++) {
                image.getRaster().setSample(x, y, 0, grey.sample(x, y, 0));
            }
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            if (!ImageIO.write(image, type, out)) {
                throw new IllegalStateException("no writer for " + type);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /** 8-bit grey, declares width x height, holds this many zero bytes of pixel data. */
    static byte[] png(int width, int height, long pixelBytes) {
        return png(width, height, zeros(pixelBytes), new byte[0]);
    }

    /** Too few pixels, and a compressed text that inflates to this many bytes. */
    static byte[] pngWithText(long textBytes) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        text.writeBytes("Comment\0\0".getBytes(StandardCharsets.US_ASCII));
        text.writeBytes(zeros(textBytes));
        return png(160, 160, zeros(100), text.toByteArray());
    }

    private static byte[] png(int width, int height, byte[] data, byte[] text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(PNG_MAGIC);
        ByteBuffer header = ByteBuffer.allocate(13);
        header.putInt(width).putInt(height).put((byte) 8);
        chunk(out, "IHDR", header.array());
        if (text.length > 0) {
            chunk(out, "zTXt", text);
        }
        chunk(out, "IDAT", data);
        chunk(out, "IEND", new byte[0]);
        return out.toByteArray();
    }

    /** A bitmap header that declares these sizes, with a few bytes behind it. */
    static byte[] bmp(int width, int height) {
        ByteBuffer file = ByteBuffer.allocate(2000).order(ByteOrder.LITTLE_ENDIAN);
        file.put((byte) 'B').put((byte) 'M').putInt(2000).putInt(0).putInt(54);
        file.putInt(40).putInt(width).putInt(height).putShort((short) 1).putShort((short) 24);
        return file.array();
    }

    /** One strip of 8-bit grey; the strip is deflated zeros of the given length. */
    static byte[] tiff(int width, int height, long pixelBytes) {
        byte[] strip = zeros(pixelBytes);
        int[][] tags = {
            {256, 4, width},
            {257, 4, height},
            {258, 3, 8},
            {259, 3, 8},
            {262, 3, 1},
            {273, 4, 8},
            {277, 3, 1},
            {278, 4, height},
            {279, 4, strip.length},
        };
        int directory = 8 + strip.length + strip.length % 2;
        ByteBuffer file =
                ByteBuffer.allocate(directory + 2 + 12 * tags.length + 4)
                        .order(ByteOrder.LITTLE_ENDIAN);
        file.put((byte) 'I').put((byte) 'I').putShort((short) 42).putInt(directory).put(strip);
        file.position(directory);
        file.putShort((short) tags.length);
        for (int[] tag : tags) {
            file.putShort((short) tag[0]).putShort((short) tag[1]).putInt(1).putInt(tag[2]);
        }
        return file.array();
    }

    /** An honest JPEG whose frame header was changed to declare other sizes. */
    static byte[] jpeg(byte[] honest, int width, int height) {
        byte[] file = honest.clone();
        for (int i = 2; i + 9 < file.length; ) {
            int marker = file[i + 1] & 0xff;
            int length = (file[i + 2] & 0xff) << 8 | file[i + 3] & 0xff;
            if (marker >= 0xc0 && marker <= 0xc2) {
                file[i + 5] = (byte) (height >> 8);
                file[i + 6] = (byte) height;
                file[i + 7] = (byte) (width >> 8);
                file[i + 8] = (byte) width;
                return file;
            }
            i += 2 + length;
        }
        throw new IllegalArgumentException("no frame header");
    }

    private static byte[] zeros(long length) {
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
        try {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            byte[] block = new byte[1 << 20];
            byte[] buffer = new byte[8192];
            for (long left = length; left > 0; left -= block.length) {
                deflater.setInput(block, 0, (int) Math.min(left, block.length));
                while (!deflater.needsInput()) {
                    out.write(buffer, 0, deflater.deflate(buffer));
                }
            }
            deflater.finish();
            while (!deflater.finished()) {
                out.write(buffer, 0, deflater.deflate(buffer));
            }
            return out.toByteArray();
        } finally {
            deflater.end();
        }
    }

    private static void chunk(ByteArrayOutputStream out, String name, byte[] content) {
        ByteBuffer chunk = ByteBuffer.allocate(content.length + 12);
        chunk.putInt(content.length).put(name.getBytes(StandardCharsets.US_ASCII)).put(content);
        CRC32 crc = new CRC32();
        crc.update(chunk.array(), 4, content.length + 4);
        chunk.putInt((int) crc.getValue());
        out.writeBytes(chunk.array());
    }
}
