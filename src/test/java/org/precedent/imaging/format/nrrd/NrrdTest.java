package org.precedent.imaging.format.nrrd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Reading;
import org.precedent.imaging.volume.Affine;
import org.precedent.imaging.volume.Grid;
import org.precedent.imaging.volume.SampleType;
import org.precedent.imaging.volume.StoredSamples;

/** NRRD in its encodings and spaces, read, refused and written again to the bit. */
class NrrdTest {
    private static final String HEAD =
            "NRRD0004\n# a comment\ntype: uint8\ndimension: 3\nsizes: 3 2 1\n";
    private static final String SPACE =
            "space: left-posterior-superior\nspace directions: (0,1,0) (2,0,0) (0,0,3)\n"
                    + "space origin: (-5,6,7)\n";

    private static NrrdImage read(byte[] file) {
        return NrrdReader.read(new Reading("a.nrrd", file, Limits.VOLUMES), name -> null);
    }

    private static byte[] file(String header, int... samples) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(header.getBytes(StandardCharsets.UTF_8));
        out.write('\n');
        IntStream.of(samples).forEach(out::write);
        return out.toByteArray();
    }

    private static long[] samples(NrrdImage image) {
        StoredSamples samples = image.samples();
        return IntStream.range(0, samples.count()).mapToLong(samples::integer).toArray();
    }

    @Test
    void rawTextAndHexAreTheSame() {
        byte[] raw = file(HEAD + SPACE + "encoding: raw\n", 1, 2, 3, 4, 5, 255);
        byte[] text =
                (HEAD.replace("uint8", "unsigned char") + "encoding: ascii\n\n1 2 3\n4 5 255\n")
                        .getBytes(StandardCharsets.UTF_8);
        byte[] hex =
                (HEAD.replace("\n", "\r\n") + "encoding: hex\r\n\r\n010203 0405fF")
                        .getBytes(StandardCharsets.UTF_8);
        for (byte[] file : List.of(raw, text, hex)) {
            assertThat(samples(read(file))).containsExactly(1, 2, 3, 4, 5, 255);
        }
        byte[] behind = file(HEAD + "encoding: raw\nbyte skip: -1\n", 9, 9, 1, 2, 3, 4, 5, 6);
        assertThat(samples(read(behind))).containsExactly(1, 2, 3, 4, 5, 6);
    }

    @ParameterizedTest
    @CsvSource({
        "left-posterior-superior, -5, 6, PLS",
        "RAS, 5, -6, ARS",
        "left-anterior-superior, -5, -6, ALS"
    })
    void vectorsAreColumnsInWhateverSpace(String space, double x, double y, String codes) {
        String header = HEAD + SPACE.replace("left-posterior-superior", space) + "encoding: raw\n";
        Grid grid = read(file(header, 1, 2, 3, 4, 5, 6)).grid();
        assertThat(grid.affine().orElseThrow().apply(0, 0, 0)).containsExactly(x, y, 7);
        assertThat(grid.spacingMm()).containsExactly(1, 2, 3);
        assertThat(grid.axisCodes()).isEqualTo(codes);
    }

    @Test
    void bigEndianIsTurned() {
        String header =
                "NRRD0001\ntype: short\ndimension: 2\nsizes: 2 1\nendian: big\nencoding: raw\n";
        NrrdImage image = read(file(header, 0xff, 0xfe, 1, 0));
        assertThat(samples(image)).containsExactly(-2, 256);
        assertThat(image.grid().sizes()).containsExactly(2, 1, 1);
        assertThat(image.grid().affine()).isEmpty();
    }

    @Test
    void segmentsAreFoundByLayerAndValue() {
        String header =
                "NRRD0004\ntype: uint8\ndimension: 4\nsizes: 2 3 1 1\n"
                        + "kinds: list domain domain domain\nspace: left-posterior-superior\n"
                        + "space directions: none (1,0,0) (0,1,0) (0,0,1)\nencoding: raw\n"
                        + "Segment0_ID:=Segment_1\nSegment0_Name:=liver\nSegment0_LabelValue:=1\n"
                        + "Segment0_Layer:=0\nSegment1_ID:=Segment_2\nSegment1_Name:=tumour\n"
                        + "Segment1_LabelValue:=1\nSegment1_Layer:=1\nPatientName:=Doe\n";
        NrrdImage image = read(file(header, 1, 0, 1, 1, 0, 0));
        assertThat(image.components()).isEqualTo(2);
        assertThat(image.segments()).extracting(Segment::name).containsExactly("liver", "tumour");
        assertThat(image.mask(image.segments().get(0)).block()).containsExactly(1, 1, 0);
        assertThat(image.mask(image.segments().get(1)).block()).containsExactly(0, 1, 0);
        assertThat(image.toString()).doesNotContain("Doe");
    }

    @Test
    void writtenFilesReadBackToTheBit() {
        Affine affine = new Affine(0.1, 0, 0.3, 1 / 3.0, 0, -0.7, 0, 1e-7, 0.2, 0, 2.5, -177.75);
        Grid grid = Grid.of(new int[] {23, 38, 3}, affine);
        int[] values = new int[23 * 38 * 3];
        values[values.length - 23] = 40_000; // one corner of the last slice
        StoredSamples samples = StoredSamples.of(SampleType.UINT16, values);
        List<Segment> segments = List.of(new Segment("Segment_1", "left lung", 40_000, 0));
        for (boolean gzip : new boolean[] {false, true}) {
            byte[] file = NrrdWriter.write(grid, samples, segments, gzip);
            NrrdImage back = read(file);
            assertThat(back.grid()).isEqualTo(grid);
            assertThat(back.samples().block()).isEqualTo(samples.block());
            assertThat(back.segments()).isEqualTo(segments);
            assertThat(NrrdWriter.write(back.grid(), back.samples(), back.segments(), gzip))
                    .isEqualTo(file);
        }
    }

    @Test
    void whatItsChecksumDoesNotFitIsRefused() {
        Grid grid = Grid.of(new int[] {5, 4, 3}, new Affine(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0));
        StoredSamples samples = StoredSamples.of(SampleType.UINT16, new int[60]);
        byte[] file = NrrdWriter.write(grid, samples, List.of(), true);
        byte[] changed = file.clone();
        changed[file.length - 8] ^= 1;
        refused(changed, Code.UNREADABLE, "another checksum or length");
        refused(Arrays.copyOf(file, file.length - 8), Code.TRUNCATED, "lacks the checksum");
    }

    @Test
    void detachedSamplesComeFromTheSameFolderOnly() {
        byte[] header =
                (HEAD + "encoding: raw\ndata file: ./b.raw\n").getBytes(StandardCharsets.UTF_8);
        NrrdImage image =
                NrrdReader.read(
                        new Reading("a.nhdr", header, Limits.VOLUMES),
                        name -> name.equals("b.raw") ? new byte[] {6, 5, 4, 3, 2, 1} : null);
        assertThat(samples(image)).containsExactly(6, 5, 4, 3, 2, 1);
        byte[] list =
                (HEAD + "encoding: raw\ndata file: LIST\none\ntwo\n")
                        .getBytes(StandardCharsets.UTF_8);
        image =
                NrrdReader.read(
                        new Reading("a.nhdr", list, Limits.VOLUMES),
                        name -> name.equals("one") ? new byte[] {1, 2, 3} : new byte[] {4, 5, 6});
        assertThat(samples(image)).containsExactly(1, 2, 3, 4, 5, 6);
        for (String name : new String[] {"../b.raw", "/etc/passwd", "c\\b", "sub/b.raw"}) {
            refused(
                    (HEAD + "encoding: raw\ndata file: " + name + "\n")
                            .getBytes(StandardCharsets.UTF_8),
                    Code.UNSUPPORTED_CONTENT,
                    "another folder");
        }
    }

    @Test
    void whatIsNotReadIsRefusedByItsField() {
        refused(file(HEAD + "encoding: raw\n", 1, 2), Code.TRUNCATED, "2 bytes", "6");
        refused(file(HEAD + "encoding: bzip2\n", 1), Code.UNSUPPORTED_CONTENT, "encoded");
        refused(
                file(HEAD.replace("3 2 1", "30000 30000 9") + "encoding: raw\n"),
                Code.TOO_MANY_PIXELS,
                "900000000");
        refused(file(HEAD.replace("3 2 1", "3 2") + "encoding: raw\n"), Code.UNREADABLE, "2 sizes");
        refused(file(HEAD.replace("uint8", "block")), Code.UNSUPPORTED_CONTENT, "type");
        refused(
                file(HEAD + SPACE.replace("left-posterior-superior", "scanner-xyz")),
                Code.UNSUPPORTED_CONTENT,
                "space");
        refused(file(HEAD + "sizes: 1 1 1\n"), Code.UNREADABLE, "twice");
        refused(
                file(HEAD.replace("uint8", "short") + "encoding: raw\n", new int[12]),
                Code.UNREADABLE,
                "endian");
    }

    @Test
    void whatItsTypeCannotHoldIsRefused() {
        for (String value : List.of("256", "-1", "300")) {
            refused(
                    (HEAD + "encoding: ascii\n\n1 2 3 4 5 " + value + "\n")
                            .getBytes(StandardCharsets.UTF_8),
                    Code.UNREADABLE,
                    value,
                    "uint8");
        }
        String signed = HEAD.replace("uint8", "short") + "endian: little\nencoding: ascii\n\n";
        assertThat(
                        samples(
                                read(
                                        (signed + "-32768 32767 0 1 2 3")
                                                .getBytes(StandardCharsets.UTF_8))))
                .containsExactly(-32768, 32767, 0, 1, 2, 3);
        refused(
                (signed + "-32769 1 2 3 4 5").getBytes(StandardCharsets.UTF_8),
                Code.UNREADABLE,
                "-32769");
    }

    @Test
    void fewBytesThatDeclareManyAreTruncated() {
        String large = HEAD.replace("3 2 1", "1000 700 700");
        for (String encoding : List.of("raw", "ascii", "hex")) {
            refused(
                    file(large + "encoding: " + encoding + "\n", 49, 32, 50),
                    Code.TRUNCATED,
                    "declares");
        }
    }

    private static void refused(byte[] file, Code code, String... words) {
        assertThatThrownBy(() -> read(file))
                .isInstanceOfSatisfying(
                        ImagingException.class,
                        e -> {
                            assertThat(e.code()).as(e.getMessage()).isEqualTo(code);
                            assertThat(e.getMessage()).startsWith("a.nrrd: ").contains(words);
                        });
    }
}
