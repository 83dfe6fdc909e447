package org.precedent.study;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What was answered for a whole volume.
 *
 * @param labels on the volume's grid
 * @param poolVersion that every slice was answered from
 * @param network that answered, and its weights' SHA-256: {@code NAME SHA256}; empty where no slice
 *     was asked
 * @param slices what became of each slice, in order; empty where all were asked at once
 * @param whole the recorded answer of all slices at once; null where they were asked one by one
 */
public record StudyAnswer(
        LabelMap labels,
        int poolVersion,
        String network,
        List<Slice> slices,
        @Nullable UUID whole) {

    /**
     * One slice.
     *
     * @param answer of the recorded answer; null where nothing was asked, because the slice is of
     *     one value
     * @param cautions label to why its mask is not to be trusted
     */
    public record Slice(int number, @Nullable UUID answer, Map<String, String> cautions) {
        public Slice {
            cautions = Collections.unmodifiableMap(new LinkedHashMap<>(cautions));
        }
    }

    /** One value of the legend a voxel of the source, i fastest; 0 outside every label. */
    public byte[] labelMap() {
        return labels.map();
    }

    /** Label to its value, from 1. */
    public Map<String, Integer> legend() {
        return labels.legend();
    }

    /** Label to how many voxels have its value. */
    public Map<String, Long> voxels() {
        return labels.voxels();
    }

    public StudyAnswer {
        slices = List.copyOf(slices);
    }
}
