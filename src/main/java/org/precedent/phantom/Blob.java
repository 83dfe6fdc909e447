package org.precedent.phantom;

import java.util.random.RandomGenerator;

/**
 * An ellipse with a wavy border. Coordinates run from -1 to 1 over the image, y downwards.
 *
 * <p>A point far from the border is told by the square of its distance: how far the waves reach is
 * known beforehand. Only near the border its angle is needed.
 */
final class Blob {
    /** However far its waves reach in, something is left. */
    private static final double LEAST_RADIUS = 0.2;

    /** More than all rounding, so that the short way never says other than the long one. */
    private static final double ROUNDING = 1e-9;

    private final double cx;
    private final double cy;
    private final double a;
    private final double b;
    private final double turn;
    private final double[] waves;
    private final double[] phases;
    private final double cos;
    private final double sin;

    /** Far points cost nothing: waves reach out by less than half. */
    private final double reach;

    /** Squares of distances: less is inside, more is outside whatever the angle is. */
    private final double surelyInside;

    private final double surelyOutside;

    /**
     * @param cx centre
     * @param cy centre
     * @param a half-axis along x before turning
     * @param b half-axis along y before turning
     * @param turn in radians
     * @param waves relative amplitudes of 2, 3, 4 and 5 waves around the border
     * @param phases their phases in radians
     */
    private Blob(
            double cx,
            double cy,
            double a,
            double b,
            double turn,
            double[] waves,
            double[] phases) {
        this.cx = cx;
        this.cy = cy;
        this.a = a;
        this.b = b;
        this.turn = turn;
        this.waves = waves;
        this.phases = phases;
        cos = Math.cos(turn);
        sin = Math.sin(turn);
        reach = 1.5 * Math.max(a, b);
        double sum = 0;
        for (double wave : waves) {
            sum += Math.abs(wave);
        }
        double least = Math.max(LEAST_RADIUS, 1 - sum);
        surelyInside = least * least * (1 - ROUNDING);
        surelyOutside = (1 + sum) * (1 + sum) * (1 + ROUNDING);
    }

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

    /** The same border, both half-axes shorter. */
    Blob inner(double by) {
        return new Blob(cx, cy, a - by, b - by, turn, waves, phases);
    }

    boolean holds(double x, double y) {
        if (!(Math.abs(x - cx) < reach && Math.abs(y - cy) < reach)) {
            return false;
        }
        double u = across(x, y);
        double v = along(x, y);
        double square = u * u + v * v;
        if (square > surelyOutside) {
            return false;
        }
        return square < surelyInside || distance(u, v) < 1;
    }

    /** 0 at the centre, 1 on the border, more outside. */
    double depth(double x, double y) {
        return distance(across(x, y), along(x, y));
    }

    private double across(double x, double y) {
        return ((x - cx) * cos + (y - cy) * sin) / a;
    }

    private double along(double x, double y) {
        return ((y - cy) * cos - (x - cx) * sin) / b;
    }

    private double distance(double u, double v) {
        double radius = 1;
        if (waves.length > 0) {
            double angle = Math.atan2(v, u);
            for (int k = 0; k < waves.length; k++) {
                radius += waves[k] * Math.cos((k + 2) * angle + phases[k]);
            }
        }
        return Math.hypot(u, v) / Math.max(LEAST_RADIUS, radius);
    }
}
