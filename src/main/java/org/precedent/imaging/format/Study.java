package org.precedent.imaging.format;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.format.nifti.NiftiHeader;
import org.precedent.imaging.format.nifti.NiftiWriter;
import org.precedent.imaging.format.nrrd.NrrdWriter;
import org.precedent.imaging.format.nrrd.Segment;
import org.precedent.imaging.volume.Rescale;
import org.precedent.imaging.volume.SampleType;
import org.precedent.imaging.volume.ScannedVolume;
import org.precedent.imaging.volume.StoredSamples;

/**
 * A volume as somebody sent it, and the way back: label maps on exactly its grid.
 *
 * @param header of a NIfTI file, whose geometry is copied to the bit; null of other formats
 */
public record Study(ScannedVolume volume, @Nullable NiftiHeader header) {

    /**
     * A label map as gzipped NIfTI. That of a NIfTI file has its dimensions, spacings, forms, codes
     * and units to the bit.
     *
     * @param labels one byte a voxel, i fastest
     */
    public byte[] nifti(byte[] labels) {
        StoredSamples samples = new StoredSamples(SampleType.UINT8, labels);
        return NiftiWriter.gzip(
                header == null
                        ? NiftiWriter.volume(volume.grid(), samples, Rescale.NONE, true)
                        : NiftiWriter.mask(header, samples));
    }

    /**
     * A label map as gzipped NRRD, which 3D Slicer opens as a segmentation.
     *
     * @param labels one byte a voxel, i fastest
     * @param legend label to value, in the order of the segments
     */
    public byte[] nrrd(byte[] labels, Map<String, Integer> legend) {
        List<Segment> segments =
                legend.entrySet().stream()
                        .map(one ->
                                new Segment(
                                        "Segment_" + one.getValue(),
                                        one.getKey(),
                                        one.getValue(),
                                        0))
                        .toList();
        return NrrdWriter.write(
                volume.grid(), new StoredSamples(SampleType.UINT8, labels), segments, true);
    }
}
