package org.precedent.imaging.volume;

import java.util.Arrays;
import java.util.Locale;

/**
 * Where voxels lie: position = matrix times (i, j, k, 1), in millimetres. Immutable; equal where
 * all twelve numbers are.
 */
public final class Affine {
    /** Voxel (i, j, k) lies at (i, j, k). */
    public static final Affine IDENTITY = new Affine(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0);

    private static final String[][] LPS = {{"L", "R"}, {"P", "A"}, {"S", "I"}};

    private final double[] rows;

    /**
     * @param rows three rows of four numbers
     * @throws IllegalArgumentException when they are not twelve finite numbers
     */
    public Affine(double... rows) {
        if (rows.length != 12 || !Arrays.stream(rows).allMatch(Double::isFinite)) {
            throw new IllegalArgumentException(
                    "an affine of " + Arrays.toString(rows) + ", expected 12 finite numbers");
        }
        this.rows = rows.clone();
    }

    /**
     * An affine by what its columns are.
     *
     * @param i the step from voxel to voxel along the first axis; {@code j}, {@code k} likewise
     * @param origin the position of voxel (0, 0, 0)
     */
    public static Affine ofColumns(double[] i, double[] j, double[] k, double[] origin) {
        double[] rows = new double[12];
        double[][] columns = {i, j, k, origin};
        for (int column = 0; column < 4; column++) {
            for (int row = 0; row < 3; row++) {
                rows[4 * row + column] = columns[column][row];
            }
        }
        return new Affine(rows);
    }

    /** One number of the matrix; rows 0 to 2, columns 0 to 3. */
    public double at(int row, int column) {
        return rows[4 * row + column];
    }

    /** The step along an axis (0 to 2), or the origin (3). */
    public double[] column(int column) {
        return new double[] {rows[column], rows[4 + column], rows[8 + column]};
    }

    /** The length of the step along each axis. */
    public double[] spacing() {
        double[] spacing = new double[3];
        for (int axis = 0; axis < 3; axis++) {
            spacing[axis] =
                    Math.sqrt(
                            rows[axis] * rows[axis]
                                    + rows[4 + axis] * rows[4 + axis]
                                    + rows[8 + axis] * rows[8 + axis]);
        }
        return spacing;
    }

    /** The position of a voxel. */
    public double[] apply(double i, double j, double k) {
        double[] position = new double[3];
        for (int row = 0; row < 3; row++) {
            position[row] =
                    rows[4 * row] * i
                            + rows[4 * row + 1] * j
                            + rows[4 * row + 2] * k
                            + rows[4 * row + 3];
        }
        return position;
    }

    /** The signed volume of a voxel; 0 where the axes do not span space. */
    public double determinant() {
        return rows[0] * (rows[5] * rows[10] - rows[6] * rows[9])
                - rows[1] * (rows[4] * rows[10] - rows[6] * rows[8])
                + rows[2] * (rows[4] * rows[9] - rows[5] * rows[8]);
    }

    /** From RAS to LPS or back: the first two rows change their sign. */
    public Affine flipped() {
        double[] flipped = rows.clone();
        for (int i = 0; i < 8; i++) {
            flipped[i] = 0 - flipped[i]; // not -x: no negative zeros
        }
        return new Affine(flipped);
    }

    /**
     * Where each axis of an LPS affine leads, as three letters out of L, R, P, A, S, I: {@code RAS}
     * for a volume whose first axis runs to the patient's right. Each world direction is named
     * once, by the axis that follows it most closely.
     */
    public String axisCodes() {
        String[] codes = new String[3];
        boolean[] taken = new boolean[3];
        double[] spacing = spacing();
        for (int step = 0; step < 3; step++) {
            int bestAxis = -1;
            int bestRow = -1;
            double best = -1;
            for (int axis = 0; axis < 3; axis++) {
                for (int row = 0; row < 3; row++) {
                    double share = Math.abs(at(row, axis)) / Math.max(spacing[axis], 1e-30);
                    if (codes[axis] == null && !taken[row] && share > best) {
                        best = share;
                        bestAxis = axis;
                        bestRow = row;
                    }
                }
            }
            codes[bestAxis] = LPS[bestRow][at(bestRow, bestAxis) >= 0 ? 0 : 1];
            taken[bestRow] = true;
        }
        return String.join("", codes);
    }

    /** The largest difference of any of the twelve numbers. */
    public double distance(Affine other) {
        double distance = 0;
        for (int i = 0; i < 12; i++) {
            distance = Math.max(distance, Math.abs(rows[i] - other.rows[i]));
        }
        return distance;
    }

    /** Four rows of four numbers, as files and messages show a matrix. */
    public double[][] matrix() {
        return new double[][] {
            Arrays.copyOfRange(rows, 0, 4),
            Arrays.copyOfRange(rows, 4, 8),
            Arrays.copyOfRange(rows, 8, 12),
            {0, 0, 0, 1}
        };
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Affine affine && Arrays.equals(rows, affine.rows);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(rows);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int row = 0; row < 3; row++) {
            text.append(row == 0 ? "[" : "; ");
            for (int column = 0; column < 4; column++) {
                text.append(column == 0 ? "" : " ")
                        .append(String.format(Locale.ROOT, "%.5g", at(row, column)));
            }
        }
        return text.append(']').toString();
    }
}
