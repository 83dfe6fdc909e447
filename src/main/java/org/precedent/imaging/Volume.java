package org.precedent.imaging;

import java.util.List;
import org.jspecify.annotations.Nullable;

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

    /**
     * Pictures on top of each other, the first of them at depth 0, black to white as 0 to 1.
     *
     * @param slices at least one, all of one size; of colours only the first is looked at
     * @throws IllegalArgumentException when they are of several sizes
     */
    public static Volume of(List<Raster> slices) {
        Raster first = slices.getFirst();
        int area = Math.multiplyExact(first.width(), first.height());
        float[] values = new float[Math.multiplyExact(area, slices.size())];
        for (int z = 0; z < slices.size(); z++) {
            Raster image = slices.get(z);
            requireSize(image.width(), image.height(), first);
            for (int y = 0; y < image.height(); y++) {
                for (int x = 0; x < image.width(); x++) {
                    values[z * area + y * image.width() + x] =
                            (float) image.sample(x, y, 0) / image.maxValue();
                }
            }
        }
        return new Volume(slices.size(), first.height(), first.width(), values);
    }

    /**
     * Masks on top of each other.
     *
     * @param masks one a slice of the volume, of the slices' size; null where nothing is inside
     * @return [D, H, W] row-major, 1 inside and 0 outside
     * @throws IllegalArgumentException when a mask is of another size
     */
    public float[] inside(List<? extends @Nullable Mask> masks) {
        int area = height * width;
        float[] inside = new float[values.length];
        for (int z = 0; z < masks.size(); z++) {
            Mask mask = masks.get(z);
            if (mask == null) {
                continue;
            }
            if (mask.width() != width || mask.height() != height) {
                throw new IllegalArgumentException(
                        "a mask of %d x %d in a volume of %d x %d"
                                .formatted(mask.width(), mask.height(), width, height));
            }
            for (int i = 0; i < area; i++) {
                inside[z * area + i] = mask.inside()[i] ? 1 : 0;
            }
        }
        return inside;
    }

    private static void requireSize(int width, int height, Raster first) {
        if (width != first.width() || height != first.height()) {
            throw new IllegalArgumentException(
                    "a slice of %d x %d on one of %d x %d"
                            .formatted(width, height, first.width(), first.height()));
        }
    }

    public int[] sizes() {
        return new int[] {depth, height, width};
    }
}
