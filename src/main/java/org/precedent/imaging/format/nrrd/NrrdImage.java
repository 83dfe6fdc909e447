package org.precedent.imaging.format.nrrd;

import java.util.List;
import org.precedent.imaging.volume.Grid;
import org.precedent.imaging.volume.Meaning;
import org.precedent.imaging.volume.SampleType;
import org.precedent.imaging.volume.ScannedVolume;
import org.precedent.imaging.volume.StoredSamples;

/**
 * An NRRD file: one volume, or several on the same grid.
 *
 * @param components of a voxel: 1, colours, or the layers of overlapping segments
 * @param volumes how many follow each other
 * @param samples of all volumes one after another, components first, then i
 * @param segments what 3D Slicer says of the labels; empty in other files
 * @param notes what is worth telling, in words
 */
public record NrrdImage(
        Grid grid,
        int components,
        int volumes,
        StoredSamples samples,
        List<Segment> segments,
        List<String> notes) {
    public NrrdImage {
        segments = List.copyOf(segments);
        notes = List.copyOf(notes);
    }

    /**
     * One of the volumes.
     *
     * @param index from 0 to {@link #volumes} - 1
     */
    public ScannedVolume volume(int index) {
        if (index < 0 || index >= volumes) {
            throw new IllegalArgumentException("volume " + index + " of " + volumes + " volumes");
        }
        int length = (int) grid.voxels() * components;
        StoredSamples part = volumes == 1 ? samples : samples.part(index * length, length);
        return new ScannedVolume(grid, components, part, Meaning.PLAIN, notes);
    }

    /**
     * The mask of one segment.
     *
     * @return one sample a voxel, 1 inside
     */
    public StoredSamples mask(Segment segment) {
        if (segment.layer() < 0 || segment.layer() >= components) {
            throw new IllegalArgumentException(
                    "layer " + segment.layer() + " of " + components + " layers");
        }
        byte[] mask = new byte[(int) grid.voxels()];
        for (int voxel = 0; voxel < mask.length; voxel++) {
            long value = samples.integer(voxel * components + segment.layer());
            mask[voxel] = (byte) (value == segment.value() ? 1 : 0);
        }
        return new StoredSamples(SampleType.UINT8, mask);
    }
}
