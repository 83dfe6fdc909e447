package org.precedent.adaptation;

import java.util.random.RandomGenerator;

/**
 * A mild change of geometry and brightness that all images of an episode share: turn, scale,
 * stretch and shift, a smooth displacement, and a gamma. Left and right stay where they are,
 * because a structure of one side is another than that of the other.
 */
final class Deformation {
    private static final double MOST_TURN = Math.toRadians(12);
    private static final double MOST_SCALE = 0.12;
    private static final double MOST_SHIFT = 0.05;

    /** Root mean square of the displacements, in shares of the side. */
    private static final double MOST_WARP = 2.0 / 128;

    private static final double GAMMA_DEVIATION = 0.2;
    private static final int CELLS = 5;

    private final int side;
    private final float[] x;
    private final float[] y;
    private final double gamma;

    Deformation(RandomGenerator random, int side) {
        this.side = side;
        x = new float[side * side];
        y = new float[side * side];
        double turn = random.nextDouble(-MOST_TURN, MOST_TURN);
        double scaleX = 1 + random.nextDouble(-MOST_SCALE, MOST_SCALE);
        double scaleY = scaleX * (1 + random.nextDouble(-MOST_SCALE, MOST_SCALE) / 2);
        double shiftX = side * random.nextDouble(-MOST_SHIFT, MOST_SHIFT);
        double shiftY = side * random.nextDouble(-MOST_SHIFT, MOST_SHIFT);
        double warp = side * random.nextDouble(0, MOST_WARP);
        double[] warpX = knots(random, warp);
        double[] warpY = knots(random, warp);
        gamma = Math.exp(GAMMA_DEVIATION * random.nextGaussian());
        double middle = (side - 1) / 2.0;
        for (int at = 0; at < x.length; at++) {
            double dx = at % side - middle;
            double dy = at / side - middle;
            double u = (double) (at % side) / (side - 1) * (CELLS - 1);
            double v = (double) (at / side) / (side - 1) * (CELLS - 1);
            double cos = Math.cos(turn);
            double sin = Math.sin(turn);
            x[at] = (float) (middle + scaleX * (cos * dx - sin * dy) + shiftX + at(warpX, u, v));
            y[at] = (float) (middle + scaleY * (sin * dx + cos * dy) + shiftY + at(warpY, u, v));
        }
    }

    private static double[] knots(RandomGenerator random, double rms) {
        double[] knots = new double[CELLS * CELLS];
        for (int i = 0; i < knots.length; i++) {
            knots[i] = rms * random.nextGaussian();
        }
        return knots;
    }

    /** A value between knots, with smooth steps. */
    private static double at(double[] knots, double u, double v) {
        int i = Math.min((int) u, CELLS - 2);
        int j = Math.min((int) v, CELLS - 2);
        double a = smooth(u - i);
        double b = smooth(v - j);
        double above = knots[j * CELLS + i] * (1 - a) + knots[j * CELLS + i + 1] * a;
        double below = knots[(j + 1) * CELLS + i] * (1 - a) + knots[(j + 1) * CELLS + i + 1] * a;
        return above * (1 - b) + below * b;
    }

    private static double smooth(double t) {
        return t * t * (3 - 2 * t);
    }

    /** [side, side] of an image; its border goes on outside. */
    float[] image(float[] image) {
        float[] moved = moved(image, true);
        for (int i = 0; i < moved.length; i++) {
            moved[i] = (float) Math.pow(Math.clamp(moved[i], 0, 1), gamma);
        }
        return moved;
    }

    /** [side, side] of a mask, 0 or 1; nothing is outside. */
    float[] mask(float[] mask) {
        float[] moved = moved(mask, false);
        for (int i = 0; i < moved.length; i++) {
            moved[i] = moved[i] >= 0.5f ? 1 : 0;
        }
        return moved;
    }

    private float[] moved(float[] values, boolean goesOn) {
        float[] moved = new float[values.length];
        for (int at = 0; at < moved.length; at++) {
            int left = (int) Math.floor(x[at]);
            int top = (int) Math.floor(y[at]);
            float a = x[at] - left;
            float b = y[at] - top;
            moved[at] =
                    (1 - b)
                                    * ((1 - a) * value(values, left, top, goesOn)
                                            + a * value(values, left + 1, top, goesOn))
                            + b
                                    * ((1 - a) * value(values, left, top + 1, goesOn)
                                            + a * value(values, left + 1, top + 1, goesOn));
        }
        return moved;
    }

    private float value(float[] values, int column, int row, boolean goesOn) {
        if (!goesOn && (column < 0 || row < 0 || column >= side || row >= side)) {
            return 0;
        }
        return values[Math.clamp(row, 0, side - 1) * side + Math.clamp(column, 0, side - 1)];
    }
}
