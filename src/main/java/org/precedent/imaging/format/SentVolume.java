package org.precedent.imaging.format;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Reading;
import org.precedent.imaging.format.dicom.DicomFile;
import org.precedent.imaging.format.dicom.DicomSeries;
import org.precedent.imaging.format.dicom.KeptHeader;
import org.precedent.imaging.format.dicom.SourceSeries;
import org.precedent.imaging.format.nifti.NiftiImage;
import org.precedent.imaging.format.nifti.NiftiReader;
import org.precedent.imaging.format.nrrd.NrrdImage;
import org.precedent.imaging.format.nrrd.NrrdReader;

/**
 * A volume that was sent over the network, read from memory: one NIfTI, NRRD or DICOM file, the
 * DICOM files of one series, or a zip file of them. What a header says of a patient is written
 * nowhere.
 *
 * @param patient the pseudonym of the patient of DICOM files; null where nothing names one
 * @param dicom the files of a DICOM series; empty of other formats
 */
public record SentVolume(Study study, @Nullable String patient, List<DicomFile> dicom) {
    /** Files of one series. */
    private static final int MOST_FILES = 10_000;

    public SentVolume {
        dicom = List.copyOf(dicom);
    }

    /** Whether a file is a zip file. */
    public static boolean isZip(byte[] bytes) {
        return bytes.length > 4
                && bytes[0] == 'P'
                && bytes[1] == 'K'
                && bytes[2] == 3
                && bytes[3] == 4;
    }

    /**
     * Reads a volume.
     *
     * @param files by their names, for messages
     * @param key secret of the data directory, which makes pseudonyms
     * @throws ImagingException when it cannot be read correctly, or its pixels may show a name
     */
    public static SentVolume read(Map<String, byte[]> files, byte[] key) {
        Map<String, byte[]> unpacked = new LinkedHashMap<>();
        long[] left = {Limits.VOLUMES.maxFileBytes()};
        files.forEach((name, bytes) -> {
            if (isZip(bytes)) {
                unzip(name, bytes, left, unpacked);
            } else {
                unpacked.put(name, bytes);
            }
        });
        try (VolumeReader volumes = new VolumeReader(Limits.VOLUMES)) {
            if (unpacked.size() == 1) {
                Map.Entry<String, byte[]> only = unpacked.entrySet().iterator().next();
                return one(volumes, reading(only.getKey(), only.getValue()), key);
            }
            return series(volumes, unpacked, key);
        }
    }

    /** The DICOM series, as a segmentation refers to it; empty of other formats. */
    public Optional<SourceSeries> series() {
        if (dicom.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                VolumeReader.guarded(
                        reading("the series", new byte[0]),
                        "DICOM series",
                        () -> SourceSeries.of(dicom)));
    }

    private static Reading reading(String name, byte[] bytes) {
        return new Reading(Reading.shown(name), bytes, Limits.VOLUMES);
    }

    private static SentVolume one(VolumeReader volumes, Reading reading, byte[] key) {
        VolumeReader.Kind kind = VolumeReader.kind(reading.bytes());
        if (kind == null) {
            throw VolumeReader.unknown(reading);
        }
        return VolumeReader.guarded(
                reading,
                kind.name(),
                () ->
                        switch (kind) {
                            case DICOM -> {
                                DicomFile file = volumes.dicomReader().walk(reading);
                                KeptHeader.checkPixels(file);
                                yield new SentVolume(
                                        new Study(volumes.dicomReader().read(file).volume(), null),
                                        KeptHeader.pseudonym(file, key).orElse(null),
                                        List.of(file));
                            }
                            case NIFTI -> {
                                NiftiImage image = NiftiReader.read(reading, null);
                                requireOne(reading, image.header().volumes());
                                yield new SentVolume(
                                        new Study(image.volume(0), image.header()),
                                        null,
                                        List.of());
                            }
                            case NRRD -> {
                                NrrdImage image = NrrdReader.read(reading, beside -> null);
                                requireOne(reading, image.volumes());
                                yield new SentVolume(
                                        new Study(image.volume(0), null), null, List.of());
                            }
                        });
    }

    private static void requireOne(Reading reading, int volumes) {
        if (volumes != 1) {
            throw reading.refuse(
                    Code.MULTIPLE_PAGES,
                    "holds " + volumes + " volumes; send the one that is meant",
                    "volumes",
                    volumes,
                    1);
        }
    }

    private static SentVolume series(VolumeReader volumes, Map<String, byte[]> files, byte[] key) {
        List<DicomFile> found = new ArrayList<>();
        files.forEach((name, bytes) -> {
            Reading reading = reading(name, bytes);
            if (VolumeReader.kind(bytes) == VolumeReader.Kind.DICOM) {
                DicomFile file =
                        VolumeReader.guarded(
                                reading, "DICOM", () -> volumes.dicomReader().walk(reading));
                if (!file.isSegmentation()) {
                    found.add(file);
                }
            }
        });
        Reading about = reading("the files", new byte[0]);
        Map<String, List<DicomFile>> series = DicomSeries.bySeries(found);
        if (series.size() != 1) {
            throw about.refuse(
                    Code.SERIES,
                    "hold " + series.size() + " DICOM series; several files are those of one",
                    "series",
                    series.size(),
                    1);
        }
        List<DicomFile> slices = series.values().iterator().next();
        slices.forEach(KeptHeader::checkPixels);
        return VolumeReader.guarded(
                about,
                "DICOM series",
                () ->
                        new SentVolume(
                                new Study(
                                        slices.size() == 1
                                                ? volumes.dicomReader().read(slices.get(0)).volume()
                                                : new DicomSeries(volumes.dicomReader())
                                                        .assemble(slices),
                                        null),
                                KeptHeader.pseudonym(slices.get(0), key).orElse(null),
                                slices));
    }

    /**
     * What is packed counts as it is unpacked, so that no few bytes become very many.
     *
     * @param left bytes that all zip files may still become
     */
    private static void unzip(
            String name, byte[] bytes, long[] left, Map<String, byte[]> unpacked) {
        Reading reading = reading(name, bytes);
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(bytes))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                if (entry.isDirectory() || entry.getName().startsWith("__MACOSX")) {
                    continue;
                }
                byte[] file = zip.readNBytes((int) Math.min(left[0] + 1, Integer.MAX_VALUE - 8));
                left[0] -= file.length;
                if (left[0] < 0 || unpacked.size() == MOST_FILES) {
                    throw reading.refuse(
                            Code.TOO_MANY_BYTES,
                            "holds more than "
                                    + Limits.VOLUMES.maxFileBytes()
                                    + " bytes or "
                                    + MOST_FILES
                                    + " files",
                            "bytes",
                            "more",
                            Limits.VOLUMES.maxFileBytes());
                }
                unpacked.put(unpacked.size() + " " + entry.getName(), file);
            }
        } catch (IOException | IllegalArgumentException e) {
            throw reading.refuse(Code.UNREADABLE, "is not a readable zip file", e);
        }
        if (unpacked.isEmpty()) {
            throw reading.refuse(Code.TRUNCATED, "is a zip file without a file in it");
        }
    }
}
