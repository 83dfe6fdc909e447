package org.precedent.imaging.format;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a file holds, as far as it was read: where it is refused, what was known until then.
 *
 * @param file as it was given
 * @param kind {@code dicom}, {@code nifti}, {@code nrrd}, {@code png}, {@code jpeg}, {@code tiff},
 *     {@code bmp} or {@code unknown}
 * @param shape DICOM: frames where several, rows, columns, colours where any; NIfTI and NRRD: the
 *     first index first; pictures: rows, columns, colours where any
 * @param spacingMm between voxels, in the order of the shape's axes of space
 * @param affine four rows from voxel to millimetres; null where the orientation is unknown
 * @param world the frame of the affine, {@code RAS} or {@code LPS}; empty without one
 * @param stored the type of the samples
 * @param min of the stored samples; NIfTI: of the scaled values; without what is no number
 * @param sha256Int32 SHA-256 of all samples as little-endian 32-bit integers in the file's order
 * @param notes what is worth telling
 * @param refused why the file is not read; null where it is
 */
public record Inspection(
        String file,
        String kind,
        int @Nullable [] shape,
        double @Nullable [] spacingMm,
        double @Nullable [][] affine,
        String world,
        String transferSyntax,
        String stored,
        @Nullable Double min,
        @Nullable Double max,
        @Nullable Double mean,
        @Nullable String sha256Int32,
        List<String> notes,
        @Nullable String refused) {
    public Inspection {
        notes = List.copyOf(notes);
    }
}
