package org.precedent.study;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.precedent.imaging.Raster;
import org.precedent.imaging.volume.Slicing;

/** The masks of a volume's slices, put together on its own grid. Not thread-safe. */
public final class LabelMap {
    private final Slicing slicing;
    private final Map<String, Integer> legend = new LinkedHashMap<>();
    private final byte[] map;

    /** Of the slice that is being put. */
    private final int[] best;

    private final byte[] values;

    /**
     * @param labels in the order of their values, from 1; at most 255
     */
    LabelMap(Slicing slicing, List<String> labels) {
        this.slicing = slicing;
        labels.forEach(label -> legend.put(label, legend.size() + 1));
        this.map = new byte[Math.toIntExact(slicing.grid().voxels())];
        this.best = new int[slicing.width() * slicing.height()];
        this.values = new byte[best.length];
    }

    /**
     * Puts a label's mask of a slice; where masks overlap, the voxel is the label's that is more
     * probable, of two alike the one's that was put first.
     *
     * @param first whether it is the first mask of this slice
     * @param mask of the slice's size, 0 outside
     * @param probable likewise, 8 or 16 bit
     */
    void put(int number, boolean first, String label, Raster mask, Raster probable) {
        if (first) {
            Arrays.fill(best, 0);
            Arrays.fill(values, (byte) 0);
        }
        int scale = probable.bitsPerSample() == 8 ? 257 : 1;
        byte value = (byte) legend.getOrDefault(label, 0).intValue();
        for (int i = 0; i < best.length; i++) {
            int probability = (probable.samples()[i] & 0xffff) * scale + 1;
            if (mask.samples()[i] != 0 && probability > best[i]) {
                best[i] = probability;
                values[i] = value;
            }
        }
        for (int y = 0; y < slicing.height(); y++) {
            for (int x = 0; x < slicing.width(); x++) {
                map[slicing.index(number, x, y)] = values[y * slicing.width() + x];
            }
        }
    }

    /** One value of the legend a voxel, i fastest; 0 outside every label. */
    public byte[] map() {
        return map;
    }

    /** Label to its value, from 1. */
    public Map<String, Integer> legend() {
        return Collections.unmodifiableMap(legend);
    }

    /** Label to how many voxels have its value, in the order of the values. */
    public Map<String, Long> voxels() {
        long[] counts = new long[256];
        for (byte value : map) {
            counts[value & 0xff]++;
        }
        Map<String, Long> voxels = new LinkedHashMap<>();
        legend.forEach((label, value) -> voxels.put(label, counts[value]));
        return voxels;
    }
}
