package org.precedent.imaging.volume;

import java.util.List;
import java.util.OptionalDouble;
import org.precedent.imaging.Plane;
import org.precedent.imaging.volume.Meaning.Lookup;
import org.precedent.imaging.volume.Meaning.Padding;

/**
 * A volume as it was scanned: stored samples, what they mean, and where they lie. A single slice is
 * a volume whose last size is 1.
 *
 * @param samples [k, j, i, components], i.e. components fastest, then i
 * @param components 1 for grey; 3 or 4 for colours
 * @param notes what the reader found worth telling, in words
 */
public record ScannedVolume(
        Grid grid, int components, StoredSamples samples, Meaning meaning, List<String> notes) {
    public ScannedVolume {
        notes = List.copyOf(notes);
        if (components < 1 || samples.count() != grid.voxels() * components) {
            throw new IllegalArgumentException(
                    samples.count() + " samples for " + grid + " of " + components);
        }
        if (meaning.rescales().size() != 1 && meaning.rescales().size() != grid.size(2)) {
            throw new IllegalArgumentException(
                    meaning.rescales().size() + " rescales for " + grid.size(2) + " slices");
        }
    }

    /** The index of a sample in {@link #samples}. */
    public int index(int i, int j, int k, int component) {
        return (((k * grid.size(1) + j) * grid.size(0)) + i) * components + component;
    }

    /**
     * The value of a voxel in the unit of its rescale.
     *
     * @return empty outside the image: padding, and what is no finite number
     */
    public OptionalDouble value(int i, int j, int k, int component) {
        double value = valueOrNaN(index(i, j, k, component), k);
        return Double.isFinite(value) ? OptionalDouble.of(value) : OptionalDouble.empty();
    }

    /**
     * The value of a sample by its index; NaN outside the image.
     *
     * @param k its slice along the last axis
     */
    public double valueOrNaN(int index, int k) {
        Padding padding = meaning.padding();
        if (padding != null && !samples.type().real() && padding.holds(samples.integer(index))) {
            return Double.NaN;
        }
        Lookup lookup = meaning.lookup();
        return lookup != null
                ? lookup.apply(samples.integer(index))
                : meaning.rescale(k).apply(samples.real(index));
    }

    /**
     * One slice across an axis, in values. Its columns run along the first of the two other axes,
     * its rows along the second: a slice across k has columns i and rows j.
     *
     * @param axis 0, 1 or 2
     * @return NaN outside the image
     */
    public Plane slice(int axis, int position, int component) {
        int across = axis == 0 ? 1 : 0;
        int down = axis == 2 ? 1 : 2;
        int width = grid.size(across);
        int height = grid.size(down);
        float[] values = new float[Math.multiplyExact(width, height)];
        int[] voxel = new int[3];
        voxel[axis] = position;
        for (int y = 0; y < height; y++) {
            voxel[down] = y;
            for (int x = 0; x < width; x++) {
                voxel[across] = x;
                int index = index(voxel[0], voxel[1], voxel[2], component);
                values[y * width + x] = (float) valueOrNaN(index, voxel[2]);
            }
        }
        return new Plane(width, height, values);
    }
}
