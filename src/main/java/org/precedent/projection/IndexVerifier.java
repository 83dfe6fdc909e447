package org.precedent.projection;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.precedent.blob.BlobException;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Outbox;
import org.precedent.catalog.ProjectedImage;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.imaging.Raster;
import org.precedent.index.ImageSearch;
import org.precedent.index.IndexEntry;
import org.precedent.index.Pages;

/** Compares the indexes, the encodings and the blob store with the catalogue. */
@ApplicationScoped
public class IndexVerifier {
    static final int PAGE = 256;

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
        return outbox.images();
    }

    /**
     * Waits until the projections have caught up, then compares every image: presence, memberships,
     * site, patient key and vector (embedded anew), the same of its locations and objects where
     * they are indexed, where the network's encodings are kept those of its annotations (encoded
     * anew), and that the bytes of pixels and masks are there and hash to their names. Run it while
     * nothing is ingested.
     *
     * @param progress told how many more images were compared
     */
    public Report verify(IntConsumer progress) {
        OutboxFollower.Patience patience = OutboxFollower.Patience.standstill(config.await());
        projector.awaitCommitted(patience);
        encodings.awaitCommitted(patience);
        long head = outbox.head();
        levels.projectors().forEach(level -> level.await(head, patience));
        List<String> differences = new ArrayList<>();
        Walk<IndexEntry> indexed =
                new Walk<>(Pages.entries(projector.search(), PAGE), IndexEntry::imageId);
        Map<LevelProjection<?, ?, ?>, Walk<UUID>> kept = new LinkedHashMap<>();
        levels.projectors()
                .forEach(level -> kept.put(level, new Walk<>(level.images(), Function.identity())));
        Set<UUID> encoded = new TreeSet<>(encodings.images());
        int images = 0;
        List<UUID> page = outbox.imageIds(null, PAGE);
        while (!page.isEmpty()) {
            UUID last = page.getLast();
            Map<UUID, List<IndexEntry>> here = byImage(indexed.upTo(last));
            for (ProjectedImage image : outbox.project(page)) {
                compare(image, here.getOrDefault(image.imageId(), List.of()), differences);
            }
            page.forEach(here::remove);
            here.keySet().forEach(id -> differences.add(extra(id, "indexed")));
            compareMasks(page, differences);
            differences.addAll(encodings.verify(page));
            page.forEach(encoded::remove);
            List<UUID> known = page;
            kept.forEach((level, there) -> {
                differences.addAll(level.verify(known));
                addExtra(level, there.upTo(last), known, differences);
            });
            images += page.size();
            progress.accept(page.size());
            page = outbox.imageIds(last, PAGE);
        }
        byImage(indexed.rest()).keySet().forEach(id -> differences.add(extra(id, "indexed")));
        kept.forEach((level, there) -> addExtra(level, there.rest(), List.of(), differences));
        encoded.forEach(id -> differences.add(extra(id, "encoded")));
        return new Report(images, indexed.seen(), differences);
    }

    /** What an index holds, beside the pages of the catalogue: both are in the same order. */
    private static final class Walk<T> {
        private final Iterator<T> all;
        private final Function<T, UUID> image;
        private @Nullable T ahead;
        private int seen;

        Walk(Iterator<T> all, Function<T, UUID> image) {
            this.all = all;
            this.image = image;
        }

        /** What comes next, up to an image and with it. */
        List<T> upTo(UUID last) {
            return take(one -> ImageSearch.ID_ORDER.compare(image.apply(one), last) <= 0);
        }

        /** What comes after the last page. */
        List<T> rest() {
            return take(one -> true);
        }

        /** How many there were. */
        int seen() {
            return seen;
        }

        private List<T> take(Predicate<T> stays) {
            List<T> taken = new ArrayList<>();
            while (ahead != null || all.hasNext()) {
                T one = ahead != null ? ahead : all.next();
                if (!stays.test(one)) {
                    ahead = one;
                    break;
                }
                ahead = null;
                taken.add(one);
                seen++;
            }
            return taken;
        }
    }

    private static Map<UUID, List<IndexEntry>> byImage(List<IndexEntry> entries) {
        Map<UUID, List<IndexEntry>> images = new LinkedHashMap<>();
        entries.forEach(entry ->
                images.computeIfAbsent(entry.imageId(), id -> new ArrayList<>()).add(entry));
        return images;
    }

    private static void addExtra(
            LevelProjection<?, ?, ?> level,
            List<UUID> there,
            List<UUID> known,
            List<String> differences) {
        Set<UUID> extra = new LinkedHashSet<>(there);
        known.forEach(extra::remove);
        extra.forEach(id -> differences.add(extra(id, "in " + level.name())));
    }

    private static String extra(UUID image, String where) {
        return "image " + image + " is " + where + " but not in the catalogue";
    }

    private void compare(ProjectedImage truth, List<IndexEntry> indexed, List<String> differences) {
        IndexEntry image = indexed.isEmpty() ? null : indexed.getFirst();
        String name = "image " + truth.imageId();
        if (indexed.size() > 1) {
            differences.add(name + " is indexed " + indexed.size() + " times");
        }
        if (truth.memberships().isEmpty() != (image == null)) {
            differences.add(
                    name + (image == null ? " is not indexed" : " is indexed but in no pool"));
        }
        float[] vector;
        try {
            vector = embedder.embed(Raster.fromNetpbm(blobs.get(truth.pixelsSha256())));
        } catch (BlobException e) {
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
                    } catch (BlobException e) {
                        differences.add("a mask: " + e.getMessage());
                    }
                });
    }
}
