package org.precedent.imaging.format;

import java.util.ArrayList;
import java.util.BitSet;
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
     * @param inside its voxels, i fastest
     */
    public record Label(String name, int value, BitSet inside) {
        /** How many voxels are inside. */
        public long voxels() {
            return inside.cardinality();
        }
    }

    /** The volume of a label in millilitres; 0 where the grid does not know its spacings. */
    public double millilitres(Label label) {
        double[] spacing = grid.spacingMm();
        return label.voxels() * spacing[0] * spacing[1] * spacing[2] / 1000;
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
            BitSet inside = label.inside();
            for (int i = inside.nextSetBit(0); i >= 0; i = inside.nextSetBit(i + 1)) {
                if (map[i] != 0) {
                    throw overlapping(label, map[i]);
                }
                map[i] = label.value();
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
