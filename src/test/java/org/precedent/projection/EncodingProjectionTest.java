package org.precedent.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.ReviewState;
import org.precedent.access.Scope;
import org.precedent.blob.BlobStore;
import org.precedent.blob.FolderFiles;
import org.precedent.catalog.Answer;
import org.precedent.catalog.Answers;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Example;
import org.precedent.catalog.Outbox;
import org.precedent.catalog.PoolPolicies;
import org.precedent.catalog.PoolSettings;
import org.precedent.catalog.Quarantines;
import org.precedent.catalog.Support;
import org.precedent.confidence.Confidences;
import org.precedent.confidence.PoolAppearances;
import org.precedent.confidence.Trust;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.imaging.DecodingMemory;
import org.precedent.imaging.InputRange;
import org.precedent.imaging.Limits;
import org.precedent.imaging.Mask;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.ingest.IngestService;
import org.precedent.ingest.IngestService.Destination;
import org.precedent.ingest.IngestService.SentFile;
import org.precedent.node.NodeDuties;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.EmbeddedServices;
import org.precedent.query.Inference;
import org.precedent.query.PoolChoices;
import org.precedent.query.Query;
import org.precedent.query.QueryConfig;
import org.precedent.query.QueryService;
import org.precedent.query.SamePictures;
import org.precedent.query.SupportFinder;
import org.precedent.segmentation.EncodingNetwork;
import org.precedent.segmentation.EncodingStore;
import org.precedent.segmentation.NetworkConfig;

/** Encodings on disk beside a real catalogue, with a network that counts what it encodes. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class EncodingProjectionTest {
    private static final int SIDE = EmbeddedServices.SIDE;
    private static final Duration TIME_OUT = Duration.ofSeconds(60);
    private static final OutboxFollower.Patience LONG =
            OutboxFollower.Patience.standstill(TIME_OUT);
    private static final List<Phantom> PHANTOMS = new Phantoms(23).patients(4);

    @Inject Catalog catalog;
    @Inject PoolPolicies policies;
    @Inject Answers answers;
    @Inject Outbox outbox;
    @Inject BlobStore blobs;
    @Inject ImageEmbedder embedder;
    @Inject ImageSpaces spaces;
    @Inject IngestService ingest;
    @Inject ImageProjection projector;
    @Inject Limits limits;
    @Inject QueryConfig queryLimits;
    @Inject Clock clock;
    @Inject MeterRegistry meters;
    @Inject NetworkConfig settings;
    @Inject EncodingsConfig memory;
    @Inject PoolChoices choices;
    @Inject PoolSettings poolSettings;
    @Inject LevelIndexes indexes;
    @Inject Quarantines quarantines;
    @Inject ProjectionConfig projection;

    @TempDir Path home;

    private final EncodingNetwork network = new EncodingNetwork("first");
    private final List<EncodingProjection> open = new ArrayList<>();
    private String task;

    /** All that a process makes around one network; a second one is a restart. */
    private final class Process {
        final EncodingNetwork network;
        final EncodingStore store;
        final SupportEncodings encodings;
        final EncodingProjection projector;

        Process(EncodingNetwork network) {
            this.network = network;
            store = new EncodingStore(new FolderFiles(home), network, SIDE, InputRange.CURRENT);
            encodings = new SupportEncodings(blobs, network, store, meters, memory);
            projector =
                    new EncodingProjection(
                            outbox,
                            encodings,
                            store,
                            network,
                            quarantines,
                            projection,
                            NodeDuties.alone());
            open.add(projector);
        }

        QueryService queries() {
            Inference inference =
                    new Inference(AnsweringNetworks.only(network, encodings), settings, memory);
            SupportFinder finder =
                    new SupportFinder(
                            catalog,
                            EncodingProjectionTest.this.projector,
                            embedder,
                            LevelEncoders.ABSENT,
                            indexes,
                            inference,
                            new SamePictures(blobs),
                            policies,
                            outbox);
            return new QueryService(
                    catalog,
                    answers,
                    choices,
                    blobs,
                    outbox,
                    finder,
                    spaces,
                    inference,
                    new Trust(
                            new Confidences(poolSettings, blobs, embedder, network, settings),
                            new PoolAppearances(poolSettings, blobs, outbox)),
                    limits,
                    new DecodingMemory(1 << 30),
                    queryLimits,
                    clock,
                    meters);
        }

        boolean hasNear(Support support) {
            return store.findNear(support.imageId(), support.annotationId()).isPresent();
        }

        Answer query() {
            return query(Answer.CloseUps.FALSE);
        }

        Answer query(Answer.CloseUps closeUps) {
            Phantom phantom = PHANTOMS.getLast();
            return queries()
                    .segment(
                            Scope.machine(),
                            new Query(
                                    new SentFile("q.png", PngWriter.png(phantom.image())),
                                    task,
                                    List.of(),
                                    "default",
                                    null,
                                    8,
                                    Query.temperature("0.1"),
                                    Query.strategy("image"),
                                    0,
                                    null,
                                    patient(phantom),
                                    Query.NearDuplicates.LEAVE_OUT,
                                    null,
                                    closeUps));
        }
    }

    @BeforeEach
    void define() {
        task = "e-" + UUID.randomUUID();
        catalog.defineTask(Scope.machine(), task, Phantoms.LABELS);
        catalog.definePool(Scope.machine(), task, "default");
    }

    @AfterEach
    void close() {
        open.forEach(EncodingProjection::close);
    }

    /** Of a patient of this test alone: the same pixels of the same patient are one image. */
    private UUID ingest(Phantom phantom, Map<String, Mask> masks) {
        Example example =
                new Example(
                        phantom.id() + ".png",
                        phantom.image(),
                        Example.Origin.ofImage("CT", "here", patient(phantom)),
                        masks);
        return ingest.ingest(
                        Scope.machine(),
                        List.of(example),
                        new Destination(task, "default", "tester", ReviewState.APPROVED),
                        "test")
                .getFirst()
                .imageId();
    }

    private String patient(Phantom phantom) {
        return task + " " + phantom.patient();
    }

    private List<UUID> ingestAll() {
        return PHANTOMS.stream().map(phantom -> ingest(phantom, phantom.masks())).toList();
    }

    private static List<String> masks(Answer answer) {
        return answer.labels().stream()
                .flatMap(label -> Stream.of(label.maskSha256(), label.probabilitiesSha256()))
                .toList();
    }

    @Test
    void whatLiesAroundMasksIsEncodedForTheFirstQueryThatNeedsItAndThenKept()
            throws InterruptedException {
        List<UUID> images = ingestAll();
        Process first = new Process(network);
        first.projector.awaitCommitted(LONG);
        int before = network.encoded();
        Answer onTheSpot = first.query(Answer.CloseUps.TRUE);
        assertThat(network.encoded()).as("encoded by the query").isGreaterThan(before);
        List<Support> used =
                onTheSpot.labels().stream()
                        .flatMap(label -> label.supports().stream())
                        .map(Answer.UsedSupport::support)
                        .toList();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (System.nanoTime() < deadline && !used.stream().allMatch(first::hasNear)) {
            Thread.sleep(20);
        }
        assertThat(used).allMatch(first::hasNear);
        assertThat(first.projector.verify(images)).isEmpty();

        Process restarted = new Process(network);
        int all = network.encoded();
        Answer fromTheStore = restarted.query(Answer.CloseUps.TRUE);
        assertThat(network.encoded()).as("encoded by the query").isEqualTo(all);
        assertThat(masks(fromTheStore)).isEqualTo(masks(onTheSpot));
    }

    @Test
    void afterIngestNoQueryEncodesASupportAndTheBitsAreTheSame() {
        ingestAll();
        Process before = new Process(network);
        before.projector.close();
        before.store.reached(0);
        int none = network.encoded();
        Answer onTheSpot = before.query();
        assertThat(network.encoded()).as("encoded by the query").isGreaterThan(none);
        assertThat(before.queries().replay(Scope.machine(), onTheSpot.id()))
                .allMatch(l -> l.identical());

        new Process(network).projector.awaitCommitted(LONG);
        int all = network.encoded();
        Process restarted = new Process(network);
        Answer fromTheStore = restarted.query();

        assertThat(network.encoded()).as("encoded by the query").isEqualTo(all);
        assertThat(masks(fromTheStore)).isEqualTo(masks(onTheSpot));
        assertThat(restarted.queries().replay(Scope.machine(), onTheSpot.id()))
                .allMatch(l -> l.identical());
        assertThat(network.encoded()).as("encoded by the replay").isEqualTo(all);
    }

    @Test
    void aKilledProjectorGoesOnWhereItWasAndEncodesNothingTwice() {
        new Process(network).projector.awaitCommitted(LONG);
        close();
        int before = network.encoded();
        List<UUID> images = ingestAll();
        network.failAfter(2);
        Process killed = new Process(network);
        await(() ->
                network.encoded() > before && killed.store.annotations(images.get(1)).size() > 0);
        close();
        assertThat(killed.projector.reached()).isLessThan(outbox.head());

        network.failAfter(Integer.MAX_VALUE);
        Process restarted = new Process(network);
        restarted.projector.awaitCommitted(LONG);

        int masks = PHANTOMS.stream().mapToInt(phantom -> phantom.masks().size()).sum();
        assertThat(network.encoded() - before).isEqualTo(masks);
        assertThat(restarted.projector.verify(images)).isEmpty();
    }

    @Test
    void otherWeightsHaveTheirOwnEncodings() {
        List<UUID> images = ingestAll();
        Process first = new Process(network);
        first.projector.awaitCommitted(LONG);
        EncodingNetwork retrained = new EncodingNetwork("second");

        Process second = new Process(retrained);
        second.projector.awaitCommitted(LONG);

        assertThat(second.projector.name()).isNotEqualTo(first.projector.name());
        assertThat(second.projector.verify(images)).isEmpty();
        assertThat(first.projector.verify(images)).isEmpty();
        int all = retrained.encoded();
        second.query();
        assertThat(retrained.encoded()).isEqualTo(all);
    }

    @Test
    void aCorrectedAnnotationIsEncodedAnewAndTheOldOneForgotten() {
        Phantom phantom = PHANTOMS.getFirst();
        UUID image = ingest(phantom, phantom.masks());
        Process process = new Process(network);
        process.projector.awaitCommitted(LONG);
        List<Long> before = List.copyOf(process.store.annotations(image));
        assertThat(before).hasSize(phantom.masks().size());

        ingest(phantom, Map.of("liver", withoutAPixel(phantom.masks().get("liver"))));
        process.projector.awaitCommitted(LONG);

        assertThat(process.store.annotations(image)).hasSameSizeAs(before).isNotEqualTo(before);
        assertThat(process.store.annotations(image).stream().filter(before::contains))
                .hasSize(before.size() - 1);
        assertThat(process.projector.verify(List.of(image))).isEmpty();
    }

    @Test
    void whatIsDamagedOrLostIsNamedMadeUpForAndRepaired() throws IOException {
        List<UUID> images = ingestAll();
        Process process = new Process(network);
        process.projector.awaitCommitted(LONG);
        Answer whole = process.query();
        UUID image = images.getFirst();
        List<Long> annotations = List.copyOf(process.store.annotations(image));
        Path file;
        try (Stream<Path> files = Files.walk(home)) {
            file =
                    files.filter(f -> f.endsWith(image + "/" + annotations.get(0) + ".safetensors"))
                            .findFirst()
                            .orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 100] ^= 1;
        Files.write(file, bytes);
        process.store.remove(image, annotations.get(1));
        process.store.put(
                image,
                Long.MAX_VALUE,
                process.store.find(images.get(1), id(process, images.get(1))).orElseThrow());
        assertThat(process.projector.verify(images))
                .containsExactlyInAnyOrder(
                        "annotation " + annotations.get(0) + " is not encoded",
                        "annotation " + annotations.get(1) + " is not encoded",
                        "annotation " + Long.MAX_VALUE + " is encoded but no query may use it");

        Process restarted = new Process(network);
        close();
        Process repairing = new Process(network);
        assertThat(masks(restarted.query())).isEqualTo(masks(whole));
        assertThat(masks(repairing.query())).isEqualTo(masks(whole));
        await(() -> repairing.projector.verify(images).isEmpty());
    }

    @Test
    void encodingsThatCannotBeReadAreMadeAnewToTheSameBits() throws Exception {
        ingestAll();
        Process first = new Process(network);
        first.projector.awaitCommitted(LONG);
        Answer whole = first.query(Answer.CloseUps.TRUE);
        List<Support> used =
                whole.labels().stream()
                        .flatMap(label -> label.supports().stream())
                        .map(Answer.UsedSupport::support)
                        .toList();
        await(() -> used.stream().allMatch(first::hasNear));
        close();
        Path folder = home.resolve(first.store.name());
        for (Support support : used) {
            String id = support.imageId().toString();
            Path image = folder.resolve(id.substring(0, 2)).resolve(id);
            // One that leads nowhere but to itself, and a folder: neither can be read as a file.
            Path kept = image.resolve(support.annotationId() + ".safetensors");
            Files.delete(kept);
            Files.createSymbolicLink(kept, kept.getFileName());
            Path near = image.resolve(support.annotationId() + ".near");
            if (Files.deleteIfExists(near)) {
                Files.createDirectory(near);
            }
        }

        Process restarted = new Process(network);
        assertThat(restarted.queries().replay(Scope.machine(), whole.id()))
                .allMatch(label -> label.identical());
        await(() ->
                used.stream()
                        .allMatch(one ->
                                restarted
                                        .store
                                        .find(one.imageId(), one.annotationId())
                                        .isPresent()));
        assertThat(restarted.queries().replay(Scope.machine(), whole.id()))
                .allMatch(label -> label.identical());
        await(() -> used.stream().allMatch(restarted::hasNear));
    }

    private static long id(Process process, UUID image) {
        return process.store.annotations(image).iterator().next();
    }

    @Test
    void rebuildMakesAllOfThemAnewAndOnlyTheWriterCan() {
        List<UUID> images = ingestAll();
        Process process = new Process(network);
        process.projector.awaitCommitted(LONG);
        int before = network.encoded();
        List<Long> reached = new ArrayList<>();

        process.projector.rebuild(reached::add);

        assertThat(network.encoded()).isGreaterThanOrEqualTo(2 * before);
        assertThat(reached.getLast()).isEqualTo(outbox.head());
        assertThat(process.projector.verify(images)).isEmpty();
        Process reader = new Process(network);
        assertThatThrownBy(() -> reader.projector.rebuild(sequence -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(process.projector.name());
    }

    private static Mask withoutAPixel(Mask mask) {
        boolean[] inside = mask.inside().clone();
        for (int i = 0; i < inside.length; i++) {
            if (inside[i]) {
                inside[i] = false;
                break;
            }
        }
        return new Mask(mask.width(), mask.height(), inside);
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TIME_OUT.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("time out").isLessThan(deadline);
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }
}
