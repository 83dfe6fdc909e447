package org.precedent.projection;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.precedent.DomainException;
import org.precedent.ReviewState;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Outbox;
import org.precedent.catalog.ProjectedImage;
import org.precedent.embedding.ObjectEmbedder;
import org.precedent.imaging.Mask;
import org.precedent.index.ImageIndex;
import org.precedent.index.ImageSearch;
import org.precedent.index.IndexEntry;
import org.precedent.index.Pages;

/**
 * Keeps one vector of each approved annotation in any pool, with its memberships. Pixels and masks
 * never change, so a vector that is there is kept when memberships do.
 */
final class ObjectProjection extends LevelProjection<ImageIndex.Change, ImageSearch, ImageIndex> {
    private final ObjectEmbedder embedder;

    ObjectProjection(
            Outbox outbox,
            BlobStore blobs,
            Quarantine quarantine,
            ObjectEmbedder embedder,
            SharedIndex<ImageSearch, ImageIndex> index) {
        super("index of objects", outbox, blobs, quarantine, embedder.space(), index);
        this.embedder = embedder;
    }

    @Override
    Optional<ImageIndex.Change> change(ProjectedImage image) {
        Map<Long, float[]> vectors = new HashMap<>();
        search().of(image.imageId()).forEach(object -> vectors.put(object.item(), object.vector()));
        List<IndexEntry> objects = new ArrayList<>();
        masks(image)
                .forEach((annotation, mask) ->
                        Optional.ofNullable(vectors.get(annotation))
                                .or(() ->
                                        quarantine.attempt(
                                                image.imageId(), () -> embed(image, mask)))
                                .ifPresent(vector ->
                                        objects.add(
                                                Projections.object(image, annotation, vector))));
        return Optional.of(
                objects.isEmpty()
                        ? new ImageIndex.Change.Remove(image.imageId(), image.isErased())
                        : new ImageIndex.Change.Put(objects));
    }

    @Override
    void apply(ImageIndex writer, List<ImageIndex.Change> changes, long sequence) {
        writer.apply(changes, sequence);
    }

    /** The masks of the approved annotations, by annotation. */
    private static Map<Long, String> masks(ProjectedImage image) {
        Map<Long, String> masks = new TreeMap<>();
        for (ProjectedImage.Membership membership : image.memberships()) {
            if (membership.state() == ReviewState.APPROVED) {
                masks.put(membership.annotationId(), membership.maskSha256());
            }
        }
        return masks;
    }

    private float[] embed(ProjectedImage image, String mask) {
        return embedder.embed(raster(image.pixelsSha256()), Mask.fromRaster(raster(mask)));
    }

    @Override
    Iterator<UUID> images() {
        return Pages.images(search(), IndexVerifier.PAGE);
    }

    @Override
    List<String> verify(List<UUID> images) {
        List<String> differences = new ArrayList<>();
        for (ProjectedImage image : outbox.project(images)) {
            List<IndexEntry> found = search().of(image.imageId());
            List<IndexEntry> expected = new ArrayList<>();
            masks(image)
                    .forEach((annotation, mask) -> {
                        try {
                            float[] vector = embed(image, mask);
                            expected.add(Projections.object(image, annotation, vector));
                        } catch (DomainException e) {
                            differences.add("image " + image.imageId() + ": " + e.getMessage());
                        }
                    });
            boolean same = expected.size() == found.size();
            for (int i = 0; same && i < found.size(); i++) {
                same = same(expected.get(i), found.get(i));
            }
            if (!same) {
                differences.add("image " + image.imageId() + " has other objects in the index");
            }
        }
        return differences;
    }

    private static boolean same(IndexEntry a, IndexEntry b) {
        return a.item() == b.item()
                && a.site().equals(b.site())
                && a.patientKey().equals(b.patientKey())
                && a.pixelsSha256().equals(b.pixelsSha256())
                && Set.copyOf(a.memberships()).equals(Set.copyOf(b.memberships()))
                && Arrays.equals(a.vector(), b.vector());
    }
}
