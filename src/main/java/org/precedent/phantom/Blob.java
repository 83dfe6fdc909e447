package org.precedent.phantom;

import java.util.random.RandomGenerator;

/**
 * An ellipse with a wavy border. Coordinates run from -1 to 1 over the image, y downwards.
 *
 * @param cx centre
 * @param cy centre
 * @param a half-axis along x before turning
 * @param b half-axis along y before turning
 * @param turn in radians
 * @param waves relative amplitudes of 2, 3, 4 and 5 waves around the border
 * @param phases their phases in radians
 */
record Blob(
        double cx, double cy, double a, double b, double turn, double[] waves, double[] phases) {

    static Blob ellipse(double cx, double cy, double a, double b, double turn) {
        return new Blob(cx, cy, a, b, turn, new double[0], new double[0]);
    }

    /**
     * @param waviness standard deviation of the amplitude of the first wave; later ones are smaller
     */
    static Blob wavy(
            double cx,
            double cy,
            double a,
            double b,
            double turn,
            double waviness,
            RandomGenerator random) {
        double[] waves = new double[4];
        double[] phases = new double[4];
        for (int k = 0; k < waves.length; k++) {
            waves[k] = waviness * random.nextGaussian() / (1 + 0.5 * k);
            phases[k] = 2 * Math.PI * random.nextDouble();
        }
        return new Blob(cx, cy, a, b, turn, waves, phases);
    }

    boolean holds(double x, double y) {
        // Far points cost nothing: waves reach out by less than half.
        double reach = 1.5 * Math.max(a, b);
        return Math.abs(x - cx) < reach && Math.abs(y - cy) < reach && depth(x, y) < 1;
    }

    /** 0 at the centre, 1 on the border, more outside. */
    double depth(double x, double y) {
        double dx = x - cx;
        double dy = y - cy;
        double cos = Math.cos(turn);
        double sin = Math.sin(turn);
        double u = (dx * cos + dy * sin) / a;
        double v = (dy * cos - dx * sin) / b;
        double radius = 1;
        if (waves.length > 0) {
            double angle = Math.atan2(v, u);
            for (int k = 0; k < waves.length; k++) {
                radius += waves[k] * Math.cos((k + 2) * angle + phases[k]);
            }
        }
        return Math.hypot(u, v) / Math.max(0.2, radius);
    }
}
