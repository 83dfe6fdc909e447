package org.precedent.imaging.format.dicom;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.volume.Meaning;
import org.precedent.imaging.volume.Meaning.Lookup;
import org.precedent.imaging.volume.Rescale;
import org.precedent.imaging.volume.ScannedVolume;
import org.precedent.imaging.volume.StoredSamples;

/**
 * A volume from files of one slice each. The files are sorted by where they lie; what makes them no
 * volume is refused with the name of the file that is at fault.
 */
public final class DicomSeries {
    private final DicomReader reader;

    /**
     * @param reader decodes the slices
     */
    public DicomSeries(DicomReader reader) {
        this.reader = reader;
    }

    /** Files by their series, in the order in which each series was met. */
    public static Map<String, List<DicomFile>> bySeries(List<DicomFile> files) {
        Map<String, List<DicomFile>> series = new LinkedHashMap<>();
        for (DicomFile file : files) {
            series.computeIfAbsent(file.seriesUid(), uid -> new ArrayList<>()).add(file);
        }
        return series;
    }

    /**
     * Puts the slices of one series together.
     *
     * @param files at least one, walked
     * @throws ImagingException when they are of several series, patients or orientations, when a
     *     slice is missing or twice there, and when the gantry was tilted
     */
    public ScannedVolume assemble(List<DicomFile> files) {
        return volume(files, arrange(files));
    }

    /** The order and the grid of the slices of one series, by their headers alone. */
    static SliceStack arrange(List<DicomFile> files) {
        DicomFile first = files.get(0);
        List<FramePlane> planes = new ArrayList<>();
        for (DicomFile file : files) {
            check(first, file);
            planes.add(FramePlane.of(file).get(0));
        }
        PixelDescription pixels = first.pixels();
        try {
            double[] apart = first.set().decimals(Tag.SPACING_BETWEEN_SLICES);
            return SliceStack.of(
                    planes,
                    pixels.columns(),
                    pixels.rows(),
                    apart != null && apart[0] > 0 ? apart[0] : 0);
        } catch (SliceStack.Broken e) {
            throw refuse(
                    files.get(e.slice),
                    Tag.IMAGE_POSITION,
                    String.valueOf(e.getMessage()),
                    "a regular stack");
        }
    }

    private ScannedVolume volume(List<DicomFile> files, SliceStack stack) {
        DicomFile first = files.get(0);
        PixelDescription pixels = first.pixels();
        int length = pixels.frameSamples() * pixels.type().bytes();
        long bytes = (long) length * files.size();
        long samples = (long) pixels.frameSamples() * files.size();
        long most = first.reading().limits().maxPixels();
        if (samples > most || bytes > Integer.MAX_VALUE - 1024) {
            throw refuse(first, Tag.ROWS, "begins a series of " + samples + " samples", most);
        }
        byte[] block = new byte[(int) bytes];
        Meaning meaning = FrameMeaning.of(first, new int[] {0});
        List<Rescale> rescales = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        for (int i = 0; i < files.size(); i++) {
            DicomImage image = reader.read(files.get(stack.order()[i]));
            System.arraycopy(image.samples().block(), 0, block, i * length, length);
            Meaning own = FrameMeaning.of(image.file(), new int[] {0});
            requireSame(image.file(), meaning, own);
            rescales.add(own.rescale(0));
            image.notes().stream().filter(note -> !notes.contains(note)).forEach(notes::add);
        }
        boolean same = rescales.stream().allMatch(rescales.get(0)::equals);
        return new ScannedVolume(
                stack.grid(),
                pixels.samples(),
                new StoredSamples(pixels.type(), block),
                new Meaning(
                        meaning.modality(),
                        same ? rescales.subList(0, 1) : rescales,
                        meaning.lookup(),
                        meaning.padding(),
                        meaning.brightLow(),
                        meaning.window()),
                notes);
    }

    /** What all slices are read by must be what each of them says. */
    private static void requireSame(DicomFile file, Meaning first, Meaning own) {
        if (!Objects.equals(own.padding(), first.padding())) {
            throw refuse(
                    file,
                    Tag.PIXEL_PADDING_VALUE,
                    "is padded with "
                            + (own.padding() == null ? "nothing" : own.padding())
                            + ", others with "
                            + (first.padding() == null ? "nothing" : first.padding()),
                    "one padding");
        }
        Lookup mine = own.lookup();
        Lookup theirs = first.lookup();
        if (mine == null != (theirs == null)
                || mine != null && theirs != null && !mine.isSame(theirs)) {
            throw refuse(
                    file,
                    Tag.MODALITY_LUT_SEQUENCE,
                    "has another table of values than others",
                    "one table");
        }
    }

    private static void check(DicomFile first, DicomFile file) {
        if (!file.patientId().equals(first.patientId())) {
            // Neither is named: messages must not hold identifiers.
            throw refuse(file, Tag.PATIENT_ID, "belongs to another patient", "one patient");
        }
        if (!file.studyUid().equals(first.studyUid())) {
            throw refuse(file, Tag.STUDY_INSTANCE_UID, "belongs to another study", "one study");
        }
        if (!file.seriesUid().equals(first.seriesUid())) {
            throw refuse(file, Tag.SERIES_INSTANCE_UID, "belongs to another series", "one series");
        }
        String frame = first.set().text(Tag.FRAME_OF_REFERENCE_UID);
        if (!file.set().text(Tag.FRAME_OF_REFERENCE_UID).equals(frame)) {
            throw refuse(
                    file,
                    Tag.FRAME_OF_REFERENCE_UID,
                    "is placed in another frame of reference",
                    "one frame of reference");
        }
        DicomImage.requireNoPalette(file);
        PixelDescription mine = file.pixels();
        PixelDescription theirs = first.pixels();
        if (mine.frames() != 1) {
            throw refuse(file, Tag.NUMBER_OF_FRAMES, "holds " + mine.frames() + " frames", 1);
        }
        if (mine.rows() != theirs.rows() || mine.columns() != theirs.columns()) {
            throw refuse(
                    file,
                    Tag.ROWS,
                    "is of "
                            + mine.columns()
                            + " x "
                            + mine.rows()
                            + " pixels, others of "
                            + theirs.columns()
                            + " x "
                            + theirs.rows(),
                    theirs.rows());
        }
        if (mine.type() != theirs.type()
                || mine.samples() != theirs.samples()
                || !mine.photometric().equals(theirs.photometric())) {
            throw refuse(
                    file,
                    Tag.BITS_STORED,
                    "holds "
                            + mine.type().word()
                            + " samples of "
                            + mine.photometric()
                            + ", others "
                            + theirs.type().word()
                            + " of "
                            + theirs.photometric(),
                    theirs.stored());
        }
    }

    private static ImagingException refuse(DicomFile file, Tag tag, String problem, Object limit) {
        return file.reading()
                .refuse(
                        Code.SERIES,
                        problem + ": the series is no volume",
                        tag.toString(),
                        problem,
                        limit);
    }
}
