package org.precedent.imaging.format.dicom;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.volume.Affine;
import org.precedent.imaging.volume.Grid;

/**
 * Slices put in order of where they lie: along the normal, never by number, name or slice location.
 *
 * @param order which slice comes first, second, ...
 */
record SliceStack(Grid grid, int[] order) {
    /** Unit vectors that differ by less, in any coordinate, are one direction. */
    private static final double SAME_DIRECTION = 1e-3;

    /** Steps may differ by this share, or by {@link #JITTER_MM} where that is more. */
    private static final double JITTER = 0.01;

    private static final double JITTER_MM = 0.01;

    /** Why slices make no volume. */
    static final class Broken extends Exception {
        private static final long serialVersionUID = 1L;

        /** Which slice is at fault. */
        final int slice;

        Broken(int slice, String problem) {
            super(problem);
            this.slice = slice;
        }
    }

    /**
     * Orders slices.
     *
     * @param apartMm what a file says of the distance of its only slice to others; 0 where unknown
     * @throws Broken when they are no stack of parallel slices at equal distances
     */
    static SliceStack of(List<FramePlane> planes, int columns, int rows, double apartMm)
            throws Broken {
        FramePlane first = planes.get(0);
        for (int i = 0; i < planes.size(); i++) {
            if (!planes.get(i).isPlaced()) {
                throw new Broken(i, "has no position, orientation or spacing");
            }
            compare(first, planes.get(i), i);
        }
        double[] normal = first.normal();
        int[] order =
                IntStream.range(0, planes.size())
                        .boxed()
                        .sorted(Comparator.comparingDouble(i -> planes.get(i).along(normal)))
                        .mapToInt(Integer::intValue)
                        .toArray();
        double[] step = step(planes, order, normal, apartMm);
        double[] across = scaled(first.columnStep(), first.spacingMm()[1]);
        double[] down = scaled(first.rowStep(), first.spacingMm()[0]);
        double[] origin = FramePlane.need(planes.get(order[0]).position());
        Affine affine = Affine.ofColumns(across, down, step, origin);
        double[] spacing = affine.spacing();
        if (planes.size() == 1) {
            spacing[2] = apartMm;
        }
        return new SliceStack(
                new Grid(new int[] {columns, rows, planes.size()}, spacing, affine), order);
    }

    private static void compare(FramePlane first, FramePlane other, int slice) throws Broken {
        if (apart(first.columnStep(), other.columnStep()) > SAME_DIRECTION
                || apart(first.rowStep(), other.rowStep()) > SAME_DIRECTION) {
            throw new Broken(
                    slice,
                    "is oriented along "
                            + words(other.columnStep())
                            + " and "
                            + words(other.rowStep())
                            + ", others along "
                            + words(first.columnStep())
                            + " and "
                            + words(first.rowStep()));
        }
        for (int i = 0; i < 2; i++) {
            double mine = first.spacingMm()[i];
            double theirs = other.spacingMm()[i];
            if (Math.abs(mine - theirs) > 1e-3 * mine) {
                throw new Broken(
                        slice,
                        String.format(
                                Locale.ROOT,
                                "has pixels %.4g mm apart, others have %.4g mm",
                                theirs,
                                mine));
            }
        }
    }

    /** The step from slice to slice: the same everywhere, and along the normal. */
    private static double[] step(
            List<FramePlane> planes, int[] order, double[] normal, double apartMm) throws Broken {
        int count = order.length;
        if (count == 1) {
            return scaled(normal, apartMm > 0 ? apartMm : 1);
        }
        double[] steps = new double[count - 1];
        for (int i = 0; i + 1 < count; i++) {
            steps[i] = planes.get(order[i + 1]).along(normal) - planes.get(order[i]).along(normal);
        }
        double[] sorted = steps.clone();
        Arrays.sort(sorted);
        double median = sorted[sorted.length / 2];
        double tolerance = Math.max(JITTER * median, JITTER_MM);
        for (int i = 0; i + 1 < count; i++) {
            int slice = order[i + 1];
            if (steps[i] < JITTER_MM) {
                throw new Broken(
                        slice,
                        "lies where another slice does: several times, echoes or b-values are"
                                + " several volumes");
            }
            if (Math.abs(steps[i] - median) > tolerance) {
                long missing = Math.round(steps[i] / median) - 1;
                boolean whole =
                        missing >= 1 && Math.abs(steps[i] - (missing + 1) * median) <= tolerance;
                throw new Broken(
                        slice,
                        String.format(
                                Locale.ROOT,
                                "lies %.4g mm from its neighbour, others are %.4g mm apart%s",
                                steps[i],
                                median,
                                whole ? ": slices missing in between: " + missing : ""));
            }
        }
        double[] from = FramePlane.need(planes.get(order[0]).position());
        double[] to = FramePlane.need(planes.get(order[count - 1]).position());
        double[] step = new double[3];
        for (int i = 0; i < 3; i++) {
            step[i] = (to[i] - from[i]) / (count - 1);
        }
        double length = Math.sqrt(FramePlane.dot(step, step));
        double along = FramePlane.dot(step, normal);
        double sideways = Math.sqrt(Math.max(0, length * length - along * along));
        if (sideways * (count - 1) > Math.max(JITTER * median * (count - 1), 0.1)) {
            throw new Broken(
                    order[count - 1],
                    String.format(
                            Locale.ROOT,
                            "is moved sideways against its neighbour, %.3g mm in %.4g: the gantry"
                                    + " was tilted by %.1f degrees and the volume is sheared",
                            sideways,
                            along,
                            Math.toDegrees(Math.atan2(sideways, along))));
        }
        return step;
    }

    /** The grid of the slices as they are stored; empty where they lie in neither direction. */
    Optional<Grid> stored() {
        int last = order.length - 1;
        if (IntStream.rangeClosed(0, last).allMatch(i -> order[i] == i)) {
            return Optional.of(grid);
        }
        if (!IntStream.rangeClosed(0, last).allMatch(i -> order[i] == last - i)) {
            return Optional.empty();
        }
        return grid.affine()
                .map(affine -> {
                    double[] step = scaled(affine.column(2), -1);
                    double[] origin = affine.apply(0, 0, last);
                    return new Grid(
                            grid.sizes(),
                            grid.spacingMm(),
                            Affine.ofColumns(affine.column(0), affine.column(1), step, origin));
                });
    }

    private static double[] scaled(double @Nullable [] vector, double by) {
        double[] unit = FramePlane.need(vector);
        return new double[] {unit[0] * by, unit[1] * by, unit[2] * by};
    }

    private static double apart(double @Nullable [] a, double @Nullable [] b) {
        double[] one = FramePlane.need(a);
        double[] other = FramePlane.need(b);
        return Math.max(
                Math.abs(one[0] - other[0]),
                Math.max(Math.abs(one[1] - other[1]), Math.abs(one[2] - other[2])));
    }

    private static String words(double @Nullable [] vector) {
        double[] v = FramePlane.need(vector);
        return String.format(Locale.ROOT, "(%.3f, %.3f, %.3f)", v[0], v[1], v[2]);
    }
}
