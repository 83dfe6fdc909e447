package org.precedent.imaging.format.dicom;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where one frame lies in the patient, in LPS millimetres.
 *
 * @param position of the centre of the first sample; null where the file has none
 * @param columnStep unit vector along which the column index grows; null likewise
 * @param rowStep unit vector along which the row index grows; null likewise
 * @param spacingMm between rows, between columns; 0 where unknown
 */
record FramePlane(
        double @Nullable [] position,
        double @Nullable [] columnStep,
        double @Nullable [] rowStep,
        double[] spacingMm) {

    /** The plane of every frame: from its own functional groups, the shared ones, or the file. */
    static List<FramePlane> of(DicomFile file) {
        DataSet set = file.set();
        int frames = file.pixels().frames();
        List<DataSet> own = set.items(Tag.PER_FRAME_GROUPS);
        List<DataSet> shared = set.items(Tag.SHARED_GROUPS);
        DataSet common = shared.isEmpty() ? null : shared.get(0);
        List<FramePlane> planes = new ArrayList<>(frames);
        double[] offsets = frames > 1 ? set.decimals(Tag.GRID_FRAME_OFFSET_VECTOR) : null;
        boolean functional = common != null || !own.isEmpty();
        for (int frame = 0; frame < frames; frame++) {
            DataSet groups = frame < own.size() ? own.get(frame) : null;
            if (functional) {
                planes.add(ofGroups(set, groups, common));
            } else if (frames == 1 || (offsets != null && offsets.length == frames)) {
                double along = offsets == null ? 0 : offsets[frame] - offsets[0];
                planes.add(ofFile(set, along));
            } else {
                // Frames of one file without groups are times or views: they have no position.
                planes.add(new FramePlane(null, null, null, spacing(set)));
            }
        }
        return planes;
    }

    private static FramePlane ofGroups(
            DataSet set, @Nullable DataSet groups, @Nullable DataSet common) {
        double[] position = in(groups, common, Tag.PLANE_POSITION_SEQUENCE, Tag.IMAGE_POSITION, 3);
        double[] orientation =
                in(groups, common, Tag.PLANE_ORIENTATION_SEQUENCE, Tag.IMAGE_ORIENTATION, 6);
        double[] spacing = in(groups, common, Tag.PIXEL_MEASURES_SEQUENCE, Tag.PIXEL_SPACING, 2);
        return of(position, orientation, spacing != null ? spacing : spacing(set), 0);
    }

    private static double @Nullable [] in(
            @Nullable DataSet groups, @Nullable DataSet common, Tag sequence, Tag tag, int count) {
        for (DataSet set : new DataSet[] {groups, common}) {
            if (set != null && !set.items(sequence).isEmpty()) {
                double[] numbers = set.items(sequence).get(0).decimals(tag, count);
                if (numbers != null) {
                    return numbers;
                }
            }
        }
        return null;
    }

    private static FramePlane ofFile(DataSet set, double along) {
        return of(
                set.decimals(Tag.IMAGE_POSITION, 3),
                set.decimals(Tag.IMAGE_ORIENTATION, 6),
                spacing(set),
                along);
    }

    private static FramePlane of(
            double @Nullable [] position,
            double @Nullable [] orientation,
            double[] spacing,
            double along) {
        if (position == null || orientation == null) {
            return new FramePlane(null, null, null, spacing);
        }
        double[] x = unit(orientation, 0);
        double[] y = unit(orientation, 3);
        if (x == null || y == null || Math.abs(dot(x, y)) > 0.01) {
            return new FramePlane(null, null, null, spacing);
        }
        double[] n = cross(x, y);
        double[] moved = position.clone();
        for (int i = 0; i < 3; i++) {
            moved[i] += along * n[i];
        }
        return new FramePlane(moved, x, y, spacing);
    }

    /**
     * The distances between rows and between columns, which stand in that order: in the patient, or
     * at the detector, or as measured by ultrasound.
     */
    static double[] spacing(DataSet set) {
        for (Tag tag : List.of(Tag.PIXEL_SPACING, Tag.IMAGER_PIXEL_SPACING)) {
            double[] spacing = set.decimals(tag);
            if (spacing != null && spacing.length >= 2 && spacing[0] > 0 && spacing[1] > 0) {
                return new double[] {spacing[0], spacing[1]};
            }
        }
        for (DataSet region : set.items(Tag.ULTRASOUND_REGIONS)) {
            double across = Math.abs(region.real(Tag.PHYSICAL_DELTA_X));
            double down = Math.abs(region.real(Tag.PHYSICAL_DELTA_Y));
            boolean centimetres =
                    region.optional(Tag.PHYSICAL_UNITS_X).orElse(0) == 3
                            && region.optional(Tag.PHYSICAL_UNITS_Y).orElse(0) == 3;
            if (centimetres && across > 0 && down > 0) {
                return new double[] {down * 10, across * 10};
            }
        }
        return new double[] {0, 0};
    }

    boolean isPlaced() {
        return position != null && spacingMm[0] > 0 && spacingMm[1] > 0;
    }

    /** The direction across the plane, X times Y. */
    double[] normal() {
        return cross(need(columnStep), need(rowStep));
    }

    /** How far along a direction it lies. */
    double along(double[] direction) {
        return dot(need(position), direction);
    }

    static double[] need(double @Nullable [] vector) {
        if (vector == null) {
            throw new IllegalStateException("this frame has no position");
        }
        return vector;
    }

    private static double @Nullable [] unit(double[] from, int at) {
        double length = Math.hypot(Math.hypot(from[at], from[at + 1]), from[at + 2]);
        return Math.abs(length - 1) > 0.01
                ? null
                : new double[] {from[at] / length, from[at + 1] / length, from[at + 2] / length};
    }

    static double dot(double[] a, double[] b) {
        return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    }

    private static double[] cross(double[] a, double[] b) {
        return new double[] {
            a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]
        };
    }
}
