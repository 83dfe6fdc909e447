package org.precedent.backup;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.precedent.blob.BlobStore;
import org.precedent.blob.FileBlobStore;
import org.precedent.secret.DataSecrets;
import org.precedent.secret.Purpose;
import org.precedent.secret.SecretRecord;

/**
 * Puts a backup into an empty catalogue, checked: every blob against its hash, every table against
 * the manifest, and every reference between tables. All of it or nothing.
 */
public final class Restore {
    /** What was erased, see the catalogue's tombstones. */
    static final String ERASURES = "erasures.txt";

    /** SQLSTATE of PostgreSQL. */
    private static final String FOREIGN_KEY_VIOLATION = "23503";

    private final DataSource database;
    private final BlobStore blobs;
    private final Path data;
    private final Optional<String> secret;
    private final Clock clock;

    /**
     * @param database migrated, empty
     * @param blobs take the bytes
     * @param data takes the secrets
     * @param secret the setting {@code precedent.secret.key}
     */
    public Restore(
            DataSource database, BlobStore blobs, Path data, Optional<String> secret, Clock clock) {
        this.database = database;
        this.blobs = blobs;
        this.data = data;
        this.secret = secret;
        this.clock = clock;
    }

    /**
     * What was restored.
     *
     * @param replaced purposes whose key came neither with the backup nor from the directory of
     *     before: theirs is another one from now on
     */
    public record Restored(Manifest manifest, List<Purpose> replaced) {
        public Restored {
            replaced = List.copyOf(replaced);
        }
    }

    /**
     * Restores.
     *
     * @param before the data directory of before, whose secrets and erasures are taken over; null
     *     where there is none
     * @param progress told how many blobs are there
     * @throws IllegalStateException where the backup is damaged or of another schema, or the
     *     catalogue is not empty; nothing is in it then
     */
    public Restored from(Path backup, @Nullable Path before, LongConsumer progress) {
        Manifest manifest = Manifest.read(backup);
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            try {
                requireFit(connection, manifest, backup);
                copyBlobs(backup, manifest, progress);
                fill(connection, manifest, backup);
                connection.commit();
            } catch (SQLException | IOException | RuntimeException e) {
                connection.rollback();
                throw e;
            } finally {
                connection.setAutoCommit(true);
            }
            take(backup.resolve("secrets"), Backup.SECRETS);
            if (before != null) {
                take(before, DataSecrets.files());
                take(before, List.of(ERASURES));
            }
            DataSecrets secrets = DataSecrets.open(data, secret, true);
            return new Restored(manifest, SecretRecord.adopt(connection, secrets, clock));
        } catch (SQLException e) {
            throw new IllegalStateException("the catalogue cannot be filled: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + backup, e);
        }
    }

    private void take(Path from, List<String> names) throws IOException {
        Files.createDirectories(data);
        for (String name : names) {
            if (Files.exists(from.resolve(name))) {
                Files.copy(
                        from.resolve(name),
                        data.resolve(name),
                        StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private static void requireFit(Connection connection, Manifest manifest, Path backup)
            throws SQLException {
        String schema = Tables.schema(connection);
        if (!schema.equals(manifest.schema())) {
            throw new IllegalStateException(
                    "%s is of schema %s, this version has %s: restore it with the version that it was taken with, and update then"
                            .formatted(backup, manifest.schema(), schema));
        }
        if (!Tables.text(connection, "SELECT 1 FROM task UNION SELECT 1 FROM image LIMIT 1")
                .isEmpty()) {
            throw new IllegalStateException(
                    "the catalogue is not empty: restore into a data directory of its own");
        }
        Map<String, List<String>> here = Tables.all(connection);
        for (Manifest.Table table : manifest.tables()) {
            List<String> columns = here.get(table.name());
            if (columns == null || !new HashSet<>(columns).containsAll(table.columns())) {
                throw new IllegalStateException(
                        backup
                                + " has a table or columns of "
                                + table.name()
                                + " that this version has not");
            }
        }
    }

    private void copyBlobs(Path backup, Manifest manifest, LongConsumer progress) {
        long[] copied = new long[1];
        BlobStore from = new FileBlobStore(backup.resolve("blobs"));
        try (Stream<BlobStore.Stored> all = from.list()) {
            all.forEach(one -> {
                blobs.put(from.get(one.sha256())); // which checks it
                progress.accept(++copied[0]);
            });
        }
        if (copied[0] != manifest.blobs()) {
            throw new IllegalStateException(
                    "%s has %d stored files, and should have %d"
                            .formatted(backup, copied[0], manifest.blobs()));
        }
    }

    /**
     * Fills all tables in the order of the manifest, which knows nothing of references: these are
     * taken off and put back, and with them all are checked. Whoever owns the tables may do that,
     * and needs no rights over the server.
     */
    private static void fill(Connection connection, Manifest manifest, Path backup)
            throws SQLException, IOException {
        List<Reference> references = references(connection);
        List<String> tables =
                manifest.tables().stream().map(table -> Tables.quoted(table.name())).toList();
        try (Statement statement = connection.createStatement()) {
            for (Reference one : references) {
                statement.execute("ALTER TABLE " + one.table() + " DROP CONSTRAINT " + one.name());
            }
            for (String table : tables) { // the audit trail takes no removal
                statement.execute("ALTER TABLE " + table + " DISABLE TRIGGER USER");
            }
            statement.execute("TRUNCATE " + String.join(", ", tables));
            for (Manifest.Table table : manifest.tables()) {
                fill(connection, table, backup.resolve("tables"));
            }
            for (String identity : identities(connection)) {
                statement.execute(identity);
            }
            for (String table : tables) {
                statement.execute("ALTER TABLE " + table + " ENABLE TRIGGER USER");
            }
            for (Reference one : references) {
                putBack(statement, one);
            }
        }
    }

    /** A foreign key as the schema has it; all parts are quoted. */
    private record Reference(String table, String name, String definition) {}

    private static List<Reference> references(Connection connection) throws SQLException {
        List<Reference> references = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery(
                                "SELECT conrelid::regclass::text, quote_ident(conname),"
                                        + " pg_get_constraintdef(oid) FROM pg_constraint"
                                        + " WHERE contype = 'f' AND connamespace ="
                                        + " current_schema()::regnamespace ORDER BY 1, 2")) {
            while (rows.next()) {
                references.add(
                        new Reference(rows.getString(1), rows.getString(2), rows.getString(3)));
            }
        }
        return references;
    }

    private static void putBack(Statement statement, Reference one) throws SQLException {
        try {
            statement.execute(
                    "ALTER TABLE %s ADD CONSTRAINT %s %s"
                            .formatted(one.table(), one.name(), one.definition()));
        } catch (SQLException e) {
            if (FOREIGN_KEY_VIOLATION.equals(e.getSQLState())) {
                throw new IllegalStateException("the backup is inconsistent: " + e.getMessage(), e);
            }
            throw e;
        }
    }

    private static void fill(Connection connection, Manifest.Table table, Path folder)
            throws SQLException, IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            long rows;
            try (InputStream in =
                    new DigestInputStream(
                            new BufferedInputStream(
                                    Files.newInputStream(folder.resolve(table.name() + ".copy"))),
                            digest)) {
                rows =
                        connection
                                .unwrap(PGConnection.class)
                                .getCopyAPI()
                                .copyIn(
                                        "COPY "
                                                + Tables.quoted(table.name(), table.columns())
                                                + " FROM STDIN",
                                        in);
            }
            if (rows != table.rows()
                    || !HexFormat.of().formatHex(digest.digest()).equals(table.sha256())) {
                throw new IllegalStateException(
                        folder.resolve(table.name() + ".copy") + " is damaged");
            }
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Counters go on after the highest number that is there. */
    private static List<String> identities(Connection connection) throws SQLException {
        List<String> statements = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery(
                                "SELECT table_name, column_name FROM information_schema.columns"
                                        + " WHERE table_schema = current_schema()"
                                        + " AND is_identity = 'YES'")) {
            while (rows.next()) {
                statements.add(
                        "SELECT setval(pg_get_serial_sequence('%1$s', '%2$s'), greatest(1, coalesce(max(%3$s), 0)), max(%3$s) IS NOT NULL) FROM %4$s"
                                .formatted(
                                        rows.getString(1),
                                        rows.getString(2),
                                        Tables.quoted(rows.getString(2)),
                                        Tables.quoted(rows.getString(1))));
            }
        }
        return statements;
    }
}
