package org.precedent.imaging.format.dicom.seg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Reading;
import org.precedent.imaging.format.codec.FrameDecoder;
import org.precedent.imaging.format.codec.NativeDecoder;
import org.precedent.imaging.format.dicom.DicomBytes;
import org.precedent.imaging.format.dicom.DicomFile;
import org.precedent.imaging.format.dicom.DicomReader;
import org.precedent.imaging.format.dicom.SegmentMasks;
import org.precedent.imaging.format.dicom.SegmentMasks.SegmentMask;
import org.precedent.imaging.format.dicom.SourceSeries;

/** Bits without gaps, every frame with the slice that it was drawn on, and whose it is. */
class SegmentationWriterTest {
    private static final Making MADE =
            new Making("a network", "3f2a", "1.0", "", LocalDateTime.of(2026, 1, 2, 3, 4, 5));

    private final DicomReader reader =
            new DicomReader(
                    new FrameDecoder(new NativeDecoder(() -> List.of(), Duration.ofSeconds(1))));

    private DicomFile walk(DicomBytes file) {
        return reader.walk(new Reading("a.dcm", file.file(), Limits.DEFAULT));
    }

    /** A slice of a series, at a height. */
    private static DicomBytes slice(int rows, int columns, String uid, String position) {
        return DicomBytes.image(DicomBytes.EXPLICIT, rows, columns, 16, 12, true)
                .text(0x00080018, "UI", uid)
                .text(0x00200032, "DS", position)
                .text(0x00200037, "DS", "1\\0\\0\\0\\1\\0")
                .text(0x00280030, "DS", "0.5\\0.25")
                .text(0x00200052, "UI", "1.2.3.99")
                .pixels(16, new int[rows * columns]);
    }

    /** Slices from head to foot, as many scanners store them. */
    private SourceSeries reversed(int rows, int columns, int count) {
        List<DicomFile> files = new ArrayList<>();
        for (int k = count - 1; k >= 0; k--) {
            files.add(walk(slice(rows, columns, "1.2.3.1." + k, "1.50\\-2\\" + (10 + 3 * k))));
        }
        return SourceSeries.of(files);
    }

    private static BitSet random(Random random, long voxels) {
        BitSet mask = new BitSet();
        for (int i = 0; i < voxels; i++) {
            mask.set(i, random.nextBoolean());
        }
        return mask;
    }

    private static BitSet mark(int... voxels) {
        BitSet mask = new BitSet();
        Arrays.stream(voxels).forEach(mask::set);
        return mask;
    }

    private List<SegmentMask> read(byte[] file, SourceSeries source) {
        return SegmentMasks.of(reader.read(new Reading("seg", file, Limits.DEFAULT)), source);
    }

    /** The value of the last element, which is the pixels. */
    private static byte[] pixels(byte[] file, int length) {
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int at = file.length - length - 12;
        assertThat(bytes.getShort(at) & 0xffff).isEqualTo(0x7fe0);
        assertThat(bytes.getShort(at + 2)).isEqualTo((short) 0x10);
        assertThat(bytes.getInt(at + 8)).isEqualTo(length);
        return Arrays.copyOfRange(file, at + 12, file.length);
    }

    @Test
    void framesFollowEachOtherBitByBit() {
        for (int[] size : new int[][] {{21, 22, 3}, {23, 38, 3}, {1, 1, 1}, {3, 3, 5}}) {
            SourceSeries source = reversed(size[0], size[1], size[2]);
            Random random = new Random(5);
            List<CodedSegment> segments = new ArrayList<>();
            for (String label : List.of("one", "two", "three")) {
                BitSet mask = random(random, source.grid().voxels());
                mask.set(0); // no segment is empty
                segments.add(CodedSegment.of(label, mask));
            }
            byte[] file = SegmentationWriter.write(source, segments, MADE);
            List<SegmentMask> read = read(file, source);
            for (int i = 0; i < 3; i++) {
                assertThat(read.get(i).inside()).isEqualTo(segments.get(i).inside());
            }
            // By the standard's text: bit b of the whole is bit b mod 8 of byte b / 8.
            int slice = size[0] * size[1];
            List<Boolean> bits = new ArrayList<>();
            for (CodedSegment segment : segments) {
                for (int k = 0; k < size[2]; k++) {
                    BitSet frame = segment.inside().get(k * slice, (k + 1) * slice);
                    for (int i = 0; i < slice && !frame.isEmpty(); i++) {
                        bits.add(frame.get(i));
                    }
                }
            }
            int length = (bits.size() + 7) / 8;
            byte[] packed = pixels(file, length + length % 2);
            for (int b = 0; b < bits.size(); b++) {
                assertThat(packed[b >> 3] >> (b & 7) & 1).isEqualTo(bits.get(b) ? 1 : 0);
            }
        }
    }

    @Test
    void aMarkIsOnTheSliceThatItWasDrawnOnInTheWordsOfItsFile() {
        SourceSeries source = reversed(4, 5, 3);
        // The last column of the first row, on the highest slice, which was stored first.
        byte[] file =
                SegmentationWriter.write(source, List.of(CodedSegment.of("mark", mark(44))), MADE);
        String text = new String(file, StandardCharsets.ISO_8859_1);
        assertThat(text).contains("1.50\\-2\\16").doesNotContain("1.50\\-2\\13");
        assertThat(pixels(file, 4)).containsExactly(0x10, 0, 0, 0);
        int frames = text.indexOf("1.50\\-2\\16");
        String derivation = text.substring(text.lastIndexOf("113076", frames) - 400, frames);
        assertThat(derivation).contains("1.2.3.1.2").doesNotContain("1.2.3.1.0");
        // All three are referred to, those without a frame as well.
        assertThat(text).contains("1.2.3.1.0", "1.2.3.1.1");
        assertThat(read(file, source).get(0).inside()).isEqualTo(mark(44));
    }

    @Test
    void framesOfAnEnhancedObjectAreReferredToByTheirNumbers() {
        DicomBytes[] groups = new DicomBytes[3];
        for (int frame = 0; frame < 3; frame++) {
            groups[frame] =
                    new DicomBytes(DicomBytes.IMPLICIT)
                            .sequence(
                                    0x00209113,
                                    false,
                                    new DicomBytes(DicomBytes.IMPLICIT)
                                            .text(0x00200032, "DS", "0\\0\\" + (9 - 3 * frame)));
        }
        DicomBytes shared =
                new DicomBytes(DicomBytes.IMPLICIT)
                        .sequence(
                                0x00209116,
                                true,
                                new DicomBytes(DicomBytes.IMPLICIT)
                                        .text(0x00200037, "DS", "1\\0\\0\\0\\1\\0"))
                        .sequence(
                                0x00289110,
                                true,
                                new DicomBytes(DicomBytes.IMPLICIT)
                                        .text(0x00180050, "DS", "2.5")
                                        .text(0x00280030, "DS", "1\\1"));
        DicomBytes file =
                DicomBytes.image(DicomBytes.IMPLICIT, 2, 2, 8, 8, false)
                        .text(0x00280008, "IS", "3")
                        .sequence(0x52009229, true, shared)
                        .sequence(0x52009230, false, groups)
                        .pixels(8, new int[12]);
        SourceSeries source = SourceSeries.of(List.of(walk(file)));
        assertThat(source.frames().stream().map(SourceSeries.Frame::number))
                .containsExactly(3, 2, 1);
        byte[] written =
                SegmentationWriter.write(source, List.of(CodedSegment.of("mark", mark(1))), MADE);
        String text = new String(written, StandardCharsets.ISO_8859_1);
        assertThat(text).contains("0\\0\\3", "DS\4\0002.5 ").doesNotContain("0\\0\\9");
        assertThat(pixels(written, 2)).containsExactly(2, 0);
        assertThat(read(written, source).get(0).inside()).isEqualTo(mark(1));
    }

    @Test
    void aPictureThatLiesNowhereIsReferredToWithoutAPosition() {
        DicomBytes cine =
                DicomBytes.image(DicomBytes.EXPLICIT, 2, 2, 8, 8, false)
                        .text(0x00280008, "IS", "2")
                        .pixels(8, new int[8]);
        SourceSeries source = SourceSeries.of(List.of(walk(cine)));
        assertThat(source.isPlaced()).isFalse();
        byte[] written =
                SegmentationWriter.write(
                        source,
                        List.of(CodedSegment.of("mark", mark(6)), CodedSegment.of("none", mark())),
                        MADE);
        List<SegmentMask> read = read(written, source);
        assertThat(read.get(0).inside()).isEqualTo(mark(6));
        assertThat(read.get(1).inside().isEmpty()).isTrue();
        assertThat(read.get(1).label()).isEqualTo("none");
    }

    @Test
    void patientAndStudyAreThoseOfTheSource() {
        SourceSeries source = reversed(2, 2, 2);
        String text =
                new String(
                        SegmentationWriter.write(
                                source, List.of(CodedSegment.of("a", mark(0))), MADE),
                        StandardCharsets.ISO_8859_1);
        assertThat(text).contains("Doe^Jane", "ID-4711", "1.2.3.99", "a network", "3f2a");
        assertThat(source.repeated().toString() + source.frames())
                .doesNotContain("Doe", "4711", "1.2.3");
    }

    @Test
    void textsKeepTheCharactersOfTheSource() {
        DicomBytes latin =
                slice(2, 2, "1.2", "0\\0\\0")
                        .text(0x00080005, "CS", "ISO_IR 100")
                        .text(0x00100010, "PN", "Müller^Jörg");
        SourceSeries source = SourceSeries.of(List.of(walk(latin)));
        BitSet mask = mark(0);
        byte[] file =
                SegmentationWriter.write(source, List.of(CodedSegment.of("Höhle", mask)), MADE);
        String text = new String(file, StandardCharsets.ISO_8859_1);
        assertThat(text).contains("Müller^Jörg", "Höhle", "ISO_IR 100");
        assertThat(read(file, source).get(0).label()).isEqualTo("Höhle");
        assertThatThrownBy(() ->
                        SegmentationWriter.write(
                                source, List.of(CodedSegment.of("肝臓", mask)), MADE))
                .isInstanceOf(ImagingException.class)
                .hasMessageContaining("肝臓")
                .hasMessageContaining("ISO-8859-1");
        // Where the source is plain ASCII, so is every other alphabet possible.
        SourceSeries plain = reversed(2, 2, 1);
        byte[] other =
                SegmentationWriter.write(plain, List.of(CodedSegment.of("肝臓", mark())), MADE);
        assertThat(read(other, plain).get(0).label()).isEqualTo("肝臓");
    }

    @Test
    void theSameIsTheSameObjectAndAnythingElseAnother() {
        SourceSeries source = reversed(2, 2, 2);
        List<CodedSegment> one = List.of(CodedSegment.of("a", mark(0)));
        byte[] file = SegmentationWriter.write(source, one, MADE);
        assertThat(SegmentationWriter.write(source, one, MADE)).isEqualTo(file);
        Making later = new Making("a network", "3f2a", "1.0", "", MADE.at().plusSeconds(1));
        List<String> uids = new ArrayList<>();
        for (byte[] other :
                List.of(
                        file,
                        SegmentationWriter.write(source, one, later),
                        SegmentationWriter.write(
                                source, List.of(CodedSegment.of("a", mark(1))), MADE))) {
            uids.add(reader.walk(new Reading("seg", other, Limits.DEFAULT)).instanceUid());
        }
        assertThat(uids).doesNotHaveDuplicates().allMatch(uid -> uid.matches("2\\.25\\.[1-9]\\d+"));
        assertThat(uids).allMatch(uid -> uid.length() <= 64);
    }

    @Test
    void aSegmentationOfAnotherPlaceIsRefusedAndHowItDiffersIsSaid() {
        SourceSeries source = reversed(2, 2, 3);
        byte[] file =
                SegmentationWriter.write(source, List.of(CodedSegment.of("a", mark(0))), MADE);
        SourceSeries moved =
                SourceSeries.of(
                        List.of(
                                walk(slice(2, 2, "1.2.3.1.0", "1.5\\-2\\10.5")),
                                walk(slice(2, 2, "1.2.3.1.1", "1.5\\-2\\13.5"))));
        assertThatThrownBy(() -> read(file, moved))
                .hasMessageContaining("frame 1 lies 0.5000 mm from the nearest slice");
        SourceSeries wider = reversed(2, 3, 3);
        assertThatThrownBy(() -> read(file, wider)).hasMessageContaining("2 x 2", "3 x 2");
        assertThatThrownBy(() -> SourceSeries.of(Collections.nCopies(1, seg(file))))
                .hasMessageContaining("a segmentation itself");
    }

    private DicomFile seg(byte[] file) {
        return reader.walk(new Reading("seg", file, Limits.DEFAULT));
    }

    @Test
    void decimalsFitTheirSixteenCharacters() {
        assertThat(SegmentationWriter.decimal(2.5)).isEqualTo("2.5");
        assertThat(SegmentationWriter.decimal(1 / 3.0)).isEqualTo("0.33333333333333");
        assertThat(SegmentationWriter.decimal(-1234.567890123456789)).hasSizeLessThanOrEqualTo(16);
        assertThat(Double.parseDouble(SegmentationWriter.decimal(-1e-17 / 3)))
                .isBetween(-3.4e-18, -3.3e-18);
    }
}
