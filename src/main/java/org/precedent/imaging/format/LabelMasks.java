package org.precedent.imaging.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.precedent.imaging.ImagingException;
import org.precedent.imaging.ImagingException.Code;
import org.precedent.imaging.volume.Grid;
import org.precedent.imaging.volume.SampleType;
import org.precedent.imaging.volume.StoredSamples;

/**
 * Masks of several labels on one grid, which may overlap.
 *
 * @param notes what is worth telling of how they were read
 */
public record LabelMasks(Grid grid, List<Label> labels, List<String> notes) {
    public LabelMasks {
        labels = List.copyOf(labels);
        notes = List.copyOf(notes);
    }

    /**
     * The mask of one label.
     *
     * @param value that stands for it in a label map, at least 1
     * @param mask a sample a voxel, i fastest: 1 inside, 0 outside
     */
    public record Label(String name, int value, StoredSamples mask) {
        /** How many voxels are inside. */
        public long voxels() {
            long inside = 0;
            for (byte sample : mask.block()) {
                inside += sample;
            }
            return inside;
        }
    }

    /**
     * All labels in one map of their values.
     *
     * @throws ImagingException when two labels hold the same voxel, which a map cannot say
     */
    StoredSamples map() {
        int most = labels.stream().mapToInt(Label::value).max().orElse(0);
        int[] map = new int[(int) grid.voxels()];
        for (Label label : labels) {
            byte[] mask = label.mask().block();
            for (int i = 0; i < map.length; i++) {
                if (mask[i] != 0) {
                    if (map[i] != 0) {
                        throw overlapping(label, map[i]);
                    }
                    map[i] = label.value();
                }
            }
        }
        return StoredSamples.of(most > 0xff ? SampleType.UINT16 : SampleType.UINT8, map);
    }

    private ImagingException overlapping(Label label, int other) {
        List<String> names = new ArrayList<>();
        labels.stream().filter(one -> one.value() == other).forEach(one -> names.add(one.name()));
        return new ImagingException(
                Code.MASK_VALUE,
                "labels %s and %s overlap, which a map of one value a voxel cannot hold: write a DICOM"
                                .formatted(names.get(0), label.name())
                        + " segmentation, or one file a label",
                Map.of("field", "label", "value", label.name(), "limit", "no overlap"),
                null);
    }
}
