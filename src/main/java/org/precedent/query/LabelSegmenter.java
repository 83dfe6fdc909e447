package org.precedent.query;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Answer.UsedSupport;
import org.precedent.imaging.InputRange;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.segmentation.CloseUp;
import org.precedent.segmentation.Segmenter;

/** Segments the labels of a query as it asks, and as a recorded one was: with one look or two. */
@ApplicationScoped
public class LabelSegmenter {
    private final BlobStore blobs;

    public LabelSegmenter(BlobStore blobs) {
        this.blobs = blobs;
    }

    /**
     * Segments all labels of one query.
     *
     * @param labels the supports of each
     * @param side in pixels that images are brought to
     * @param range of grey values that images keep
     * @param closeUp whether each answer is looked at again, as {@link CloseUp} does
     * @return one a label, in their order
     */
    List<Segmenter.Explained> segment(
            InferenceSlot slot,
            Raster query,
            List<List<UsedSupport>> labels,
            int side,
            InputRange range,
            boolean closeUp,
            Stages stages) {
        List<Segmenter.Explained> first =
                slot.segment(query, labels, side, range, List.of(), stages);
        if (!closeUp) {
            return first;
        }
        List<Segmenter.Explained> again = new ArrayList<>();
        for (Segmenter.Explained one : first) {
            List<UsedSupport> used = labels.get(again.size());
            List<Segmenter.WeightedSupport> supports =
                    stages.time("load", () -> used.stream().map(this::pixels).toList());
            again.add(
                    new Segmenter.Explained(
                            slot.closeUp(
                                    query, one.segmentation(), used, supports, side, range, stages),
                            one.attention()));
        }
        return again;
    }

    private Segmenter.WeightedSupport pixels(UsedSupport used) {
        return new Segmenter.WeightedSupport(
                raster(used.support().pixelsSha256()),
                Mask.fromRaster(raster(used.support().maskSha256())),
                used.weight());
    }

    private Raster raster(String sha256) {
        return Raster.fromNetpbm(blobs.get(sha256));
    }
}
