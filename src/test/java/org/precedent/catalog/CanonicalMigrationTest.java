package org.precedent.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.CanonicalNames;
import org.precedent.catalog.postgres.EmbeddedPostgres;

/** V7 on a catalogue of the version before. */
class CanonicalMigrationTest {
    private static final Path MIGRATIONS =
            Path.of(System.getProperty("precedent.home", "."), "migrations");

    @TempDir Path home;

    private record Row(String patient, String site) {
        boolean isAsItWasIndexed() {
            return CanonicalNames.key(patient).equals(patient)
                    && CanonicalNames.key(site).equals(site);
        }

        /** SQL does not fold as Java does: beyond ASCII it takes every name. */
        boolean isAscii() {
            return (patient + site).chars().allMatch(c -> c < 128);
        }
    }

    @Test
    void projectsAgainWhatIsKnownByAnotherKeyNowAndNothingElse() throws Exception {
        List<Row> rows =
                List.of(
                        new Row("case1", "north"),
                        new Row("10001_458", "unknown"),
                        new Row("a-b.c/d[e]^`{|}~ f@!\"#$%&'()*+,:;<=>?\\", "a b"),
                        new Row("P-1", "north"),
                        new Row("p-1 ", "north"),
                        new Row("p  1", "north"),
                        new Row(" p1", "north"),
                        new Row("p1", "North"),
                        new Row("m\u00fcller", "north"),
                        new Row("p\u20111", "north"),
                        new Row("p\u200b1", "north"),
                        new Row("p1", "\u00e9"));
        try (EmbeddedPostgres server = EmbeddedPostgres.open(home);
                Connection connection =
                        DriverManager.getConnection(
                                server.jdbcUrl(), server.user(), server.password());
                Statement sql = connection.createStatement()) {
            migrate(server, "5");
            try (var insert =
                    connection.prepareStatement(
                            "INSERT INTO image (id, pixels_sha256, width, height, channels,"
                                    + " bits_per_sample, source_name, modality, site, patient,"
                                    + " created_at) VALUES (gen_random_uuid(), repeat('0', 64), 1, 1,"
                                    + " 1, 8, 'x.png', 'CT', ?, ?, now())")) {
                for (Row row : rows) {
                    insert.setString(1, row.site());
                    insert.setString(2, row.patient());
                    insert.executeUpdate();
                }
            }
            sql.execute("UPDATE outbox_counter SET value = 41");
            migrate(server, "latest");
            List<Row> projected = new ArrayList<>();
            List<Long> sequences = new ArrayList<>();
            try (ResultSet found =
                    sql.executeQuery(
                            "SELECT sequence, patient, site FROM outbox JOIN image ON id = image_id"
                                    + " ORDER BY sequence")) {
                while (found.next()) {
                    sequences.add(found.getLong(1));
                    projected.add(new Row(found.getString(2), found.getString(3)));
                }
            }
            assertThat(projected)
                    .containsExactlyInAnyOrderElementsOf(
                            rows.stream()
                                    .filter(row -> !row.isAsItWasIndexed() || !row.isAscii())
                                    .toList())
                    .hasSize(9);
            assertThat(sequences.getFirst()).isEqualTo(42);
            assertThat(sequences.getLast()).isEqualTo(50);
            try (ResultSet head = sql.executeQuery("SELECT value FROM outbox_counter")) {
                head.next();
                assertThat(head.getLong(1)).isEqualTo(50);
            }
        }
    }

    @Test
    void anEmptyCatalogueStaysAtItsSequence() throws Exception {
        try (EmbeddedPostgres server = EmbeddedPostgres.open(home);
                Connection connection =
                        DriverManager.getConnection(
                                server.jdbcUrl(), server.user(), server.password());
                Statement sql = connection.createStatement()) {
            migrate(server, "latest");
            try (ResultSet head = sql.executeQuery("SELECT value FROM outbox_counter")) {
                head.next();
                assertThat(head.getLong(1)).isZero();
            }
        }
    }

    private static void migrate(EmbeddedPostgres server, String target) {
        Flyway.configure()
                .dataSource(server.jdbcUrl(), server.user(), server.password())
                .locations("filesystem:" + MIGRATIONS)
                .target(target)
                .load()
                .migrate();
    }
}
