package org.precedent.imaging.format.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.precedent.imaging.format.codec.CodecException.Fault;

/**
 * Every variant of every codec that is let through decodes to the very samples that were encoded.
 * The codestreams, 13 x 11 samples each, were made by OpenJPEG, OpenJPH, CharLS, DCMTK and the
 * Adobe DNG kit out of a formula that is repeated here.
 */
class FrameDecoderTest {
    private static final int WIDTH = 13;
    private static final int HEIGHT = 11;
    private static final FrameDecoder DECODER = new FrameDecoder(NativeDecoder.ofInstallation());

    @AfterAll
    static void end() {
        DECODER.close();
    }

    private static int[] picture(int bits, boolean signed, int components) {
        int[] samples = new int[WIDTH * HEIGHT * components];
        for (int y = 0, at = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++) {
                for (int c = 0; c < components; c++) {
                    int corner = x == 0 && y == 0 ? 1000 : 0;
                    int value = x * x * 7 + y * y * 13 + x * y * 5 + c * 31 + corner;
                    samples[at++] = value % (1 << bits) - (signed ? 1 << (bits - 1) : 0);
                }
            }
        }
        return samples;
    }

    private static byte[] codestream(String name) throws IOException {
        try (InputStream in = FrameDecoderTest.class.getResourceAsStream("/codestreams/" + name)) {
            return in.readAllBytes();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "JPEG_2000, grey_8u.j2k, 8, false, 1",
        "JPEG_2000, grey_12u.j2k, 12, false, 1",
        "JPEG_2000, grey_13s.j2k, 13, true, 1",
        "JPEG_2000, grey_16s.j2k, 16, true, 1",
        "JPEG_2000, colour_8u.j2k, 8, false, 3",
        "JPEG_2000, colour_12u.j2k, 12, false, 3",
        "JPEG_2000, grey_8u.jhc, 8, false, 1",
        "JPEG_2000, grey_16u.jhc, 16, false, 1",
        "JPEG_2000, grey_16s.jhc, 16, true, 1",
        "JPEG_LS, grey_8u.jls, 8, false, 1",
        "JPEG_LS, cooked_12u.jls, 12, false, 1",
        "JPEG_LS, grey_16u.jls, 16, false, 1",
        "JPEG_LS, colour_line.jls, 8, false, 3",
        "JPEG_LOSSLESS, grey_8u.ljpeg, 8, false, 1",
        "JPEG_LOSSLESS, grey_10u.ljpeg, 10, false, 1",
        "JPEG_LOSSLESS, grey_12u.ljpeg, 12, false, 1",
        "JPEG_LOSSLESS, grey_13u.ljpeg, 13, false, 1",
        "JPEG_LOSSLESS, grey_16u.ljpeg, 16, false, 1",
        "JPEG_LOSSLESS, predictor7_12u.ljpeg, 12, false, 1",
        "JPEG_LOSSLESS, colour_8u.ljpeg, 8, false, 3"
    })
    void losslessCodestreamsGiveTheSamplesEncoded(
            FrameCodec codec, String name, int bits, boolean signed, int components)
            throws Exception {
        byte[] padded = Arrays.copyOf(codestream(name), codestream(name).length + 1);
        int[] samples =
                DECODER.decode(codec, padded, new FrameShape(WIDTH, HEIGHT, components))
                        .frame()
                        .samples();
        assertThat(samples).containsExactly(picture(bits, signed, components));
    }

    @Test
    void twelveBitsWithLossAreNearWhatWasEncoded() throws Exception {
        int[] samples =
                DECODER.decode(
                                FrameCodec.JPEG,
                                codestream("extended_12u.jpg"),
                                new FrameShape(WIDTH, HEIGHT, 1))
                        .frame()
                        .samples();
        for (int i = 0; i < samples.length; i++) {
            int straight = 200 * (i % WIDTH) + 169 * (i / WIDTH);
            assertThat(samples[i]).isBetween(straight - 1, straight + 1);
        }
    }

    @ParameterizedTest
    @CsvSource({"colour_sample.jls", "colour_planes.jls"})
    void whatNoDecoderReadsExactlyIsRefused(String name) throws Exception {
        refused(FrameCodec.JPEG_LS, codestream(name), 3, Fault.UNSUPPORTED, "interleave");
    }

    @Test
    void anotherSizeThanTheFileSaysIsRefusedBeforeDecoding() throws Exception {
        byte[] file = codestream("grey_8u.j2k");
        refused(FrameCodec.JPEG_2000, file, 3, Fault.DAMAGED, "13 x 11 x 1");
        file[10] = 127; // of the width
        refused(FrameCodec.JPEG_2000, file, 1, Fault.DAMAGED, "32525 x 11");
    }

    @ParameterizedTest
    @CsvSource({
        "JPEG_2000, grey_16s.j2k",
        "JPEG_LS, grey_16u.jls",
        "JPEG_LOSSLESS, grey_12u.ljpeg",
        "JPEG, extended_12u.jpg"
    })
    void codestreamsThatStopEarlyAreRefused(FrameCodec codec, String name) throws Exception {
        byte[] file = codestream(name);
        refused(codec, Arrays.copyOf(file, file.length - 20), 1, Fault.TRUNCATED, "end marker");
    }

    @Test
    void damagedCodestreamsGiveSamplesOrARefusalAndTheNextFrameIsSound() throws Exception {
        Random random = new Random(4);
        byte[] file = codestream("grey_12u.j2k");
        FrameShape shape = new FrameShape(WIDTH, HEIGHT, 1);
        for (int round = 0; round < 200; round++) {
            byte[] damaged = file.clone();
            for (int i = 0; i < 3; i++) {
                damaged[45 + random.nextInt(file.length - 47)] = (byte) random.nextInt(256);
            }
            try {
                DECODER.decode(FrameCodec.JPEG_2000, damaged, shape);
            } catch (CodecException e) {
                assertThat(e.fault()).isIn(Fault.DAMAGED, Fault.UNSUPPORTED, Fault.TRUNCATED);
            }
        }
        assertThat(DECODER.decode(FrameCodec.JPEG_2000, file, shape).frame().samples())
                .containsExactly(picture(12, false, 1));
    }

    @Test
    void aDecoderThatHangsIsEnded() throws Exception {
        try (FrameDecoder slow =
                new FrameDecoder(
                        new NativeDecoder(() -> List.of("sleep", "60"), Duration.ofMillis(300)))) {
            refused(slow, codestream("grey_8u.j2k"), Fault.UNAVAILABLE, "took longer");
        }
    }

    @Test
    void aDecoderThatDiesRefusesItsFrame() throws Exception {
        try (FrameDecoder dead =
                new FrameDecoder(
                        new NativeDecoder(
                                () -> List.of("sh", "-c", "head -c 50 >/dev/null; exit 7"),
                                Duration.ofSeconds(20)))) {
            refused(dead, codestream("grey_8u.j2k"), Fault.DAMAGED, "status 7");
        }
    }

    private static void refused(
            FrameCodec codec, byte[] file, int components, Fault fault, String words) {
        refusedBy(DECODER, codec, file, components, fault, words);
    }

    private static void refused(FrameDecoder decoder, byte[] file, Fault fault, String words) {
        refusedBy(decoder, FrameCodec.JPEG_2000, file, 1, fault, words);
    }

    private static void refusedBy(
            FrameDecoder decoder,
            FrameCodec codec,
            byte[] file,
            int components,
            Fault fault,
            String words) {
        assertThatThrownBy(() ->
                        decoder.decode(codec, file, new FrameShape(WIDTH, HEIGHT, components)))
                .isInstanceOfSatisfying(
                        CodecException.class,
                        e -> {
                            assertThat(e.fault()).as(e.getMessage()).isEqualTo(fault);
                            assertThat(e).hasMessageContaining(words);
                        });
    }
}
