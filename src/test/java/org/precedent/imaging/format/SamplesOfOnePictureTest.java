package org.precedent.imaging.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.precedent.Sha256;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.png.PngWriter;

/** The same picture is the same samples, however it was stored. */
class SamplesOfOnePictureTest {
    private static final int W = 23;
    private static final int H = 17;
    private final ImageDecoder decoder = new ImageDecoder(Limits.DEFAULT);
    private final Raster grey = grey();

    private static Raster grey() {
        Random random = new Random(4);
        short[] samples = new short[W * H];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (short) random.nextInt(256);
        }
        return new Raster(W, H, 1, 8, samples);
    }

    @Test
    void greyRgbAndSixteenBitOfEveryFileTypeAreOnePicture() throws IOException {
        for (int channels : new int[] {1, 3}) {
            for (int bits : new int[] {8, 16}) {
                same(decoder.decode(PngWriter.png(grey.spread(channels, bits)), "a.png"));
            }
        }
        for (String type : new String[] {"bmp", "tiff", "png"}) {
            for (int kind :
                    new int[] {BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_3BYTE_BGR}) {
                BufferedImage image = new BufferedImage(W, H, kind);
                for (int i = 0; i < W * H; i++) {
                    for (int band = 0; band < image.getRaster().getNumBands(); band++) {
                        image.getRaster().setSample(i % W, i / W, band, grey.samples()[i]);
                    }
                }
                ByteArrayOutputStream file = new ByteArrayOutputStream();
                assertThat(ImageIO.write(image, type, file)).as(type).isTrue();
                same(decoder.decode(file.toByteArray(), "a." + type));
            }
        }
    }

    private void same(Raster read) {
        assertThat(read.channels()).isEqualTo(1);
        assertThat(read.bitsPerSample()).isEqualTo(8);
        assertThat(read.samples()).isEqualTo(grey.samples());
        assertThat(Sha256.of(read.toNetpbm())).isEqualTo(Sha256.of(grey.toNetpbm()));
    }

    @Test
    void anEightBitGreyImageIsItsOwnCanonicalForm() {
        assertThat(grey.canonical()).isSameAs(grey);
    }

    @Test
    void everyWayThereLeadsBack() {
        assertThat(grey.spread(3, 16).canonical().samples()).isEqualTo(grey.samples());
        assertThat(grey.spread(3, 16).sample(2, 1, 2)).isEqualTo(257 * grey.sample(2, 1, 0));
        Raster deep = new Raster(2, 1, 1, 16, new short[] {(short) 257, 258});
        assertThat(deep.spread(3, 16).canonical().samples()).containsExactly(257, 258);
        assertThatThrownBy(() -> deep.spread(1, 8)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void oneSampleDecides() {
        // One pixel with a colour, one 16-bit sample that no 8-bit one gives: nothing is lost.
        Raster rgb = grey.spread(3, 8);
        rgb.samples()[3 * 40 + 1] ^= 1;
        assertThat(rgb.canonical()).isSameAs(rgb);
        Raster deep = grey.spread(1, 16);
        deep.samples()[40]++;
        assertThat(deep.canonical()).isSameAs(deep);
        // Shifted by 8 bits, white is no longer the largest value: another picture.
        Raster shifted = grey.spread(1, 16);
        for (int i = 0; i < shifted.samples().length; i++) {
            shifted.samples()[i] = (short) (grey.sample(i % W, i / W, 0) << 8);
        }
        assertThat(shifted.canonical()).isSameAs(shifted);
        // Colours of 16 bits each become 8-bit colours.
        Raster colours = rgb.spread(3, 16).canonical();
        assertThat(colours.channels()).isEqualTo(3);
        assertThat(colours.samples()).isEqualTo(rgb.samples());
    }

    @Test
    void labelMapsKeepTheirValues() {
        Raster map = new Raster(2, 1, 1, 16, new short[] {0, 257});
        assertThat(decoder.decodeLabels(PngWriter.png(map), "map.png").raster().samples())
                .containsExactly(0, 257);
    }
}
