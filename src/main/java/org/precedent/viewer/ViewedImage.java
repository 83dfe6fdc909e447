package org.precedent.viewer;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.SentVolume;
import org.precedent.imaging.format.Study;
import org.precedent.imaging.volume.Grid;
import org.precedent.imaging.volume.Meaning;
import org.precedent.imaging.volume.SampleType;
import org.precedent.imaging.volume.ScannedVolume;
import org.precedent.imaging.volume.StoredSamples;

/** An image that is open in a viewer, read: what is segmented, and what labels are drawn on. */
public sealed interface ViewedImage {
    /** What the viewer calls it. */
    String name();

    /** Whose image it is: a pseudonym. */
    String patient();

    /** {@code unknown} where nothing says it. */
    String modality();

    /** The volume that label maps of it lie on: of a picture, one slice of its size. */
    Study study();

    /** The voxels that a label map must have. */
    default Grid grid() {
        return study().volume().grid();
    }

    /**
     * A picture, or a slice of the catalogue.
     *
     * @param stored the id of the image where the catalogue holds it; null of anything else
     */
    record Picture(
            String name, Raster raster, String patient, String modality, @Nullable UUID stored)
            implements ViewedImage {
        @Override
        public Study study() {
            Grid grid =
                    new Grid(new int[] {raster.width(), raster.height(), 1}, new double[3], null);
            StoredSamples nothing =
                    new StoredSamples(SampleType.UINT8, new byte[(int) grid.voxels()]);
            return new Study(new ScannedVolume(grid, 1, nothing, Meaning.PLAIN, List.of()), null);
        }
    }

    /**
     * A volume.
     *
     * @param series under which slices of it are stored, or would be
     * @param source the files that it was read of in this request; null where it was kept before
     */
    record Scan(
            String name,
            Study study,
            String patient,
            String series,
            String modality,
            @Nullable SentVolume source)
            implements ViewedImage {}
}
