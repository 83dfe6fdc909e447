package org.precedent.imaging.format.dicom.seg;

import org.precedent.imaging.volume.StoredSamples;

/**
 * One label of a segmentation.
 *
 * @param label as people know it
 * @param category what kind of thing it is, e.g. {@link Code#ANATOMICAL_STRUCTURE}
 * @param type what it is
 * @param mask a sample a voxel of the source, i fastest; 0 outside, anything else inside
 */
public record CodedSegment(String label, Code category, Code type, StoredSamples mask) {
    public CodedSegment {
        if (label.isBlank()) {
            throw new IllegalArgumentException("a segment without a label");
        }
    }

    /** A segment of which only the name is known. */
    public static CodedSegment of(String label, StoredSamples mask) {
        return new CodedSegment(label, Code.TISSUE, Code.TISSUE, mask);
    }
}
