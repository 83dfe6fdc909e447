package org.precedent.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;
import org.precedent.query.EmbeddedServices;

/** A secret that is lost is never made anew behind anybody's back. In a schema of its own. */
@QuarkusTest
@QuarkusTestResource(EmbeddedServices.class)
class SecretRecordTest {
    private static final String OTHER = "0f".repeat(32);

    @ConfigProperty(name = "quarkus.datasource.jdbc.url")
    String url;

    @ConfigProperty(name = "quarkus.datasource.username")
    String user;

    @ConfigProperty(name = "quarkus.datasource.password")
    String password;

    @TempDir Path data;

    private final String schema = "secrets" + UUID.randomUUID().toString().replace("-", "");
    private PGSimpleDataSource database;
    private SecretRecord record;

    private record Settings(Optional<String> key, Optional<List<String>> lost)
            implements SecretConfig {}

    private static final Settings NONE = new Settings(Optional.empty(), Optional.empty());

    @BeforeEach
    void tables() throws SQLException {
        database = new PGSimpleDataSource();
        database.setUrl(url);
        database.setUser(user);
        database.setPassword(password);
        execute("CREATE SCHEMA " + schema);
        database.setCurrentSchema(schema);
        for (String table : List.of("secret", "tombstone", "image")) {
            execute("CREATE TABLE %1$s (LIKE public.%1$s INCLUDING ALL)".formatted(table));
        }
        record = new SecretRecord(database, Clock.systemUTC());
    }

    @AfterEach
    void drop() throws SQLException {
        execute("DROP SCHEMA " + schema + " CASCADE");
    }

    @Test
    void theFirstStartMakesASecretAndLaterOnesKeepIt() {
        String first = named(record.open(data, NONE));
        assertThat(data.resolve(DataSecrets.FILE)).exists();
        assertThat(named(record.open(data, NONE))).isEqualTo(first);
    }

    @Test
    void aLostSecretIsRefusedUntilSomebodyGivesItUpAndThenOnce() throws IOException {
        DataSecrets before = record.open(data, NONE);
        Files.delete(data.resolve(DataSecrets.FILE));
        String lost = named(before);
        assertThatThrownBy(() -> record.open(data, NONE))
                .isInstanceOfSatisfying(
                        SecretException.class,
                        e -> assertThat(e.code()).isEqualTo(SecretException.Code.MISSING))
                .hasMessageContaining("secret.key")
                .hasMessageContaining("precedent.secret.lost=" + lost)
                .hasMessageContaining("DICOM patients");
        assertThat(data).isEmptyDirectory();
        Settings given = new Settings(Optional.empty(), Optional.of(List.of(lost.split(","))));
        DataSecrets after = record.open(data, given);
        assertThat(named(after)).isNotEqualTo(named(before));
        assertThat(named(record.open(data, NONE))).isEqualTo(named(after));
        // The setting that stays gives up nothing else.
        Files.delete(data.resolve(DataSecrets.FILE));
        assertThatThrownBy(() -> record.open(data, given)).isInstanceOf(SecretException.class);
    }

    @Test
    void anotherSecretIsRefusedAndTheOneSettingServesSeveralNodes(@TempDir Path second) {
        record.open(data, new Settings(Optional.of(OTHER), Optional.empty()));
        assertThat(named(record.open(second, new Settings(Optional.of(OTHER), Optional.empty()))))
                .isNotEmpty();
        assertThatThrownBy(() -> record.open(second, NONE))
                .isInstanceOfSatisfying(
                        SecretException.class,
                        e -> assertThat(e.code()).isEqualTo(SecretException.Code.MISSING));
        assertThatThrownBy(() ->
                        record.open(
                                second,
                                new Settings(Optional.of("e".repeat(64)), Optional.empty())))
                .isInstanceOfSatisfying(
                        SecretException.class,
                        e -> assertThat(e.code()).isEqualTo(SecretException.Code.OTHER));
    }

    @Test
    void aKeyOfBeforeThatGoesAwayIsMissedThoughTheSecretIsThere() throws IOException {
        Files.write(data.resolve("pseudonym.key"), new byte[32]);
        Files.setPosixFilePermissions(
                data.resolve("pseudonym.key"), PosixFilePermissions.fromString("rw-------"));
        DataSecrets before = record.open(data, NONE);
        Files.delete(data.resolve("pseudonym.key"));
        assertThatThrownBy(() -> record.open(data, NONE))
                .isInstanceOf(SecretException.class)
                .hasMessageContaining("pseudonyms:" + before.fingerprint(Purpose.PSEUDONYMS))
                .hasMessageContaining("pseudonym.key");
    }

    @Test
    void erasuresOfBeforeWithoutTheirSecretAreRefused() throws Exception {
        execute("INSERT INTO tombstone VALUES ('%s', 'patient', now())".formatted("a".repeat(64)));
        assertThatThrownBy(() -> record.open(data, NONE))
                .isInstanceOf(SecretException.class)
                .hasMessageContaining("erasure.secret")
                .hasMessageContaining("precedent.secret.lost=erasures:unrecorded");
        assertThat(data).isEmptyDirectory();
        record.open(
                data, new Settings(Optional.empty(), Optional.of(List.of("erasures:unrecorded"))));
        record.open(data, NONE);
    }

    private static String named(DataSecrets secrets) {
        StringBuilder names = new StringBuilder();
        for (Purpose purpose : Purpose.values()) {
            names.append(names.isEmpty() ? "" : ",")
                    .append(purpose.word())
                    .append(':')
                    .append(secrets.fingerprint(purpose));
        }
        return names.toString();
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = database.getConnection();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
