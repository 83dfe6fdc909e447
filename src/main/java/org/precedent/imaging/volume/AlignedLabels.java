package org.precedent.imaging.volume;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;

/**
 * A label map on the voxels of an image. One that lies on the same voxels in another order (axes
 * exchanged, or counted from the other end) is read in the image's order, exactly; any other
 * difference is refused, because a mask beside its image is worse than none.
 */
public final class AlignedLabels {
    /** How far two directions may differ, as one less the cosine of their angle. */
    private static final double PARALLEL = 1e-4;

    private final ScannedVolume labels;
    private final long first;
    private final long[] steps;
    private final Grid image;

    private AlignedLabels(ScannedVolume labels, Grid image, long first, long[] steps) {
        this.labels = labels;
        this.image = image;
        this.first = first;
        this.steps = steps;
    }

    /**
     * Lays labels on an image.
     *
     * @param file what the labels were read from, for messages
     * @throws ImagingException GRID, which says how the grids differ
     */
    public static AlignedLabels of(Grid image, ScannedVolume labels, String file) {
        Grid grid = labels.grid();
        List<String> differences = image.differences(grid);
        if (differences.isEmpty()) {
            long[] steps = {1, grid.size(0), (long) grid.size(0) * grid.size(1)};
            return new AlignedLabels(labels, image, 0, steps);
        }
        AlignedLabels turned = turned(image, labels);
        if (turned != null) {
            return turned;
        }
        String how = String.join("; ", differences);
        throw new ImagingException(
                Code.GRID,
                file
                        + ": does not lie on its image's grid: "
                        + how
                        + ": resample it onto the image first, with nearest neighbours",
                Map.of("field", "grid", "value", grid.toString(), "limit", image.toString()),
                null);
    }

    private static @Nullable AlignedLabels turned(Grid image, ScannedVolume labels) {
        Optional<Affine> wanted = image.affine();
        Optional<Affine> given = labels.grid().affine();
        if (wanted.isEmpty() || given.isEmpty()) {
            return null;
        }
        Grid grid = labels.grid();
        long[] strides = {1, grid.size(0), (long) grid.size(0) * grid.size(1)};
        long first = 0;
        long[] steps = new long[3];
        double[][] columns = new double[3][];
        double[] corner = new double[3];
        List<Integer> free = new ArrayList<>(List.of(0, 1, 2));
        for (int axis = 0; axis < 3; axis++) {
            double[] direction = wanted.get().column(axis);
            Integer found = null;
            boolean backwards = false;
            for (Integer other : free) {
                double cosine = cosine(direction, given.get().column(other));
                if (1 - Math.abs(cosine) < PARALLEL) {
                    found = other;
                    backwards = cosine < 0;
                }
            }
            if (found == null || grid.size(found) != image.size(axis)) {
                return null;
            }
            free.remove(found);
            double[] step = given.get().column(found);
            columns[axis] = step;
            steps[axis] = strides[found];
            if (backwards) {
                int last = grid.size(found) - 1;
                corner[found] = last;
                first += last * strides[found];
                steps[axis] = -strides[found];
                columns[axis] = new double[] {-step[0], -step[1], -step[2]};
            }
        }
        double[] origin = given.get().apply(corner[0], corner[1], corner[2]);
        Affine turned = Affine.ofColumns(columns[0], columns[1], columns[2], origin);
        return image.differences(Grid.of(image.sizes(), turned)).isEmpty()
                ? new AlignedLabels(labels, image, first, steps)
                : null;
    }

    private static double cosine(double[] a, double[] b) {
        double product = a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
        double lengths = Math.hypot(Math.hypot(a[0], a[1]), a[2]);
        lengths *= Math.hypot(Math.hypot(b[0], b[1]), b[2]);
        return lengths == 0 ? 0 : product / lengths;
    }

    /** Whether the labels were stored in another order than the image. */
    public boolean isTurned() {
        return first != 0
                || steps[0] != 1
                || steps[1] != image.size(0)
                || steps[2] != (long) image.size(0) * image.size(1);
    }

    /** How many values a voxel has. */
    public int components() {
        return labels.components();
    }

    /**
     * The value at a voxel of the image.
     *
     * @param component of several, e.g. a layer of overlapping segments
     */
    public double value(int[] voxel, int component) {
        long index = first + voxel[0] * steps[0] + voxel[1] * steps[1] + voxel[2] * steps[2];
        double stored = labels.samples().real((int) index * labels.components() + component);
        return labels.meaning().rescale(0).apply(stored);
    }
}
