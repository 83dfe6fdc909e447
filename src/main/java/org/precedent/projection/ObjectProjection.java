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
import org.precedent.imaging.Raster;
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
            ObjectEmbedder embedder,
            SharedIndex<ImageSearch, ImageIndex> index) {
        super("index of objects", outbox, blobs, embedder.space(), index);
        this.embedder = embedder;
    }

    @Override
    long reached() {
        return search().sequence();
    }

    @Override
    Optional<ImageIndex.Change> change(ProjectedImage image) {
        Map<Long, float[]> vectors = new HashMap<>();
        search().of(image.imageId()).forEach(object -> vectors.put(object.item(), object.vector()));
        List<IndexEntry> objects = objects(image, vectors);
        return Optional.of(
                objects.isEmpty()
                        ? new ImageIndex.Change.Remove(image.imageId())
                        : new ImageIndex.Change.Put(objects));
    }

    @Override
    void apply(List<ImageIndex.Change> changes, long sequence) {
        index().writer().apply(changes, sequence);
    }

    /**
     * @param vectors that are known already, by annotation
     */
    private List<IndexEntry> objects(ProjectedImage image, Map<Long, float[]> vectors) {
        Map<Long, String> masks = new TreeMap<>();
        for (ProjectedImage.Membership membership : image.memberships()) {
            if (membership.state() == ReviewState.APPROVED) {
                masks.put(membership.annotationId(), membership.maskSha256());
            }
        }
        List<IndexEntry> objects = new ArrayList<>();
        masks.forEach((annotation, mask) -> {
            try {
                float[] vector = vectors.get(annotation);
                if (vector == null) {
                    Raster pixels = raster(image.pixelsSha256());
                    vector = embedder.embed(pixels, Mask.fromRaster(raster(mask)));
                }
                objects.add(Projections.object(image, annotation, vector));
            } catch (DomainException e) {
                skip(image.imageId(), e);
            }
        });
        return objects;
    }

    @Override
    void clear() {
        index().writer().clear();
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
            List<IndexEntry> expected = objects(image, Map.of());
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
