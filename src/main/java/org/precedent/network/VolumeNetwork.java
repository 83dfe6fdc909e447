package org.precedent.network;

import java.util.List;
import org.precedent.imaging.Volume;
import org.precedent.network.Episode.LabelContext;

/**
 * An in-context segmentation network of volumes: as {@link SegmentationNetwork}, one axis more.
 * Volumes may be of any size, and queries and supports of different ones. What it costs is that of
 * a volume that is as deep as it is high.
 */
public interface VolumeNetwork extends Model {

    /**
     * Encodes one annotated volume, without any query.
     *
     * @param masks one a label, at least one: [D, H, W] row-major, 1 inside the structure and 0
     *     outside
     * @return one encoding a mask, in their order; their height and width are the volume's
     * @throws NetworkException when the features are not finite
     */
    List<SupportEncoding> encodeVolume(Volume image, List<float[]> masks);

    /** Peak bytes of arrays alive at once while a volume of [D, H, W] voxels is segmented. */
    long workingBytes(int[] sizes, int labels);

    /** As {@link SegmentationNetwork#arithmetic}. */
    String arithmetic();

    /**
     * Segments a volume.
     *
     * @param labels the supports of each label, encoded by this network with these weights
     * @return logits of each label, [D, H, W] row-major, unbounded; foreground where > 0
     * @throws NetworkException when an encoding is of another network, or an answer is not finite
     */
    List<float[]> segmentVolume(Volume query, List<LabelContext> labels);
}
