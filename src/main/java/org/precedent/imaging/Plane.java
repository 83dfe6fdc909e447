package org.precedent.imaging;

/**
 * Real numbers on a grid: a normalised image, or a map of probabilities. The array is handed over
 * at construction and never written again.
 *
 * @param width in pixels
 * @param height in pixels
 * @param values [height, width] row-major; the range is stated by whoever makes it
 */
public record Plane(int width, int height, float[] values) {
    public Plane {
        if (width < 1 || height < 1 || values.length != width * height) {
            throw new IllegalArgumentException(
                    values.length + " values for " + width + " x " + height);
        }
    }

    public float at(int x, int y) {
        return values[y * width + x];
    }
}
