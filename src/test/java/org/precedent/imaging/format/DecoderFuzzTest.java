package org.precedent.imaging.format;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.fuzz.Fuzzing;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Raster;
import org.precedent.imaging.Reading;
import org.precedent.imaging.format.codec.FrameDecoder;
import org.precedent.imaging.format.codec.NativeDecoder;
import org.precedent.imaging.format.dicom.DicomBytes;
import org.precedent.imaging.format.dicom.DicomFile;
import org.precedent.imaging.format.dicom.DicomImage;
import org.precedent.imaging.format.dicom.DicomObject;
import org.precedent.imaging.format.dicom.DicomReader;
import org.precedent.imaging.format.dicom.KeptHeader;
import org.precedent.imaging.format.dicom.SegmentMasks;
import org.precedent.imaging.format.dicom.SourceSeries;

/** Files of every kind, damaged: a refusal or an image, soon and within a budget of memory. */
class DecoderFuzzTest {
    private static final int BY_DEFAULT = 1000;
    private static final Limits LIMITS = new Limits(1 << 20, 1 << 16, 1024);
    private static final Limits VOLUMES = new Limits(1 << 20, 1 << 20, 1024);

    /** Far above what the pixels of the limits take, far below what a bomb would. */
    private static final long BUDGET = 64L << 20;

    @TempDir Path folder;

    @Test
    void pictures() throws Exception {
        ImageDecoder decoder = new ImageDecoder(LIMITS);
        fuzzing("pictures", SampleFiles.all())
                .run(BY_DEFAULT, (bytes, name) -> decoder.decode(bytes, name));
    }

    @Test
    void masks() throws Exception {
        ImageDecoder decoder = new ImageDecoder(LIMITS);
        MaskReader masks = new MaskReader(MaskReader.Strays.REFUSE);
        Raster image =
                new Raster(
                        SampleFiles.WIDTH,
                        SampleFiles.HEIGHT,
                        1,
                        8,
                        new short[SampleFiles.WIDTH * SampleFiles.HEIGHT]);
        fuzzing("masks", SampleFiles.all())
                .run(
                        BY_DEFAULT,
                        (bytes, name) ->
                                masks.mask(decoder.decodeLabels(bytes, name), "liver", image));
    }

    @Test
    void volumes() throws Exception {
        Path file = folder.resolve("volume");
        try (VolumeReader reader = new VolumeReader(VOLUMES, BurntIn.ALLOWED)) {
            Fuzzing fuzzing = fuzzing("volumes", Map.of());
            fuzzing.formats(".nii", ".nii.gz", ".nrrd", ".hdr");
            fuzzing.seed("volume.nii", VolumeSamples.nifti());
            fuzzing.seed("volume.nii.gz", VolumeSamples.niftiGzip());
            for (String encoding : List.of("raw", "gzip", "ascii")) {
                fuzzing.seed(encoding + ".nrrd", VolumeSamples.nrrd(encoding));
            }
            fuzzing.run(
                    BY_DEFAULT,
                    (bytes, name) -> {
                        Files.write(file, bytes);
                        reader.read(file);
                    });
        }
    }

    /** Compressed frames that a process of C code decodes are tried in long runs alone. */
    @Test
    void dicom() throws Exception {
        Path file = folder.resolve("slice.dcm");
        try (VolumeReader reader = new VolumeReader(VOLUMES, BurntIn.ALLOWED)) {
            Fuzzing fuzzing = fuzzing("dicom", Map.of());
            dicomSeeds(fuzzing);
            if (Fuzzing.isLong()) {
                fuzzing.formats(".dcm");
            } else {
                fuzzing.formats(
                        "RLE.dcm",
                        "_rle.dcm",
                        "small.dcm",
                        "implicit.dcm",
                        "bigendian.dcm",
                        "mf.dcm",
                        "badVR.dcm");
            }
            fuzzing.run(
                    BY_DEFAULT,
                    (bytes, name) -> {
                        Files.write(file, bytes);
                        reader.patient(file, new byte[32]);
                        reader.read(file);
                    });
        }
    }

    /** What is read of a DICOM file besides its pixels, and segmentations with their masks. */
    @Test
    void dicomObjects() throws Exception {
        Fuzzing fuzzing = fuzzing("dicom objects", Map.of());
        dicomSeeds(fuzzing);
        fuzzing.formats("binary.dcm", "fractional.dcm", "small.dcm", "mf.dcm", "IMG0001.dcm");
        try (FrameDecoder frames = new FrameDecoder(NativeDecoder.ofInstallation())) {
            DicomReader reader = new DicomReader(frames);
            fuzzing.run(
                    BY_DEFAULT,
                    (bytes, name) -> {
                        DicomFile walked = reader.walk(new Reading(name, bytes, VOLUMES));
                        KeptHeader.of(walked, new byte[32]);
                        DicomObject.of(walked).header();
                        SourceSeries.of(List.of(walked));
                        DicomImage image = reader.read(walked);
                        if (walked.isSegmentation()) {
                            SegmentMasks.of(image, SourceSeries.of(List.of(walked)));
                        }
                    });
        }
    }

    private static void dicomSeeds(Fuzzing fuzzing) {
        for (String syntax :
                List.of(
                        DicomBytes.IMPLICIT,
                        DicomBytes.EXPLICIT,
                        DicomBytes.BIG,
                        DicomBytes.DEFLATED)) {
            fuzzing.seed(syntax + ".dcm", VolumeSamples.slice(syntax));
        }
    }

    private static Fuzzing fuzzing(String what, Map<String, byte[]> seeds) {
        Fuzzing fuzzing = new Fuzzing(what, BUDGET, ImagingException.class);
        seeds.forEach(fuzzing::seed);
        return fuzzing;
    }
}
