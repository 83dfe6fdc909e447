package org.precedent.imaging.format.nifti;

import java.util.List;
import org.precedent.imaging.volume.Grid;
import org.precedent.imaging.volume.Meaning;
import org.precedent.imaging.volume.ScannedVolume;
import org.precedent.imaging.volume.StoredSamples;

/**
 * A NIfTI file: one volume, or several on the same grid.
 *
 * @param samples of all volumes one after another, i fastest, components before that
 * @param notes what is worth telling of its geometry, in words
 */
public record NiftiImage(NiftiHeader header, Grid grid, StoredSamples samples, List<String> notes) {
    /** Values of a voxel: 1, or 3 and 4 for colours. */
    public int components() {
        return header.type().components();
    }

    /**
     * One of the volumes.
     *
     * @param index from 0 to {@link NiftiHeader#volumes} - 1
     */
    public ScannedVolume volume(int index) {
        if (index < 0 || index >= header.volumes()) {
            throw new IllegalArgumentException(
                    "volume " + index + " of " + header.volumes() + " volumes");
        }
        int length = (int) grid.voxels() * components();
        StoredSamples part = header.volumes() == 1 ? samples : samples.part(index * length, length);
        return new ScannedVolume(grid, components(), part, Meaning.of(header.rescale()), notes);
    }
}
