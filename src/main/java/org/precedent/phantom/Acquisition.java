package org.precedent.phantom;

import java.util.SplittableRandom;
import org.precedent.imaging.Plane;
import org.precedent.imaging.Raster;

/** One patient on one scanner: position, contrast, uneven brightness, texture, blur and noise. */
final class Acquisition {
    private static final int LATTICE = 24;

    private final Scanner scanner;
    private final double shiftX;
    private final double shiftY;
    private final double cos;
    private final double sin;
    private final double[] greys;
    private final double[] bias;

    Acquisition(Scanner scanner, SplittableRandom random) {
        this.scanner = scanner;
        shiftX = 0.05 * random.nextGaussian();
        shiftY = 0.05 * random.nextGaussian();
        double turn = 0.07 * random.nextGaussian();
        double zoom = scanner.zoom * (1 + 0.04 * random.nextGaussian());
        cos = Math.cos(turn) / zoom;
        sin = Math.sin(turn) / zoom;
        greys = new double[Tissue.values().length];
        double gain = 1 + 0.06 * random.nextGaussian();
        for (Tissue tissue : Tissue.values()) {
            greys[tissue.ordinal()] =
                    Math.max(0, scanner.grey(tissue) * gain + 5 * random.nextGaussian());
        }
        greys[Tissue.AIR.ordinal()] = scanner.grey(Tissue.AIR);
        bias = new double[4];
        for (int i = 0; i < bias.length; i++) {
            bias[i] = scanner.bias * random.nextGaussian();
        }
    }

    Scanner scanner() {
        return scanner;
    }

    /** The patient's x at a place of the image. */
    double x(double u, double v) {
        return cos * (u - shiftX) + sin * (v - shiftY);
    }

    /** The patient's y at a place of the image. */
    double y(double u, double v) {
        return cos * (v - shiftY) - sin * (u - shiftX);
    }

    double grey(Tissue tissue) {
        return greys[tissue.ordinal()];
    }

    /**
     * @param clean greys without noise
     * @return 8-bit grey of the same size
     */
    Raster acquire(Plane clean, SplittableRandom random) {
        int width = clean.width();
        int height = clean.height();
        float[] texture = texture(width, height, random);
        float[] values = clean.values().clone();
        for (int i = 0; i < values.length; i++) {
            int column = i % width;
            int row = i / width;
            double u = 2.0 * column / width - 1;
            double v = 2.0 * row / height - 1;
            double uneven = 1 + bias[0] * u + bias[1] * v + bias[2] * u * v + bias[3] * u * u / 2;
            // Texture belongs to tissue: air and gas have none.
            double share = Math.min(1, values[i] / 60);
            values[i] = (float) ((values[i] + 7 * share * texture[i]) * Math.max(0.3, uneven));
        }
        values = blurred(values, width, height, scanner.blur);
        float[] first = noise(width, height, random);
        float[] second = noise(width, height, random);
        short[] samples = new short[values.length];
        for (int i = 0; i < samples.length; i++) {
            double noisy = values[i] + first[i];
            double seen = scanner.magnitude ? Math.hypot(noisy, second[i]) : noisy;
            samples[i] = (short) Math.max(0, Math.min(255, Math.round(seen)));
        }
        return new Raster(width, height, 1, 8, samples);
    }

    /** Slow unevenness within organs: a lattice of random values, interpolated. */
    private static float[] texture(int width, int height, SplittableRandom random) {
        double[] lattice = new double[LATTICE * LATTICE];
        for (int i = 0; i < lattice.length; i++) {
            lattice[i] = random.nextGaussian();
        }
        float[] texture = new float[width * height];
        for (int i = 0; i < texture.length; i++) {
            int column = i % width;
            int row = i / width;
            double x = (double) column / width * (LATTICE - 1);
            double y = (double) row / height * (LATTICE - 1);
            int left = (int) x;
            int above = (int) y;
            int at = above * LATTICE + left;
            double fx = x - left;
            double fy = y - above;
            double top = lattice[at] * (1 - fx) + lattice[at + 1] * fx;
            double bottom = lattice[at + LATTICE] * (1 - fx) + lattice[at + LATTICE + 1] * fx;
            texture[i] = (float) (top * (1 - fy) + bottom * fy);
        }
        return texture;
    }

    /** Noise whose neighbours are alike, as reconstruction leaves it. */
    private float[] noise(int width, int height, SplittableRandom random) {
        float[] white = new float[width * height];
        for (int i = 0; i < white.length; i++) {
            white[i] = (float) random.nextGaussian();
        }
        float[] soft = blurred(white, width, height, 0.6);
        double squares = 0;
        for (float value : soft) {
            squares += value * value;
        }
        double scale = scanner.noise / Math.sqrt(squares / soft.length);
        for (int i = 0; i < soft.length; i++) {
            soft[i] *= (float) scale;
        }
        return soft;
    }

    private static float[] blurred(float[] values, int width, int height, double sigma) {
        double[] kernel = new double[7];
        double sum = 0;
        for (int d = -3; d <= 3; d++) {
            kernel[d + 3] = Math.exp(-d * d / (2 * sigma * sigma));
            sum += kernel[d + 3];
        }
        float[] across = new float[values.length];
        float[] both = new float[values.length];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                double total = 0;
                for (int d = -3; d <= 3; d++) {
                    int at = Math.max(0, Math.min(width - 1, x + d));
                    total += kernel[d + 3] * values[y * width + at];
                }
                across[y * width + x] = (float) (total / sum);
            }
        }
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                double total = 0;
                for (int d = -3; d <= 3; d++) {
                    int at = Math.max(0, Math.min(height - 1, y + d));
                    total += kernel[d + 3] * across[at * width + x];
                }
                both[y * width + x] = (float) (total / sum);
            }
        }
        return both;
    }
}
