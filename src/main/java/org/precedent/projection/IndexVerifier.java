package org.precedent.projection;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.CatalogException;
import org.precedent.catalog.Outbox;
import org.precedent.catalog.ProjectedImage;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.imaging.Raster;
import org.precedent.index.IndexEntry;

/** Compares the indexes, the encodings and the blob store with the catalogue. */
@ApplicationScoped
public class IndexVerifier {
    private static final int PAGE = 256;

    private final Outbox outbox;
    private final BlobStore blobs;
    private final ImageEmbedder embedder;
    private final ImageProjection projector;
    private final EncodingProjection encodings;
    private final LevelIndexes levels;
    private final ProjectionConfig config;

    IndexVerifier(
            Outbox outbox,
            BlobStore blobs,
            ImageEmbedder embedder,
            ImageProjection projector,
            EncodingProjection encodings,
            LevelIndexes levels,
            ProjectionConfig config) {
        this.outbox = outbox;
        this.blobs = blobs;
        this.embedder = embedder;
        this.projector = projector;
        this.encodings = encodings;
        this.levels = levels;
        this.config = config;
    }

    /**
     * @param images images in the catalogue
     * @param indexed images in the index
     * @param differences one line each; empty when index, blobs and catalogue agree
     */
    public record Report(int images, int indexed, List<String> differences) {
        public Report {
            differences = List.copyOf(differences);
        }
    }

    /** How many images there are to verify. */
    public int size() {
        return outbox.imageIds().size();
    }

    /**
     * Waits until the projections have caught up, then compares every image: presence, memberships,
     * site, patient key and vector (embedded anew), the same of its places and objects where they
     * are indexed, where the network's encodings are kept those of its annotations (encoded anew),
     * and that the bytes of pixels and masks are there and hash to their names. Run it while
     * nothing is ingested.
     *
     * @param progress told how many more images were compared
     */
    public Report verify(IntConsumer progress) {
        projector.awaitCommitted(config.await());
        encodings.awaitCommitted(config.await());
        levels.projectors().forEach(level -> level.awaitCommitted(config.await()));
        List<UUID> ids = outbox.imageIds();
        List<IndexEntry> dump = projector.search().dump();
        Map<UUID, IndexEntry> indexed =
                dump.stream().collect(Collectors.toMap(IndexEntry::imageId, Function.identity()));
        List<String> differences = new ArrayList<>();
        if (indexed.size() != dump.size()) {
            differences.add((dump.size() - indexed.size()) + " images are indexed twice");
        }
        Set<UUID> extra = new HashSet<>(indexed.keySet());
        for (int from = 0; from < ids.size(); from += PAGE) {
            List<UUID> page = ids.subList(from, Math.min(from + PAGE, ids.size()));
            for (ProjectedImage image : outbox.project(page)) {
                extra.remove(image.imageId());
                compare(image, indexed, differences);
            }
            compareMasks(page, differences);
            differences.addAll(encodings.verify(page));
            levels.projectors().forEach(level -> differences.addAll(level.verify(page)));
            progress.accept(page.size());
        }
        extra.forEach(
                id -> differences.add("image " + id + " is indexed but not in the catalogue"));
        levels.projectors()
                .forEach(level -> {
                    Set<UUID> there = level.images();
                    ids.forEach(there::remove);
                    there.forEach(id ->
                            differences.add(
                                    "image "
                                            + id
                                            + " is in "
                                            + level.name()
                                            + " but not in the catalogue"));
                });
        Set<UUID> encoded = new HashSet<>(encodings.images());
        ids.forEach(encoded::remove);
        encoded.forEach(
                id -> differences.add("image " + id + " is encoded but not in the catalogue"));
        return new Report(ids.size(), dump.size(), differences);
    }

    private void compare(
            ProjectedImage truth, Map<UUID, IndexEntry> indexed, List<String> differences) {
        IndexEntry image = indexed.get(truth.imageId());
        String name = "image " + truth.imageId();
        if (truth.memberships().isEmpty() != (image == null)) {
            differences.add(
                    name + (image == null ? " is not indexed" : " is indexed but in no pool"));
        }
        float[] vector;
        try {
            vector = embedder.embed(Raster.fromNetpbm(blobs.get(truth.pixelsSha256())));
        } catch (CatalogException e) {
            differences.add(name + ": " + e.getMessage());
            return;
        }
        if (image == null) {
            return;
        }
        IndexEntry expected = Projections.indexed(truth, vector);
        if (!Set.copyOf(expected.memberships()).equals(Set.copyOf(image.memberships()))
                || expected.memberships().size() != image.memberships().size()) {
            differences.add(name + " has other memberships in the index");
        }
        if (!expected.site().equals(image.site())
                || !expected.patientKey().equals(image.patientKey())
                || !expected.pixelsSha256().equals(image.pixelsSha256())) {
            differences.add(name + " has another site, patient or pixels in the index");
        }
        if (!Arrays.equals(expected.vector(), image.vector())) {
            differences.add(name + " has another vector in the index");
        }
    }

    private void compareMasks(List<UUID> images, List<String> differences) {
        outbox.maskBlobs(images)
                .forEach(sha256 -> {
                    try {
                        blobs.get(sha256);
                    } catch (CatalogException e) {
                        differences.add("a mask: " + e.getMessage());
                    }
                });
    }
}
