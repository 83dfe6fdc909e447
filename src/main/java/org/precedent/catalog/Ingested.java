package org.precedent.catalog;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What became of one example.
 *
 * @param newImage false when these pixels of this patient were here already
 * @param annotations one entry a label
 * @param poolVersion the pool's version afterwards; it holds what does not wait beside another
 * @param samePixels an image of these pixels that supports the same task as of another patient or
 *     site; null where there is none
 */
public record Ingested(
        UUID imageId,
        boolean newImage,
        List<AnnotationResult> annotations,
        int poolVersion,
        @Nullable SamePixels samePixels) {

    /**
     * @param version the annotation's version on this image
     * @param created false when the same mask was here already
     * @param beside the version of the approved annotation that keeps its place in the pool until a
     *     curator approves this one; null where this one is in the pool
     */
    public record AnnotationResult(
            String label, int version, boolean created, @Nullable Integer beside) {}

    public Ingested {
        annotations = List.copyOf(annotations);
    }

    Ingested inVersion(int version) {
        return new Ingested(imageId, newImage, annotations, version, samePixels);
    }

    /** How many masks wait beside approved ones. */
    public int waiting() {
        return (int) annotations.stream().filter(a -> a.beside() != null).count();
    }

    /** Whether anything was stored that was not here before. */
    public boolean changed() {
        return newImage || annotations.stream().anyMatch(AnnotationResult::created);
    }
}
