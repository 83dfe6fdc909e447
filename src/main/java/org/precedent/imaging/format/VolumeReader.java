package org.precedent.imaging.format;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Reading;
import org.precedent.imaging.format.codec.FrameDecoder;
import org.precedent.imaging.format.codec.NativeDecoder;
import org.precedent.imaging.format.dicom.DicomFile;
import org.precedent.imaging.format.dicom.DicomReader;
import org.precedent.imaging.format.dicom.DicomSeries;
import org.precedent.imaging.format.dicom.KeptHeader;
import org.precedent.imaging.format.nifti.NiftiImage;
import org.precedent.imaging.format.nifti.NiftiReader;
import org.precedent.imaging.format.nrrd.NrrdImage;
import org.precedent.imaging.format.nrrd.NrrdReader;
import org.precedent.imaging.volume.ScannedVolume;

/**
 * Reads volumes that anybody may have sent, by their content and not by their names: DICOM files
 * and series, NIfTI, NRRD. Whatever the bytes are, the outcome is a volume within the limits or an
 * {@link ImagingException}.
 *
 * <p>Closing ends the process that decodes compressed frames, if one was needed. One reader may be
 * used by several threads.
 */
public final class VolumeReader implements AutoCloseable {
    /** As many bytes as tell a kind. */
    private static final int LOOKED_AT = 1024;

    private final Limits limits;
    private final FrameDecoder decoder;
    private final DicomReader dicom;
    private final BurntIn burntIn;

    public VolumeReader(Limits limits) {
        this(limits, BurntIn.REFUSED);
    }

    public VolumeReader(Limits limits, BurntIn burntIn) {
        this.limits = limits;
        this.burntIn = burntIn;
        this.decoder = new FrameDecoder(NativeDecoder.ofInstallation());
        this.dicom = new DicomReader(decoder);
    }

    /** What kinds of files hold volumes. */
    enum Kind {
        DICOM,
        NIFTI,
        NRRD
    }

    /**
     * Reads a file of one volume, or a folder that holds one DICOM series.
     *
     * @throws ImagingException when it cannot be read correctly; the message names file, element,
     *     value and limit
     */
    public ScannedVolume read(Path path) {
        return read(path, 0, true);
    }

    /**
     * Reads a file of one volume, or a folder that holds one DICOM series, so that a mask can go
     * back to where it came from.
     *
     * @throws ImagingException as {@link #read(Path)}
     */
    public Study study(Path path) {
        if (!Files.isDirectory(path)) {
            Reading reading = open(path);
            if (kind(reading.bytes()) == Kind.NIFTI) {
                return guarded(
                        reading,
                        "NIFTI",
                        () -> {
                            NiftiImage image = nifti(reading, path);
                            check(reading, image.header().volumes(), 0, true);
                            return new Study(image.volume(0), image.header());
                        });
            }
        }
        return new Study(read(path), null);
    }

    /**
     * Reads one volume of a file that may hold several.
     *
     * @param index from 0
     * @throws ImagingException as {@link #read(Path)}, and when there are fewer volumes
     */
    public ScannedVolume read(Path path, int index) {
        return read(path, index, false);
    }

    private ScannedVolume read(Path path, int index, boolean only) {
        if (Files.isDirectory(path)) {
            return series(path);
        }
        Reading reading = open(path);
        Kind kind = kind(reading.bytes());
        if (kind == null) {
            throw unknown(reading);
        }
        return guarded(
                reading,
                kind.name(),
                () ->
                        switch (kind) {
                            case DICOM -> {
                                DicomFile file = dicom.walk(reading);
                                checkPixels(file);
                                yield dicom.read(file).volume();
                            }
                            case NIFTI -> {
                                NiftiImage image = nifti(reading, path);
                                check(reading, image.header().volumes(), index, only);
                                yield image.volume(index);
                            }
                            case NRRD -> {
                                NrrdImage image = nrrd(reading, path);
                                check(reading, image.volumes(), index, only);
                                yield image.volume(index);
                            }
                        });
    }

    private static void check(Reading reading, int volumes, int index, boolean only) {
        if (index < 0 || index >= volumes || (only && volumes > 1)) {
            throw reading.refuse(
                    Code.MULTIPLE_PAGES,
                    "holds " + volumes + " volumes; say which one is meant",
                    "volumes",
                    volumes,
                    only ? 1 : index + 1);
        }
    }

    private void checkPixels(DicomFile file) {
        if (burntIn == BurntIn.REFUSED) {
            KeptHeader.checkPixels(file);
        }
    }

    private ScannedVolume series(Path folder) {
        List<DicomFile> slices = walkSeries(folder);
        slices.forEach(this::checkPixels);
        return guarded(
                about(folder),
                "DICOM series",
                () ->
                        slices.size() == 1
                                ? dicom.read(slices.get(0)).volume()
                                : new DicomSeries(dicom).assemble(slices));
    }

    /**
     * The DICOM segmentation that a path is: a file, or a folder that holds nothing else.
     *
     * @return empty where it is something else
     */
    public Optional<Path> segmentation(Path path) {
        List<Path> files =
                Files.isDirectory(path) ? files(path) : isDicom(path) ? List.of(path) : List.of();
        if (files.size() != 1) {
            return Optional.empty();
        }
        Reading reading = open(files.get(0));
        return kind(reading.bytes()) == Kind.DICOM
                        && guarded(reading, "DICOM", () -> dicom.walk(reading)).isSegmentation()
                ? Optional.of(files.get(0))
                : Optional.empty();
    }

    /**
     * The images of the only series in a folder, walked; segmentations beside them do not count.
     */
    List<DicomFile> walkSeries(Path folder) {
        List<DicomFile> files = new ArrayList<>();
        for (Path file : files(folder)) {
            Reading reading = open(file);
            if (kind(reading.bytes()) == Kind.DICOM) {
                DicomFile walked = guarded(reading, "DICOM", () -> dicom.walk(reading));
                if (!walked.isSegmentation()) {
                    files.add(walked);
                }
            }
        }
        Reading about = about(folder);
        Map<String, List<DicomFile>> series = DicomSeries.bySeries(files);
        if (series.size() != 1) {
            throw about.refuse(
                    Code.SERIES,
                    "holds " + series.size() + " DICOM series; one is expected in a folder",
                    "series",
                    series.size(),
                    1);
        }
        return series.values().iterator().next();
    }

    private Reading about(Path folder) {
        return new Reading(Reading.shown(folder.toString()), new byte[0], limits);
    }

    /**
     * The pseudonym of the patient of a DICOM file, or of a folder of DICOM slices.
     *
     * @param key secret of the site
     * @return empty where nothing names a patient, and of other formats
     */
    public Optional<String> patient(Path path, byte[] key) {
        List<Path> one = isDicom(path) ? List.of(path) : List.of();
        for (Path file : Files.isDirectory(path) ? files(path) : one) {
            Reading reading = open(file);
            if (kind(reading.bytes()) == Kind.DICOM) {
                // One is enough: a series of several patients is refused.
                return KeptHeader.pseudonym(
                        guarded(reading, "DICOM", () -> dicom.walk(reading)), key);
            }
        }
        return Optional.empty();
    }

    private List<Path> files(Path folder) {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> entries =
                Files.newDirectoryStream(folder, Files::isRegularFile)) {
            entries.forEach(files::add);
        } catch (IOException e) {
            throw new Reading(Reading.shown(folder.toString()), new byte[0], limits)
                    .refuse(Code.MISSING_FILE, "cannot be listed", e);
        }
        // What was not fetched to its end, and what systems leave behind.
        files.removeIf(file -> String.valueOf(file.getFileName()).startsWith("."));
        files.sort(Comparator.naturalOrder());
        return files;
    }

    DicomReader dicomReader() {
        return dicom;
    }

    NiftiImage nifti(Reading reading, Path path) {
        if (!NiftiReader.header(reading).isPair()) {
            return NiftiReader.read(reading, null);
        }
        String name = String.valueOf(path.getFileName());
        String stem = name.replaceFirst("(?i)\\.hdr(\\.gz)?$", "");
        for (String suffix : List.of(".img", ".img.gz", ".IMG")) {
            Path image = path.resolveSibling(stem + suffix);
            if (!stem.equals(name) && Files.isRegularFile(image)) {
                return NiftiReader.read(reading, open(image).bytes());
            }
        }
        return NiftiReader.read(reading, null);
    }

    NrrdImage nrrd(Reading reading, Path path) {
        return NrrdReader.read(
                reading,
                name -> {
                    Path beside = path.resolveSibling(name);
                    return Files.isRegularFile(beside) ? open(beside).bytes() : null;
                });
    }

    /** Whether a file is that of a volume, by how it begins. */
    public static boolean isVolume(Path file) {
        return kind(start(file)) != null;
    }

    /** Whether a file is a DICOM file, by how it begins. */
    public static boolean isDicom(Path file) {
        return kind(start(file)) == Kind.DICOM;
    }

    /** None where it cannot be read: whoever reads it says why. */
    private static byte[] start(Path file) {
        if (!Files.isRegularFile(file)) {
            return new byte[0];
        }
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(LOOKED_AT);
        } catch (IOException e) {
            return new byte[0];
        }
    }

    /** What a file holds; null where it is nothing that is known here. */
    static @Nullable Kind kind(byte[] bytes) {
        if (NrrdReader.matches(bytes)) {
            return Kind.NRRD;
        }
        if (NiftiReader.matches(bytes)) {
            return Kind.NIFTI;
        }
        return DicomReader.matches(bytes) ? Kind.DICOM : null;
    }

    /** Runs a reading; whatever hostile bytes trip over becomes a refusal. */
    static <T> T guarded(Reading reading, String format, Supplier<T> read) {
        try {
            return read.get();
        } catch (ImagingException e) {
            throw e;
        } catch (OutOfMemoryError e) {
            throw reading.outOfMemory(e);
        } catch (RuntimeException | StackOverflowError e) {
            throw reading.refuse(Code.UNREADABLE, "is not a readable " + format + " file", e);
        }
    }

    static ImagingException unknown(Reading reading) {
        return reading.refuse(
                reading.bytes().length == 0 ? Code.TRUNCATED : Code.UNSUPPORTED_TYPE,
                reading.bytes().length == 0
                        ? "is empty"
                        : "holds no known type; read are DICOM, NIfTI, NRRD, PNG, JPEG, TIFF and"
                                + " BMP",
                "content",
                "unknown",
                "a known type");
    }

    /** The bytes of a file, within the limits. */
    Reading open(Path file) {
        String name = Reading.shown(file.toString());
        Reading none = new Reading(name, new byte[0], limits);
        if (Files.isDirectory(file)) {
            throw none.refuse(Code.MISSING_FILE, "is a folder, not a file");
        }
        int most = (int) limits.maxFileBytes() + 1;
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(most);
            if (bytes.length == most) {
                throw none.refuse(
                        Code.TOO_MANY_BYTES,
                        "has more than " + limits.maxFileBytes() + " bytes",
                        "bytes",
                        Math.max(most, Files.size(file)),
                        limits.maxFileBytes());
            }
            return new Reading(name, bytes, limits);
        } catch (OutOfMemoryError e) {
            throw none.outOfMemory(e);
        } catch (NoSuchFileException e) {
            throw none.refuse(Code.MISSING_FILE, "there is no such file", e);
        } catch (AccessDeniedException e) {
            throw none.refuse(Code.MISSING_FILE, "cannot be opened: this user may not read it", e);
        } catch (IOException e) {
            throw none.refuse(Code.MISSING_FILE, "cannot be opened", e);
        }
    }

    @Override
    public void close() {
        decoder.close();
    }
}
