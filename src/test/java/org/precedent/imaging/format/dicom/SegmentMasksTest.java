package org.precedent.imaging.format.dicom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Reading;
import org.precedent.imaging.format.codec.FrameDecoder;
import org.precedent.imaging.format.codec.NativeDecoder;
import org.precedent.imaging.format.dicom.SegmentMasks.SegmentMask;

/** Fractional segmentations are cut at the half, label maps taken by value, faults refused. */
class SegmentMasksTest {
    private static final String STORAGE = "1.2.840.10008.5.1.4.1.1.66.";

    private final DicomReader reader =
            new DicomReader(
                    new FrameDecoder(new NativeDecoder(() -> List.of(), Duration.ofSeconds(1))));

    private static DicomBytes item() {
        return new DicomBytes(DicomBytes.EXPLICIT);
    }

    private SourceSeries source() {
        DicomBytes slice =
                DicomBytes.image(DicomBytes.EXPLICIT, 1, 3, 16, 12, true)
                        .place(0, 0, 5, 1, 1)
                        .pixels(16, 1, 2, 3);
        return SourceSeries.of(
                List.of(reader.walk(new Reading("a.dcm", slice.file(), Limits.DEFAULT))));
    }

    private static DicomBytes segmentation(String kind, String type) {
        return DicomBytes.image(DicomBytes.EXPLICIT, 1, 3, 8, 8, false)
                .text(0x00080016, "UI", STORAGE + kind)
                .text(0x00620001, "CS", type)
                .sequence(
                        0x00620002,
                        true,
                        item().number(0x00620004, 1).text(0x00620005, "LO", "liver"),
                        item().number(0x00620004, 2).text(0x00620005, "LO", "spleen"))
                .sequence(
                        0x52009229,
                        true,
                        item().sequence(
                                        0x00209116,
                                        true,
                                        item().text(0x00200037, "DS", "1\\0\\0\\0\\1\\0"))
                                .sequence(0x00289110, true, item().text(0x00280030, "DS", "1\\1")));
    }

    private static DicomBytes frame(int segment, double height) {
        return item().sequence(0x00209113, true, item().text(0x00200032, "DS", "0\\0\\" + height))
                .sequence(0x0062000a, true, item().number(0x0062000b, segment));
    }

    private List<SegmentMask> read(DicomBytes file) {
        return SegmentMasks.of(
                reader.read(new Reading("seg.dcm", file.file(), Limits.DEFAULT)), source());
    }

    @Test
    void fractionsOfAHalfAndMoreAreInside() {
        DicomBytes file =
                segmentation("4", "FRACTIONAL")
                        .number(0x0062000e, 200)
                        .text(0x00280008, "IS", "2")
                        .sequence(0x52009230, true, frame(2, 5), frame(1, 5))
                        .pixels(8, 99, 100, 200, 0, 0, 1);
        List<SegmentMask> read = read(file);
        assertThat(read).extracting(SegmentMask::label).containsExactly("liver", "spleen");
        assertThat(read.get(0).inside()).isEqualTo(BitSet.valueOf(new long[] {0b000}));
        assertThat(read.get(1).inside()).isEqualTo(BitSet.valueOf(new long[] {0b110}));
    }

    @Test
    void aLabelMapIsTakenByItsValues() {
        DicomBytes file =
                segmentation("7", "LABELMAP")
                        .sequence(0x52009230, true, frame(1, 5))
                        .pixels(8, 2, 0, 1);
        List<SegmentMask> read = read(file);
        assertThat(read.get(0).inside()).isEqualTo(BitSet.valueOf(new long[] {0b100}));
        assertThat(read.get(1).inside()).isEqualTo(BitSet.valueOf(new long[] {0b001}));
        DicomBytes stranger =
                segmentation("7", "LABELMAP")
                        .sequence(0x52009230, true, frame(1, 5))
                        .pixels(8, 2, 0, 3);
        assertThatThrownBy(() -> read(stranger)).hasMessageContaining("segment 3 in frame 1");
    }

    @Test
    void theBackgroundOfALabelMapIsNoSegment() {
        DicomBytes file =
                segmentation("7", "LABELMAP")
                        .number(0x00280120, 1)
                        .sequence(0x52009230, true, frame(1, 5))
                        .pixels(8, 2, 1, 2);
        List<SegmentMask> read = read(file);
        assertThat(read).extracting(SegmentMask::label).containsExactly("spleen");
        assertThat(read.get(0).inside()).isEqualTo(BitSet.valueOf(new long[] {0b101}));
    }

    @Test
    void twoFramesOfOneSegmentAtOnePlaceAreRefused() {
        DicomBytes file =
                segmentation("4", "FRACTIONAL")
                        .text(0x00280008, "IS", "2")
                        .sequence(0x52009230, true, frame(1, 5), frame(1, 5))
                        .pixels(8, 1, 2, 3, 4, 5, 6);
        assertThatThrownBy(() -> read(file)).hasMessageContaining("segment 1 twice");
        DicomBytes elsewhere =
                segmentation("4", "FRACTIONAL")
                        .sequence(0x52009230, true, frame(1, 6))
                        .pixels(8, 1, 2, 3);
        assertThatThrownBy(() -> read(elsewhere))
                .hasMessageContaining("1.000 mm from the nearest slice");
    }
}
