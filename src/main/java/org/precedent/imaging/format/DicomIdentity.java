package org.precedent.imaging.format;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Reading;
import org.precedent.imaging.format.dicom.DicomReader;

/** Which object a DICOM file is, whatever kind of object and however it is encoded. */
public final class DicomIdentity {
    /** Meta information is shorter. */
    private static final int BEGINNING = 1 << 16;

    private DicomIdentity() {}

    /**
     * The object's UID, fit for a file's name; identifying.
     *
     * @throws ImagingException when the file is no DICOM file or its UID is none
     */
    public static String instanceUid(Path path) throws IOException {
        byte[] beginning;
        try (InputStream in = Files.newInputStream(path)) {
            beginning = in.readNBytes(BEGINNING);
        }
        String name = Reading.shown(path.toString());
        Reading reading = new Reading(name, beginning, Limits.VOLUMES);
        String stated =
                VolumeReader.guarded(reading, "DICOM", () -> DicomReader.instanceUid(reading));
        String uid = stated.isEmpty() ? ofDataSet(path) : stated;
        if (uid.length() > 64 || !uid.matches("[0-9]+(\\.[0-9]+)*")) {
            throw reading.refuse(
                    Code.UNREADABLE,
                    "is no DICOM file that says which object it is",
                    "(0002,0003) Media Storage SOP Instance UID",
                    uid.isEmpty() ? "none" : "no UID",
                    "a UID");
        }
        return uid;
    }

    /** Some writers leave it out of the meta information. */
    private static String ofDataSet(Path path) {
        try (VolumeReader reader = new VolumeReader(Limits.VOLUMES)) {
            Reading reading = reader.open(path);
            return VolumeReader.guarded(
                    reading, "DICOM", () -> reader.dicomReader().walk(reading).instanceUid());
        }
    }
}
