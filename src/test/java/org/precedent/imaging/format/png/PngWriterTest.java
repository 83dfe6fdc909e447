package org.precedent.imaging.format.png;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Plane;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.ImageDecoder;

class PngWriterTest {
    private final ImageDecoder decoder = new ImageDecoder(Limits.DEFAULT);

    @Test
    void writesWhatTheDecoderAndTheRuntimeRead() throws Exception {
        Random random = new Random(3);
        for (int channels : new int[] {1, 3}) {
            for (int bits : new int[] {8, 16}) {
                short[] samples = new short[31 * 17 * channels];
                for (int i = 0; i < samples.length; i++) {
                    samples[i] = (short) random.nextInt(1 << bits);
                }
                Raster raster = new Raster(31, 17, channels, bits, samples);
                byte[] png = PngWriter.png(raster);
                Raster read = decoder.decode(png, "x.png");
                assertThat(read.toNetpbm()).isEqualTo(raster.toNetpbm());
                var theirs = ImageIO.read(new ByteArrayInputStream(png)).getRaster();
                assertThat(theirs.getSample(5, 7, channels - 1))
                        .isEqualTo(raster.sample(5, 7, channels - 1));
            }
        }
    }

    @Test
    void roundsProbabilitiesToSixteenBits() {
        Plane plane = new Plane(4, 1, new float[] {0, 0.25f, 0.5f, 1});
        Raster read = decoder.decode(PngWriter.probabilities(plane), "p.png");
        assertThat(read.bitsPerSample()).isEqualTo(16);
        assertThat(new int[] {read.sample(0, 0, 0), read.sample(1, 0, 0), read.sample(2, 0, 0)})
                .containsExactly(0, 16384, 32768);
        assertThat(read.sample(3, 0, 0)).isEqualTo(65535);
        Plane wrong = new Plane(1, 1, new float[] {Float.NaN});
        assertThatThrownBy(() -> PngWriter.probabilities(wrong))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
