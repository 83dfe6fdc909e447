package org.precedent.cli;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Example;
import org.precedent.catalog.Pool;
import org.precedent.catalog.PoolSetting;
import org.precedent.catalog.PoolSettings;
import org.precedent.embedding.Level;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.ingest.IngestService;
import org.precedent.ingest.IngestService.SentFile;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.EmbeddedServices;
import org.precedent.query.Query;
import org.precedent.query.QueryService;
import org.precedent.retrieval.SupportSet.WeightedSupport;
import org.precedent.retrieval.Temperature;
import picocli.CommandLine;

/** The shares of a pool's levels, from their choice to the supports that they find. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class PoolFusionTest {
    private static final List<Phantom> PHANTOMS = new Phantoms(31).patients(9);
    private static final PoolSetting.Trial TRIAL = new PoolSetting.Trial(4, 10, 0.8, 0.7);
    private static final PoolSetting.Shares IMAGES = new PoolSetting.Shares(1, 0, 0, 60, TRIAL);
    private static final PoolSetting.Shares OBJECTS = new PoolSetting.Shares(0, 0, 1, 60, TRIAL);

    @Inject Catalog catalog;
    @Inject PoolSettings settings;
    @Inject IngestService ingest;
    @Inject QueryService queries;

    private String task;

    @BeforeEach
    void fillAPool() {
        task = "f-" + UUID.randomUUID();
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

    private void store(int version, PoolSetting.Shares shares, String spaces, String network) {
        settings.record(
                pool(),
                new PoolSetting<>(
                        version,
                        spaces,
                        network,
                        queries.network().weightsSha256(),
                        shares,
                        Instant.now()));
    }

    private void store(int version, PoolSetting.Shares shares) {
        store(version, shares, queries.spaces(), queries.network().name());
    }

    private List<UUID> supports(String strategy, @Nullable Integer version) {
        Phantom query = PHANTOMS.getLast();
        return queries
                .retrieve(
                        Scope.machine(),
                        new Query(
                                new SentFile("q.png", PngWriter.png(query.image())),
                                task,
                                List.of("spine"),
                                "default",
                                version,
                                4,
                                Temperature.UNIFORM,
                                Query.strategy(strategy),
                                0,
                                null,
                                query.patient()))
                .labels()
                .getFirst()
                .found()
                .supports()
                .stream()
                .map(WeightedSupport::imageId)
                .toList();
    }

    @Test
    void queriesByAllLevelsUseWhatWasStoredForTheirNetworkAndSpaces() {
        assertThat(queries.levels()).containsExactly(Level.IMAGE, Level.LOCATION, Level.OBJECT);
        List<UUID> even = supports("fused", null);
        List<UUID> images = supports("image", null);
        List<UUID> objects = supports("object", null);
        assertThat(images).isNotEqualTo(objects);
        store(pool().version(), OBJECTS, "another", queries.network().name());
        store(pool().version(), OBJECTS, queries.spaces(), "another");
        assertThat(supports("fused", null)).isEqualTo(even);

        store(pool().version(), IMAGES);
        assertThat(supports("fused", null)).isEqualTo(images);
        store(pool().version(), OBJECTS);
        assertThat(supports("fused", null)).isEqualTo(objects);
        assertThat(supports("image", null)).isEqualTo(images);
    }

    @Test
    void sharesStayWithAPoolThatGrowsUntilTheyAreChosenAnew() {
        int first = pool().version();
        store(first, IMAGES);
        ingest(List.of(new Phantoms(5).patient(0).getFirst()));
        int second = pool().version();
        assertThat(second).isGreaterThan(first);
        assertThat(supports("fused", null)).isEqualTo(supports("image", null));
        store(second, OBJECTS);
        assertThat(supports("fused", null)).isEqualTo(supports("object", null));
        assertThat(supports("fused", first)).isEqualTo(supports("image", first));
    }

    @Test
    void areChosenByThePoolsOwnImagesFromTheCommandLine() throws Exception {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine commandLine = Main.commandLine();
        commandLine.setOut(new PrintWriter(out));
        commandLine.setErr(new PrintWriter(err));
        int status =
                commandLine.execute(
                        "evaluate",
                        "--choose-tau",
                        "--strategy",
                        "fused",
                        "--task",
                        task,
                        "--label",
                        "spine",
                        "--support-size",
                        "4",
                        "--queries",
                        "3");
        assertThat(status).as(err.toString()).isZero();
        List<String> lines = out.toString().lines().toList();
        assertThat(lines).hasSize(4);
        JsonNode line = new ObjectMapper().readTree(lines.get(1));
        assertThat(line.get("protocol").asText()).isEqualTo("choose-fusion");
        assertThat(line.get("label").asText()).isEqualTo("*");
        assertThat(line.get("n").asInt()).isEqualTo(3);
        assertThat(line.get("pool_version").asInt()).isEqualTo(pool().version());
        assertThat(line.has("gain_on_other_half")).isTrue();
        PoolSetting.Shares stored =
                settings.shares(
                                pool(),
                                pool().version(),
                                queries.spaces(),
                                queries.network().name())
                        .orElseThrow()
                        .value();
        JsonNode shares = line.get("shares");
        assertThat(Math.abs(stored.image() - shares.get("image").asDouble())).isLessThan(1e-4);
        assertThat(Math.abs(stored.object() - shares.get("object").asDouble())).isLessThan(1e-4);
        assertThat(stored.offset()).isEqualTo(line.get("rank_offset").asInt());
        assertThat(stored.trial().queries()).isEqualTo(3);
        assertThat(stored.trial().dice()).isGreaterThanOrEqualTo(stored.trial().diceEven());
        assertThat(new ObjectMapper().readTree(lines.getLast()).get("protocol").asText())
                .isEqualTo("choose-tau");
    }
}
