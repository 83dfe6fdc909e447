package org.precedent.imaging;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Writes rasters as PNG: grey or RGB, 8 or 16 bits, without loss; equal pixels, equal bytes. */
public final class PngWriter {
    private static final byte[] MAGIC = {(byte) 0x89, 'P', 'N', 'G', 0x0d, 0x0a, 0x1a, 0x0a};

    private PngWriter() {}

    public static byte[] png(Raster raster) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(MAGIC);
        ByteBuffer header = ByteBuffer.allocate(13);
        header.putInt(raster.width()).putInt(raster.height());
        header.put((byte) raster.bitsPerSample()).put((byte) (raster.channels() == 3 ? 2 : 0));
        chunk(out, "IHDR", header.array());
        chunk(out, "IDAT", deflate(raster));
        chunk(out, "IEND", new byte[0]);
        return out.toByteArray();
    }

    /** A mask as 8-bit grey of 0 and 255. */
    public static byte[] png(Mask mask) {
        return png(mask.toRaster());
    }

    /** Probabilities as 16-bit grey, see {@link #sixteenBit}. */
    public static byte[] probabilities(Plane probabilities) {
        return png(sixteenBit(probabilities));
    }

    /**
     * Probabilities as 16-bit grey samples, round(65535 p).
     *
     * @param probabilities values in [0, 1]
     * @throws IllegalArgumentException when a value is outside [0, 1] or not a number
     */
    public static Raster sixteenBit(Plane probabilities) {
        short[] samples = new short[probabilities.values().length];
        for (int i = 0; i < samples.length; i++) {
            float p = probabilities.values()[i];
            if (!(p >= 0 && p <= 1)) {
                throw new IllegalArgumentException("probability " + p + " is not in [0, 1]");
            }
            samples[i] = (short) Math.round(p * 65535.0);
        }
        return new Raster(probabilities.width(), probabilities.height(), 1, 16, samples);
    }

    private static byte[] deflate(Raster raster) {
        int sampleBytes = raster.bitsPerSample() / 8;
        int rowSamples = raster.width() * raster.channels();
        int pixelBytes = raster.channels() * sampleBytes;
        byte[] row = new byte[rowSamples * sampleBytes];
        byte[] before = new byte[row.length];
        byte[] filtered = new byte[row.length + 1];
        byte[] buffer = new byte[8192];
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Deflater deflater = new Deflater(6);
        try {
            for (int y = 0; y < raster.height(); y++) {
                for (int i = 0, to = 0; i < rowSamples; i++) {
                    short sample = raster.samples()[y * rowSamples + i];
                    if (sampleBytes == 2) {
                        row[to++] = (byte) (sample >> 8);
                    }
                    row[to++] = (byte) sample;
                }
                // Filter 2 (up) where the rows are alike, else 1 (left): the lower sum wins.
                long up = 0;
                long left = 0;
                for (int i = 0; i < row.length; i++) {
                    up += Math.abs((byte) (row[i] - before[i]));
                    left += Math.abs((byte) (row[i] - (i < pixelBytes ? 0 : row[i - pixelBytes])));
                }
                filtered[0] = (byte) (up <= left ? 2 : 1);
                for (int i = 0; i < row.length; i++) {
                    byte predicted =
                            up <= left ? before[i] : i < pixelBytes ? 0 : row[i - pixelBytes];
                    filtered[i + 1] = (byte) (row[i] - predicted);
                }
                deflater.setInput(filtered);
                while (!deflater.needsInput()) {
                    out.write(buffer, 0, deflater.deflate(buffer));
                }
                byte[] swap = before;
                before = row;
                row = swap;
            }
            deflater.finish();
            while (!deflater.finished()) {
                out.write(buffer, 0, deflater.deflate(buffer));
            }
        } finally {
            deflater.end();
        }
        return out.toByteArray();
    }

    private static void chunk(ByteArrayOutputStream out, String name, byte[] content) {
        byte[] type = name.getBytes(StandardCharsets.US_ASCII);
        CRC32 crc = new CRC32();
        crc.update(type);
        crc.update(content);
        out.writeBytes(ByteBuffer.allocate(4).putInt(content.length).array());
        out.writeBytes(type);
        out.writeBytes(content);
        out.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }
}
