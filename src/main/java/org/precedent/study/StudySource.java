package org.precedent.study;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.imaging.Limits;
import org.precedent.imaging.format.BurntIn;
import org.precedent.imaging.format.MaskConverter;
import org.precedent.imaging.format.Study;
import org.precedent.imaging.format.VolumeReader;
import org.precedent.imaging.format.dicom.SourceSeries;

/**
 * A study on disk, read.
 *
 * @param path the file, or the folder of one DICOM series
 * @param patient the pseudonym of the patient that its headers name; null where they name none
 */
public record StudySource(Path path, Study study, @Nullable String patient) {
    /** Whether it is DICOM, to which a segmentation can refer. */
    public boolean dicom() {
        return Files.isDirectory(path) || VolumeReader.isDicom(path);
    }

    /**
     * Reads a study.
     *
     * @param folder that is asked for the patient: the path itself, or the one that its file is in
     * @param key by which the patient of a DICOM header gets its pseudonym
     * @param burntIn what becomes of files whose pixels may show a name
     * @throws org.precedent.imaging.ImagingException when it cannot be read correctly
     */
    public static StudySource read(Path path, Path folder, byte[] key, BurntIn burntIn) {
        try (VolumeReader reader = new VolumeReader(Limits.VOLUMES, burntIn)) {
            return new StudySource(
                    path, reader.study(path), reader.patient(folder, key).orElse(null));
        }
    }

    /**
     * The DICOM series that a segmentation refers to, with its patient: for one answer, to be
     * forgotten afterwards.
     *
     * @param field that asks for it
     * @param name of the study, for a refusal
     * @throws ServiceException when it is no DICOM
     */
    public static SourceSeries series(Path path, String field, String name) {
        try (MaskConverter converter = new MaskConverter(Limits.VOLUMES)) {
            SourceSeries series = converter.source(path).series();
            if (series == null) {
                throw ServiceException.badParameter(
                        field,
                        StudyFormat.DICOM_SEG.word(),
                        "a DICOM series to refer to, which " + name + " is not");
            }
            return series;
        }
    }
}
