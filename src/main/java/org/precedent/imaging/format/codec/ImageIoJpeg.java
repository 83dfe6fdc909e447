package org.precedent.imaging.format.codec;

import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import java.awt.image.Raster;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import org.precedent.imaging.format.codec.CodecException.Fault;

/**
 * JPEG by ImageIO, always as a raster of what is coded, never through a colour model: the Java
 * runtime's own reader for eight bits, TwelveMonkeys' for lossless frames, which the former
 * refuses.
 */
final class ImageIoJpeg {
    private ImageIoJpeg() {}

    static DecodedFrame baseline(byte[] bytes, FrameShape shape) throws CodecException {
        return read(bytes, shape, 8, r -> r.getModule() == ImageReader.class.getModule());
    }

    static DecodedFrame lossless(byte[] bytes, FrameShape shape, int precision)
            throws CodecException {
        return read(bytes, shape, precision, r -> r.getName().startsWith("com.twelvemonkeys."));
    }

    private static DecodedFrame read(
            byte[] bytes, FrameShape shape, int precision, Predicate<Class<?>> wanted)
            throws CodecException {
        ImageReader reader = reader(wanted);
        List<String> warnings = new ArrayList<>();
        try (ByteArrayImageInputStream in = new ByteArrayImageInputStream(bytes)) {
            reader.setInput(in, true, true);
            // Noted, not thrown: the library calls back from native code.
            reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
            Raster raster = reader.readRaster(0, null);
            for (String warning : warnings) {
                check(warning);
            }
            shape.check(raster.getWidth(), raster.getHeight(), raster.getNumBands());
            int[] samples = new int[shape.width() * shape.height() * shape.components()];
            int[] row = new int[shape.width() * shape.components()];
            for (int y = 0; y < shape.height(); y++) {
                raster.getPixels(raster.getMinX(), raster.getMinY() + y, shape.width(), 1, row);
                System.arraycopy(row, 0, samples, y * row.length, row.length);
            }
            return new DecodedFrame(
                    shape.width(), shape.height(), shape.components(), precision, samples);
        } catch (IOException | RuntimeException e) {
            // Readers answer hostile bytes with whatever they trip over.
            throw new CodecException(
                    Fault.DAMAGED, "its codestream is no readable JPEG: " + e.getMessage(), e);
        } finally {
            reader.dispose();
        }
    }

    /** Bytes that are skipped between two segments are no damage; everything else is. */
    private static void check(String warning) throws CodecException {
        String text = warning.toLowerCase(Locale.ROOT);
        if (text.contains("premature")) {
            throw new CodecException(Fault.TRUNCATED, "its codestream stops early: " + warning);
        }
        if (text.contains("corrupt") && !text.contains("extraneous")) {
            throw new CodecException(Fault.DAMAGED, "its codestream is damaged: " + warning);
        }
    }

    private static ImageReader reader(Predicate<Class<?>> wanted) throws CodecException {
        Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("JPEG");
        while (readers.hasNext()) {
            ImageReader reader = readers.next();
            if (wanted.test(reader.getClass())) {
                return reader;
            }
        }
        throw new CodecException(Fault.UNAVAILABLE, "this installation has no reader for JPEG");
    }
}
