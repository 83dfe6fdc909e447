package org.precedent.tuning;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.precedent.ReviewState;
import org.precedent.access.AuditTrail;
import org.precedent.access.Scope;
import org.precedent.catalog.Answer;
import org.precedent.catalog.Answer.CloseUps;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Example;
import org.precedent.catalog.Pool;
import org.precedent.catalog.PoolSetting;
import org.precedent.catalog.PoolSettings;
import org.precedent.catalog.Task;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.imaging.format.ImageSource;
import org.precedent.ingest.IngestService;
import org.precedent.network.SegmentationNetwork;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.EmbeddedServices;
import org.precedent.query.Query;
import org.precedent.query.QueryService;
import org.precedent.retrieval.Strategy;

/** A pool that is calibrated without being told to. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class SelfCalibrationTest {
    private static final String LABEL = "liver";

    /** One slice a patient, the one that shows most of the liver. */
    private static final List<Phantom> PHANTOMS =
            IntStream.range(0, 17)
                    .mapToObj(number ->
                            new Phantoms(4711)
                                    .patient(number).stream()
                                            .max(
                                                    Comparator.comparing(
                                                            p -> p.masks().get(LABEL).area()))
                                            .orElseThrow())
                    .toList();

    @Inject SelfCalibration calibration;
    @Inject Catalog catalog;
    @Inject PoolSettings settings;
    @Inject IngestService ingest;
    @Inject ImageEmbedder embedder;
    @Inject SegmentationNetwork network;
    @Inject AuditTrail audit;
    @Inject QueryService queries;

    private String task;

    @BeforeEach
    void define() {
        task = "self-" + UUID.randomUUID();
        catalog.defineTask(Scope.machine(), task, List.of(LABEL));
        catalog.definePool(Scope.machine(), task, "default");
    }

    private void ingest(int from, int to) {
        List<Example> examples = new ArrayList<>();
        for (Phantom phantom : PHANTOMS.subList(from, to)) {
            examples.add(
                    new Example(
                            phantom.id() + ".png",
                            phantom.image(),
                            Example.Origin.ofImage("CT", "north", phantom.patient()),
                            Map.of(LABEL, phantom.masks().get(LABEL))));
        }
        ingest.ingest(
                Scope.machine(),
                examples,
                new IngestService.Destination(task, "default", "test", ReviewState.APPROVED),
                "test");
    }

    private Optional<PoolSetting<PoolSetting.Confidence>> found() {
        Task of = catalog.task(Scope.machine(), task);
        Pool pool = catalog.pool(Scope.machine(), of, "default");
        return settings.confidence(
                pool,
                pool.version(),
                of.labels().getFirst(),
                embedder.space().id(),
                network.name(),
                network.weightsSha256(),
                false);
    }

    private PoolSetting<PoolSetting.Looks> looks() {
        Task of = catalog.task(Scope.machine(), task);
        Pool pool = catalog.pool(Scope.machine(), of, "default");
        return settings.looks(
                        pool,
                        pool.version(),
                        of.labels().getFirst(),
                        embedder.space().id(),
                        network.name(),
                        network.weightsSha256())
                .orElseThrow();
    }

    private Answer answered(CloseUps asked) {
        return queries.segment(
                Scope.machine(),
                new Query(
                        new ImageSource.Pixels("new.png", PHANTOMS.getFirst().image()),
                        task,
                        List.of(),
                        "default",
                        null,
                        4,
                        null,
                        Strategy.IMAGE,
                        0,
                        null,
                        PHANTOMS.getFirst().patient(),
                        Query.NearDuplicates.LEAVE_OUT,
                        null,
                        asked));
    }

    private void look() {
        calibration.look(catalog.task(Scope.machine(), task));
    }

    private List<String> audited() {
        List<String> outcomes = new ArrayList<>();
        audit.export(
                Scope.machine(),
                entry -> {
                    if (entry.action().equals("calibrate") && entry.object().startsWith(task)) {
                        outcomes.add(entry.outcome());
                    }
                });
        return outcomes;
    }

    @Test
    void aPoolOfTwelvePatientsThatRestsIsCalibratedAndAgainWhenItHasGrownByAQuarter() {
        ingest(0, 11);
        look();
        look();
        assertThat(found()).as("eleven patients are too few").isEmpty();

        ingest(11, 13);
        look();
        assertThat(found()).as("it changed since the last look").isEmpty();
        look();
        int version = found().orElseThrow().poolVersion();
        assertThat(found().orElseThrow().value().fittedOn()).isEqualTo(13);
        look();
        assertThat(audited()).containsExactly("calibrated by 13 images of version " + version);

        ingest(13, 16); // 16 of 13: less than a quarter more
        look();
        look();
        assertThat(found().orElseThrow().poolVersion()).isEqualTo(version);

        ingest(16, 17);
        look();
        look();
        assertThat(found().orElseThrow().poolVersion()).isEqualTo(version + 2);
        assertThat(found().orElseThrow().value().fittedOn()).isEqualTo(17);
        assertThat(looks().poolVersion()).isEqualTo(version + 2);
        assertThat(looks().value().patients()).isEqualTo(17);
        for (CloseUps asked : CloseUps.values()) {
            Answer.LabelAnswer answer = answered(asked).labels().getFirst();
            assertThat(answer.closeUp())
                    .as(asked.word())
                    .isEqualTo(
                            switch (asked) {
                                case TRUE -> true;
                                case FALSE -> false;
                                case POOL -> looks().value().twice();
                            });
            assertThat(answer.confidence())
                    .as("answers of one look and of two have calibrations")
                    .matches(confidence -> confidence != null && confidence.threshold() != null);
        }
        assertThat(audited()).hasSize(2);
    }
}
