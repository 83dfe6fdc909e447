package org.precedent.imaging.format.nifti;

import java.util.Optional;
import org.precedent.imaging.volume.Affine;

/**
 * The rotation of an affine as NIfTI's qform has it, without its first number, which follows from
 * the others and is not negative.
 *
 * @param mirrored whether the third axis is turned round first
 */
record Quaternion(double b, double c, double d, boolean mirrored) {
    /** Axes whose cosine is larger are not taken for perpendicular. */
    private static final double SHEAR = 1e-4;

    /** Empty where the axes are not perpendicular, which no rotation expresses. */
    static Optional<Quaternion> of(Affine affine) {
        double[] spacing = affine.spacing();
        boolean mirrored = affine.determinant() < 0;
        double[][] r = new double[3][3];
        for (int row = 0; row < 3; row++) {
            for (int column = 0; column < 3; column++) {
                if (spacing[column] == 0) {
                    return Optional.empty();
                }
                r[row][column] = affine.at(row, column) / spacing[column];
            }
            r[row][2] *= mirrored ? -1 : 1;
        }
        for (int one = 0; one < 3; one++) {
            int other = (one + 1) % 3;
            double cosine =
                    r[0][one] * r[0][other] + r[1][one] * r[1][other] + r[2][one] * r[2][other];
            if (Math.abs(cosine) > SHEAR) {
                return Optional.empty();
            }
        }
        return Optional.of(of(r, mirrored));
    }

    /** From a rotation matrix, dividing by the largest of the four numbers. */
    private static Quaternion of(double[][] r, boolean mirrored) {
        double a = 1 + r[0][0] + r[1][1] + r[2][2];
        if (a > 0.5) {
            a = Math.sqrt(a) / 2;
            return new Quaternion(
                    (r[2][1] - r[1][2]) / (4 * a),
                    (r[0][2] - r[2][0]) / (4 * a),
                    (r[1][0] - r[0][1]) / (4 * a),
                    mirrored);
        }
        double x = 1 + r[0][0] - r[1][1] - r[2][2];
        double y = 1 + r[1][1] - r[0][0] - r[2][2];
        double z = 1 + r[2][2] - r[0][0] - r[1][1];
        double first;
        double b;
        double c;
        double d;
        if (x >= y && x >= z) {
            b = Math.sqrt(x) / 2;
            c = (r[0][1] + r[1][0]) / (4 * b);
            d = (r[0][2] + r[2][0]) / (4 * b);
            first = (r[2][1] - r[1][2]) / (4 * b);
        } else if (y >= z) {
            c = Math.sqrt(y) / 2;
            b = (r[0][1] + r[1][0]) / (4 * c);
            d = (r[1][2] + r[2][1]) / (4 * c);
            first = (r[0][2] - r[2][0]) / (4 * c);
        } else {
            d = Math.sqrt(z) / 2;
            b = (r[0][2] + r[2][0]) / (4 * d);
            c = (r[1][2] + r[2][1]) / (4 * d);
            first = (r[1][0] - r[0][1]) / (4 * d);
        }
        return first < 0 ? new Quaternion(-b, -c, -d, mirrored) : new Quaternion(b, c, d, mirrored);
    }
}
