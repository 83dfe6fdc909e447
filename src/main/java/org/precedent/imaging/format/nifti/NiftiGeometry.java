package org.precedent.imaging.format.nifti;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.volume.Affine;
import org.precedent.imaging.volume.Grid;

/**
 * Where the voxels of a NIfTI file lie: the sform where it is set, else the qform, else nothing but
 * spacings, because left and right must not be invented.
 */
record NiftiGeometry(Grid grid, List<String> notes) {
    /** Of the volume's size: forms that differ by less differ by rounding. */
    private static final double ROUNDING = 1e-3;

    static NiftiGeometry of(NiftiHeader header) {
        double mm = header.millimetres();
        double[] spacing = new double[3];
        for (int axis = 0; axis < 3; axis++) {
            double step = Math.abs(header.pixdim(axis + 1)) * mm;
            spacing[axis] = Double.isFinite(step) ? step : 0;
        }
        Affine sform = header.sformCode() > 0 ? sform(header, mm) : null;
        Affine qform = header.qformCode() > 0 ? qform(header, mm) : null;
        int[] shape = header.shape();
        int[] sizes = {shape[0], shape[1], shape[2]};
        Affine ras = sform != null ? sform : qform;
        if (ras == null) {
            return new NiftiGeometry(
                    new Grid(sizes, spacing, null),
                    List.of("neither sform nor qform is set: the orientation is unknown"));
        }
        double[] steps = ras.spacing();
        for (int axis = 0; axis < 3; axis++) {
            spacing[axis] = spacing[axis] > 0 ? spacing[axis] : steps[axis];
        }
        return new NiftiGeometry(
                new Grid(sizes, spacing, ras.flipped()), disagreement(sizes, sform, qform));
    }

    private static List<String> disagreement(
            int[] sizes, @Nullable Affine sform, @Nullable Affine qform) {
        if (sform == null || qform == null) {
            return List.of();
        }
        double[] a = sform.apply(sizes[0], sizes[1], sizes[2]);
        double[] b = qform.apply(sizes[0], sizes[1], sizes[2]);
        double extent = 1;
        double apart = sform.distance(qform);
        for (int axis = 0; axis < 3; axis++) {
            extent = Math.max(extent, sizes[axis] * sform.spacing()[axis]);
            apart = Math.max(apart, Math.abs(a[axis] - b[axis]));
        }
        return apart <= ROUNDING * extent
                ? List.of()
                : List.of(
                        String.format(
                                Locale.ROOT,
                                "sform and qform disagree by up to %.3g mm: the sform is used",
                                apart));
    }

    /** The sform in RAS millimetres; null where it is singular or no matrix. */
    private static @Nullable Affine sform(NiftiHeader header, double mm) {
        double[] rows = new double[12];
        for (int i = 0; i < 12; i++) {
            rows[i] = header.srow(i) * mm;
            if (!Double.isFinite(rows[i])) {
                return null;
            }
        }
        Affine affine = new Affine(rows);
        double[] spacing = affine.spacing();
        double box = spacing[0] * spacing[1] * spacing[2];
        return Math.abs(affine.determinant()) > 1e-6 * box ? affine : null;
    }

    /** The qform in RAS millimetres; null where it holds what is no number. */
    private static @Nullable Affine qform(NiftiHeader header, double mm) {
        double b = header.quatern(0);
        double c = header.quatern(1);
        double d = header.quatern(2);
        double square = b * b + c * c + d * d;
        double a = Math.sqrt(Math.max(0, 1 - square));
        if (square > 1) {
            double length = Math.sqrt(square);
            b /= length;
            c /= length;
            d /= length;
        }
        double[] steps = new double[3];
        for (int axis = 0; axis < 3; axis++) {
            // Only qfac mirrors, and a step of 0 is one that nobody set: 1, as other readers take
            // it.
            double step = Math.abs(header.pixdim(axis + 1));
            steps[axis] = (step > 0 ? step : 1) * mm;
        }
        steps[2] *= header.pixdim(0) < 0 ? -1 : 1;
        double[] rows = {
            (a * a + b * b - c * c - d * d) * steps[0],
            2 * (b * c - a * d) * steps[1],
            2 * (b * d + a * c) * steps[2],
            header.quatern(3) * mm,
            2 * (b * c + a * d) * steps[0],
            (a * a + c * c - b * b - d * d) * steps[1],
            2 * (c * d - a * b) * steps[2],
            header.quatern(4) * mm,
            2 * (b * d - a * c) * steps[0],
            2 * (c * d + a * b) * steps[1],
            (a * a + d * d - c * c - b * b) * steps[2],
            header.quatern(5) * mm
        };
        for (double number : rows) {
            if (!Double.isFinite(number)) {
                return null;
            }
        }
        Affine affine = new Affine(rows);
        return affine.determinant() != 0 ? affine : null;
    }
}
