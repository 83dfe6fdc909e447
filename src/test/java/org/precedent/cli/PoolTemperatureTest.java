package org.precedent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.precedent.ReviewState;
import org.precedent.access.Scope;
import org.precedent.catalog.Answer;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Example;
import org.precedent.catalog.Pool;
import org.precedent.catalog.PoolSetting;
import org.precedent.catalog.PoolSettings;
import org.precedent.catalog.Task;
import org.precedent.catalog.TemperatureSource;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.ingest.IngestService;
import org.precedent.ingest.IngestService.SentFile;
import org.precedent.network.SegmentationNetwork;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.EmbeddedServices;
import org.precedent.query.Query;
import org.precedent.query.QueryService;
import org.precedent.retrieval.Temperature;
import org.precedent.retrieval.Weights;
import picocli.CommandLine;

/** A pool's temperature, from its choice to the answers that use it. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class PoolTemperatureTest {
    private static final List<Phantom> PHANTOMS = new Phantoms(21).patients(9);

    @Inject Catalog catalog;
    @Inject PoolSettings settings;
    @Inject IngestService ingest;
    @Inject QueryService queries;
    @Inject ImageEmbedder embedder;
    @Inject SegmentationNetwork network;

    private String task;

    @BeforeEach
    void fillAPool() {
        task = "t-" + UUID.randomUUID();
        catalog.defineTask(Scope.machine(), task, Phantoms.LABELS);
        catalog.definePool(Scope.machine(), task, "default");
        ingest(PHANTOMS.subList(0, PHANTOMS.size() - 1));
    }

    private void ingest(List<Phantom> phantoms) {
        ingest.ingest(
                Scope.machine(),
                phantoms.stream()
                        .map(p ->
                                new Example(
                                        p.id() + ".png",
                                        p.image(),
                                        Example.Origin.ofImage("CT", "north", p.patient()),
                                        p.masks()))
                        .toList(),
                new IngestService.Destination(task, "default", "test", ReviewState.APPROVED),
                "test");
    }

    private Pool pool() {
        return catalog.pool(Scope.machine(), catalog.task(Scope.machine(), task), "default");
    }

    private void store(int version, @Nullable Double tau, String space, String name) {
        settings.record(
                pool(),
                new PoolSetting<>(
                        version,
                        space,
                        name,
                        network.weightsSha256(),
                        new PoolSetting.Temperature(tau, new PoolSetting.Trial(4, 10, 0.8, 0.7)),
                        Instant.now()));
    }

    private Answer answer(@Nullable Temperature temperature, @Nullable Integer version) {
        Phantom query = PHANTOMS.getLast();
        return queries.segment(
                Scope.machine(),
                new Query(
                        new SentFile("q.png", PngWriter.png(query.image())),
                        task,
                        List.of("spine"),
                        "default",
                        version,
                        4,
                        temperature,
                        Query.strategy("image"),
                        0,
                        null,
                        query.patient()));
    }

    private static double effective(Answer answer) {
        return Weights.effectiveNumber(
                answer.labels().getFirst().supports().stream()
                        .mapToDouble(Answer.UsedSupport::weight)
                        .toArray());
    }

    @Test
    void isUsedUnlessTheQueryNamesAnotherAndRecordedWithTheAnswer() {
        Answer before = answer(null, null);
        assertThat(before.temperatureSource()).isEqualTo(TemperatureSource.DEFAULT);
        assertThat(before.temperature()).isNull();
        String space = embedder.space().id();
        store(pool().version(), 0.001, "another-00000000-image-4", network.name());
        store(pool().version(), 0.001, space, "another");
        assertThat(answer(null, null).temperatureSource()).isEqualTo(TemperatureSource.DEFAULT);

        store(pool().version(), 0.5, space, network.name());
        store(pool().version(), 0.01, space, network.name());
        Answer pooled = answer(null, null);
        assertThat(pooled.temperatureSource()).isEqualTo(TemperatureSource.POOL);
        assertThat(pooled.temperature()).isEqualTo(0.01);
        assertThat(effective(pooled)).isLessThan(effective(before) - 0.5);
        assertThat(queries.find(Scope.machine(), pooled.id()).temperatureSource())
                .isEqualTo(TemperatureSource.POOL);
        assertThat(queries.replay(Scope.machine(), pooled.id()))
                .allMatch(QueryService.ReplayedLabel::identical);

        Answer asked = answer(Temperature.UNIFORM, null);
        assertThat(asked.temperatureSource()).isEqualTo(TemperatureSource.QUERY);
        assertThat(effective(asked)).isCloseTo(4, within(1e-9));
    }

    @Test
    void staysWithAPoolThatGrowsUntilItIsChosenAnew() {
        String space = embedder.space().id();
        int first = pool().version();
        store(first, 0.01, space, network.name());
        ingest(List.of(new Phantoms(5).patient(0).getFirst()));
        int second = pool().version();
        assertThat(second).isGreaterThan(first);
        assertThat(answer(null, null).temperature()).isEqualTo(0.01);
        store(second, null, space, network.name());
        Answer uniform = answer(null, null);
        assertThat(uniform.temperature()).isNull();
        assertThat(uniform.temperatureSource()).isEqualTo(TemperatureSource.POOL);
        assertThat(answer(null, first).temperature()).isEqualTo(0.01);
    }

    @Test
    void isChosenByThePoolsOwnImagesFromTheCommandLine() throws Exception {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(out));
        commandLine.setErr(new PrintWriter(err));
        int status =
                commandLine.execute(
                        "evaluate",
                        "--choose-tau",
                        "--task",
                        task,
                        "--label",
                        "spine",
                        "--support-size",
                        "4",
                        "--queries",
                        "2");
        assertThat(status).as(err.toString()).isZero();
        List<String> lines = out.toString().lines().toList();
        assertThat(lines).hasSize(2);
        JsonNode line = new ObjectMapper().readTree(lines.getLast());
        assertThat(line.get("pool_version").asInt()).isEqualTo(pool().version());
        assertThat(line.get("n").asInt()).isEqualTo(2);
        assertThat(line.get("curve")).hasSize(14);
        PoolSetting.Temperature stored =
                settings.temperature(
                                pool(), pool().version(), embedder.space().id(), network.name())
                        .orElseThrow()
                        .value();
        assertThat(stored.tau() == null ? "uniform" : stored.tau().toString())
                .isEqualTo(line.get("tau").asText());
        assertThat(stored.trial().queries()).isEqualTo(2);
        assertThat(stored.trial().dice()).isGreaterThanOrEqualTo(stored.trial().diceEven());
        assertThat(answer(null, null).temperatureSource()).isEqualTo(TemperatureSource.POOL);

        assertThat(
                        Main.commandLine()
                                .setErr(new PrintWriter(err))
                                .execute("evaluate", "--task", task))
                .isEqualTo(2);
        assertThat(err.toString()).contains("--task is for --choose-tau");
    }

    @Test
    void isChosenByTheSameApprovedImagesForTheSameSeed() {
        Task.Label spine =
                catalog.labels(catalog.task(Scope.machine(), task), List.of("spine")).getFirst();
        List<PoolSettings.PoolImage> drawn = settings.draw(pool(), pool().version(), spine, 5, 3);
        assertThat(drawn).hasSize(5);
        assertThat(settings.draw(pool(), pool().version(), spine, 5, 3)).isEqualTo(drawn);
        assertThat(settings.draw(pool(), pool().version(), spine, 5, 4)).isNotEqualTo(drawn);
        assertThat(settings.draw(pool(), pool().version(), spine, 500, 3).size())
                .isEqualTo(
                        PHANTOMS.subList(0, PHANTOMS.size() - 1).stream()
                                .filter(p -> p.masks().containsKey("spine"))
                                .count());
        assertThat(settings.draw(pool(), 0, spine, 500, 3)).isEmpty();
    }
}
