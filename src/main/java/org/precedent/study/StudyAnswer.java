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
 * @param labelMap one value of the legend a voxel of the source, i fastest; 0 outside every label
 * @param legend label to its value, from 1
 * @param voxels label to how many voxels have its value
 * @param poolVersion that every slice was answered from
 * @param network that answered, and its weights' SHA-256: {@code NAME SHA256}; empty where no slice
 *     was asked
 * @param slices what became of each slice, in order
 */
public record StudyAnswer(
        byte[] labelMap,
        Map<String, Integer> legend,
        Map<String, Long> voxels,
        int poolVersion,
        String network,
        List<Slice> slices) {

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

    public StudyAnswer {
        legend = Collections.unmodifiableMap(new LinkedHashMap<>(legend));
        voxels = Collections.unmodifiableMap(new LinkedHashMap<>(voxels));
        slices = List.copyOf(slices);
    }
}
