package org.precedent.imaging.format.dicom.seg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Reading;
import org.precedent.imaging.format.LabelMasks;
import org.precedent.imaging.format.MaskConverter;
import org.precedent.imaging.format.MaskConverter.Naming;
import org.precedent.imaging.format.codec.FrameDecoder;
import org.precedent.imaging.format.codec.NativeDecoder;
import org.precedent.imaging.format.dicom.DicomFile;
import org.precedent.imaging.format.dicom.DicomReader;
import org.precedent.imaging.format.dicom.SegmentMasks;
import org.precedent.imaging.format.dicom.SegmentMasks.SegmentMask;
import org.precedent.imaging.format.dicom.SourceSeries;
import org.precedent.imaging.volume.SampleType;
import org.precedent.imaging.volume.StoredSamples;

/** Real files of hospitals' formats: segmentations of them pass a checker and read back. */
class SegmentationsOfFormatsTest {
    private static final Path FILES =
            Path.of(System.getProperty("precedent.home", "."))
                    .toAbsolutePath()
                    .resolve("../shared/data/formats")
                    .normalize();

    private static final Making MADE =
            new Making("a network", "1", "1.0", "made up", LocalDateTime.of(2026, 1, 2, 3, 4, 5));

    @TempDir Path folder;

    private final DicomReader reader =
            new DicomReader(new FrameDecoder(NativeDecoder.ofInstallation()));

    private DicomFile walk(Path file) throws IOException {
        Reading reading = new Reading(file.toString(), Files.readAllBytes(file), Limits.VOLUMES);
        return reader.walk(reading);
    }

    private List<SourceSeries> sources() throws IOException {
        assumeTrue(Files.isDirectory(FILES), "no files at " + FILES + ": nothing is compared");
        List<SourceSeries> sources = new ArrayList<>();
        for (String series : List.of("mr_series_1", "odd_23x38x3", "ct_liver_seg")) {
            List<DicomFile> files = new ArrayList<>();
            try (Stream<Path> all = Files.list(FILES.resolve(series))) {
                for (Path file : all.sorted().filter(p -> p.toString().endsWith(".dcm")).toList()) {
                    DicomFile walked = walk(file);
                    if (!walked.isSegmentation() && !file.endsWith("mf.dcm")) {
                        files.add(walked);
                    }
                }
            }
            sources.add(SourceSeries.of(files));
        }
        for (String name :
                List.of(
                        "odd_23x38x3/mf.dcm",
                        "seg/ct_image.dcm",
                        "seg/dx_image.dcm",
                        "dicom/CT_small.dcm",
                        "dicom/MR_small_bigendian.dcm",
                        "dicom/MR_small_implicit.dcm",
                        "dicom/JPEG2000.dcm",
                        "dicom/JPGExtended.dcm",
                        "dicom/SC_rgb_rle_2frame.dcm",
                        "dicom/SC_rgb_jpeg_dcmtk.dcm")) {
            sources.add(SourceSeries.of(List.of(walk(FILES.resolve(name)))));
        }
        return sources;
    }

    private static List<CodedSegment> segments(SourceSeries source) {
        Random random = new Random(7);
        List<CodedSegment> segments = new ArrayList<>();
        int voxels = (int) source.grid().voxels();
        for (String label : List.of("one", "zwölf", "empty")) {
            byte[] mask = new byte[voxels];
            for (int i = 0; i < voxels && !label.equals("empty"); i++) {
                mask[i] = (byte) (random.nextInt(5) == 0 ? 1 : 0);
            }
            segments.add(
                    CodedSegment.of(
                            label, CodedSegment.inside(new StoredSamples(SampleType.UINT8, mask))));
        }
        return segments;
    }

    @Test
    void whatIsWrittenIsReadBitForBit() throws Exception {
        for (SourceSeries source : sources()) {
            List<CodedSegment> segments = segments(source);
            byte[] file = SegmentationWriter.write(source, segments, MADE);
            List<SegmentMask> read =
                    SegmentMasks.of(reader.read(new Reading("seg", file, Limits.VOLUMES)), source);
            assertThat(read)
                    .extracting(SegmentMask::label)
                    .containsExactly("one", "zwölf", "empty");
            for (int i = 0; i < read.size(); i++) {
                assertThat(read.get(i).inside()).isEqualTo(segments.get(i).inside());
            }
        }
    }

    @Test
    void theCheckerOfTheStandardFindsNoError() throws Exception {
        assumeTrue(
                isInstalled(), "dciodvfy (Debian package dicom3tools) is not installed: skipped");
        int number = 0;
        for (SourceSeries source : sources()) {
            Path file = folder.resolve(number++ + ".dcm");
            Files.write(file, SegmentationWriter.write(source, segments(source), MADE));
            Process checker =
                    new ProcessBuilder("dciodvfy", file.toString())
                            .redirectErrorStream(true)
                            .start();
            String said =
                    new String(checker.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(checker.waitFor(20, TimeUnit.SECONDS)).isTrue();
            // One file of the set holds two frames although its class may hold only one.
            String fault =
                    "Error - Shall not be present for Referenced SOP Class that is not multi-";
            List<String> errors = said.lines().filter(line -> line.startsWith("Error")).toList();
            assertThat(said).contains("Segmentation");
            assertThat(errors.stream().filter(line -> !line.startsWith(fault))).isEmpty();
            assertThat(errors.isEmpty() || source.frames().get(0).number() > 0).isTrue();
        }
    }

    private static boolean isInstalled() {
        return Stream.of(String.valueOf(System.getenv("PATH")).split(":"))
                .anyMatch(at -> Files.isExecutable(Path.of(at, "dciodvfy")));
    }

    @Test
    void segmentationsOfOthersLieWhereTheirLabelMapsLie() throws Exception {
        assumeTrue(Files.isDirectory(FILES), "no files at " + FILES + ": nothing is compared");
        Path series = Files.createDirectory(folder.resolve("odd"));
        for (int i = 1; i <= 3; i++) {
            String name = "IMG000" + i + ".dcm";
            Files.copy(FILES.resolve("odd_23x38x3").resolve(name), series.resolve(name));
        }
        Path odd = FILES.resolve("odd_23x38x3");
        Path liver = FILES.resolve("ct_liver_seg");
        try (MaskConverter converter = new MaskConverter(Limits.VOLUMES)) {
            same(converter, series, odd.resolve("label.seg"), odd.resolve("label.nrrd"));
            same(
                    converter,
                    odd.resolve("mf.dcm"),
                    odd.resolve("label.seg"),
                    odd.resolve("label.nrrd"));
            same(converter, liver, liver.resolve("liver.dcm"), liver.resolve("liver_seg.nrrd"));
        }
    }

    private static void same(MaskConverter converter, Path source, Path dicom, Path map) {
        MaskConverter.Source image = converter.source(source);
        Naming all = new Naming(java.util.Map.of(1, "it"), java.util.Set.of());
        LabelMasks one = converter.read(dicom, image, all);
        LabelMasks other = converter.read(map, image, all);
        assertThat(one.labels().get(0).voxels()).isPositive();
        assertThat(one.labels().get(0).inside()).isEqualTo(other.labels().get(0).inside());
    }
}
