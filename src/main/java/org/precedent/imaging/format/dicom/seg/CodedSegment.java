package org.precedent.imaging.format.dicom.seg;

import java.util.BitSet;
import org.precedent.imaging.volume.StoredSamples;

/**
 * One label of a segmentation.
 *
 * @param label as people know it
 * @param category what kind of thing it is, e.g. {@link Code#ANATOMICAL_STRUCTURE}
 * @param type what it is
 * @param inside voxels of the source, i fastest; handed over
 */
public record CodedSegment(String label, Code category, Code type, BitSet inside) {
    public CodedSegment {
        if (label.isBlank()) {
            throw new IllegalArgumentException("a segment without a label");
        }
    }

    /** A segment of which only the name is known. */
    public static CodedSegment of(String label, BitSet inside) {
        return new CodedSegment(label, Code.TISSUE, Code.TISSUE, inside);
    }

    /**
     * The voxels of a mask.
     *
     * @param mask a sample a voxel, i fastest; 0 outside, anything else inside
     */
    public static BitSet inside(StoredSamples mask) {
        BitSet inside = new BitSet(mask.count());
        for (int i = 0; i < mask.count(); i++) {
            if (mask.real(i) != 0) {
                inside.set(i);
            }
        }
        return inside;
    }
}
