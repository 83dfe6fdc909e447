package org.precedent.projection;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.precedent.DomainException;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Outbox;
import org.precedent.catalog.ProjectedImage;
import org.precedent.embedding.LocationEmbedder;
import org.precedent.embedding.LocationEmbedder.Place;
import org.precedent.index.LocationIndex;
import org.precedent.index.LocationSearch;
import org.precedent.index.Pages;

/**
 * Keeps the places of every image that is in any pool: pixels never change, so they are made once.
 */
final class LocationProjection
        extends LevelProjection<LocationProjection.Keys, LocationSearch, LocationIndex> {
    private final LocationEmbedder embedder;

    LocationProjection(
            Outbox outbox,
            BlobStore blobs,
            LocationEmbedder embedder,
            SharedIndex<LocationSearch, LocationIndex> index) {
        super("index of places", outbox, blobs, embedder.space(), index);
        this.embedder = embedder;
    }

    @Override
    long reached() {
        return search().sequence();
    }

    /** The places of one image. */
    record Keys(UUID image, List<Place> places) {}

    @Override
    Optional<Keys> change(ProjectedImage image) {
        if (image.memberships().isEmpty() || search().absent(List.of(image.imageId())).isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Keys(image.imageId(), keys(image)));
        } catch (DomainException e) {
            skip(image.imageId(), e);
            return Optional.empty();
        }
    }

    @Override
    void apply(List<Keys> changes, long sequence) {
        Map<UUID, List<Place>> images = new HashMap<>();
        changes.forEach(keys -> images.put(keys.image(), keys.places()));
        index().writer().put(images, sequence);
    }

    private List<Place> keys(ProjectedImage image) {
        return embedder.keys(raster(image.pixelsSha256()));
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
            if (image.memberships().isEmpty()) {
                continue;
            }
            List<Place> found = search().of(image.imageId());
            try {
                if (!same(keys(image), found)) {
                    differences.add(
                            "image "
                                    + image.imageId()
                                    + (found.isEmpty() ? " has no places" : " has other places")
                                    + " in the index");
                }
            } catch (DomainException e) {
                differences.add("image " + image.imageId() + ": " + e.getMessage());
            }
        }
        return differences;
    }

    private static boolean same(List<Place> expected, List<Place> found) {
        if (expected.size() != found.size()) {
            return false;
        }
        for (int i = 0; i < expected.size(); i++) {
            if (expected.get(i).cell() != found.get(i).cell()
                    || !Arrays.equals(expected.get(i).vector(), found.get(i).vector())) {
                return false;
            }
        }
        return true;
    }
}
