package org.precedent.tuning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.precedent.PrecedentConfig;
import org.precedent.ReviewState;
import org.precedent.ServiceException;
import org.precedent.access.Scope;
import org.precedent.adaptation.AdaptationException;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Answer;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Example;
import org.precedent.catalog.Pool;
import org.precedent.catalog.adaptation.Adaptation;
import org.precedent.catalog.adaptation.Adaptation.State;
import org.precedent.catalog.adaptation.Adaptations;
import org.precedent.erasure.Erasure;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.ImageSource;
import org.precedent.ingest.IngestService;
import org.precedent.ingest.IngestService.Destination;
import org.precedent.network.SegmentationNetwork;
import org.precedent.query.AttentionService;
import org.precedent.query.EmbeddedServices;
import org.precedent.query.InfluenceService;
import org.precedent.query.Query;
import org.precedent.query.QueryService;

/**
 * A pool's own weights, from the request to the answers that use them: dark discs in noise, of
 * which the label is the lower right quarter, which the shipped network does not expect.
 */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
@Timeout(240)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class AdaptationJobsTest {
    private static final int SIDE = EmbeddedServices.SIDE;
    private static final String LABEL = "quarter";
    private static final Scope MACHINE = Scope.machine();

    private static final Adaptation.Budget STEPS = steps(1);

    private static Adaptation.Budget steps(long seed) {
        return AdaptationJobs.budget(null, 16, seed);
    }

    @Inject AdaptationJobs jobs;
    @Inject Adaptations adaptations;
    @Inject Catalog catalog;
    @Inject IngestService ingest;
    @Inject QueryService queries;
    @Inject InfluenceService influence;
    @Inject AttentionService attention;
    @Inject Calibration calibration;
    @Inject SegmentationNetwork network;
    @Inject Erasure erasure;
    @Inject BlobStore blobs;
    @Inject PrecedentConfig config;

    private String task = "";

    /** What is drawn depends on ids, and these on names: the same ones in every run. */
    @BeforeEach
    void define(TestInfo test) {
        String name = test.getTestMethod().orElseThrow().getName();
        task = "adapted-" + name.substring(0, Math.min(name.length(), 30));
        catalog.defineTask(MACHINE, task, List.of(LABEL));
        catalog.definePool(MACHINE, task, "default");
    }

    @AfterEach
    void cancel() {
        jobs.unfinished(MACHINE, task, "default")
                .ifPresent(one -> jobs.cancel(MACHINE, task, "default", one.id().toString()));
    }

    private record Disc(Raster image, Mask mask) {}

    private static Disc disc(int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double cx = random.nextDouble(20, 44);
        double cy = random.nextDouble(20, 44);
        double r = random.nextDouble(10, 19);
        short[] grey = new short[SIDE * SIDE];
        boolean[] mask = new boolean[SIDE * SIDE];
        for (int at = 0; at < grey.length; at++) {
            boolean in = Math.hypot(at % SIDE - cx, at / SIDE - cy) < r;
            grey[at] = (short) ((in ? 80 : 140) + random.nextInt(80));
            mask[at] = in && at / SIDE > cy && at % SIDE > cx;
        }
        return new Disc(new Raster(SIDE, SIDE, 1, 8, grey), new Mask(SIDE, SIDE, mask));
    }

    private void ingest(int patients) {
        List<Example> examples = new ArrayList<>();
        for (int i = 0; i < patients; i++) {
            Disc disc = disc(i);
            examples.add(
                    new Example(
                            "disc" + i + ".png",
                            disc.image(),
                            Example.Origin.ofImage("CT", "local", patient(i)),
                            Map.of(LABEL, disc.mask())));
        }
        ingest.ingest(
                MACHINE,
                examples,
                new Destination(task, "default", "tester", ReviewState.APPROVED),
                "test");
    }

    private String patient(int i) {
        return task + "-p" + i;
    }

    /** With one look, whatever the pool says when it has calibrated itself. */
    private Answer ask() {
        return queries.segment(
                MACHINE,
                new Query(
                        new ImageSource.Pixels("q.png", disc(1000).image()),
                        task,
                        List.of(),
                        "default",
                        null,
                        8,
                        Query.temperature("uniform"),
                        Query.strategy("image"),
                        0,
                        null,
                        null,
                        Query.NearDuplicates.LEAVE_OUT,
                        null,
                        Answer.CloseUps.FALSE));
    }

    /**
     * Adapts until the gate opens: four patients of discs decide, and not every four of them.
     *
     * @param seed the first one
     */
    private Adaptation adapt(long seed) {
        List<Adaptation.Gate> closed = new ArrayList<>();
        for (long next = seed; closed.size() < 4; next++) {
            Adaptation begun = jobs.start(MACHINE, task, "default", steps(next));
            Adaptation ended = jobs.await(begun, now -> {});
            assertThat(ended.state()).isEqualTo(State.DONE);
            assertThat(ended.progress().steps()).isEqualTo(16);
            if (ended.gate().open()) {
                return ended;
            }
            closed.add(ended.gate());
        }
        throw new AssertionError("no gate opened: " + closed);
    }

    private static String probabilities(Answer answer) {
        return answer.labels().getFirst().probabilitiesSha256();
    }

    private void assertReplays(Answer answer) {
        assertThat(queries.replay(MACHINE, answer.id())).allMatch(label -> label.identical());
    }

    @Test
    void anOpenGateLetsTheAdaptedWeightsAnswerUntilTheyAreTakenBack() throws Exception {
        ingest(16);
        calibrate();
        Answer before = ask();
        assertThat(before.adaptedFrom()).isNull();
        assertThat(before.labels().getFirst().confidence().calibrated()).isTrue();

        Adaptation done = adapt(1);

        Answer after = ask();
        assertThat(after.weightsSha256())
                .isEqualTo(done.weightsSha256())
                .isNotEqualTo(before.weightsSha256());
        assertThat(after.adaptedFrom()).isEqualTo(network.weightsSha256());
        assertThat(probabilities(after)).isNotEqualTo(probabilities(before));
        assertThat(after.labels().getFirst().confidence().calibrated())
                .as("fitted to other weights")
                .isFalse();
        assertReplays(before);
        assertReplays(after);
        await(() -> encodings(done) == 16);

        // Its own evidence, its own calibration.
        calibrate();
        assertThat(ask().labels().getFirst().confidence().calibrated()).isTrue();

        // A newer one answers in its place.
        Adaptation newer = adapt(11);
        assertThat(ask().weightsSha256()).isEqualTo(newer.weightsSha256());
        assertReplays(after);

        // Taken back one after the other.
        assertThat(jobs.revert(MACHINE, task, "default").inForce().id()).isEqualTo(done.id());
        assertThat(probabilities(ask())).isEqualTo(probabilities(after));
        AdaptationJobs.Reverted reverted = jobs.revert(MACHINE, task, "default");
        assertThat(reverted.reverted().id()).isEqualTo(done.id());
        assertThat(reverted.inForce()).isNull();
        Answer again = ask();
        assertThat(again.adaptedFrom()).isNull();
        assertThat(probabilities(again)).isEqualTo(probabilities(before));
        assertThat(again.labels().getFirst().confidence().calibrated()).isTrue();
        assertReplays(before);
        assertReplays(after);
        assertThat(jobs.revert(MACHINE, task, "default").reverted()).isNull();

        // What explains an answer asks the weights that gave it.
        assertThat(influence.influence(MACHINE, after.id(), null, null).labels()).hasSize(1);
        AttentionService.AttentionView seen =
                attention.attention(MACHINE, after.id(), LABEL, 30, 30);
        assertThat(seen.answered()).isTrue();
        await(() -> encodings(done) == 0);
    }

    private void calibrate() {
        assertThat(
                        calibration
                                .run(
                                        new Calibration.Settings(
                                                task, "default", List.of(), 8, "image", 16, 1),
                                        (label, step, total) -> {})
                                .getFirst()
                                .threshold())
                .isNotNull();
    }

    /** Files of what some weights made of annotations. */
    private long encodings(Adaptation adaptation) {
        Path home = config.indexDirectory().resolve(catalog.id().toString()).resolve("encodings");
        try (Stream<Path> files = Files.walk(home)) {
            return files.filter(file ->
                            file.toString().contains(adaptation.weightsSha256().substring(0, 16))
                                    && file.toString().endsWith(".safetensors"))
                    .count();
        } catch (IOException | UncheckedIOException e) {
            return -1; // files that are written at this moment come and go
        }
    }

    @Test
    void aClosedGateChangesNothing() {
        ingest(2);
        Answer before = ask();
        Adaptation added = add();
        assertThat(adaptations.begin(added.id(), List.of())).isTrue();
        assertThat(
                        adaptations.finish(
                                added.id(),
                                new Adaptation.Progress("done", 1, 5, 1),
                                new Adaptation.Gate(false, -.1, -.2, 4, .8, .7, "not better"),
                                null,
                                Instant.now()))
                .isTrue();

        assertThat(ask().weightsSha256()).isEqualTo(before.weightsSha256());
        assertThat(jobs.revert(MACHINE, task, "default").reverted()).isNull();
    }

    /** An adaptation that nobody works on. */
    private Adaptation add() {
        return adaptations
                .add(
                        pool(),
                        network.name(),
                        network.weightsSha256(),
                        STEPS,
                        "tester",
                        Instant.now())
                .orElseThrow();
    }

    private Pool pool() {
        return catalog.pool(MACHINE, catalog.task(MACHINE, task), "default");
    }

    @Test
    void workWaitsGoesOnAndEndsAsItIsTold() {
        ingest(16);
        String id =
                jobs.start(MACHINE, task, "default", AdaptationJobs.budget(60.0, null, 1))
                        .id()
                        .toString();
        assertThatThrownBy(() -> jobs.start(MACHINE, task, "default", STEPS))
                .isInstanceOf(AdaptationException.class)
                .hasMessageContaining("is being adapted already, by adaptation " + id);
        await(() -> find(id).progress().steps() > 0);

        assertThat(jobs.pause(MACHINE, task, "default", id).state()).isEqualTo(State.PAUSED);
        Path checkpoint = Adaptation.checkpoint(config.dataDirectory(), UUID.fromString(id));
        await(() -> Files.exists(checkpoint));
        int steps = find(id).progress().steps();
        assertThat(ask().adaptedFrom()).isNull();

        jobs.resume(MACHINE, task, "default", id);
        await(() -> find(id).progress().steps() > steps);
        assertThat(jobs.cancel(MACHINE, task, "default", id).state()).isEqualTo(State.CANCELLED);
        await(() -> !Files.exists(checkpoint));
        assertThat(jobs.resume(MACHINE, task, "default", id).state()).isEqualTo(State.CANCELLED);
        assertThat(ask().adaptedFrom()).isNull();
    }

    private Adaptation find(String id) {
        return jobs.find(MACHINE, task, "default", id);
    }

    @Test
    void whatCannotBeAdaptedIsRefusedAndNothingIsKept() {
        ingest(3);
        assertThatThrownBy(() -> jobs.start(MACHINE, task, "default", STEPS))
                .isInstanceOf(AdaptationException.class)
                .hasMessageContaining("3 patients, and adapts from 16 on");
        assertThat(jobs.list(MACHINE, task, "default", 10)).isEmpty();
        assertThat(jobs.prospect(MACHINE, task, "default", STEPS))
                .satisfies(prospect -> {
                    assertThat(prospect.patients()).isEqualTo(3);
                    assertThat(prospect.obstacle()).contains("16");
                });
        assertThatThrownBy(() -> AdaptationJobs.budget(0.0, null, 1))
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining("minutes");
        assertThatThrownBy(() -> AdaptationJobs.budget(1.0, 1, 1))
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining("either minutes or steps");
        assertThatThrownBy(() -> jobs.find(MACHINE, task, "default", "nothing"))
                .isInstanceOf(AdaptationException.class);
    }

    /** The last one: what it erases, no other could ingest. */
    @Test
    @Order(Integer.MAX_VALUE)
    void anErasureWithdrawsWhatHadLearntFromIt() {
        ingest(17);
        Adaptation done = adapt(1);
        Answer answer = ask();
        String weights = done.weightsSha256();
        assertThat(blobs.contains(weights)).isTrue();
        await(() -> encodings(done) == 17);

        // Of a patient whom the answer does not rest on: nothing but the weights is missing to it.
        List<String> rested =
                answer.labels().getFirst().supports().stream()
                        .map(used -> used.support().sourceName())
                        .toList();
        int other =
                IntStream.range(0, 17)
                        .filter(i -> !rested.contains("disc" + i + ".png"))
                        .findFirst()
                        .orElseThrow();
        Erasure.Subject patient = new Erasure.Subject.Patient(patient(other), null);
        assertThat(erasure.erase(MACHINE, patient, "test", true).adaptations()).isEqualTo(1);
        assertThat(ask().weightsSha256()).isEqualTo(weights);

        String running = jobs.start(MACHINE, task, "default", STEPS).id().toString();
        await(() -> find(running).state() == State.RUNNING);
        Erasure.Erased erased = erasure.erase(MACHINE, patient, "test", false);

        assertThat(erased.adaptations()).isEqualTo(2);
        assertThat(blobs.contains(weights)).isFalse();
        assertThat(find(running).state()).isEqualTo(State.WITHDRAWN);
        assertThat(find(done.id().toString()).state()).isEqualTo(State.WITHDRAWN);
        Answer after = ask();
        assertThat(after.adaptedFrom()).isNull();
        assertReplays(after);
        assertThatThrownBy(() -> queries.replay(MACHINE, answer.id()))
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining("withdrawn");
        Path checkpoint = Adaptation.checkpoint(config.dataDirectory(), UUID.fromString(running));
        await(() -> !Files.exists(checkpoint));
        await(() -> encodings(done) == 0);
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("time out").isLessThan(deadline);
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }
}
