package org.precedent.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RasterTest {

    @Test
    void comesBackFromItsCanonicalBytesInEveryDepthAndColour() {
        Random random = new Random(11);
        for (int channels : new int[] {1, 3}) {
            for (int bits : new int[] {8, 16}) {
                short[] samples = new short[13 * 7 * channels];
                for (int i = 0; i < samples.length; i++) {
                    samples[i] = (short) random.nextInt(1 << bits);
                }
                Raster raster = new Raster(13, 7, channels, bits, samples);
                Raster read = Raster.fromNetpbm(raster.toNetpbm());
                assertThat(read.width()).isEqualTo(13);
                assertThat(read.height()).isEqualTo(7);
                assertThat(read.channels()).isEqualTo(channels);
                assertThat(read.bitsPerSample()).isEqualTo(bits);
                assertThat(read.samples()).isEqualTo(samples);
            }
        }
    }

    @Test
    void writesBigEndianSamplesBehindOneSpellingOfTheHeader() {
        byte[] bytes = new Raster(2, 1, 1, 16, new short[] {0x0102, (short) 0xfffe}).toNetpbm();
        assertThat(bytes).isEqualTo(netpbm("P5\n2 1\n65535\n", 1, 2, 0xff, 0xfe));
    }

    @Test
    void refusesEveryOtherSpellingOfAHeader() {
        String[] headers = {
            "",
            "P5",
            "P5\n",
            "P5\n2 1\n",
            "P5\n2 1\n255",
            "P2\n2 1\n255\n",
            "P7\n2 1\n255\n",
            "p5\n2 1\n255\n",
            "XX\n2 1\n255\n",
            " P5\n2 1\n255\n",
            "P5 2 1 255\n",
            "P5\r\n2 1\r\n255\r\n",
            "P5\n# comment\n2 1\n255\n",
            "P5\n2  1\n255\n",
            "P5\n02 1\n255\n",
            "P5\n+2 1\n255\n",
            "P5\n-2 -1\n255\n",
            "P5\n0 1\n255\n",
            "P5\n2 0\n255\n",
            "P5\n2.0 1\n255\n",
            "P5\ntwo 1\n255\n",
            "P5\n2 1\n254\n",
            "P5\n2 1\n256\n",
            "P5\n2 1\n0255\n",
            "P5\n2 1\n65536\n",
            "P5\n12345678901 1\n255\n"
        };
        for (String header : headers) {
            refused(netpbm(header, 1, 2));
        }
    }

    @Test
    void refusesOtherNumbersOfSamplesThanTheHeaderSays() {
        assertThat(Raster.fromNetpbm(netpbm("P5\n2 1\n255\n", 1, 2)).samples()).hasSize(2);
        refused(netpbm("P5\n2 1\n255\n", 1));
        refused(netpbm("P5\n2 1\n255\n", 1, 2, 3));
        refused(netpbm("P5\n2 1\n255\n"));
        refused(netpbm("P5\n2 1\n65535\n", 1, 2, 3));
        refused(netpbm("P6\n2 1\n255\n", 1, 2, 3, 4, 5));
        refused(netpbm("P6\n1 2\n255\n", 1, 2, 3));
    }

    @Test
    void refusesSizesWhoseProductOverflowsToTheNumberOfSamplesHeld() {
        // 65536 x 65536 and 2^31 x 2 are 0 in 32 bits, 4294967297 is 1.
        refused(netpbm("P5\n65536 65536\n255\n"));
        refused(netpbm("P5\n2147483648 2\n255\n"));
        refused(netpbm("P5\n4294967297 1\n255\n", 1));
        refused(netpbm("P5\n1 4294967297\n255\n", 1));
        refused(netpbm("P6\n9999999999 9999999999\n65535\n", 1, 2, 3, 4, 5, 6));
    }

    private static void refused(byte[] bytes) {
        assertThatThrownBy(() -> Raster.fromNetpbm(bytes))
                .as(new String(bytes, StandardCharsets.ISO_8859_1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("netpbm");
    }

    private static byte[] netpbm(String header, int... samples) {
        byte[] start = header.getBytes(StandardCharsets.US_ASCII);
        byte[] bytes = Arrays.copyOf(start, start.length + samples.length);
        for (int i = 0; i < samples.length; i++) {
            bytes[start.length + i] = (byte) samples[i];
        }
        return bytes;
    }
}
