package org.precedent.query;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.precedent.Remembered;
import org.precedent.access.Scope;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Answer;
import org.precedent.catalog.Answer.LeftOut;
import org.precedent.catalog.Support;
import org.precedent.imaging.Fingerprint;
import org.precedent.imaging.Raster;
import org.precedent.index.ImageSearch;
import org.precedent.index.SupportFilter;

/**
 * Finds supports that show the query's own picture, or one that another support shows already.
 * Whatever the strategy, every support of a set is compared, because a picture sent again need not
 * be near in every embedding.
 */
@ApplicationScoped
public class SamePictures {
    /** Fingerprints kept, 20 to 40 KB each; another one costs reading its image. */
    private static final int KEPT = 1024;

    private final BlobStore blobs;
    private final Remembered<String, Fingerprint> kept = new Remembered<>(KEPT);

    public SamePictures(BlobStore blobs) {
        this.blobs = blobs;
    }

    /**
     * The supports that a set must do without.
     *
     * @param query the query's picture
     * @param supports in the order in which they are kept: of two with the same pixels, the first
     *     is
     * @param policy whether near duplicates of the query may stay
     * @param check called before each picture is read, which a slow disk takes its time for; ends
     *     it by throwing
     * @return in the order given; empty where all may stay
     */
    List<LeftOut> among(
            Fingerprint query,
            List<Support> supports,
            Query.NearDuplicates policy,
            Runnable check) {
        List<LeftOut> leftOut = new ArrayList<>();
        Map<String, Support> first = new HashMap<>();
        for (Support support : supports) {
            check.run();
            Fingerprint print = fingerprint(support.pixelsSha256());
            double likeness = query.likeness(print);
            Support other = first.putIfAbsent(print.pixelsSha256(), support);
            if (print.samePixels(query)) {
                leftOut.add(leftOut(support, LeftOut.Reason.OWN_PIXELS, 1));
            } else if (policy == Query.NearDuplicates.LEAVE_OUT && likeness > Fingerprint.SAME) {
                leftOut.add(leftOut(support, LeftOut.Reason.NEAR_DUPLICATE, likeness));
            } else if (other != null && !other.imageId().equals(support.imageId())) {
                leftOut.add(leftOut(support, LeftOut.Reason.SAME_AS_SUPPORT, 1));
            }
        }
        return leftOut;
    }

    /**
     * What an asker hears of the images that a filter left out: that another site has the query's
     * picture is not told.
     */
    static List<LeftOut> told(
            Collection<LeftOut> leftOut, SupportFilter filter, ImageSearch index) {
        Scope asker = filter.pool().scope();
        return leftOut.stream()
                .filter(one -> filter.excludedImages().contains(one.imageId()))
                .filter(one ->
                        asker.everywhere()
                                || one.reason() == LeftOut.Reason.SAME_AS_SUPPORT
                                || index.of(one.imageId()).stream()
                                        .anyMatch(entry -> asker.owns(entry.site())))
                .toList();
    }

    static LeftOut leftOut(Support support, LeftOut.Reason reason, double likeness) {
        return new Answer.LeftOut(
                support.imageId(), support.annotationId(), support.sourceName(), reason, likeness);
    }

    /** The fingerprint of stored pixels; those asked for last are kept. */
    public Fingerprint fingerprint(String pixelsSha256) {
        return kept.get(
                pixelsSha256, sha256 -> Fingerprint.of(Raster.fromNetpbm(blobs.get(sha256))));
    }
}
