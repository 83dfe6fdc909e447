package org.precedent.imaging.format.dicom;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.volume.Grid;

/**
 * What a segmentation must say of the images that it was drawn on: where each frame lies, in the
 * words of its own file, which object it is, and whose. Only headers are read.
 *
 * <p>It holds the patient's own identifiers, because an archive files a segmentation by them. They
 * are here for the length of one answer; nothing may write them anywhere but into that answer.
 */
public final class SourceSeries {
    private final Grid grid;
    private final List<DicomFile> files;
    private final List<Frame> frames;
    private final List<FramePlane> planes;

    private SourceSeries(
            Grid grid, List<DicomFile> files, List<Frame> frames, List<FramePlane> planes) {
        this.grid = grid;
        this.files = List.copyOf(files);
        this.frames = List.copyOf(frames);
        this.planes = List.copyOf(planes);
    }

    /**
     * One frame.
     *
     * @param number in its file, from 1; 0 where the file is the frame
     * @param position as its file has it; empty where it has none
     * @param orientation likewise
     */
    public record Frame(
            String sopClass, String instanceUid, int number, String position, String orientation) {
        @Override
        public String toString() {
            return "frame " + number; // no identifiers in messages
        }
    }

    /** An element to repeat, in an encoding that every transfer syntax shares: text. */
    public record Repeated(String representation, byte[] value) {
        @Override
        public String toString() {
            return representation + " of " + value.length + " bytes"; // no identifiers in messages
        }
    }

    /**
     * The series of files that were walked.
     *
     * @param files at least one: slices of one series, or one file of several frames
     * @throws ImagingException when slices make no volume, and when a file does not say what a
     *     segmentation has to refer to
     */
    public static SourceSeries of(List<DicomFile> files) {
        for (DicomFile file : files) {
            file.pixelData();
            for (Tag tag :
                    List.of(
                            Tag.SOP_CLASS_UID,
                            Tag.SOP_INSTANCE_UID,
                            Tag.STUDY_INSTANCE_UID,
                            Tag.SERIES_INSTANCE_UID)) {
                if (file.set().text(tag).isEmpty()) {
                    throw refuse(
                            file,
                            "does not say its " + tag + ", which a segmentation of it refers to",
                            tag,
                            "none",
                            "a UID");
                }
            }
        }
        DicomFile first = files.get(0);
        if (first.isSegmentation()) {
            throw refuse(
                    first,
                    "is a segmentation itself, not the image of one",
                    Tag.SOP_CLASS_UID,
                    "Segmentation",
                    "an image");
        }
        if (files.size() == 1) {
            return ofFile(first);
        }
        SliceStack stack = DicomSeries.arrange(files);
        List<DicomFile> ordered =
                IntStream.of(stack.order()).<DicomFile>mapToObj(files::get).toList();
        List<Frame> frames = ordered.stream().map(file -> frame(file, 0, true)).toList();
        List<FramePlane> planes = ordered.stream().map(file -> FramePlane.of(file).get(0)).toList();
        return new SourceSeries(stack.grid(), ordered, frames, planes);
    }

    private static SourceSeries ofFile(DicomFile file) {
        List<FramePlane> planes = FramePlane.of(file);
        PixelDescription pixels = file.pixels();
        double[] apart = file.set().decimals(Tag.SPACING_BETWEEN_SLICES);
        double apartMm = apart != null && apart[0] > 0 ? apart[0] : 0;
        int count = pixels.frames();
        Grid grid;
        int[] order;
        boolean placed = true;
        try {
            SliceStack stack = SliceStack.of(planes, pixels.columns(), pixels.rows(), apartMm);
            grid = stack.grid();
            order = stack.order();
        } catch (SliceStack.Broken e) {
            // Times and views of one place, or a picture: frames are told by their numbers alone.
            placed = planes.get(0).isPlaced() && count == 1;
            double[] spacing = planes.get(0).spacingMm();
            grid =
                    new Grid(
                            new int[] {pixels.columns(), pixels.rows(), count},
                            new double[] {spacing[1], spacing[0], apartMm},
                            null);
            order = IntStream.range(0, count).toArray();
        }
        List<Frame> frames = new ArrayList<>();
        List<FramePlane> ordered = new ArrayList<>();
        for (int frame : order) {
            frames.add(frame(file, count == 1 ? 0 : frame + 1, placed));
            ordered.add(planes.get(frame));
        }
        return new SourceSeries(grid, List.of(file), frames, ordered);
    }

    private static Frame frame(DicomFile file, int number, boolean placed) {
        int index = Math.max(0, number - 1);
        String position = text(file, index, Tag.PLANE_POSITION_SEQUENCE, Tag.IMAGE_POSITION);
        String orientation =
                text(file, index, Tag.PLANE_ORIENTATION_SEQUENCE, Tag.IMAGE_ORIENTATION);
        boolean both = placed && !position.isEmpty() && !orientation.isEmpty();
        return new Frame(
                file.sopClass(),
                file.instanceUid(),
                number,
                both ? position : "",
                both ? orientation : "");
    }

    /** An element of a frame's functional groups, the shared ones, or the file itself. */
    private static String text(DicomFile file, int frame, Tag sequence, Tag tag) {
        List<DataSet> own = file.set().items(Tag.PER_FRAME_GROUPS);
        List<DataSet> shared = file.set().items(Tag.SHARED_GROUPS);
        List<DataSet> groups = new ArrayList<>();
        if (frame < own.size()) {
            groups.add(own.get(frame));
        }
        groups.addAll(shared);
        for (DataSet group : groups) {
            for (DataSet item : group.items(sequence)) {
                if (item.hasValue(tag)) {
                    return String.join("\\", item.texts(tag));
                }
            }
        }
        return groups.isEmpty() ? String.join("\\", file.set().texts(tag)) : "";
    }

    /** The voxels that a mask must have, its last axis along {@link #frames}. */
    public Grid grid() {
        return grid;
    }

    /** In the order in which the volume's slices follow each other. */
    public List<Frame> frames() {
        return frames;
    }

    /** Whether its frames lie somewhere. */
    public boolean isPlaced() {
        return !frames.get(0).position().isEmpty();
    }

    public String studyUid() {
        return files.get(0).studyUid();
    }

    public String seriesUid() {
        return files.get(0).seriesUid();
    }

    public String frameOfReferenceUid() {
        return files.get(0).set().text(Tag.FRAME_OF_REFERENCE_UID);
    }

    /** The distances between rows and columns as the file has them; empty where it says nothing. */
    public String pixelSpacing() {
        return text(files.get(0), 0, Tag.PIXEL_MEASURES_SEQUENCE, Tag.PIXEL_SPACING);
    }

    /** As the file has it; empty where it says nothing. */
    public String sliceThickness() {
        return text(files.get(0), 0, Tag.PIXEL_MEASURES_SEQUENCE, Tag.SLICE_THICKNESS);
    }

    /**
     * How lossy compression changed the images.
     *
     * @param ratios as the file has them, or of its own size; empty where nobody knows
     * @param methods codes of the standard; empty where nobody knows
     */
    public record Loss(String ratios, String methods) {}

    /** What of the images' losses a derived object has to repeat; empty where nothing was lost. */
    public Optional<Loss> loss() {
        return files.stream().flatMap(file -> loss(file).stream()).findFirst();
    }

    private static Optional<Loss> loss(DicomFile file) {
        String method = file.syntax().lossyMethod();
        DataSet set = file.set();
        if (method.isEmpty() && !set.code(Tag.LOSSY_IMAGE_COMPRESSION).equals("01")) {
            return Optional.empty();
        }
        if (set.hasValue(Tag.LOSSY_RATIO) && set.hasValue(Tag.LOSSY_METHOD)) {
            return Optional.of(
                    new Loss(
                            String.join("\\", set.texts(Tag.LOSSY_RATIO)),
                            String.join("\\", set.texts(Tag.LOSSY_METHOD))));
        }
        if (method.isEmpty()) {
            return Optional.of(new Loss("", ""));
        }
        PixelDescription pixels = file.pixels();
        double plain =
                (double) pixels.frames() * pixels.frameSamples() * ((pixels.allocated() + 7) / 8);
        double ratio = plain / Math.max(1, file.pixelData().length());
        return Optional.of(new Loss(String.format(Locale.ROOT, "%.2f", ratio), method));
    }

    /**
     * Patient, study and frame of reference, as the first slice has them: text elements by number,
     * in the bytes of the file.
     */
    public SortedMap<Integer, Repeated> repeated() {
        SortedMap<Integer, Repeated> found = new TreeMap<>();
        DicomReader.pass(
                files.get(0),
                (depth, number, representation, source, offset, length) -> {
                    String as = RepeatedElements.representation(number);
                    if (depth == 0 && as != null) {
                        byte[] value = new byte[length];
                        System.arraycopy(source, offset, value, 0, length);
                        found.put(number, new Repeated(as, value));
                    }
                });
        RepeatedElements.complete(found, isPlaced());
        return found;
    }

    /** Class and UID of every object of the series, each once. */
    public Set<List<String>> instances() {
        Set<List<String>> instances = new LinkedHashSet<>();
        frames.forEach(frame -> instances.add(List.of(frame.sopClass(), frame.instanceUid())));
        return instances;
    }

    /** Where each of {@link #frames} lies, if {@link #isPlaced}. */
    List<FramePlane> planes() {
        return planes;
    }

    private static ImagingException refuse(
            DicomFile file, String problem, Tag tag, Object value, Object limit) {
        return file.reading()
                .refuse(Code.UNSUPPORTED_CONTENT, problem, tag.toString(), value, limit);
    }
}
