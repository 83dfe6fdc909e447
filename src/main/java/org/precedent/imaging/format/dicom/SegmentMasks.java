package org.precedent.imaging.format.dicom;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;

/**
 * The masks of a DICOM segmentation on the series that it was drawn on: binary ones as they are,
 * fractional ones cut at the half, label maps by their values. Frames are placed by where they lie;
 * by the image that they refer to only where they lie nowhere.
 */
public final class SegmentMasks {
    /** How far a frame may lie from its slice, in steps between slices or pixels. */
    private static final double TOLERANCE = 0.01;

    private final DicomImage image;
    private final DataSet set;
    private final SourceSeries source;
    private final Map<List<Object>, Integer> slices = new LinkedHashMap<>();
    private final Map<String, Integer> objects = new LinkedHashMap<>();

    private SegmentMasks(DicomImage image, SourceSeries source) {
        this.image = image;
        this.set = image.file().set();
        this.source = source;
        for (int k = 0; k < source.frames().size(); k++) {
            SourceSeries.Frame frame = source.frames().get(k);
            slices.put(List.of(frame.instanceUid(), frame.number()), k);
            objects.merge(frame.instanceUid(), 1, Integer::sum);
        }
    }

    /**
     * One segment.
     *
     * @param number by which frames refer to it
     * @param label for people; empty where the file has none
     * @param inside voxels of the source, i fastest
     */
    public record SegmentMask(int number, String label, BitSet inside) {}

    /**
     * All segments, in the order of the file.
     *
     * @param image a segmentation with its samples
     * @throws ImagingException when it is none, and when it does not lie on the source's grid
     */
    public static List<SegmentMask> of(DicomImage image, SourceSeries source) {
        return new SegmentMasks(image, source).read();
    }

    private List<SegmentMask> read() {
        if (!image.file().isSegmentation()) {
            throw refuse(
                    "is no segmentation",
                    Tag.SOP_CLASS_UID,
                    SopClass.nameOf(image.file().sopClass()),
                    "a Segmentation");
        }
        int columns = source.grid().size(0);
        int rows = source.grid().size(1);
        if (image.columns() != columns || image.rows() != rows) {
            throw refuse(
                    "has frames of %d x %d pixels, its source has %d x %d"
                            .formatted(image.columns(), image.rows(), columns, rows),
                    Tag.ROWS,
                    image.columns() + " x " + image.rows(),
                    columns + " x " + rows);
        }
        String mine = set.text(Tag.FRAME_OF_REFERENCE_UID);
        if (source.isPlaced()
                && !mine.isEmpty()
                && !source.frameOfReferenceUid().isEmpty()
                && !mine.equals(source.frameOfReferenceUid())) {
            throw refuse(
                    "is placed in another frame of reference than its source",
                    Tag.FRAME_OF_REFERENCE_UID,
                    "another",
                    "that of the source");
        }
        Map<Integer, BitSet> masks = new LinkedHashMap<>();
        Map<Integer, String> labels = new LinkedHashMap<>();
        for (DataSet item : set.items(Tag.SEGMENT_SEQUENCE)) {
            int number = item.number(Tag.SEGMENT_NUMBER);
            if (isLabelMap() && number == background()) {
                continue; // described, but nothing that anybody looks for
            }
            labels.put(number, label(item));
            masks.put(number, new BitSet());
        }
        if (masks.isEmpty()) {
            throw refuse("describes no segment", Tag.SEGMENT_SEQUENCE, "none", "a segment");
        }
        fill(masks);
        List<SegmentMask> read = new ArrayList<>();
        masks.forEach((number, mask) ->
                read.add(new SegmentMask(number, String.valueOf(labels.get(number)), mask)));
        return read;
    }

    private String label(DataSet item) {
        Element label = item.get(Tag.SEGMENT_LABEL);
        return label == null ? "" : label.text(set.charset());
    }

    private void fill(Map<Integer, BitSet> masks) {
        boolean map = isLabelMap();
        int background = background();
        int half = half();
        int slice = source.grid().size(0) * source.grid().size(1);
        List<FramePlane> planes = FramePlane.of(image.file());
        Set<Long> filled = new HashSet<>();
        for (int frame = 0; frame < image.frames(); frame++) {
            int k = sliceOf(frame, planes.get(frame));
            int segment = map ? 0 : segmentOf(frame, masks);
            if (!filled.add((long) k << 32 | segment)) {
                throw refuse(
                        "holds segment %d twice at one place, as frame %d"
                                .formatted(segment, frame + 1),
                        Tag.PER_FRAME_GROUPS,
                        frame + 1,
                        "one frame of a segment a slice");
            }
            BitSet only = map ? null : masks.get(segment);
            for (int i = 0; i < slice; i++) {
                long value = image.samples().integer(frame * slice + i);
                BitSet into = only;
                if (map) {
                    into = value == background ? null : mapped(masks, value, frame);
                }
                if (into != null && (map || value >= half)) {
                    into.set(k * slice + i);
                }
            }
        }
    }

    private BitSet mapped(Map<Integer, BitSet> masks, long value, int frame) {
        BitSet mask = masks.get((int) value);
        if (mask == null) {
            throw undescribed((int) value, frame, masks);
        }
        return mask;
    }

    private boolean isLabelMap() {
        return image.file().sopClass().equals(SopClass.LABEL_MAP)
                || set.code(Tag.SEGMENTATION_TYPE).equals("LABELMAP");
    }

    /** The value of a label map that stands for no segment. */
    private int background() {
        return set.optional(Tag.PIXEL_PADDING_VALUE).orElse(0);
    }

    /** The least sample that is inside. */
    private int half() {
        if (!set.code(Tag.SEGMENTATION_TYPE).equals("FRACTIONAL")) {
            return 1;
        }
        OptionalInt most = set.optional(Tag.MAXIMUM_FRACTIONAL_VALUE);
        return (most.orElse(255) + 1) / 2;
    }

    private int segmentOf(int frame, Map<Integer, BitSet> masks) {
        DataSet group = group(frame, Tag.SEGMENT_IDENTIFICATION_SEQUENCE);
        if (group == null) {
            throw refuse(
                    "does not say of which segment frame " + (frame + 1) + " is",
                    Tag.SEGMENT_IDENTIFICATION_SEQUENCE,
                    "none",
                    "a segment");
        }
        int segment = group.number(Tag.REFERENCED_SEGMENT_NUMBER);
        if (!masks.containsKey(segment)) {
            throw undescribed(segment, frame, masks);
        }
        return segment;
    }

    private ImagingException undescribed(int segment, int frame, Map<Integer, BitSet> masks) {
        return refuse(
                "has segment %d in frame %d, which it does not describe"
                        .formatted(segment, frame + 1),
                Tag.SEGMENT_SEQUENCE,
                segment,
                masks.keySet());
    }

    private int sliceOf(int frame, FramePlane plane) {
        return source.isPlaced() && plane.position() != null
                ? byPlace(frame, plane)
                : byObject(frame);
    }

    private int byPlace(int frame, FramePlane plane) {
        FramePlane first = source.planes().get(0);
        double[] normal = first.normal();
        double[] pixel = first.spacingMm();
        double smallest = Math.min(pixel[0], pixel[1]);
        double step = source.planes().size() > 1 ? source.grid().spacingMm()[2] : smallest;
        int best = 0;
        for (int k = 1; k < source.planes().size(); k++) {
            if (Math.abs(away(k, plane, normal)) < Math.abs(away(best, plane, normal))) {
                best = k;
            }
        }
        double[] at = FramePlane.need(plane.position());
        double[] slice = FramePlane.need(source.planes().get(best).position());
        double moved = Math.hypot(Math.hypot(at[0] - slice[0], at[1] - slice[1]), at[2] - slice[2]);
        double limit = TOLERANCE * Math.min(step, smallest) + 1e-3;
        if (moved > limit) {
            throw misplaced(frame, words("lies %.4g mm from the nearest slice", moved));
        }
        double[] across = FramePlane.need(plane.columnStep());
        double[] down = FramePlane.need(plane.rowStep());
        // A turn that moves the far corner by a part of a pixel, at most.
        double turned =
                Math.max(
                        apart(across, FramePlane.need(first.columnStep())) * image.columns(),
                        apart(down, FramePlane.need(first.rowStep())) * image.rows());
        if (turned > 0.1) {
            throw misplaced(
                    frame,
                    words("is turned against the slices, by %.2g pixels at its far side", turned));
        }
        for (int i = 0; i < 2 && plane.spacingMm()[0] > 0; i++) {
            int count = i == 0 ? image.rows() : image.columns();
            double grown = Math.abs(plane.spacingMm()[i] - pixel[i]) * count;
            if (grown > 0.1 * pixel[i]) {
                double mine = plane.spacingMm()[i];
                throw misplaced(
                        frame, words("has pixels %.5g mm apart, its source %.5g", mine, pixel[i]));
            }
        }
        return best;
    }

    private double away(int k, FramePlane plane, double[] normal) {
        return source.planes().get(k).along(normal) - plane.along(normal);
    }

    private static double apart(double[] a, double[] b) {
        return Math.hypot(Math.hypot(a[0] - b[0], a[1] - b[1]), a[2] - b[2]);
    }

    private static String words(String how, Object... numbers) {
        return String.format(Locale.ROOT, how, numbers);
    }

    private ImagingException misplaced(int frame, String how) {
        return refuse(
                "frame %d %s: it lies on another grid than its source".formatted(frame + 1, how),
                Tag.IMAGE_POSITION,
                how,
                "on a slice of the source");
    }

    private int byObject(int frame) {
        DataSet derivation = group(frame, Tag.DERIVATION_IMAGE_SEQUENCE);
        List<DataSet> images =
                derivation == null ? List.of() : derivation.items(Tag.SOURCE_IMAGE_SEQUENCE);
        if (images.isEmpty() && image.frames() == 1 && source.frames().size() == 1) {
            images = set.items(Tag.SOURCE_IMAGE_SEQUENCE);
        }
        for (DataSet item : images) {
            String uid = item.text(Tag.REFERENCED_SOP_INSTANCE_UID);
            int count = objects.getOrDefault(uid, 0);
            int number = item.whole(Tag.REFERENCED_FRAME_NUMBER, count == 1 ? firstNumber(uid) : 0);
            Integer k = slices.get(List.<Object>of(uid, number));
            if (k == null && count == 1) {
                k = slices.get(List.<Object>of(uid, 0)); // frame 1 of a file of one frame
            }
            if (k != null) {
                // Older ones say nothing of it; what is turned round says so.
                String preserved = item.code(Tag.SPATIAL_LOCATIONS_PRESERVED);
                if (!preserved.isEmpty() && !preserved.equals("YES")) {
                    throw refuse(
                            "frame %d does not keep the locations of its source image"
                                    .formatted(frame + 1),
                            Tag.SPATIAL_LOCATIONS_PRESERVED,
                            preserved,
                            "YES");
                }
                return k;
            }
        }
        throw refuse(
                "frame %d neither lies somewhere nor refers to an image of the source"
                        .formatted(frame + 1),
                Tag.SOURCE_IMAGE_SEQUENCE,
                images.isEmpty() ? "none" : "other images",
                "an image of the source");
    }

    private int firstNumber(String uid) {
        return source.frames().stream()
                .filter(frame -> frame.instanceUid().equals(uid))
                .mapToInt(SourceSeries.Frame::number)
                .findFirst()
                .orElse(0);
    }

    /** The functional group of a frame, its own or the shared one. */
    private @Nullable DataSet group(int frame, Tag sequence) {
        List<DataSet> own = set.items(Tag.PER_FRAME_GROUPS);
        List<DataSet> found =
                frame < own.size() ? own.get(frame).items(sequence) : List.<DataSet>of();
        if (found.isEmpty() && !set.items(Tag.SHARED_GROUPS).isEmpty()) {
            found = set.items(Tag.SHARED_GROUPS).get(0).items(sequence);
        }
        return found.isEmpty() ? null : found.get(0);
    }

    private ImagingException refuse(String problem, Tag tag, Object value, Object limit) {
        return image.file().reading().refuse(Code.GRID, problem, tag.toString(), value, limit);
    }
}
