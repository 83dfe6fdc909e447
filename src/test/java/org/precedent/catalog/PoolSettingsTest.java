package org.precedent.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.precedent.ReviewState;
import org.precedent.access.Scope;
import org.precedent.ingest.IngestService;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.EmbeddedServices;

/** Settings of all kinds: those of today, and those that earlier versions left in their tables. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class PoolSettingsTest {
    private static final String WEIGHTS = "ab".repeat(32);
    private static final Instant THEN = Instant.parse("2026-03-04T05:06:07Z");
    private static final PoolSetting.Trial TRIAL = new PoolSetting.Trial(4, 10, 0.8, 0.7);

    @Inject Catalog catalog;
    @Inject PoolSettings settings;
    @Inject IngestService ingest;
    @Inject DataSource database;

    private Task task;
    private Pool pool;

    @BeforeEach
    void makeAPoolOfThreeVersions() {
        String name = "s-" + UUID.randomUUID();
        catalog.defineTask(Scope.machine(), name, Phantoms.LABELS);
        catalog.definePool(Scope.machine(), name, "default");
        for (int patient = 0; patient < 3; patient++) {
            Phantom phantom = new Phantoms(77).patient(patient).getFirst();
            ingest.ingest(
                    Scope.machine(),
                    List.of(
                            new Example(
                                    phantom.id() + ".png",
                                    phantom.image(),
                                    Example.Origin.ofImage("CT", "north", phantom.patient()),
                                    phantom.masks())),
                    new IngestService.Destination(name, "default", "test", ReviewState.APPROVED),
                    "test");
        }
        task = catalog.task(Scope.machine(), name);
        pool = catalog.pool(Scope.machine(), task, "default");
        assertThat(pool.version()).isEqualTo(3);
    }

    private Task.Label label(int index) {
        return task.labels().get(index);
    }

    /** Inserts as the migrations V2, V4 and V5 name the columns. */
    private void insert(String table, String columns, String values) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            assertThat(
                            statement.executeUpdate(
                                    "INSERT INTO %s (pool_id, network, weights_sha256, created_at, %s)"
                                                    .formatted(table, columns)
                                            + " VALUES (%d, 'universeg', '%s', '%s', %s)"
                                                    .formatted(pool.id(), WEIGHTS, THEN, values)))
                    .isEqualTo(1);
        }
    }

    @Test
    void aTemperatureOfAnEarlierVersionIsInForce() throws SQLException {
        String columns =
                "version, embedding_space, temperature, support_size, queries, dice, dice_uniform";
        insert("pool_temperature", columns, "1, 'here', 0.05, 8, 64, 0.71, 0.69");
        insert("pool_temperature", columns, "2, 'here', NULL, 16, 32, 0.75, 0.73");
        assertThat(settings.temperature(pool, 1, "here", "universeg"))
                .contains(
                        new PoolSetting<>(
                                1,
                                "here",
                                "universeg",
                                WEIGHTS,
                                new PoolSetting.Temperature(
                                        0.05, new PoolSetting.Trial(8, 64, 0.71, 0.69)),
                                THEN));
        PoolSetting.Temperature uniform =
                settings.temperature(pool, 3, "here", "universeg").orElseThrow().value();
        assertThat(uniform)
                .isEqualTo(
                        new PoolSetting.Temperature(
                                null, new PoolSetting.Trial(16, 32, 0.75, 0.73)));
        assertThat(settings.temperature(pool, 3, "there", "universeg")).isEmpty();
        assertThat(settings.temperature(pool, 3, "here", "iris")).isEmpty();
        assertThat(settings.temperature(pool, 0, "here", "universeg")).isEmpty();
    }

    @Test
    void sharesOfAnEarlierVersionAreInForce() throws SQLException {
        insert(
                "pool_fusion",
                "version, embedding_spaces, image_share, location_share, object_share,"
                        + " rank_offset, support_size, queries, dice, dice_even",
                "2, 'a,b,c', 0.2, 0.3, 0.5, 60, 16, 12, 0.81, 0.79");
        assertThat(settings.shares(pool, 3, "a,b,c", "universeg"))
                .contains(
                        new PoolSetting<>(
                                2,
                                "a,b,c",
                                "universeg",
                                WEIGHTS,
                                new PoolSetting.Shares(
                                        0.2,
                                        0.3,
                                        0.5,
                                        60,
                                        new PoolSetting.Trial(16, 12, 0.81, 0.79)),
                                THEN));
        assertThat(settings.shares(pool, 1, "a,b,c", "universeg")).isEmpty();
        assertThat(settings.shares(pool, 3, "a,b,none", "universeg")).isEmpty();
    }

    @Test
    void aConfidenceModelOfAnEarlierVersionIsInForceForItsLabelAndWeights() throws SQLException {
        insert(
                "pool_confidence",
                "version, label_id, embedding_space, model, threshold, fitted_on, rank_correlation",
                "2, %d, 'here', '%s', 0.6, 40, NULL"
                        .formatted(
                                label(1).id(),
                                """
                                {"means": [0.5], "scales": [2], "coefficients": [-0.25],\
                                 "intercept": 0.75, "neighbours": [0.1, 0.9]}\
                                """));
        assertThat(settings.confidence(pool, 3, label(1), "here", "universeg", WEIGHTS, false))
                .contains(
                        new PoolSetting<>(
                                2,
                                "here",
                                "universeg",
                                WEIGHTS,
                                new PoolSetting.Confidence(
                                        label(1),
                                        new PoolSetting.Regression(
                                                List.of(0.5),
                                                List.of(2.0),
                                                List.of(-0.25),
                                                0.75,
                                                List.of(0.1, 0.9),
                                                0,
                                                null),
                                        0.6,
                                        40,
                                        null,
                                        false),
                                THEN));
        assertThat(settings.confidence(pool, 3, label(0), "here", "universeg", WEIGHTS, false))
                .isEmpty();
        assertThat(
                        settings.confidence(
                                pool, 3, label(1), "here", "universeg", "cd".repeat(32), false))
                .isEmpty();
        assertThat(settings.confidence(pool, 1, label(1), "here", "universeg", WEIGHTS, false))
                .isEmpty();
        assertThat(settings.confidence(pool, 3, label(1), "here", "universeg", WEIGHTS, true))
                .as("fitted to answers of one look")
                .isEmpty();
    }

    @Test
    void everyKindIsFoundAsItWasRecordedTheNewestOfTheHighestVersionFirst() {
        PoolSetting.Confidence confidence =
                new PoolSetting.Confidence(
                        label(0),
                        new PoolSetting.Regression(
                                List.of(1.5),
                                List.of(0.1),
                                List.of(3.0),
                                1e-3,
                                List.of(0.4),
                                2,
                                new PoolSetting.Bound(
                                        List.of(1.0),
                                        List.of(0.5),
                                        List.of(0.25),
                                        0.75,
                                        -0.125,
                                        29)),
                        0.5,
                        12,
                        0.25,
                        true);
        PoolSetting.Looks looks = new PoolSetting.Looks(label(0), true, 12, 0.5, 0.625);
        for (PoolSetting.Value value :
                List.of(
                        new PoolSetting.Temperature(0.5, TRIAL),
                        new PoolSetting.Temperature(0.25, TRIAL),
                        new PoolSetting.Shares(1, 0, 0, 60, TRIAL),
                        new PoolSetting.Shares(0.5, 0.5, 0, 0, TRIAL),
                        new PoolSetting.Looks(label(0), false, 12, 0.5, 0.5),
                        looks,
                        confidence)) {
            settings.record(pool, of(2, value));
        }
        settings.record(pool, of(1, new PoolSetting.Temperature(0.125, TRIAL)));
        assertThat(settings.temperature(pool, 3, "here", "universeg"))
                .contains(of(2, new PoolSetting.Temperature(0.25, TRIAL)));
        assertThat(settings.temperature(pool, 1, "here", "universeg"))
                .contains(of(1, new PoolSetting.Temperature(0.125, TRIAL)));
        assertThat(settings.shares(pool, 2, "here", "universeg"))
                .contains(of(2, new PoolSetting.Shares(0.5, 0.5, 0, 0, TRIAL)));
        assertThat(settings.confidence(pool, 2, label(0), "here", "universeg", WEIGHTS, true))
                .contains(of(2, confidence));
        assertThat(settings.looks(pool, 3, label(0), "here", "universeg", WEIGHTS))
                .contains(of(2, looks));
        assertThat(settings.looks(pool, 3, label(1), "here", "universeg", WEIGHTS)).isEmpty();
        assertThat(settings.looks(pool, 3, label(0), "here", "universeg", "cd".repeat(32)))
                .isEmpty();
    }

    /** A version before finds what this one records: a way back stays open. */
    @Test
    void whatIsRecordedLiesInTheColumnsThatEarlierVersionsRead() throws SQLException {
        settings.record(pool, of(1, new PoolSetting.Temperature(0.5, TRIAL)));
        settings.record(pool, of(1, new PoolSetting.Shares(0.25, 0.5, 0.25, 60, TRIAL)));
        for (String query :
                Map.of(
                                "pool_temperature",
                                "embedding_space = 'here' AND temperature = 0.5 AND dice_uniform = 0.7",
                                "pool_fusion",
                                "embedding_spaces = 'here' AND location_share = 0.5"
                                        + " AND rank_offset = 60 AND dice_even = 0.7")
                        .entrySet()
                        .stream()
                        .map(e ->
                                "SELECT count(*) FROM %s WHERE pool_id = %d AND %s"
                                        .formatted(e.getKey(), pool.id(), e.getValue()))
                        .toList()) {
            try (Connection connection = database.getConnection();
                    Statement statement = connection.createStatement();
                    var rows = statement.executeQuery(query)) {
                rows.next();
                assertThat(rows.getInt(1)).as(query).isEqualTo(1);
            }
        }
    }

    private static <V extends PoolSetting.Value> PoolSetting<V> of(int version, V value) {
        return new PoolSetting<>(version, "here", "universeg", WEIGHTS, value, THEN);
    }
}
