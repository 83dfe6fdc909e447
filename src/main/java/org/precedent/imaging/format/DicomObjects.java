package org.precedent.imaging.format;

import java.nio.file.Path;
import java.util.Optional;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Reading;
import org.precedent.imaging.format.dicom.DicomFile;
import org.precedent.imaging.format.dicom.DicomObject;

/** Files as the objects that DICOMweb hands out. */
public final class DicomObjects {
    private DicomObjects() {}

    /**
     * The object of a file.
     *
     * @return empty where it is no DICOM file
     * @throws ImagingException when it is one and cannot be read
     */
    public static Optional<DicomObject> read(Path file) {
        try (VolumeReader reader = new VolumeReader(Limits.VOLUMES)) {
            Reading reading = reader.open(file);
            if (VolumeReader.kind(reading.bytes()) != VolumeReader.Kind.DICOM) {
                return Optional.empty();
            }
            return Optional.of(
                    VolumeReader.guarded(
                            reading,
                            "DICOM",
                            () -> {
                                DicomFile walked = reader.dicomReader().walk(reading);
                                return DicomObject.of(walked);
                            }));
        }
    }
}
