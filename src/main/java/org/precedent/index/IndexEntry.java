package org.precedent.index;

import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.precedent.ReviewState;

/**
 * What an image can be found by: the whole of it, or one of its objects.
 *
 * @param imageId the catalogue's id
 * @param item {@link #WHOLE}, or the number of the annotation that the vector stands for
 * @param vector [D] float32 of length 1; handed over
 * @param site where the image was acquired
 * @param patientKey what stands for the patient: equal for equal pseudonyms, not readable
 * @param pixelsSha256 lower-case hex of the canonical pixels, so that a query never meets itself
 * @param memberships which pool versions the image's annotations support, at least one
 */
public record IndexEntry(
        UUID imageId,
        long item,
        float[] vector,
        String site,
        String patientKey,
        String pixelsSha256,
        List<Membership> memberships) {
    /** The item that is the whole image. */
    public static final long WHOLE = 0;

    /** By image, then item. */
    public static final Comparator<IndexEntry> ORDER =
            Comparator.comparing(IndexEntry::imageId, ImageSearch.ID_ORDER)
                    .thenComparingLong(IndexEntry::item);

    /**
     * One annotation in one pool, from the version that added it up to (excluding) the version that
     * removed it.
     *
     * @param poolId the catalogue's number of the pool
     * @param labelId the catalogue's number of the label
     * @param state the annotation's review state now
     * @param fromVersion first pool version that holds it
     * @param untilVersion first pool version that no longer holds it; {@link #STILL} when current
     */
    public record Membership(
            int poolId, int labelId, ReviewState state, int fromVersion, int untilVersion) {
        /** The end of a membership that has not ended. */
        public static final int STILL = Integer.MAX_VALUE;

        public Membership {
            if (fromVersion < 1 || untilVersion <= fromVersion) {
                throw new IllegalArgumentException(
                        "membership from version " + fromVersion + " until " + untilVersion);
            }
        }
    }

    public IndexEntry {
        memberships = List.copyOf(memberships);
        if (memberships.isEmpty()) {
            throw new IllegalArgumentException("image " + imageId + " supports nothing");
        }
    }

    /** A whole image. */
    public IndexEntry(
            UUID imageId,
            float[] vector,
            String site,
            String patientKey,
            String pixelsSha256,
            List<Membership> memberships) {
        this(imageId, WHOLE, vector, site, patientKey, pixelsSha256, memberships);
    }
}
