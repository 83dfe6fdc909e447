package org.precedent.backup;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.postgresql.PGConnection;
import org.precedent.PrecedentConfig;
import org.precedent.blob.BlobException;
import org.precedent.blob.BlobStore;
import org.precedent.blob.FileBlobStore;
import org.precedent.secret.DataSecrets;

/** Takes a consistent copy of the catalogue and of all bytes that it names, while others write. */
@ApplicationScoped
public class Backup {
    /** Files of the data directory that prove or hide something. */
    static final List<String> SECRETS =
            Stream.concat(DataSecrets.files().stream(), Stream.of(Restore.ERASURES, "admin.token"))
                    .toList();

    /** Columns that name blobs which must be there. */
    private static final List<String> NAMED =
            List.of(
                    "SELECT pixels_sha256 FROM image",
                    "SELECT mask_sha256 FROM annotation",
                    "SELECT query_sha256 FROM answer",
                    "SELECT mask_sha256 FROM answer_label",
                    "SELECT probabilities_sha256 FROM answer_label",
                    "SELECT blob_sha256 FROM pool_adaptation WHERE blob_sha256 IS NOT NULL");

    private final DataSource database;
    private final BlobStore blobs;
    private final Path data;
    private final Clock clock;

    Backup(DataSource database, BlobStore blobs, PrecedentConfig config, Clock clock) {
        this.database = database;
        this.blobs = blobs;
        this.data = config.dataDirectory();
        this.clock = clock;
    }

    /**
     * Writes a backup.
     *
     * @param target a directory that is empty or not there
     * @param secrets whether the keys of the data directory go with it
     * @param progress told how many blobs are written
     * @throws IllegalStateException where the directory holds anything, or something was erased
     *     meanwhile
     */
    public Manifest take(Path target, boolean secrets, LongConsumer progress) {
        try {
            Files.createDirectories(target);
            try (Stream<Path> files = Files.list(target)) {
                if (files.findAny().isPresent()) {
                    throw new IllegalStateException(
                            target + " is not empty: a backup wants a directory of its own");
                }
            }
            Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwx------"));
            try (Connection connection = database.getConnection()) {
                connection.setAutoCommit(false);
                try {
                    return take(connection, target, secrets, progress);
                } finally {
                    connection.rollback();
                    connection.setAutoCommit(true);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the backup cannot be written to " + target, e);
        } catch (SQLException e) {
            throw new IllegalStateException("the catalogue cannot be read: " + e.getMessage(), e);
        }
    }

    private Manifest take(
            Connection connection, Path target, boolean secrets, LongConsumer progress)
            throws SQLException, IOException {
        try (Statement statement = connection.createStatement()) {
            // All that follows sees the database of one moment, whoever writes.
            statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
        }
        UUID catalogue = UUID.fromString(Tables.text(connection, "SELECT id::text FROM catalogue"));
        Path tables = Files.createDirectories(target.resolve("tables"));
        List<Manifest.Table> copied = new ArrayList<>();
        for (Map.Entry<String, List<String>> table : Tables.all(connection).entrySet()) {
            copied.add(copy(connection, table.getKey(), table.getValue(), tables));
        }
        long written = copyBlobs(connection, new FileBlobStore(target.resolve("blobs")), progress);
        if (secrets) {
            Path kept = Files.createDirectories(target.resolve("secrets"));
            for (String name : SECRETS) {
                if (Files.exists(data.resolve(name))) {
                    Files.copy(data.resolve(name), kept.resolve(name));
                }
            }
        }
        Manifest manifest =
                new Manifest(
                        Manifest.FORMAT,
                        Tables.schema(connection),
                        catalogue,
                        clock.instant(),
                        secrets,
                        copied,
                        written);
        manifest.write(target);
        return manifest;
    }

    private static Manifest.Table copy(
            Connection connection, String table, List<String> columns, Path folder)
            throws SQLException, IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            long rows;
            try (OutputStream out =
                    new DigestOutputStream(
                            new BufferedOutputStream(
                                    Files.newOutputStream(folder.resolve(table + ".copy"))),
                            digest)) {
                rows =
                        connection
                                .unwrap(PGConnection.class)
                                .getCopyAPI()
                                .copyOut(
                                        "COPY " + Tables.quoted(table, columns) + " TO STDOUT",
                                        out);
            }
            return new Manifest.Table(
                    table, columns, rows, HexFormat.of().formatHex(digest.digest()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private long copyBlobs(Connection connection, BlobStore target, LongConsumer progress)
            throws SQLException {
        long written = 0;
        try (Statement statement = connection.createStatement()) {
            statement.setFetchSize(1000);
            try (ResultSet rows = statement.executeQuery(String.join(" UNION ", NAMED))) {
                while (rows.next()) {
                    try {
                        target.put(blobs.get(rows.getString(1)));
                    } catch (BlobException e) {
                        throw new IllegalStateException(
                                e.getMessage()
                                        + ": either it was erased during the backup, then take it"
                                        + " again, or it is damaged, see `precedent blobs verify`",
                                e);
                    }
                    progress.accept(++written);
                }
            }
        }
        return written;
    }
}
