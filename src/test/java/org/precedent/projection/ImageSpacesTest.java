package org.precedent.projection;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.NodeRole;
import org.precedent.ReviewState;
import org.precedent.access.Scope;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Example;
import org.precedent.catalog.Outbox;
import org.precedent.catalog.Pool;
import org.precedent.catalog.Quarantines;
import org.precedent.catalog.Task;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.embedding.Level;
import org.precedent.embedding.ThumbnailEmbedder;
import org.precedent.imaging.InputRange;
import org.precedent.imaging.Raster;
import org.precedent.index.ImageIndex;
import org.precedent.index.ImageSearch;
import org.precedent.index.ImageSearch.Hit;
import org.precedent.index.IndexEngine;
import org.precedent.index.IndexHome;
import org.precedent.index.LocationIndex;
import org.precedent.index.LocationSearch;
import org.precedent.index.SupportFilter;
import org.precedent.index.lucene.LuceneEngine;
import org.precedent.ingest.IngestService;
import org.precedent.ingest.IngestService.Destination;
import org.precedent.node.NodeDuties;
import org.precedent.node.SharedTexts;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.EmbeddedServices;

/** Another embedder takes over while queries run, beside a real catalogue. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class ImageSpacesTest {
    private static final List<Phantom> PHANTOMS = new Phantoms(29).patients(7);
    private static final String LABEL = "spine";

    @Inject Catalog catalog;
    @Inject Outbox outbox;
    @Inject BlobStore blobs;
    @Inject IngestService ingest;
    @Inject Quarantines quarantines;
    @Inject ProjectionConfig config;
    @Inject SharedTexts texts;
    @TempDir Path home;

    @Test
    void theOldSpaceAnswersUntilTheNewOneHoldsEverything() throws InterruptedException {
        SupportFilter filter = ingest();
        ImageSpaces first = spaces("thumbnail", new Semaphore(0), outbox.head());
        ImageProjection before = new ImageProjection(outbox, blobs, first, quarantines, config);
        before.awaitCommitted();
        await(() -> Files.exists(home.resolve("serving.properties")));
        EmbeddingSpace old = first.current().space();
        before.close();

        Semaphore allowed = new Semaphore(0);
        ImageSpaces spaces = spaces("mean", allowed, outbox.head());
        ImageProjection projector = new ImageProjection(outbox, blobs, spaces, quarantines, config);
        try {
            assertThat(projector.space()).isEqualTo(old);
            assertThat(projector.next()).isPresent();
            AtomicBoolean done = new AtomicBoolean();
            ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
            ConcurrentLinkedQueue<String> answered = new ConcurrentLinkedQueue<>();
            List<Thread> asking = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                asking.add(
                        Thread.ofPlatform()
                                .start(() -> {
                                    while (!done.get()) {
                                        try {
                                            answered.add(ask(spaces, projector, filter));
                                        } catch (RuntimeException e) {
                                            wrong.add(e.toString());
                                        }
                                    }
                                }));
            }
            for (int i = 0; i < PHANTOMS.size() - 2; i++) {
                allowed.release();
                Thread.sleep(20);
                assertThat(projector.space()).isEqualTo(old);
            }
            allowed.release(1000);
            await(() -> projector.next().isEmpty());
            assertThat(projector.space().encoder()).isEqualTo("mean");
            String last = ask(spaces, projector, filter);
            await(() -> answered.contains("mean 3") || !wrong.isEmpty());
            done.set(true);
            for (Thread thread : asking) {
                thread.join();
            }
            assertThat(wrong).isEmpty();
            assertThat(last).isEqualTo("mean 3");
            assertThat(answered).contains("thumbnail 3").contains("mean 3").hasSizeGreaterThan(20);
            assertThat(answered).allMatch(a -> a.equals("thumbnail 3") || a.equals("mean 3"));
        } finally {
            allowed.release(1000);
            projector.close();
        }
        // From now on the new space is what a start begins with.
        ImageSpaces again = spaces("mean", new Semaphore(1000), outbox.head());
        assertThat(again.next()).isNull();
        assertThat(again.current().space().encoder()).isEqualTo("mean");
        again.close();
    }

    /** Indexes that all nodes search, as those of a cluster. */
    private record Shared(IndexEngine engine) implements IndexEngine {
        @Override
        public boolean isShared() {
            return true;
        }

        @Override
        public IndexHome<ImageSearch, ImageIndex> images(EmbeddingSpace space) {
            return engine.images(space);
        }

        @Override
        public IndexHome<LocationSearch, LocationIndex> locations(
                EmbeddingSpace space, Supplier<ImageSearch> members) {
            return engine.locations(space, members);
        }
    }

    private static ImageSpaces.Remembered texts(SharedTexts texts) {
        return new ImageSpaces.Remembered() {
            @Override
            public Optional<String> read() {
                return texts.read("tried");
            }

            @Override
            public void write(String properties) {
                texts.write("tried", properties);
            }
        };
    }

    private ImageSpaces shared(String name, Semaphore allowed, BooleanSupplier leads) {
        return new ImageSpaces(
                texts(texts),
                new Shared(new LuceneEngine(home, "")),
                new NodeDuties(EnumSet.allOf(NodeRole.class), leads),
                new ImageSpaces.Before(name, Optional.empty()),
                opened(allowed),
                outbox.head());
    }

    @Test
    void nodesThatShareIndexesChangeOverTogether() throws InterruptedException {
        ingest();
        ImageSpaces first = shared("thumbnail", new Semaphore(0), () -> true);
        ImageProjection before = new ImageProjection(outbox, blobs, first, quarantines, config);
        before.awaitCommitted();
        await(() -> texts.read("tried").orElse("").contains("thumbnail"));
        before.close();

        Semaphore allowed = new Semaphore(0);
        ImageSpaces leading = shared("mean", allowed, () -> true);
        ImageProjection leader = new ImageProjection(outbox, blobs, leading, quarantines, config);
        // Another node has no file that says what answered before, and writes neither index.
        ImageSpaces reading = shared("mean", allowed, () -> false);
        ImageProjection reader = new ImageProjection(outbox, blobs, reading, quarantines, config);
        try {
            for (ImageProjection one : List.of(leader, reader)) {
                assertThat(one.space().encoder()).isEqualTo("thumbnail");
                assertThat(one.next()).isPresent();
            }
            assertThat(reader.indexes()).noneMatch(SharedIndex::isWriter);
            assertThat(leader.indexes()).allMatch(SharedIndex::isWriter);
            allowed.release(1000);
            await(() -> leader.next().isEmpty() && reader.next().isEmpty());
            assertThat(reader.space().encoder()).isEqualTo("mean");
            await(() -> texts.read("tried").orElse("").contains("mean"));
        } finally {
            allowed.release(1000);
            reader.close();
            leader.close();
        }
    }

    @Test
    void anOldSpaceWhoseEmbedderIsGoneDoesNotKeepTheNewOneBack() throws Exception {
        ingest();
        Files.createDirectories(home.resolve("other-01234567-image-3"));
        Files.writeString(
                home.resolve("serving.properties"),
                "space=other-01234567-image-3\nembedder=thumbnail\n");
        ImageSpaces spaces = spaces("thumbnail", new Semaphore(0), outbox.head());
        assertThat(spaces.next()).isNull();
        assertThat(spaces.current().space().encoder()).isEqualTo("thumbnail");
        spaces.close();
    }

    @Test
    void vectorsOfTheRangeOfBeforeAnswerUntilNewOnesAreThere() throws Exception {
        ingest();
        String before = new ThumbnailEmbedder(InputRange.MIN_MAX).space().id();
        Files.createDirectories(home.resolve(before));
        // As a version wrote it that knew no other range.
        Files.writeString(
                home.resolve("serving.properties"), "space=" + before + "\nembedder=thumbnail\n");
        ImageSpaces spaces = spaces("thumbnail", new Semaphore(0), outbox.head());
        assertThat(spaces.current().space().id()).isEqualTo(before);
        EmbeddingSpace next = new ThumbnailEmbedder().space();
        assertThat(Objects.requireNonNull(spaces.next()).space()).isEqualTo(next);
        assertThat(next.id()).isNotEqualTo(before);
        spaces.close();
    }

    /** One query: its vector and its search must be of one space, whatever happens between. */
    private static String ask(ImageSpaces spaces, ImageProjection projector, SupportFilter filter) {
        return spaces.pinned(() -> {
            float[] vector = spaces.embedder().embed(PHANTOMS.getFirst().image());
            Thread.yield();
            List<Hit> hits = projector.search().search(vector, filter, 3).hits();
            return projector.space().encoder() + " " + hits.size();
        });
    }

    private ImageSpaces spaces(String name, Semaphore allowed, long head) {
        return new ImageSpaces(
                ImageSpaces.Remembered.in(home),
                new LuceneEngine(home, ""),
                NodeDuties.alone(),
                new ImageSpaces.Before(name, Optional.empty()),
                opened(allowed),
                head);
    }

    private static BiFunction<ImageEmbedding, InputRange, ImageEmbedder> opened(Semaphore allowed) {
        return (settings, range) ->
                settings.embedder().equals("mean")
                        ? new MeanEmbedder(allowed)
                        : new ThumbnailEmbedder(range);
    }

    /** Means over sixteen stripes; embeds an image of the catalogue only when it is allowed to. */
    private record MeanEmbedder(Semaphore allowed) implements ImageEmbedder {
        @Override
        public EmbeddingSpace space() {
            return new EmbeddingSpace("mean", "fedcba98", Level.IMAGE, 16);
        }

        @Override
        public float[] embed(Raster image) {
            if (Thread.currentThread().getName().startsWith("index ")) {
                allowed.acquireUninterruptibly();
            }
            float[] vector = new float[16];
            double squares = 0;
            for (int stripe = 0; stripe < 16; stripe++) {
                int at = stripe;
                int rows = image.height();
                vector[stripe] =
                        (float)
                                (1
                                        + IntStream.range(at * rows / 16, (at + 1) * rows / 16)
                                                .map(y -> image.sample(image.width() / 2, y, 0))
                                                .average()
                                                .orElse(0));
                squares += vector[stripe] * vector[stripe];
            }
            for (int stripe = 0; stripe < 16; stripe++) {
                vector[stripe] /= (float) Math.sqrt(squares);
            }
            return vector;
        }
    }

    private SupportFilter ingest() {
        String name = "s-" + UUID.randomUUID();
        Task task = catalog.defineTask(Scope.machine(), name, List.of(LABEL));
        catalog.definePool(Scope.machine(), name, "default");
        for (Phantom phantom : PHANTOMS.subList(1, PHANTOMS.size())) {
            Example example =
                    new Example(
                            phantom.id() + ".png",
                            phantom.image(),
                            Example.Origin.ofImage("CT", "here", name + " " + phantom.patient()),
                            Map.of(LABEL, phantom.masks().get(LABEL)));
            ingest.ingest(
                    Scope.machine(),
                    List.of(example),
                    new Destination(name, "default", "tester", ReviewState.APPROVED),
                    "test");
        }
        Pool pool = catalog.pool(Scope.machine(), task, "default");
        return new SupportFilter(
                pool.grant(),
                pool.version(),
                catalog.labels(task, List.of(LABEL)).getFirst().id(),
                EnumSet.of(ReviewState.APPROVED),
                null,
                null,
                null);
    }

    private static void await(BooleanSupplier so) throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!so.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.sleep(5);
        }
    }
}
