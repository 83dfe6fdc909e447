package org.precedent.imaging.format.dicom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Reading;
import org.precedent.imaging.format.codec.FrameDecoder;
import org.precedent.imaging.format.codec.NativeDecoder;
import org.precedent.imaging.volume.Grid;
import org.precedent.imaging.volume.Meaning.Lookup;
import org.precedent.imaging.volume.ScannedVolume;
import org.precedent.imaging.volume.StoredSamples;

/** Files that are written here by the standard's text read back to the samples put in. */
class DicomReaderTest {
    private static final FrameDecoder DECODER = new FrameDecoder(NativeDecoder.ofInstallation());

    @AfterAll
    static void end() {
        DECODER.close();
    }

    private static DicomImage read(DicomBytes file) {
        return read(file.file());
    }

    private static DicomImage read(byte[] file) {
        return new DicomReader(DECODER).read(new Reading("a.dcm", file, Limits.DEFAULT));
    }

    private static DicomFile walk(byte[] file) {
        return new DicomReader(DECODER).walk(new Reading("a.dcm", file, Limits.DEFAULT));
    }

    private static long[] samples(DicomImage image) {
        StoredSamples samples = image.samples();
        return IntStream.range(0, samples.count()).mapToLong(samples::integer).toArray();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                DicomBytes.IMPLICIT,
                DicomBytes.EXPLICIT,
                DicomBytes.BIG,
                DicomBytes.DEFLATED
            })
    void everyPlainEncodingGivesTheSameSamples(String syntax) {
        for (boolean lengths : new boolean[] {true, false}) {
            DicomBytes file =
                    DicomBytes.image(syntax, 2, 3, 16, 12, true)
                            .sequence(
                                    0x00089215, // of no interest here, and passed over
                                    lengths,
                                    new DicomBytes(syntax)
                                            .sequence(
                                                    0x00089124,
                                                    !lengths,
                                                    new DicomBytes(syntax).number(0x00280010, 9)))
                            .text(0x00281052, "DS", "-1024 ")
                            .text(0x00281053, "DS", "2")
                            .pixels(16, -2048, -1, 0, 1, 7, 2047);
            DicomImage image = read(file);
            assertThat(samples(image)).containsExactly(-2048, -1, 0, 1, 7, 2047);
            assertThat(image.file().shape()).containsExactly(2, 3);
            assertThat(image.frame(0).value(2, 1, 0, 0)).hasValue(2 * 2047 - 1024);
        }
    }

    @Test
    void bitsOutsideTheStoredOnesAreMasked() {
        DicomBytes low =
                DicomBytes.image(DicomBytes.EXPLICIT, 1, 3, 16, 12, true)
                        .pixels(16, 0xf800, 0x37ff, 0x5fff);
        assertThat(samples(read(low))).containsExactly(-2048, 2047, -1);
        DicomBytes high =
                DicomBytes.image(DicomBytes.EXPLICIT, 1, 3, 16, 12, true)
                        .number(0x00280102, 15)
                        .pixels(16, 0x8005, 0x7ff0, 0xfffa);
        assertThat(samples(read(high))).containsExactly(-2048, 2047, -1);
    }

    @Test
    void bytesWrittenAsBigEndianWordsComeInPairs() {
        byte[] swapped = {2, 1, 4, 3, 0, 5};
        DicomBytes words =
                DicomBytes.image(DicomBytes.BIG, 1, 5, 8, 8, false)
                        .value(0x7fe00010, "OW", swapped);
        assertThat(samples(read(words))).containsExactly(1, 2, 3, 4, 5);
        DicomBytes bytes =
                DicomBytes.image(DicomBytes.BIG, 1, 5, 8, 8, false)
                        .value(0x7fe00010, "OB", new byte[] {1, 2, 3, 4, 5, 0});
        assertThat(samples(read(bytes))).containsExactly(1, 2, 3, 4, 5);
    }

    @Test
    void framesOfSingleBitsFollowEachOtherWithoutPadding() {
        // Two frames of 3 x 3: nine bits each, the second begins in the middle of a byte.
        DicomBytes file =
                DicomBytes.image(DicomBytes.EXPLICIT, 3, 3, 1, 1, false)
                        .text(0x00280008, "IS", " 2")
                        .value(0x7fe00010, "OB", new byte[] {0b0000_0101, 0b0000_0010, 0b10, 0});
        assertThat(samples(read(file)))
                .containsExactly(1, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1);
    }

    @Test
    void coloursByPlaneAndByPixelAreTheSame() {
        int[] together = {1, 2, 3, 4, 5, 6};
        int[] planes = {1, 4, 2, 5, 3, 6};
        DicomBytes pixel =
                DicomBytes.image(DicomBytes.EXPLICIT, 1, 2, 8, 8, false)
                        .colour("RGB", 0)
                        .pixels(8, together);
        DicomBytes plane =
                DicomBytes.image(DicomBytes.EXPLICIT, 1, 2, 8, 8, false)
                        .colour("RGB", 1)
                        .pixels(8, planes);
        assertThat(samples(read(pixel))).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(samples(read(plane))).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(read(plane).file().shape()).containsExactly(1, 2, 3);
    }

    @Test
    void luminanceBecomesRgb() {
        // Red, green, blue of full strength as BT.601 has them, and grey.
        DicomBytes full =
                DicomBytes.image(DicomBytes.EXPLICIT, 1, 4, 8, 8, false)
                        .colour("YBR_FULL", 0)
                        .pixels(8, 76, 85, 255, 150, 44, 21, 29, 255, 107, 99, 128, 128);
        assertThat(samples(read(full)))
                .containsExactly(254, 0, 0, 0, 255, 1, 0, 0, 254, 99, 99, 99);
        DicomBytes halved =
                DicomBytes.image(DicomBytes.EXPLICIT, 1, 2, 8, 8, false)
                        .colour("YBR_FULL_422", 0)
                        .pixels(8, 10, 200, 128, 128);
        assertThat(samples(read(halved))).containsExactly(10, 10, 10, 200, 200, 200);
    }

    @Test
    void runLengthsAreUnpackedByteByByteFromTheHighest() {
        byte[] high = {1, 2, (byte) 0xff, 0};
        byte[] low = {0, 5, (byte) 0xff, 9};
        DicomBytes file =
                DicomBytes.image(DicomBytes.RLE, 2, 2, 16, 16, true)
                        .fragments(new int[0], List.of(DicomBytes.runLengths(high, low)));
        assertThat(samples(read(file))).containsExactly(256, 517, -1, 9);
    }

    @Test
    void framesAreFoundWithAndWithoutATable() {
        byte[] one = DicomBytes.runLengths(new byte[] {1, 2});
        byte[] two = DicomBytes.runLengths(new byte[] {3, 4});
        for (int[] table : new int[][] {{}, {0, 8 + one.length}}) {
            DicomBytes file =
                    DicomBytes.image(DicomBytes.RLE, 1, 2, 8, 8, false)
                            .text(0x00280008, "IS", "2")
                            .fragments(table, List.of(one, two));
            assertThat(samples(read(file))).containsExactly(1, 2, 3, 4);
            assertThat(read(file).file().shape()).containsExactly(2, 1, 2);
        }
    }

    @Test
    void aPaletteKeepsItsIndicesAndKnowsItsColours() {
        DicomBytes file =
                DicomBytes.image(DicomBytes.EXPLICIT, 1, 2, 8, 8, false)
                        .text(0x00280004, "CS", "PALETTE COLOR")
                        .words(0x00281101, "US", 3, 0, 8)
                        .words(0x00281102, "US", 3, 0, 8)
                        .words(0x00281103, "US", 3, 0, 8)
                        .value(0x00281201, "OW", new byte[] {10, 20, 30, 0})
                        .value(0x00281202, "OW", new byte[] {11, 21, 31, 0})
                        .value(0x00281203, "OW", new byte[] {12, 22, 32, 0})
                        .pixels(8, 2, 0);
        DicomImage image = read(file);
        assertThat(samples(image)).containsExactly(2, 0);
        assertThat(image.palette().stream().map((Lookup table) -> table.apply(2)))
                .containsExactly(30, 31, 32);
    }

    @Test
    void paddingIsOutsideTheImage() {
        DicomBytes file =
                DicomBytes.image(DicomBytes.EXPLICIT, 1, 3, 16, 16, true)
                        .number(0x00280120, -2000)
                        .number(0x00280121, -1990)
                        .text(0x00281052, "DS", "-1024")
                        .text(0x00281053, "DS", "1")
                        .pixels(16, -2000, -1995, 5);
        ScannedVolume slice = read(file).frame(0);
        assertThat(slice.value(0, 0, 0, 0)).isEmpty();
        assertThat(slice.value(1, 0, 0, 0)).isEmpty();
        assertThat(slice.value(2, 0, 0, 0)).hasValue(-1019);
        assertThat(slice.meaning().rescale(0).unit()).isEqualTo("HU");
        assertThat(slice.slice(2, 0, 0).values()[0]).isNaN();
    }

    @Test
    void aTableOfValuesReplacesTheRescale() {
        DicomBytes table =
                new DicomBytes(DicomBytes.EXPLICIT)
                        .words(0x00283002, "US", 3, 10, 16)
                        .words(0x00283006, "OW", 100, 200, 65000);
        DicomBytes file =
                DicomBytes.image(DicomBytes.EXPLICIT, 1, 4, 16, 16, false)
                        .sequence(0x00283000, true, table)
                        .pixels(16, 0, 10, 11, 99);
        ScannedVolume slice = read(file).frame(0);
        assertThat(slice.slice(2, 0, 0).values()).containsExactly(100, 100, 200, 65000);
    }

    @Test
    void enhancedFramesAreOrderedByWhereTheyLieAndRescaledEachForItself() {
        DicomBytes shared =
                new DicomBytes(DicomBytes.EXPLICIT)
                        .sequence(
                                0x00209116,
                                true,
                                new DicomBytes(DicomBytes.EXPLICIT)
                                        .text(0x00200037, "DS", "1\\0\\0\\0\\1\\0"))
                        .sequence(
                                0x00289110,
                                false,
                                new DicomBytes(DicomBytes.EXPLICIT)
                                        .text(0x00280030, "DS", "0.5\\0.25"));
        DicomBytes file =
                DicomBytes.image(DicomBytes.EXPLICIT, 1, 1, 16, 16, false)
                        .text(0x00280008, "IS", "3 ")
                        .sequence(0x52009229, true, shared)
                        .sequence(0x52009230, false, frame(9, 1), frame(3, 10), frame(6, 100))
                        .pixels(16, 1, 2, 3);
        DicomImage image = read(file);
        assertThat(image.grid()).as("frames are stored in another order").isEmpty();
        ScannedVolume volume = image.volume();
        assertThat(volume.grid().spacingMm()).containsExactly(0.25, 0.5, 3);
        assertThat(volume.grid().affine().orElseThrow().apply(0, 0, 0)).containsExactly(0, 0, 3);
        assertThat(volume.value(0, 0, 0, 0)).hasValue(20);
        assertThat(volume.value(0, 0, 1, 0)).hasValue(300);
        assertThat(volume.value(0, 0, 2, 0)).hasValue(1);
    }

    /** As scanners store a stack that they went down. */
    @Test
    void aStackThatIsStoredFromItsEndLiesWhereItsFramesDo() {
        DicomBytes shared =
                new DicomBytes(DicomBytes.EXPLICIT)
                        .sequence(
                                0x00209116,
                                true,
                                new DicomBytes(DicomBytes.EXPLICIT)
                                        .text(0x00200037, "DS", "1\\0\\0\\0\\1\\0"))
                        .sequence(
                                0x00289110,
                                false,
                                new DicomBytes(DicomBytes.EXPLICIT)
                                        .text(0x00280030, "DS", "0.5\\0.25"));
        DicomBytes file =
                DicomBytes.image(DicomBytes.EXPLICIT, 1, 1, 16, 16, false)
                        .text(0x00280008, "IS", "3 ")
                        .sequence(0x52009229, true, shared)
                        .sequence(0x52009230, false, frame(9, 1), frame(6, 1), frame(3, 1))
                        .pixels(16, 1, 2, 3);
        DicomImage image = read(file);
        Grid stored = image.grid().orElseThrow();
        assertThat(stored.spacingMm()).containsExactly(0.25, 0.5, 3);
        for (int k = 0; k < 3; k++) {
            assertThat(stored.affine().orElseThrow().apply(0, 0, k))
                    .containsExactly(0, 0, 9 - 3 * k);
        }
        ScannedVolume volume = image.volume();
        assertThat(volume.grid().affine().orElseThrow().apply(0, 0, 0)).containsExactly(0, 0, 3);
        assertThat(volume.value(0, 0, 0, 0)).hasValue(3);
    }

    /** What viewers get is what was sent, in the one syntax that all of them read. */
    @Test
    void anObjectIsHandedOutExplicitAndLittleEndian() {
        for (String syntax :
                List.of(
                        DicomBytes.IMPLICIT,
                        DicomBytes.BIG,
                        DicomBytes.DEFLATED,
                        DicomBytes.EXPLICIT)) {
            for (boolean lengths : new boolean[] {true, false}) {
                DicomBytes region =
                        new DicomBytes(syntax).number(0x00186024, 3).number(0x00186026, 3);
                byte[] sent =
                        DicomBytes.image(syntax, 2, 3, 16, 12, true)
                                .place(-10, -20, 30, 2, 0.5)
                                .number(0x00280120, 0x8000)
                                .sequence(0x00186011, lengths, region)
                                .words(0x00091001, "OW", 1, 2)
                                .pixels(16, 1, 2, -3, 400, 5, 6)
                                .file();
                DicomObject object = DicomObject.of(walk(sent));
                byte[] handed = object.file();
                assertThat(object.frameSyntax()).isEqualTo(DicomBytes.EXPLICIT);
                DicomObject again = DicomObject.of(walk(handed));
                assertThat(again.header()).as(syntax).isEqualTo(object.header());
                assertThat(again.header().toString()).contains(DicomBytes.EXPLICIT, "Doe^Jane");
                assertThat(again.frame(1)).isEqualTo(object.frame(1));
                assertThat(walk(handed).transferSyntax()).isEqualTo(DicomBytes.EXPLICIT);
                assertThat(samples(read(handed))).containsExactly(1, 2, -3, 400, 5, 6);
                if (syntax.equals(DicomBytes.EXPLICIT)) {
                    assertThat(handed).isEqualTo(sent);
                }
            }
        }
    }

    private static DicomBytes frame(double z, int slope) {
        return new DicomBytes(DicomBytes.EXPLICIT)
                .sequence(
                        0x00209113,
                        true,
                        new DicomBytes(DicomBytes.EXPLICIT).text(0x00200032, "DS", "0\\0\\" + z))
                .sequence(
                        0x00289145,
                        true,
                        new DicomBytes(DicomBytes.EXPLICIT)
                                .text(0x00281052, "DS", "0")
                                .text(0x00281053, "DS", String.valueOf(slope)));
    }

    @Test
    void aSliceLiesWhereItsHeaderSays() {
        DicomBytes file =
                DicomBytes.image(DicomBytes.EXPLICIT, 4, 3, 8, 8, false)
                        .place(-10, -20, 30, 2, 0.5)
                        .pixels(8, new int[12]);
        ScannedVolume slice = read(file).frame(0);
        assertThat(slice.grid().axisCodes()).isEqualTo("LPS");
        double[] corner = slice.grid().affine().orElseThrow().apply(2, 3, 0);
        assertThat(corner).usingComparatorWithPrecision(1e-9).containsExactly(-9, -14, 30);
    }

    @Test
    void ultrasoundMeasuresInItsRegions() {
        DicomBytes region =
                new DicomBytes(DicomBytes.EXPLICIT)
                        .number(0x00186024, 3)
                        .number(0x00186026, 3)
                        .value(0x0018602c, "FD", real(0.01))
                        .value(0x0018602e, "FD", real(0.02));
        DicomBytes file =
                DicomBytes.image(DicomBytes.EXPLICIT, 1, 2, 8, 8, false)
                        .sequence(0x00186011, true, region)
                        .pixels(8, 1, 2);
        assertThat(read(file).pixelSpacingMm()[0]).isCloseTo(0.2, within(1e-12));
        assertThat(read(file).pixelSpacingMm()[1]).isCloseTo(0.1, within(1e-12));
    }

    private static byte[] real(double number) {
        return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putDouble(number).array();
    }

    @Test
    void aSyntaxThatLiesAboutItsElementsIsReadAsItIsWritten() {
        byte[] implicit =
                DicomBytes.image(DicomBytes.IMPLICIT, 1, 2, 8, 8, false).pixels(8, 7, 9).file();
        byte[] body = Arrays.copyOfRange(implicit, metaLength(implicit), implicit.length);
        assertThat(samples(read(new DicomBytes(DicomBytes.EXPLICIT).file(body))))
                .containsExactly(7, 9);
    }

    private static int metaLength(byte[] file) {
        return file.length - (file.length - 132 - 8 - "1.2.840.10008.1.2 ".length());
    }
}
