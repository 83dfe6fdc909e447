package org.precedent.imaging.format.dicom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Reading;
import org.precedent.imaging.format.codec.FrameDecoder;
import org.precedent.imaging.format.codec.NativeDecoder;

/** What cannot be read correctly is refused with the element, its value and the limit. */
class DicomRefusalTest {
    private static final String JPEG = "1.2.840.10008.1.2.4.50";

    private static final FrameDecoder NONE =
            new FrameDecoder(
                    new NativeDecoder(
                            () -> {
                                throw new AssertionError("no native decoder is needed here");
                            },
                            Duration.ofSeconds(1)));

    private static DicomImage read(byte[] file) {
        return new DicomReader(NONE).read(new Reading("a.dcm", file, Limits.DEFAULT));
    }

    private static void refused(byte[] file, Code code, String... words) {
        assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () ->
                        assertThatThrownBy(() -> read(file))
                                .isInstanceOfSatisfying(
                                        ImagingException.class,
                                        e -> {
                                            assertThat(e.code()).as(e.getMessage()).isEqualTo(code);
                                            assertThat(e.getMessage())
                                                    .startsWith("a.dcm: ")
                                                    .contains(words);
                                        }));
    }

    private static DicomBytes image() {
        return DicomBytes.image(DicomBytes.EXPLICIT, 4, 4, 16, 16, false);
    }

    @Test
    void truncatedPixels() {
        byte[] file = image().pixels(16, new int[16]).file();
        refused(
                Arrays.copyOf(file, file.length - 6),
                Code.TRUNCATED,
                "(7FE0,0010) Pixel Data",
                "32",
                "26");
        refused(image().pixels(16, new int[15]).file(), Code.TRUNCATED, "30 bytes", "32");
    }

    @Test
    void moreFramesInTheFileThanItSays() {
        refused(image().pixels(16, new int[32]).file(), Code.UNREADABLE, "64 bytes", "frames");
        refused(
                image().text(0x00280008, "IS", "2").pixels(16, new int[16]).file(),
                Code.TRUNCATED,
                "64");
        refused(
                image().text(0x00280008, "IS", "1A").pixels(16, new int[16]).file(),
                Code.UNREADABLE,
                "1A",
                "(0028,0008) Number of Frames");
    }

    @Test
    void fragmentsThatBelongToNoFrame() {
        byte[] frame = DicomBytes.runLengths(new byte[16], new byte[16]);
        DicomBytes few =
                DicomBytes.image(DicomBytes.RLE, 4, 4, 16, 16, false)
                        .text(0x00280008, "IS", "3")
                        .fragments(new int[0], List.of(frame, frame));
        refused(few.file(), Code.UNREADABLE, "2 fragments for 3 frames");
        DicomBytes many =
                DicomBytes.image(DicomBytes.RLE, 4, 4, 16, 16, false)
                        .text(0x00280008, "IS", "2")
                        .fragments(new int[0], List.of(frame, frame, frame));
        refused(many.file(), Code.UNREADABLE, "3 fragments for 2 frames");
        DicomBytes nowhere =
                DicomBytes.image(DicomBytes.RLE, 4, 4, 16, 16, false)
                        .text(0x00280008, "IS", "2")
                        .fragments(new int[] {0, 4}, List.of(frame, frame, frame));
        refused(nowhere.file(), Code.UNREADABLE, "meet no fragment");
        DicomBytes oneOfTwo =
                DicomBytes.image(DicomBytes.RLE, 4, 4, 16, 16, false)
                        .fragments(new int[0], List.of(frame, frame));
        refused(oneOfTwo.file(), Code.UNREADABLE, "2 fragments for 1 frames");
        byte[] jpeg = {(byte) 0xff, (byte) 0xd8, (byte) 0xff, (byte) 0xe0, 0, 2};
        DicomBytes pictures =
                DicomBytes.image(JPEG, 4, 4, 8, 8, false)
                        .fragments(new int[] {0, 14}, List.of(jpeg, jpeg));
        refused(pictures.file(), Code.UNREADABLE, "2 of them begin a frame");
    }

    @Test
    void coloursThatAreNotSharedAlthoughTheFileSaysSo() {
        DicomBytes whole =
                DicomBytes.image(DicomBytes.EXPLICIT, 4, 4, 8, 8, false)
                        .colour("YBR_FULL_422", 0)
                        .pixels(8, new int[48]);
        refused(whole.file(), Code.UNREADABLE, "48 bytes", "share their colour");
    }

    @Test
    void fewRunsThatDeclareGigabytes() {
        byte[] frame = DicomBytes.runLengths(new byte[16], new byte[16]);
        refused(
                DicomBytes.image(DicomBytes.RLE, 6000, 6000, 16, 16, false)
                        .fragments(new int[0], List.of(frame))
                        .file(),
                Code.TRUNCATED,
                "run lengths",
                "72000000");
    }

    @Test
    void indicesOfColoursAreNoGreyValues() {
        DicomBytes file =
                DicomBytes.image(DicomBytes.EXPLICIT, 4, 4, 8, 8, false)
                        .text(0x00280004, "CS", "PALETTE COLOR")
                        .pixels(8, new int[16]);
        assertThatThrownBy(() -> read(file.file()).volume())
                .isInstanceOf(ImagingException.class)
                .hasMessageContaining("colours of a palette");
    }

    @Test
    void undefinedLengthsWithoutAnEnd() {
        DicomBytes open = image().raw(0x00409215, "SQ", -1, new byte[0]);
        refused(open.file(), Code.TRUNCATED, "(0040,9215)");
        byte[] pixels =
                DicomBytes.image(DicomBytes.RLE, 4, 4, 16, 16, false)
                        .fragments(new int[0], List.of(new byte[100]))
                        .file();
        refused(Arrays.copyOf(pixels, pixels.length - 8), Code.TRUNCATED, "without their end");
        refused(Arrays.copyOf(pixels, pixels.length - 20), Code.TRUNCATED, "fragment of 100");
    }

    @Test
    void sequencesInSequencesWithoutAnEnd() {
        ByteArrayOutputStream nested = new ByteArrayOutputStream();
        byte[] open =
                new DicomBytes(DicomBytes.EXPLICIT).raw(0x00089215, "SQ", -1, new byte[0]).file();
        byte[] one = Arrays.copyOfRange(open, open.length - 12, open.length);
        byte[] item = {(byte) 0xfe, (byte) 0xff, 0, (byte) 0xe0, -1, -1, -1, -1};
        for (int i = 0; i < 100_000; i++) {
            nested.writeBytes(one);
            nested.writeBytes(item);
        }
        refused(image().file(nested.toByteArray()), Code.UNREADABLE, "too deeply", "(0008,9215)");
    }

    @Test
    void aBombInflatesToNoMoreThanTheLimit() {
        byte[] bomb = DicomBytes.deflated(new byte[200 << 20]);
        assertThat(bomb.length).isLessThan(1 << 20);
        refused(
                new DicomBytes(DicomBytes.DEFLATED).file(bomb),
                Code.TOO_MANY_BYTES,
                "inflates to more than " + Limits.DEFAULT.maxFileBytes());
    }

    @Test
    void sizesBeyondTheLimits() {
        refused(
                DicomBytes.image(DicomBytes.EXPLICIT, 65_535, 65_535, 16, 16, false)
                        .pixels(16, new int[4])
                        .file(),
                Code.TOO_MANY_PIXELS,
                "65535 x 65535");
        refused(
                image().text(0x00280008, "IS", "2000000000").pixels(16, new int[16]).file(),
                Code.TOO_MANY_PIXELS,
                "2000000000 frames");
    }

    @Test
    void descriptionsThatAreImpossibleOrNotRead() {
        refused(
                DicomBytes.image(DicomBytes.EXPLICIT, 4, 4, 16, 17, false)
                        .pixels(16, new int[16])
                        .file(),
                Code.UNREADABLE,
                "(0028,0101) Bits Stored",
                "17");
        refused(
                image().number(0x00280100, 12).pixels(16, new int[16]).file(),
                Code.UNSUPPORTED_CONTENT,
                "12 as (0028,0100) Bits Allocated");
        refused(
                image().text(0x00280004, "CS", "CMYK").pixels(16, new int[16]).file(),
                Code.UNSUPPORTED_CONTENT,
                "CMYK");
        refused(
                image().colour("YBR_PARTIAL_422", 0).pixels(16, new int[48]).file(),
                Code.UNSUPPORTED_CONTENT,
                "YBR_PARTIAL_422");
    }

    @Test
    void objectsWithoutPixelsByTheirKind() {
        String root = "1.2.840.10008.5.1.4.1.1.";
        for (String[] kind :
                new String[][] {
                    {root + "481.3", "RT Structure Set"},
                    {root + "88.33", "Structured Report"},
                    {root + "9.1.1", "waveform"},
                    {root + "11.1", "Presentation State"}
                }) {
            refused(
                    new DicomBytes(DicomBytes.EXPLICIT).text(0x00080016, "UI", kind[0]).file(),
                    Code.UNSUPPORTED_CONTENT,
                    kind[1],
                    "(7FE0,0010) Pixel Data");
        }
    }

    @Test
    void syntaxesThatAreNotReadByTheirName() {
        for (String[] syntax :
                new String[][] {
                    {"1.2.840.10008.1.2.4.102", "video"},
                    {"1.2.840.10008.1.2.4.110", "JPEG XL"},
                    {"1.2.840.10008.1.2.4.55", "retired"},
                    {"1.2.3", "no transfer syntax"}
                }) {
            refused(
                    new DicomBytes(syntax[0]).file(),
                    Code.UNSUPPORTED_CONTENT,
                    syntax[1],
                    syntax[0],
                    "(0002,0010)");
        }
    }

    @Test
    void anElementThatIsThereTwice() {
        byte[] once = image().pixels(16, new int[16]).file();
        byte[] rows = new DicomBytes(DicomBytes.EXPLICIT).number(0x00280010, 2).file();
        byte[] element = Arrays.copyOfRange(rows, rows.length - 10, rows.length);
        byte[] body = Arrays.copyOfRange(once, 132 + 8 + 20, once.length);
        ByteArrayOutputStream twice = new ByteArrayOutputStream();
        twice.writeBytes(element);
        twice.writeBytes(body);
        refused(image().file(twice.toByteArray()), Code.UNREADABLE, "(0028,0010) Rows twice");
    }

    @Test
    void aFileWithoutPreamble() {
        byte[] file = image().pixels(16, new int[16]).file();
        refused(
                Arrays.copyOfRange(file, 132, file.length),
                Code.UNSUPPORTED_CONTENT,
                "DICM",
                "explicit VR little endian");
    }

    @Test
    void runLengthsThatAreShortOrOfAnotherShape() {
        refused(
                rle(DicomBytes.runLengths(new byte[16], new byte[15])),
                Code.TRUNCATED,
                "15 of 16 bytes");
        refused(rle(DicomBytes.runLengths(new byte[16])), Code.UNREADABLE, "1 segments");
        refused(rle(new byte[20]), Code.TRUNCATED, "20 bytes");
    }

    private static byte[] rle(byte[] frame) {
        return DicomBytes.image(DicomBytes.RLE, 4, 4, 16, 16, false)
                .fragments(new int[0], List.of(frame))
                .file();
    }

    @Test
    void noMessageNamesThePatient() {
        byte[] file = image().pixels(16, new int[15]).file();
        assertThatThrownBy(() -> read(file))
                .hasMessageNotContainingAny("Doe", "Jane", "4711", "1.2.3.4");
    }

    @Test
    void damagedBytesGiveSamplesOrARefusal() {
        byte[] frame = DicomBytes.runLengths(new byte[16], new byte[16]);
        byte[][] sound = {
            image().pixels(16, new int[16]).file(),
            DicomBytes.image(DicomBytes.IMPLICIT, 4, 4, 16, 16, true)
                    .sequence(0x00283000, false, new DicomBytes(DicomBytes.IMPLICIT))
                    .pixels(16, new int[16])
                    .file(),
            DicomBytes.image(DicomBytes.RLE, 4, 4, 16, 16, false)
                    .fragments(new int[] {0}, List.of(frame))
                    .file()
        };
        Random random = new Random(16);
        for (int round = 0; round < 3000; round++) {
            byte[] file = sound[round % 3].clone();
            for (int i = 0; i <= random.nextInt(4); i++) {
                file[132 + random.nextInt(file.length - 132)] = (byte) random.nextInt(256);
            }
            byte[] cut = Arrays.copyOf(file, file.length - random.nextInt(3) * random.nextInt(40));
            try {
                read(cut);
            } catch (ImagingException e) {
                assertThat(e.getMessage()).startsWith("a.dcm: ");
            } catch (RuntimeException e) {
                throw new AssertionError("round " + round, e);
            }
        }
    }
}
