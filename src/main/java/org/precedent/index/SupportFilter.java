package org.precedent.index;

import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.precedent.CanonicalNames;
import org.precedent.ReviewState;
import org.precedent.access.PoolGrant;

/**
 * Which images may support a query.
 *
 * @param pool the pool, with the proof that whoever asks may read it
 * @param poolVersion the version of the pool that must hold the annotation
 * @param labelId the label that must be annotated
 * @param states the review states that are acceptable, at least one
 * @param site only images of this site, or null for any
 * @param excludedPatientKey never images of this patient, whatever the site; null when the query's
 *     patient is not known
 * @param excludedPixelsSha256 never an image with these pixels: the query itself; null when there
 *     is none
 * @param excludedImages never one of these: what was found to be the query's own picture, or a
 *     picture that another support shows already
 */
public record SupportFilter(
        PoolGrant pool,
        int poolVersion,
        int labelId,
        Set<ReviewState> states,
        @Nullable String site,
        @Nullable String excludedPatientKey,
        @Nullable String excludedPixelsSha256,
        Set<UUID> excludedImages) {
    public SupportFilter {
        states = Set.copyOf(states);
        excludedImages = Set.copyOf(excludedImages);
        if (states.isEmpty()) {
            throw new IllegalArgumentException("no review state is acceptable");
        }
    }

    /** The pool's id. */
    public int poolId() {
        return pool.pool();
    }

    /** A filter that excludes no image by its id. */
    public SupportFilter(
            PoolGrant pool,
            int poolVersion,
            int labelId,
            Set<ReviewState> states,
            @Nullable String site,
            @Nullable String excludedPatientKey,
            @Nullable String excludedPixelsSha256) {
        this(
                pool,
                poolVersion,
                labelId,
                states,
                site,
                excludedPatientKey,
                excludedPixelsSha256,
                Set.of());
    }

    /** Whether an image passes: one membership must meet pool, version, label and state at once. */
    public boolean admits(IndexEntry image) {
        if ((site != null && !site.equals(image.site()))
                || image.patientKey().equals(excludedPatientKey)
                || image.pixelsSha256().equals(excludedPixelsSha256)
                || excludedImages.contains(image.imageId())) {
            return false;
        }
        for (IndexEntry.Membership membership : image.memberships()) {
            if (membership.poolId() == pool.pool()
                    && membership.labelId() == labelId
                    && states.contains(membership.state())
                    && membership.fromVersion() <= poolVersion
                    && poolVersion < membership.untilVersion()) {
                return true;
            }
        }
        return false;
    }

    /** The same filter for other review states. */
    public SupportFilter withStates(Set<ReviewState> states) {
        return new SupportFilter(
                pool,
                poolVersion,
                labelId,
                states,
                site,
                excludedPatientKey,
                excludedPixelsSha256,
                excludedImages);
    }

    /** The same filter for another site, or for any. */
    public SupportFilter withSite(@Nullable String site) {
        return new SupportFilter(
                pool,
                poolVersion,
                labelId,
                states,
                site,
                excludedPatientKey,
                excludedPixelsSha256,
                excludedImages);
    }

    /** The asker's own site, as an index compares it; null for an asker of every site. */
    public @Nullable String askersSite() {
        return pool.scope().everywhere() ? null : CanonicalNames.key(pool.scope().home());
    }

    /** The same filter with another patient and other pixels excluded, or none, and no images. */
    public SupportFilter excluding(@Nullable String patientKey, @Nullable String pixelsSha256) {
        return new SupportFilter(
                pool, poolVersion, labelId, states, site, patientKey, pixelsSha256);
    }

    /** The same filter that also excludes these images, instead of those that it excludes by id. */
    public SupportFilter excludingImages(Set<UUID> images) {
        return new SupportFilter(
                pool,
                poolVersion,
                labelId,
                states,
                site,
                excludedPatientKey,
                excludedPixelsSha256,
                images);
    }
}
