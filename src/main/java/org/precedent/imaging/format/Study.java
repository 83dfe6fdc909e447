package org.precedent.imaging.format;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.format.nifti.NiftiHeader;
import org.precedent.imaging.format.nifti.NiftiImage;
import org.precedent.imaging.format.nifti.NiftiWriter;
import org.precedent.imaging.format.nrrd.NrrdWriter;
import org.precedent.imaging.format.nrrd.Segment;
import org.precedent.imaging.volume.Meaning;
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
        return NiftiWriter.gzip(flatNifti(labels));
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

    /**
     * The volume as a file to keep.
     *
     * @param nifti whether it is gzipped NIfTI, else gzipped NRRD
     * @param padding its samples that are outside the image, which neither format says; null where
     *     there are none
     */
    public record Kept(byte[] bytes, boolean nifti, Meaning.@Nullable Padding padding) {}

    /**
     * The same samples on the same grid with the same values in a file that says nothing else: a
     * NIfTI file keeps its geometry to the bit, everything else becomes NRRD. Where stored samples
     * are not their own values and one rescale does not say them, values are kept as 32-bit floats,
     * those outside the image as NaN.
     */
    public Kept kept() {
        Rescale rescale = rescale();
        boolean nifti = header != null || (rescale != null && !rescale.isIdentity());
        StoredSamples samples = rescale == null ? values() : volume.samples();
        return new Kept(
                nifti ? image() : NrrdWriter.write(volume.grid(), samples, List.of(), true),
                nifti,
                rescale == null ? null : volume.meaning().padding());
    }

    /**
     * The volume as gzipped NIfTI that says nothing else: geometry and samples of a NIfTI file to
     * the bit, those of other formats on the same grid with the same values.
     */
    public byte[] image() {
        if (header != null) {
            return NiftiWriter.gzip(
                    NiftiWriter.image(
                            new NiftiImage(header, volume.grid(), volume.samples(), List.of())));
        }
        Rescale rescale = rescale();
        return NiftiWriter.gzip(
                rescale == null
                        ? NiftiWriter.volume(volume.grid(), values(), Rescale.NONE, false)
                        : NiftiWriter.volume(volume.grid(), volume.samples(), rescale, false));
    }

    /** What says all values; null where it takes a table, or a rescale a slice. */
    private @Nullable Rescale rescale() {
        Meaning meaning = volume.meaning();
        return meaning.lookup() == null && meaning.rescales().size() == 1
                ? meaning.rescale(0)
                : null;
    }

    /** All values, as 32-bit floats; NaN outside the image. */
    private StoredSamples values() {
        StoredSamples samples = volume.samples();
        int plane = volume.grid().size(0) * volume.grid().size(1);
        byte[] values = new byte[Math.multiplyExact(samples.count(), SampleType.FLOAT32.bytes())];
        for (int i = 0; i < samples.count(); i++) {
            double value = volume.valueOrNaN(i, i / plane);
            StoredSamples.put(SampleType.INT32, values, i, Float.floatToRawIntBits((float) value));
        }
        return new StoredSamples(SampleType.FLOAT32, values);
    }

    /** The same volume of which is known what no NIfTI or NRRD file says. */
    public Study meaning(String modality, boolean brightLow, Meaning.@Nullable Padding padding) {
        Meaning meaning = volume.meaning();
        return new Study(
                new ScannedVolume(
                        volume.grid(),
                        volume.components(),
                        volume.samples(),
                        new Meaning(
                                modality,
                                meaning.rescales(),
                                meaning.lookup(),
                                padding == null ? meaning.padding() : padding,
                                brightLow,
                                meaning.window()),
                        volume.notes()),
                header);
    }

    /**
     * A label map as uncompressed NRRD without any names, which viewers copy voxel by voxel.
     *
     * @param labels one byte a voxel, i fastest
     */
    public byte[] flatNrrd(byte[] labels) {
        return NrrdWriter.write(
                volume.grid(), new StoredSamples(SampleType.UINT8, labels), List.of(), false);
    }

    /** As {@link #nifti}, uncompressed. */
    public byte[] flatNifti(byte[] labels) {
        StoredSamples samples = new StoredSamples(SampleType.UINT8, labels);
        return header == null
                ? NiftiWriter.volume(volume.grid(), samples, Rescale.NONE, true)
                : NiftiWriter.mask(header, samples);
    }
}
