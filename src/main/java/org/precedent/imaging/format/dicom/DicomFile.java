package org.precedent.imaging.format.dicom;

import java.util.Arrays;
import java.util.List;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.Reading;

/**
 * A DICOM file that was walked: what it says, without a decoded pixel.
 *
 * <p>The identifiers in here are the patient's own. They group files and fetch their like; nothing
 * may write them anywhere.
 */
public final class DicomFile {
    private final Reading reading;
    private final TransferSyntax syntax;
    private final DataSet set;
    private final List<String> notes;

    DicomFile(Reading reading, TransferSyntax syntax, DataSet set, List<String> notes) {
        this.reading = reading;
        this.syntax = syntax;
        this.set = set;
        this.notes = List.copyOf(notes);
    }

    Reading reading() {
        return reading;
    }

    TransferSyntax syntax() {
        return syntax;
    }

    DataSet set() {
        return set;
    }

    List<String> notes() {
        return notes;
    }

    /** The file's name, fit for messages. */
    public String name() {
        return reading.file();
    }

    /** The UID of how it is encoded. */
    public String transferSyntax() {
        return syntax.uid();
    }

    /** CT, MR, ... */
    public String modality() {
        return set.code(Tag.MODALITY);
    }

    /** What kind of object it is. */
    public String sopClass() {
        return set.text(Tag.SOP_CLASS_UID);
    }

    /** The object itself; identifying. */
    public String instanceUid() {
        return set.text(Tag.SOP_INSTANCE_UID);
    }

    /** The series it belongs to; identifying. */
    public String seriesUid() {
        return set.text(Tag.SERIES_INSTANCE_UID);
    }

    /** The study it belongs to; identifying. */
    public String studyUid() {
        return set.text(Tag.STUDY_INSTANCE_UID);
    }

    /** Whose it is; identifying. */
    public String patientId() {
        return set.text(Tag.PATIENT_ID);
    }

    /** Whether it is a segmentation, whose frames are masks. */
    public boolean isSegmentation() {
        return sopClass().equals(SopClass.SEGMENTATION) || sopClass().equals(SopClass.LABEL_MAP);
    }

    /**
     * The sizes of its samples as stored: frames where there are several, rows, columns, colours
     * where there are any.
     *
     * @throws ImagingException when it has no pixels that are read
     */
    public int[] shape() {
        PixelDescription pixels = pixels();
        int[] shape = {pixels.frames(), pixels.rows(), pixels.columns(), pixels.samples()};
        int from = pixels.frames() > 1 ? 0 : 1;
        int to = pixels.samples() > 1 ? 4 : 3;
        return Arrays.copyOfRange(shape, from, to);
    }

    /** The element that holds the pixels; an object without one is refused by its kind. */
    Element pixelData() {
        for (Tag tag : List.of(Tag.PIXEL_DATA, Tag.FLOAT_PIXEL_DATA, Tag.DOUBLE_PIXEL_DATA)) {
            Element element = set.get(tag);
            if (element != null) {
                return element;
            }
        }
        throw reading.refuse(
                Code.UNSUPPORTED_CONTENT,
                "is "
                        + SopClass.nameOf(sopClass().isEmpty() ? "" : Reading.shown(sopClass()))
                        + " and holds no pixels ("
                        + Tag.PIXEL_DATA
                        + ")",
                Tag.PIXEL_DATA.toString(),
                "none",
                "an image");
    }

    /** What it says of its pixels. */
    PixelDescription pixels() {
        pixelData();
        return PixelDescription.of(reading, set);
    }
}
