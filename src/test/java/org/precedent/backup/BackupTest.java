package org.precedent.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;
import org.precedent.PrecedentConfig;
import org.precedent.ReviewState;
import org.precedent.access.Scope;
import org.precedent.blob.BlobStore;
import org.precedent.blob.FileBlobStore;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Example;
import org.precedent.catalog.adaptation.Adaptation;
import org.precedent.catalog.adaptation.Adaptations;
import org.precedent.catalog.postgres.EmbeddedPostgres;
import org.precedent.ingest.IngestService;
import org.precedent.phantom.Phantoms;
import org.precedent.phantom.Phantoms.Phantom;
import org.precedent.query.EmbeddedServices;
import org.precedent.secret.DataSecrets;
import org.precedent.secret.Purpose;

/** The drill: a backup that is taken under load is put into an empty database, and is whole. */
@QuarkusTest
@Order(3) // before others fill the catalogue: it is projected as a whole
@QuarkusTestResource(EmbeddedServices.class)
class BackupTest {
    private static final String COUNT = "SELECT count(*) FROM ";

    @Inject DataSource database;
    @Inject BlobStore blobs;
    @Inject Catalog catalog;
    @Inject Adaptations adaptations;
    @Inject IngestService ingest;
    @Inject Backup backup;
    @Inject PrecedentConfig config;

    @TempDir Path home;

    @Test
    void aBackupUnderLoadIsRestoredWholeAndADamagedOneNotAtAll() throws Exception {
        String task = "b-" + UUID.randomUUID();
        catalog.defineTask(Scope.machine(), task, Phantoms.LABELS);
        catalog.definePool(Scope.machine(), task, "default");
        List<Phantom> phantoms = new Phantoms(task.hashCode()).patients(4);
        ingest(task, phantoms.get(0), 0);
        String weights = adapted(task);
        AtomicBoolean enough = new AtomicBoolean();
        CompletableFuture<Integer> load =
                CompletableFuture.supplyAsync(() -> {
                    int n = 0;
                    while (!enough.get()) {
                        n++;
                        ingest(task, phantoms.get(n % 4), n);
                    }
                    return n;
                });
        Manifest manifest;
        try {
            while (catalog.pool(Scope.machine(), catalog.task(Scope.machine(), task), "default")
                            .version()
                    < 3) {
                Thread.sleep(10);
            }
            manifest = backup.take(home.resolve("backup"), true, copied -> {});
        } finally {
            enough.set(true);
        }
        assertThat(load.get()).isGreaterThan(1);

        try (EmbeddedPostgres server = EmbeddedPostgres.open(home.resolve("postgres"))) {
            PGSimpleDataSource other = ordinary(server);
            Flyway.configure().dataSource(other).locations("db/migration").load().migrate();
            BlobStore copies = new FileBlobStore(home.resolve("blobs"));
            Restore restore = new Restore(other, copies, home, Optional.empty(), Clock.systemUTC());

            // Not as much as a bit may be another.
            Path table = home.resolve("backup/tables/image.copy");
            byte[] whole = Files.readAllBytes(table);
            byte[] damaged = whole.clone();
            int hash = new String(whole, StandardCharsets.UTF_8).indexOf('\t') + 1;
            damaged[hash] = (byte) (damaged[hash] == 'a' ? 'b' : 'a');
            Files.write(table, damaged);
            assertThatThrownBy(() -> restore.from(home.resolve("backup"), null, copied -> {}))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("image.copy is damaged");
            assertThat(number(other, COUNT + "image")).isZero();
            Files.write(table, whole);

            assertThat(restore.from(home.resolve("backup"), null, copied -> {}))
                    .isEqualTo(new Restore.Restored(manifest, List.of()));
            assertThat(keys(other)).as("the keys came along").isEqualTo(keys(database));
            for (Manifest.Table one : manifest.tables()) {
                assertThat(number(other, COUNT + Tables.quoted(one.name())))
                        .as(one.name())
                        .isEqualTo(one.rows());
            }
            assertThat(number(other, COUNT + "image")).isGreaterThanOrEqualTo(3);
            // Whole examples only, and everything that is named is there.
            assertThat(
                            number(
                                    other,
                                    "SELECT count(*) FROM image i WHERE NOT EXISTS (SELECT 1 FROM"
                                            + " annotation a WHERE a.image_id = i.id)"))
                    .isZero();
            try (Connection connection = other.getConnection();
                    var statement = connection.createStatement();
                    var rows =
                            statement.executeQuery(
                                    "SELECT pixels_sha256 FROM image UNION SELECT mask_sha256 FROM"
                                            + " annotation")) {
                while (rows.next()) {
                    assertThat(copies.get(rows.getString(1)))
                            .isEqualTo(blobs.get(rows.getString(1)));
                }
            }
            assertThat(copies.get(weights)).isEqualTo(blobs.get(weights));
            // What holds the tables together is as it was.
            assertThat(constraints(other)).isEqualTo(constraints(database));
            try (Connection connection = other.getConnection();
                    var statement = connection.createStatement()) {
                assertThatThrownBy(() -> statement.execute("TRUNCATE audit"))
                        .isInstanceOf(SQLException.class)
                        .hasMessageContaining("audit");
            }
            // Counters go on where they were, and a second restore finds the catalogue full.
            try (Connection connection = other.getConnection();
                    var statement = connection.createStatement()) {
                statement.execute(
                        "INSERT INTO task (site, name, created_at) VALUES ('local', 'x', now())");
            }
            assertThatThrownBy(() -> restore.from(home.resolve("backup"), null, copied -> {}))
                    .hasMessageContaining("not empty");
        }
        assertThat(home.resolve("admin.token")).exists();
        assertThatThrownBy(() -> backup.take(home.resolve("backup"), true, copied -> {}))
                .hasMessageContaining("not empty");
    }

    @Test
    void withoutSecretsKeysAreOthersAndThatIsSaid() throws Exception {
        String task = "c-" + UUID.randomUUID();
        catalog.defineTask(Scope.machine(), task, Phantoms.LABELS);
        catalog.definePool(Scope.machine(), task, "default");
        ingest(task, new Phantoms(task.hashCode()).patients(1).getFirst(), 0);
        backup.take(home.resolve("backup"), false, copied -> {});
        try (Stream<Path> files = Files.walk(home.resolve("backup"))) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .doesNotContainAnyElementsOf(Backup.SECRETS);
        }
        try (EmbeddedPostgres server = EmbeddedPostgres.open(home.resolve("postgres"))) {
            PGSimpleDataSource other = ordinary(server);
            Flyway.configure().dataSource(other).locations("db/migration").load().migrate();
            Path fresh = home.resolve("data");
            Restore restore =
                    new Restore(
                            other,
                            new FileBlobStore(fresh.resolve("blobs")),
                            fresh,
                            Optional.empty(),
                            Clock.systemUTC());
            assertThat(restore.from(home.resolve("backup"), null, copied -> {}).replaced())
                    .containsExactly(Purpose.values());
            assertThat(keys(other)).hasSize(4).doesNotContainAnyElementsOf(keys(database));
            assertThat(fresh.resolve(DataSecrets.FILE)).exists();

            // With the directory of before everything stays what it was.
            Path again = home.resolve("again");
            try (Connection connection = other.getConnection();
                    var statement = connection.createStatement()) {
                statement.execute("TRUNCATE task, image CASCADE");
            }
            Restore known =
                    new Restore(
                            other,
                            new FileBlobStore(again.resolve("blobs")),
                            again,
                            Optional.empty(),
                            Clock.systemUTC());
            Path before = config.dataDirectory();
            assertThat(known.from(home.resolve("backup"), before, copied -> {}).replaced())
                    .isEmpty();
            assertThat(keys(other)).isEqualTo(keys(database));
            assertThat(again.resolve(DataSecrets.FILE))
                    .hasSameBinaryContentAs(before.resolve(DataSecrets.FILE));
        }
    }

    /** A database of a role that owns it and may do nothing else on its server. */
    private static PGSimpleDataSource ordinary(EmbeddedPostgres server) throws SQLException {
        PGSimpleDataSource other = new PGSimpleDataSource();
        other.setUrl(server.jdbcUrl());
        other.setUser(server.user());
        other.setPassword(server.password());
        try (Connection connection = other.getConnection();
                var statement = connection.createStatement()) {
            statement.execute(
                    "CREATE ROLE keeper LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB"
                            + " PASSWORD 'of-the-test'");
            statement.execute("CREATE DATABASE kept OWNER keeper");
        }
        other.setDatabaseName("kept");
        other.setUser("keeper");
        other.setPassword("of-the-test");
        return other;
    }

    /** Constraints and triggers by table and name, with what they say. */
    private static List<String> constraints(DataSource database) throws SQLException {
        List<String> found = new ArrayList<>();
        try (Connection connection = database.getConnection();
                var statement = connection.createStatement();
                var rows =
                        statement.executeQuery(
                                "SELECT conrelid::regclass || ' ' || conname || ' ' ||"
                                        + " pg_get_constraintdef(oid) FROM pg_constraint"
                                        + " WHERE connamespace = current_schema()::regnamespace"
                                        + " UNION SELECT tgrelid::regclass || ' ' || tgname || ' ' ||"
                                        + " tgenabled::text FROM pg_trigger WHERE NOT tgisinternal"
                                        + " ORDER BY 1")) {
            while (rows.next()) {
                found.add(rows.getString(1));
            }
        }
        return found;
    }

    private static List<String> keys(DataSource database) throws SQLException {
        List<String> keys = new ArrayList<>();
        try (Connection connection = database.getConnection();
                var statement = connection.createStatement();
                var rows =
                        statement.executeQuery("SELECT fingerprint FROM secret ORDER BY purpose")) {
            while (rows.next()) {
                keys.add(rows.getString(1));
            }
        }
        return keys;
    }

    /** An adaptation of the pool that answers; its weights' bytes are not looked at. */
    private String adapted(String task) {
        String sha256 = blobs.put(("weights of " + task).getBytes(StandardCharsets.UTF_8));
        Adaptation added =
                adaptations
                        .add(
                                catalog.pool(
                                        Scope.machine(),
                                        catalog.task(Scope.machine(), task),
                                        "default"),
                                "another network",
                                "0".repeat(64),
                                new Adaptation.Budget(1, null, 1),
                                "machine",
                                Instant.now())
                        .orElseThrow();
        assertThat(adaptations.begin(added.id(), List.of())).isTrue();
        assertThat(
                        adaptations.finish(
                                added.id(),
                                new Adaptation.Progress("done", 1, 1, 1),
                                new Adaptation.Gate(true, .1, .1, 4, .5, .6, "better"),
                                sha256,
                                Instant.now()))
                .isTrue();
        return sha256;
    }

    private void ingest(String task, Phantom phantom, int number) {
        ingest.ingest(
                Scope.machine(),
                List.of(
                        new Example(
                                "i" + number + ".png",
                                phantom.image(),
                                Example.Origin.ofImage("CT", "here", task + number % 4),
                                phantom.masks())),
                new IngestService.Destination(task, "default", "tester", ReviewState.APPROVED),
                "test");
    }

    private static long number(DataSource database, String sql) throws SQLException {
        try (Connection connection = database.getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getLong(1);
        }
    }
}
