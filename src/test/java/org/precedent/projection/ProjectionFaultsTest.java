package org.precedent.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.is;
import static org.precedent.query.SignedRequests.given;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.PrecedentConfig;
import org.precedent.ReviewState;
import org.precedent.Sha256;
import org.precedent.access.Scope;
import org.precedent.api.ReadinessCheck;
import org.precedent.api.ReadinessConfig;
import org.precedent.blob.BlobStore;
import org.precedent.blob.FileBlobStore;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Example;
import org.precedent.catalog.Outbox;
import org.precedent.catalog.Pool;
import org.precedent.catalog.Quarantines;
import org.precedent.catalog.Task;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.embedding.Level;
import org.precedent.imaging.Raster;
import org.precedent.index.SupportFilter;
import org.precedent.index.lucene.LuceneEngine;
import org.precedent.ingest.IngestService;
import org.precedent.ingest.IngestService.Destination;
import org.precedent.node.NodeDuties;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.EmbeddedServices;

/**
 * Fault drills: a projection of its own beside a real catalogue, whose blobs are lost, whose
 * encoder runs out of memory and whose folder is removed. It goes on, says what is wrong while it
 * is, and is whole afterwards.
 */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
@Timeout(60)
class ProjectionFaultsTest {
    private static final List<Phantom> PHANTOMS = new Phantoms(37).patients(4).subList(0, 4);
    private static final String LABEL = "spine";

    @Inject Catalog catalog;
    @Inject Outbox outbox;
    @Inject BlobStore blobs;
    @Inject IngestService ingest;
    @Inject Quarantines quarantines;
    @Inject LevelIndexes levels;
    @Inject EncodingProjection encodings;
    @Inject ReadinessConfig readiness;
    @Inject PrecedentConfig folders;

    @TempDir Path home;

    private final Set<String> lost = ConcurrentHashMap.newKeySet();
    private final Set<String> outOfMemory = ConcurrentHashMap.newKeySet();
    private final Set<String> refused = ConcurrentHashMap.newKeySet();

    private ImageProjection projection;
    private ReadinessCheck ready;
    private ProjectionStates states;

    /** Four images, the last of them without anything wrong. */
    private List<Example> examples;

    private SupportFilter filter;

    /** A task of four images; the projection starts before them. */
    @BeforeEach
    void start() {
        String name = "f-" + UUID.randomUUID();
        Task task = catalog.defineTask(Scope.machine(), name, List.of(LABEL));
        catalog.definePool(Scope.machine(), name, "default");
        examples =
                PHANTOMS.stream()
                        .map(phantom ->
                                new Example(
                                        phantom.id() + ".png",
                                        phantom.image(),
                                        Example.Origin.ofImage(
                                                "CT", "here", name + phantom.patient()),
                                        Map.of(LABEL, phantom.masks().get(LABEL))))
                        .toList();
        ImageSpaces spaces =
                new ImageSpaces(
                        ImageSpaces.Remembered.in(home),
                        new LuceneEngine(home, ""),
                        NodeDuties.alone(),
                        new ImageSpaces.Before("faulty", Optional.empty()),
                        (settings, range) -> new FaultyEmbedder(),
                        outbox.head());
        projection =
                new ImageProjection(outbox, new LossyBlobs(), spaces, quarantines, new Impatient());
        states =
                new ProjectionStates(
                        outbox,
                        quarantines,
                        projection,
                        levels,
                        encodings,
                        new SimpleMeterRegistry());
        ready = new ReadinessCheck(projection, states, readiness, folders, NodeDuties.alone());
        projection.awaitCommitted();
        filter =
                new SupportFilter(
                        catalog.pool(Scope.machine(), task, "default").grant(),
                        1,
                        catalog.labels(task, List.of(LABEL)).getFirst().id(),
                        EnumSet.of(ReviewState.APPROVED),
                        null,
                        null,
                        null);
        this.task = task;
    }

    private Task task;

    @AfterEach
    void stop() {
        projection.close();
        quarantines.clear(FaultyEmbedder.SPACE.id());
    }

    /** All four as one version of the pool. */
    private List<UUID> ingestAll() {
        List<UUID> ids =
                ingest
                        .ingest(
                                Scope.machine(),
                                examples,
                                new Destination(
                                        task.name(), "default", "tester", ReviewState.APPROVED),
                                "test")
                        .stream()
                        .map(one -> one.imageId())
                        .toList();
        Pool pool = catalog.pool(Scope.machine(), task, "default");
        filter =
                new SupportFilter(
                        pool.grant(),
                        pool.version(),
                        filter.labelId(),
                        filter.states(),
                        null,
                        null,
                        null);
        return ids;
    }

    private static String pixels(Example example) {
        return Sha256.of(example.image().toNetpbm());
    }

    private int found() {
        return projection.search().count(filter);
    }

    private int quarantined() {
        return quarantines.counts().getOrDefault(FaultyEmbedder.SPACE.id(), 0);
    }

    @Test
    void oneLostBlobStopsNoQueryAndIsProjectedWhenItIsBack() {
        lost.add(pixels(examples.get(1)));
        List<UUID> images = ingestAll();

        projection.awaitCommitted(); // as every query does

        assertThat(found()).isEqualTo(3);
        assertThat(quarantined()).isEqualTo(1);
        assertThat(quarantines.newest(1).getFirst())
                .satisfies(one -> {
                    assertThat(one.imageId()).isEqualTo(images.get(1));
                    assertThat(one.reason()).contains("is not in the blob store");
                });
        assertThat(ready.call().getStatus()).isEqualTo(HealthCheckResponse.Status.UP);
        assertThat(ready.call().getData().orElseThrow().get("quarantined"))
                .isInstanceOfSatisfying(
                        Long.class, count -> assertThat(count).isGreaterThanOrEqualTo(1));
        given().get("/v1/index")
                .then()
                .statusCode(200)
                .body("quarantine.imageId", hasItem(images.get(1).toString()))
                .body("projections[0].quarantined", is(0));

        lost.clear();

        await(() -> found() == 4 && quarantined() == 0);
    }

    @Test
    void anEncoderThatFailsOnOneImageEveryTimeDoesNotKeepTheOthersBack() {
        refused.add(pixels(examples.get(0)));
        ingestAll();

        projection.awaitCommitted();

        assertThat(found()).isEqualTo(3);
        assertThat(quarantines.newest(1).getFirst().reason())
                .isEqualTo("the encoder fails on it every time: FAULT");
        refused.clear();
        projection.rebuild(reached -> {});
        assertThat(found()).isEqualTo(4);
        assertThat(quarantined()).isZero();
    }

    @Test
    void aShortageOfMemoryIsSurvivedAndReadinessTellsIt() {
        examples.forEach(example -> outOfMemory.add(pixels(example)));
        ingestAll();

        await(() -> ready.call().getStatus() == HealthCheckResponse.Status.DOWN);
        assertThat(ready.call().getData().orElseThrow().get("why"))
                .asString()
                .contains(FaultyEmbedder.SPACE.id() + " fails: OUT_OF_MEMORY");
        outOfMemory.clear();

        projection.awaitCommitted();

        assertThat(found()).isEqualTo(4);
        await(() -> ready.call().getStatus() == HealthCheckResponse.Status.UP);
        assertThat(ready.call().getData().orElseThrow()).doesNotContainKey("why");
    }

    @Test
    void aRemovedFolderIsProjectedAnewWhileItServes() {
        ingestAll();
        projection.awaitCommitted();
        assertThat(found()).isEqualTo(4);
        await(this::isEmptied);
        // Until the next step notices, what is in memory still answers; then all is made anew.
        await(() ->
                Files.exists(home.resolve(FaultyEmbedder.SPACE.id()).resolve("write.lock"))
                        && projection.reached() == outbox.head());
        assertThat(found()).isEqualTo(4);
        await(() -> Files.exists(home.resolve("serving.properties")));
    }

    /** Whether all is removed: the index itself removes and writes files meanwhile. */
    private boolean isEmptied() {
        try (Stream<Path> files = Files.walk(home)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                if (!file.equals(home)) {
                    Files.deleteIfExists(file);
                }
            }
            return true;
        } catch (IOException | UncheckedIOException e) {
            return false;
        }
    }

    /** Blobs of which some cannot be found. */
    private final class LossyBlobs implements BlobStore {
        private final BlobStore empty = new FileBlobStore(home.resolve("no-blobs"));

        @Override
        public String put(byte[] bytes) {
            return blobs.put(bytes);
        }

        @Override
        public byte[] get(String sha256) {
            return lost.contains(sha256) ? empty.get(sha256) : blobs.get(sha256);
        }

        @Override
        public boolean contains(String sha256) {
            return !lost.contains(sha256) && blobs.contains(sha256);
        }
    }

    /** Embeds by the image's hash, where it does not fail. */
    private final class FaultyEmbedder implements ImageEmbedder {
        static final EmbeddingSpace SPACE =
                new EmbeddingSpace("faulty", "fedcba9876543210", Level.IMAGE, 16);

        @Override
        public EmbeddingSpace space() {
            return SPACE;
        }

        @Override
        public float[] embed(Raster image) {
            String pixels = Sha256.of(image.toNetpbm());
            if (outOfMemory.contains(pixels)) {
                throw new OutOfMemoryError("told to run out");
            }
            if (refused.contains(pixels)) {
                throw new IllegalStateException("told to fail");
            }
            float[] vector = new float[16];
            vector[pixels.charAt(0) % 16] = 1;
            return vector;
        }

        @Override
        public void close() {}
    }

    /** Looks often, and tries again at once. */
    private static final class Impatient implements ProjectionConfig {
        @Override
        public Duration poll() {
            return Duration.ofMillis(20);
        }

        @Override
        public int batch() {
            return 512;
        }

        @Override
        public Duration await() {
            return Duration.ofSeconds(20);
        }

        @Override
        public Duration retry() {
            return Duration.ofMillis(50);
        }
    }

    private static void await(BooleanSupplier so) {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!so.getAsBoolean()) {
            assertThat(System.nanoTime()).as("time out").isLessThan(deadline);
            OutboxFollower.sleep(Duration.ofMillis(5));
        }
    }
}
