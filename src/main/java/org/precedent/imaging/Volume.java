package org.precedent.imaging;

/**
 * A three-dimensional image. The array is handed over, not copied.
 *
 * @param depth D in voxels
 * @param height H in voxels
 * @param width W in voxels
 * @param values [D, H, W] row-major, in [0, 1]
 */
public record Volume(int depth, int height, int width, float[] values) {
    public Volume {
        if (depth < 1 || height < 1 || width < 1) {
            throw new IllegalArgumentException(
                    "volume of " + depth + " x " + height + " x " + width);
        }
        if (values.length != (long) depth * height * width) {
            throw new IllegalArgumentException(
                    "volume of "
                            + values.length
                            + " voxels is not "
                            + depth
                            + " x "
                            + height
                            + " x "
                            + width);
        }
    }

    public int[] sizes() {
        return new int[] {depth, height, width};
    }
}
