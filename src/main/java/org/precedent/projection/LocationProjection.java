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
import org.precedent.embedding.LocationEmbedder.Location;
import org.precedent.index.LocationIndex;
import org.precedent.index.LocationSearch;
import org.precedent.index.Pages;

/**
 * Keeps the locations of every image that is in any pool: pixels never change, so they are made
 * once.
 */
final class LocationProjection
        extends LevelProjection<LocationProjection.Keys, LocationSearch, LocationIndex> {
    private final LocationEmbedder embedder;

    LocationProjection(
            Outbox outbox,
            BlobStore blobs,
            Quarantine quarantine,
            LocationEmbedder embedder,
            SharedIndex<LocationSearch, LocationIndex> index) {
        super("index of locations", outbox, blobs, quarantine, embedder.space(), index);
        this.embedder = embedder;
    }

    /** The locations of one image; none where it was erased. */
    record Keys(UUID image, List<Location> locations) {}

    @Override
    Optional<Keys> change(ProjectedImage image) {
        UUID id = image.imageId();
        if (image.isErased()) {
            return Optional.of(new Keys(id, List.of()));
        }
        if (image.memberships().isEmpty() || search().contains(id)) {
            return Optional.empty();
        }
        return quarantine.attempt(id, () -> new Keys(id, keys(image)));
    }

    @Override
    void apply(LocationIndex writer, List<Keys> changes, long sequence) {
        Map<UUID, List<Location>> images = new HashMap<>();
        changes.forEach(keys -> images.put(keys.image(), keys.locations()));
        writer.put(images, sequence);
    }

    private List<Location> keys(ProjectedImage image) {
        return embedder.keys(raster(image.pixelsSha256()));
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
            List<Location> found = search().of(image.imageId());
            try {
                if (!same(keys(image), found)) {
                    differences.add(
                            "image "
                                    + image.imageId()
                                    + (found.isEmpty()
                                            ? " has no locations"
                                            : " has other locations")
                                    + " in the index");
                }
            } catch (DomainException e) {
                differences.add("image " + image.imageId() + ": " + e.getMessage());
            }
        }
        return differences;
    }

    private static boolean same(List<Location> expected, List<Location> found) {
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
