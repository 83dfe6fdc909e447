package org.precedent.imaging;

import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import org.precedent.imaging.ImagingException.Code;

/**
 * The way into ImageIO: a file that was walked and re-assembled goes in, its samples as stored come
 * out. Samples are taken from the image's raster, never through its colour model, so nothing is
 * converted on the way.
 */
public final class LibraryReader {
    private LibraryReader() {}

    /** Decodes with the runtime's own reader. What it warns about is damage: a refusal. */
    public static BufferedImage image(Reading reading, ImageFormat format, byte[] file) {
        ImageReader reader = reader(format);
        // The runtime's own streams copy the file, and call it unreadable when memory runs out.
        try (ByteArrayImageInputStream in = new ByteArrayImageInputStream(file)) {
            reader.setInput(in, true, true);
            List<String> warnings = new ArrayList<>();
            // Noted, not thrown: the library calls back from native code.
            reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
            BufferedImage image = reader.read(0);
            for (String warning : warnings) {
                boolean early = warning.toLowerCase(Locale.ROOT).contains("premature");
                throw reading.refuse(
                        early ? Code.TRUNCATED : Code.UNREADABLE, "is damaged: " + warning);
            }
            return image;
        } catch (IOException e) {
            throw reading.refuse(Code.UNREADABLE, "is not a readable " + format, e);
        } finally {
            reader.dispose();
        }
    }

    /**
     * @return [height, width, channels] row-major, unsigned, in the order of the raster's bands
     */
    public static short[] samples(
            Reading reading, BufferedImage image, int width, int height, int channels) {
        int bands = image.getRaster().getNumBands();
        if (image.getWidth() != width || image.getHeight() != height || bands != channels) {
            throw reading.refuse(Code.UNREADABLE, "does not hold what its header says");
        }
        short[] samples = new short[width * height * channels];
        int[] row = new int[width * channels];
        for (int y = 0, to = 0; y < height; y++) {
            image.getRaster().getPixels(0, y, width, 1, row);
            for (int value : row) {
                samples[to++] = (short) value;
            }
        }
        return samples;
    }

    /** Not a plugin that happens to be first: what is decoded must not hang on the class path. */
    private static ImageReader reader(ImageFormat format) {
        Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format.name());
        while (readers.hasNext()) {
            ImageReader reader = readers.next();
            if (reader.getClass().getModule() == ImageReader.class.getModule()) {
                return reader;
            }
        }
        throw new IllegalStateException("this Java runtime has no reader for " + format);
    }
}
