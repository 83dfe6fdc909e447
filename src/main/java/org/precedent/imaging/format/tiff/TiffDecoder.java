package org.precedent.imaging.format.tiff;

import com.twelvemonkeys.imageio.plugins.tiff.TIFFImageReaderSpi;
import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import javax.imageio.ImageReader;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.LibraryReader;
import org.precedent.imaging.Reading;
import org.precedent.imaging.Samples;

/**
 * TIFF with one page of unsigned grey, RGB or palette samples of up to 16 bits, without loss:
 * uncompressed, LZW, Deflate or PackBits. The directory is read here first and everything that the
 * library would take memory for is held against the limits and the file's length.
 */
public final class TiffDecoder {
    private static final int WIDTH = 256;
    private static final int HEIGHT = 257;
    private static final int BITS = 258;
    private static final int COMPRESSION = 259;
    private static final int PHOTOMETRIC = 262;
    private static final int FILL_ORDER = 266;
    private static final int STRIP_OFFSETS = 273;
    private static final int SAMPLES_PER_PIXEL = 277;
    private static final int ROWS_PER_STRIP = 278;
    private static final int STRIP_BYTES = 279;
    private static final int PLANAR = 284;
    private static final int PREDICTOR = 317;
    private static final int TILE_WIDTH = 322;
    private static final int TILE_HEIGHT = 323;
    private static final int TILE_OFFSETS = 324;
    private static final int TILE_BYTES = 325;
    private static final int SAMPLE_FORMAT = 339;

    private static final int COLOUR_MAP = 320;
    private static final int EXTRA_SAMPLES = 338;

    /** What the library is shown: no profiles, previews, private tags or further directories. */
    private static final List<Integer> PIXEL_TAGS =
            List.of(
                    WIDTH,
                    HEIGHT,
                    BITS,
                    COMPRESSION,
                    PHOTOMETRIC,
                    STRIP_OFFSETS,
                    SAMPLES_PER_PIXEL,
                    ROWS_PER_STRIP,
                    STRIP_BYTES,
                    PLANAR,
                    PREDICTOR,
                    COLOUR_MAP,
                    TILE_WIDTH,
                    TILE_HEIGHT,
                    TILE_OFFSETS,
                    TILE_BYTES,
                    EXTRA_SAMPLES,
                    SAMPLE_FORMAT);

    private static final Set<Long> COMPRESSIONS = Set.of(1L, 5L, 8L, 32946L, 32773L);

    private final Reading reading;
    private final TiffDirectory tags;
    private int width;
    private int height;
    private int channels;
    private int bits;

    private TiffDecoder(Reading reading) {
        this.reading = reading;
        if (reading.bytes()[2] == 43 || reading.bytes()[3] == 43) {
            throw reading.refuse(Code.UNSUPPORTED_CONTENT, "is a BigTIFF: save it as plain TIFF");
        }
        tags = TiffDirectory.read(ByteBuffer.wrap(reading.bytes()));
    }

    public static Samples decode(Reading reading) {
        TiffDecoder decoder = new TiffDecoder(reading);
        decoder.check();
        return decoder.read();
    }

    private void check() {
        if (tags.pages() > 1) {
            throw reading.refuse(
                    Code.MULTIPLE_PAGES,
                    "holds " + tags.pages() + " pages; one is read: send one page a file",
                    "pages",
                    tags.pages(),
                    1);
        }
        long declaredWidth = tags.value(WIDTH, 0);
        long declaredHeight = tags.value(HEIGHT, 0);
        reading.checkSize(declaredWidth, declaredHeight);
        width = (int) declaredWidth;
        height = (int) declaredHeight;
        reading.checkOrientation(tags.value(TiffDirectory.ORIENTATION, 1));
        long compression = tags.value(COMPRESSION, 1);
        if (!COMPRESSIONS.contains(compression)) {
            throw unsupported(
                    "compression "
                            + compression
                            + "; read are none, LZW, Deflate and PackBits (1, 5, 8, 32773)");
        }
        checkSamples();
        checkBlocks(compression);
    }

    private void checkSamples() {
        for (int tag : PIXEL_TAGS) {
            // Refuses values that are no integers, too many, or outside the file.
            orElse(tags.values(tag), 0);
        }
        long samples = tags.value(SAMPLES_PER_PIXEL, 1);
        long[] declared = orElse(tags.values(BITS), 1);
        long first = declared.length == 0 ? 0 : declared[0];
        long photometric = tags.value(PHOTOMETRIC, -1);
        int colours =
                switch ((int) photometric) {
                    case 0, 1, 3 -> 1;
                    case 2 -> 3;
                    default ->
                            throw unsupported(
                                    "photometric interpretation "
                                            + photometric
                                            + "; read are grey, RGB and palette (0 to 3)");
                };
        if (samples < colours || samples > colours + (photometric == 3 ? 0 : 1)) {
            throw unsupported(samples + " samples a pixel for " + colours + " colours");
        }
        if (Arrays.stream(declared).anyMatch(b -> b != first)
                || !(first == 8
                        || first == 16
                        || (colours == 1 && (first == 1 || first == 2 || first == 4)))
                || (samples > 1 && declared.length != samples)
                || (samples > 1 && first < 8)) {
            throw unsupported(
                    samples
                            + " samples a pixel, the first of "
                            + first
                            + " bits; read are equal depths of 8 or 16, for grey also 1, 2 or 4");
        }
        for (long format : orElse(tags.values(SAMPLE_FORMAT), 1)) {
            if (format != 1) {
                throw unsupported("signed or real samples: save them as unsigned integers");
            }
        }
        if (tags.value(FILL_ORDER, 1) != 1) {
            throw unsupported("fill order 2");
        }
        long predictor = tags.value(PREDICTOR, 1);
        if (predictor != 1 && !(predictor == 2 && first >= 8)) {
            throw unsupported("predictor " + predictor);
        }
        channels = (int) samples;
        bits = (int) first;
    }

    private void checkBlocks(long compression) {
        boolean tiled = tags.has(TILE_WIDTH);
        long blockWidth = tiled ? tags.value(TILE_WIDTH, 0) : width;
        long blockHeight =
                tiled
                        ? tags.value(TILE_HEIGHT, 0)
                        : Math.min(height, tags.value(ROWS_PER_STRIP, height));
        reading.checkSize(blockWidth, blockHeight);
        long planar = tags.value(PLANAR, 1);
        if (planar != 1 && planar != 2) {
            throw unsupported("planar configuration " + planar);
        }
        int planes = planar == 2 ? channels : 1;
        long across = (width + blockWidth - 1) / blockWidth;
        long down = (height + blockHeight - 1) / blockHeight;
        long[] offsets = orElse(tags.values(tiled ? TILE_OFFSETS : STRIP_OFFSETS), -1);
        long[] counts = orElse(tags.values(tiled ? TILE_BYTES : STRIP_BYTES), -1);
        long blocks = across * down * planes;
        if (offsets.length != blocks || counts.length != blocks) {
            throw reading.refuse(
                    Code.UNREADABLE,
                    "lists "
                            + offsets.length
                            + " strips or tiles with "
                            + counts.length
                            + " lengths where its size needs "
                            + blocks);
        }
        long rowBytes = (blockWidth * (channels / planes) * bits + 7) / 8;
        for (int i = 0; i < blocks; i++) {
            long rows =
                    tiled ? blockHeight : Math.min(blockHeight, height - i % down * blockHeight);
            boolean inside =
                    offsets[i] >= 8
                            && counts[i] >= 1
                            && offsets[i] + counts[i] <= reading.bytes().length;
            if (!inside || (compression == 1 && counts[i] < rows * rowBytes)) {
                throw reading.refuse(
                        Code.TRUNCATED,
                        "strip or tile " + i + " of " + blocks + " is not wholly in the file");
            }
        }
    }

    private Samples read() {
        ImageReader reader = new TIFFImageReaderSpi().createReaderInstance(null);
        try (ByteArrayImageInputStream in = new ByteArrayImageInputStream(tags.only(PIXEL_TAGS))) {
            reader.setInput(in, true, true);
            return samples(reader.read(0));
        } catch (IOException e) {
            throw reading.refuse(Code.UNREADABLE, "is not a readable TIFF", e);
        } finally {
            reader.dispose();
        }
    }

    private Samples samples(BufferedImage image) {
        int[] palette = null;
        if (image.getColorModel() instanceof IndexColorModel model) {
            palette = new int[model.getMapSize()];
            model.getRGBs(palette);
        }
        short[] samples = LibraryReader.samples(reading, image, width, height, channels);
        return new Samples(width, height, channels, bits, samples, palette);
    }

    private ImagingException unsupported(String what) {
        return reading.refuse(Code.UNSUPPORTED_CONTENT, "has " + what);
    }

    private static long[] orElse(long @Nullable [] values, long otherwise) {
        return values == null ? new long[] {otherwise} : values;
    }
}
