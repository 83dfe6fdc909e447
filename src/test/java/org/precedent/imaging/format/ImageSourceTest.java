package org.precedent.imaging.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.ingest.IngestService.SentFile;

class ImageSourceTest {
    private static final ImageDecoder DECODER = new ImageDecoder(new Limits(1 << 20, 1 << 20, 512));

    /** Calibration may ask with pixels only because a file of them says the same. */
    @Test
    void pixelsAreWhatAFileOfThemGivesInEveryDepthAndColour() {
        Random random = new Random(5);
        int reduced = 0;
        for (int i = 0; i < 300; i++) {
            int width = 1 + random.nextInt(40);
            int height = 1 + random.nextInt(40);
            int channels = random.nextBoolean() ? 1 : 3;
            int bits = random.nextBoolean() ? 8 : 16;
            boolean grey = random.nextBoolean();
            boolean narrow = random.nextBoolean();
            short[] samples = new short[width * height * channels];
            for (int at = 0; at < samples.length; at++) {
                int value = narrow ? random.nextInt(256) : random.nextInt(1 << bits);
                samples[at] =
                        grey && at % channels > 0
                                ? samples[at - 1]
                                : (short) (narrow && bits == 16 ? value * 257 : value);
            }
            Raster raster = new Raster(width, height, channels, bits, samples);
            byte[] pixels = new ImageSource.Pixels("q.png", raster).decode(DECODER).toNetpbm();
            byte[] file = new SentFile("q.png", PngWriter.png(raster)).decode(DECODER).toNetpbm();
            assertThat(pixels)
                    .as("%d: %d x %d x %d, %d bits", i, width, height, channels, bits)
                    .isEqualTo(file);
            reduced += pixels.length < raster.toNetpbm().length ? 1 : 0;
        }
        assertThat(reduced).as("rasters that have a smaller canonical form").isBetween(50, 250);
    }
}
