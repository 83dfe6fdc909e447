package org.precedent.imaging.format.png;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.DataBufferUShort;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Plane;
import org.precedent.imaging.Raster;

/**
 * Writes rasters as PNG: grey or RGB, 8 or 16 bits, without loss; on one Java runtime, equal pixels
 * give equal bytes.
 */
public final class PngWriter {
    private PngWriter() {}

    public static byte[] png(Raster raster) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        // Not the stream that ImageIO would make: that one writes a temporary file.
        try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            if (!ImageIO.write(image(raster), "png", out)) {
                throw new IllegalStateException("this Java runtime has no PNG writer");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
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

    /** The samples as they are; the colour space only says how many there are a pixel. */
    private static BufferedImage image(Raster raster) {
        int channels = raster.channels();
        int rowSamples = raster.width() * channels;
        DataBuffer samples = buffer(raster);
        WritableRaster pixels =
                java.awt.image.Raster.createInterleavedRaster(
                        samples,
                        raster.width(),
                        raster.height(),
                        rowSamples,
                        channels,
                        channels == 3 ? new int[] {0, 1, 2} : new int[] {0},
                        null);
        ColorSpace space =
                ColorSpace.getInstance(channels == 3 ? ColorSpace.CS_sRGB : ColorSpace.CS_GRAY);
        ComponentColorModel model =
                new ComponentColorModel(
                        space, false, false, ComponentColorModel.OPAQUE, samples.getDataType());
        return new BufferedImage(model, pixels, false, null);
    }

    private static DataBuffer buffer(Raster raster) {
        short[] samples = raster.samples();
        if (raster.bitsPerSample() == 16) {
            return new DataBufferUShort(samples, samples.length);
        }
        byte[] bytes = new byte[samples.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) samples[i];
        }
        return new DataBufferByte(bytes, bytes.length);
    }
}
