package org.precedent.imaging.volume;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The voxels of a volume: how many along each axis, how far apart, and where they lie if that is
 * known.
 */
public final class Grid {
    /** Two grids whose corners are nearer than this, in voxels, are one grid. */
    private static final double TOLERANCE = 0.01;

    private final int[] sizes;
    private final double[] spacingMm;
    private final @Nullable Affine affine;

    /**
     * @param sizes voxels along i, j, k; i is fastest in memory
     * @param spacingMm between voxels along i, j, k; 0 where unknown
     * @param affine from voxel to LPS millimetres, or null where nothing says how the patient lay
     */
    public Grid(int[] sizes, double[] spacingMm, @Nullable Affine affine) {
        if (sizes.length != 3 || Arrays.stream(sizes).anyMatch(size -> size < 1)) {
            throw new IllegalArgumentException("a grid of " + Arrays.toString(sizes));
        }
        if (spacingMm.length != 3 || Arrays.stream(spacingMm).anyMatch(mm -> !(mm >= 0))) {
            throw new IllegalArgumentException("spacings of " + Arrays.toString(spacingMm));
        }
        this.sizes = sizes.clone();
        this.spacingMm = spacingMm.clone();
        this.affine = affine;
    }

    /** A grid whose spacings follow from where its voxels lie. */
    public static Grid of(int[] sizes, Affine affine) {
        return new Grid(sizes, affine.spacing(), affine);
    }

    /** How many voxels along an axis (0, 1 or 2). */
    public int size(int axis) {
        return sizes[axis];
    }

    public int[] sizes() {
        return sizes.clone();
    }

    public double[] spacingMm() {
        return spacingMm.clone();
    }

    public Optional<Affine> affine() {
        return Optional.ofNullable(affine);
    }

    /** All voxels. */
    public long voxels() {
        return (long) sizes[0] * sizes[1] * sizes[2];
    }

    /** Three letters as of {@link Affine#axisCodes}; empty where the orientation is unknown. */
    public String axisCodes() {
        return affine == null ? "" : affine.axisCodes();
    }

    /**
     * The axis along which slices of a plane follow each other.
     *
     * @return 0, 1 or 2; empty where the orientation is unknown
     */
    public Optional<Integer> axisOf(AnatomicalPlane plane) {
        String codes = axisCodes();
        for (int axis = 0; axis < codes.length(); axis++) {
            if (plane.normal().indexOf(codes.charAt(axis)) >= 0) {
                return Optional.of(axis);
            }
        }
        return Optional.empty();
    }

    /**
     * The axis with the widest steps, along which a scanner most likely stacked its slices; among
     * equals the last.
     */
    public int stackingAxis() {
        int widest = 2;
        for (int axis = 1; axis >= 0; axis--) {
            if (spacingMm[axis] > spacingMm[widest] * 1.0001) {
                widest = axis;
            }
        }
        return widest;
    }

    /**
     * How another grid differs, in words for whoever sent a mask that does not lie on its image.
     *
     * @return empty where voxels of the same index lie at the same position, to a hundredth of a
     *     voxel
     */
    public List<String> differences(Grid other) {
        List<String> differences = new ArrayList<>();
        if (!Arrays.equals(sizes, other.sizes)) {
            differences.add("size " + words(other.sizes) + " instead of " + words(sizes));
        }
        for (int axis = 0; axis < 3; axis++) {
            double mine = spacingMm[axis];
            double theirs = other.spacingMm[axis];
            if (mine > 0 && theirs > 0 && Math.abs(mine - theirs) > TOLERANCE * mine) {
                differences.add(
                        "spacing " + words(other.spacingMm) + " mm instead of " + words(spacingMm));
                break;
            }
        }
        if (affine != null && other.affine != null) {
            differences.addAll(placement(affine, other.affine));
        }
        return differences;
    }

    private List<String> placement(Affine mine, Affine theirs) {
        if (!mine.axisCodes().equals(theirs.axisCodes())) {
            return List.of("orientation " + theirs.axisCodes() + " instead of " + mine.axisCodes());
        }
        double widest = 0;
        for (int corner = 0; corner < 8; corner++) {
            double i = (corner & 1) * (sizes[0] - 1.0);
            double j = (corner >> 1 & 1) * (sizes[1] - 1.0);
            double k = (corner >> 2) * (sizes[2] - 1.0);
            double[] a = mine.apply(i, j, k);
            double[] b = theirs.apply(i, j, k);
            widest =
                    Math.max(widest, Math.hypot(Math.hypot(a[0] - b[0], a[1] - b[1]), a[2] - b[2]));
        }
        double[] spacing = mine.spacing();
        double smallest = Math.min(spacing[0], Math.min(spacing[1], spacing[2]));
        if (widest <= TOLERANCE * smallest) {
            return List.of();
        }
        double[] at = mine.column(3);
        double[] other = theirs.column(3);
        return List.of(
                String.format(
                        Locale.ROOT,
                        "a corner %.3f mm away (first voxel at %s instead of %s)",
                        widest,
                        words(other),
                        words(at)));
    }

    private static String words(int[] sizes) {
        return sizes[0] + " x " + sizes[1] + " x " + sizes[2];
    }

    private static String words(double[] numbers) {
        return String.format(Locale.ROOT, "%.4g, %.4g, %.4g", numbers[0], numbers[1], numbers[2]);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Grid grid
                && Arrays.equals(sizes, grid.sizes)
                && Arrays.equals(spacingMm, grid.spacingMm)
                && Objects.equals(affine, grid.affine);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(sizes) * 31 + Arrays.hashCode(spacingMm);
    }

    @Override
    public String toString() {
        return words(sizes) + " of " + words(spacingMm) + " mm " + axisCodes();
    }
}
