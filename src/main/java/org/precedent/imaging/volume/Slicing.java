package org.precedent.imaging.volume;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;

/**
 * How a volume is cut into pictures, and which voxel each pixel is. Nothing is resampled: a picture
 * is turned and mirrored so that the patient lies as radiologists look at him (columns lead to his
 * left, rows to his back or feet; in sagittal slices columns lead to his back), whatever the order
 * of the axes in the file. So slices of volumes that were stored differently look alike, and every
 * mask goes back to exactly the voxels that it was made of. Where the orientation is unknown, the
 * first of the two other axes makes columns, and nothing is mirrored.
 */
public final class Slicing {
    private final Grid grid;
    private final int axis;
    private final int across;
    private final int down;
    private final boolean mirrored;
    private final boolean upsideDown;

    private Slicing(
            Grid grid, int axis, int across, int down, boolean mirrored, boolean upsideDown) {
        this.grid = grid;
        this.axis = axis;
        this.across = across;
        this.down = down;
        this.mirrored = mirrored;
        this.upsideDown = upsideDown;
    }

    /**
     * Cuts a grid.
     *
     * @throws ImagingException when an anatomical plane is asked of a volume that does not say how
     *     the patient lay
     */
    public static Slicing of(Grid grid, SliceAxis asked) {
        int axis =
                switch (asked) {
                    case WIDEST -> grid.stackingAxis();
                    case I -> 0;
                    case J -> 1;
                    case K -> 2;
                    case AXIAL -> anatomical(grid, AnatomicalPlane.AXIAL);
                    case CORONAL -> anatomical(grid, AnatomicalPlane.CORONAL);
                    case SAGITTAL -> anatomical(grid, AnatomicalPlane.SAGITTAL);
                };
        int first = axis == 0 ? 1 : 0;
        int second = axis == 2 ? 1 : 2;
        String codes = grid.axisCodes();
        if (codes.isEmpty()) {
            return new Slicing(grid, axis, first, second, false, false);
        }
        // Columns follow left and right, or front and back where slices follow left and right.
        String sideways = "LR".indexOf(codes.charAt(axis)) >= 0 ? "PA" : "LR";
        boolean firstAcross = sideways.indexOf(codes.charAt(first)) >= 0;
        int across = firstAcross ? first : second;
        int down = firstAcross ? second : first;
        return new Slicing(
                grid,
                axis,
                across,
                down,
                codes.charAt(across) == sideways.charAt(1),
                "AS".indexOf(codes.charAt(down)) >= 0);
    }

    private static int anatomical(Grid grid, AnatomicalPlane plane) {
        Optional<Integer> axis = grid.axisOf(plane);
        return axis.orElseThrow(() ->
                new ImagingException(
                        Code.GRID,
                        "the volume does not say how the patient lay, so it has no "
                                + plane.name().toLowerCase(Locale.ROOT)
                                + " slices: name the file's axis, i, j or k",
                        Map.of("field", "axis", "value", plane.name(), "limit", "i, j or k"),
                        null));
    }

    public Grid grid() {
        return grid;
    }

    /** The axis of the grid along which slices follow each other. */
    public int axis() {
        return axis;
    }

    /** How many slices there are. */
    public int count() {
        return grid.size(axis);
    }

    public int width() {
        return grid.size(across);
    }

    public int height() {
        return grid.size(down);
    }

    /** The plane of the slices; empty where the orientation is unknown. */
    public Optional<AnatomicalPlane> plane() {
        for (AnatomicalPlane plane : AnatomicalPlane.values()) {
            if (grid.axisOf(plane).filter(of -> of == axis).isPresent()) {
                return Optional.of(plane);
            }
        }
        return Optional.empty();
    }

    /** The voxel (i, j, k) of a pixel. */
    public int[] voxel(int slice, int x, int y) {
        int[] voxel = new int[3];
        voxel[axis] = slice;
        voxel[across] = mirrored ? width() - 1 - x : x;
        voxel[down] = upsideDown ? height() - 1 - y : y;
        return voxel;
    }

    /** The index of a pixel's voxel among the grid's, i fastest. */
    public int index(int slice, int x, int y) {
        int[] voxel = voxel(slice, x, y);
        return (voxel[2] * grid.size(1) + voxel[1]) * grid.size(0) + voxel[0];
    }

    /** [3] distance of columns, rows and slices; 0 where unknown. */
    public double[] spacingMm() {
        double[] spacing = grid.spacingMm();
        return new double[] {spacing[across], spacing[down], spacing[axis]};
    }

    /** [3] where the first pixel of a slice lies; empty where the orientation is unknown. */
    public Optional<double[]> originMm(int slice) {
        int[] voxel = voxel(slice, 0, 0);
        return grid.affine().map(affine -> affine.apply(voxel[0], voxel[1], voxel[2]));
    }

    /**
     * [9] row-major: the unit vectors of growing columns, rows and slices, each a column of the
     * matrix; empty where the orientation is unknown.
     */
    public Optional<double[]> direction() {
        return grid.affine()
                .map(affine -> {
                    double[] spacing = affine.spacing();
                    double[] direction = new double[9];
                    int[] axes = {across, down, axis};
                    boolean[] turned = {mirrored, upsideDown, false};
                    for (int i = 0; i < 3; i++) {
                        double scale = (turned[i] ? -1 : 1) / Math.max(spacing[axes[i]], 1e-30);
                        double[] step = affine.column(axes[i]);
                        for (int row = 0; row < 3; row++) {
                            direction[3 * row + i] = step[row] * scale + 0.0;
                        }
                    }
                    return direction;
                });
    }
}
