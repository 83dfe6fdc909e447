package org.precedent.secret;

import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.time.Clock;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.sql.DataSource;
import org.jboss.logging.Logger;

/**
 * What the database knows of the secrets: the fingerprint of each key. It is compared before any
 * key is used, because a key that was lost and made anew would no longer know a patient again:
 * somebody who was excluded would not be, and who was erased could come back, and nobody would see
 * it.
 */
@ApplicationScoped
public class SecretRecord {
    private static final Logger LOG = Logger.getLogger(SecretRecord.class);

    /** What stands for the fingerprint of a key that was lost before fingerprints were kept. */
    private static final String UNRECORDED = "unrecorded";

    private final DataSource database;
    private final Clock clock;

    SecretRecord(DataSource database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * Opens the secrets of a data directory. They are made where neither the directory has them nor
     * the database knows of any.
     *
     * @throws SecretException MISSING or OTHER where the database knows others
     */
    public DataSecrets open(Path data, SecretConfig config) {
        try (Connection connection = database.getConnection()) {
            Map<Purpose, String> known = known(connection);
            Set<String> lost = Set.copyOf(config.lost().orElse(List.of()));
            requireErasures(connection, data, known, lost);
            tellOfPseudonyms(connection, data, known);
            boolean given = DataSecrets.there(data, config.key());
            if (!given) {
                List<String> gone = gone(data, known, lost);
                if (!gone.isEmpty()) {
                    throw refusal(
                            SecretException.Code.MISSING,
                            data.resolve(DataSecrets.FILE)
                                    + " is not there, and the database knows of one",
                            gone);
                }
            }
            DataSecrets secrets = DataSecrets.open(data, config.key(), true);
            List<String> other = new ArrayList<>();
            for (Purpose purpose : Purpose.values()) {
                String before = known.get(purpose);
                if (before == null) {
                    before = record(connection, purpose, secrets.fingerprint(purpose));
                }
                if (!before.equals(secrets.fingerprint(purpose))) {
                    if (lost.contains(name(purpose, before))) {
                        replace(connection, purpose, secrets.fingerprint(purpose));
                        LOG.warnf(
                                "the key of %s was lost and is another one from now on",
                                purpose.word());
                    } else {
                        other.add(name(purpose, before));
                    }
                }
            }
            if (!other.isEmpty()) {
                throw refusal(
                        SecretException.Code.OTHER,
                        "the secrets of " + data + " are not those which the database knows",
                        other);
            }
            return secrets;
        } catch (SQLException e) {
            throw new IllegalStateException(
                    "the fingerprints of the secrets cannot be read: " + e.getMessage(), e);
        }
    }

    /** Keys that are neither there nor given up. */
    private static List<String> gone(Path data, Map<Purpose, String> known, Set<String> lost) {
        return known.entrySet().stream()
                .filter(one -> !DataSecrets.hasOwn(data, one.getKey()))
                .map(one -> name(one.getKey(), one.getValue()))
                .filter(one -> !lost.contains(one))
                .toList();
    }

    /** Databases of before have tombstones and no fingerprint of what keyed them. */
    private static void requireErasures(
            Connection connection, Path data, Map<Purpose, String> known, Set<String> lost)
            throws SQLException {
        String name = name(Purpose.ERASURES, UNRECORDED);
        if (known.containsKey(Purpose.ERASURES)
                || DataSecrets.hasOwn(data, Purpose.ERASURES)
                || lost.contains(name)) {
            return;
        }
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT 1 FROM tombstone LIMIT 1")) {
            if (rows.next()) {
                throw refusal(
                        SecretException.Code.MISSING,
                        data.resolve("erasure.secret")
                                + " is not there, and the database knows of erasures",
                        List.of(name));
            }
        }
    }

    /**
     * Databases of before may have pseudonyms and no fingerprint of what keyed them; others send
     * such pseudonyms themselves, so that this is no reason to refuse.
     */
    private static void tellOfPseudonyms(
            Connection connection, Path data, Map<Purpose, String> known) throws SQLException {
        if (known.containsKey(Purpose.PSEUDONYMS) || DataSecrets.hasOwn(data, Purpose.PSEUDONYMS)) {
            return;
        }
        try (Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery(
                                "SELECT 1 FROM image WHERE patient LIKE '2.25.%' LIMIT 1")) {
            if (rows.next()) {
                LOG.warnf(
                        "patients have pseudonyms as DICOM files get them here, and %s is not there:"
                                + " put it back before the next DICOM file comes, or these patients"
                                + " are taken for others",
                        data.resolve("pseudonym.key"));
            }
        }
    }

    private static String name(Purpose purpose, String fingerprint) {
        return purpose.word() + ":" + fingerprint;
    }

    private static SecretException refusal(
            SecretException.Code code, String what, List<String> keys) {
        return SecretException.of(
                code,
                what
                        + " ("
                        + String.join(", ", keys)
                        + "). Put the files "
                        + String.join(", ", DataSecrets.files())
                        + " back from the data directory of before or from a backup with secrets, or"
                        + " set precedent.secret.key as the other nodes have it. What is lost for"
                        + " good is replaced by starting once with precedent.secret.lost="
                        + String.join(",", keys)
                        + ": then new files of DICOM patients are taken for other patients' than"
                        + " those stored before, and who was erased can be ingested again");
    }

    /**
     * Writes down which keys a data directory has, whatever was known before: for a database that
     * was restored into it.
     *
     * @return purposes that had another key before
     */
    public static List<Purpose> adopt(Connection connection, DataSecrets secrets, Clock clock)
            throws SQLException {
        List<Purpose> other = new ArrayList<>();
        Map<Purpose, String> known = known(connection);
        for (Purpose purpose : Purpose.values()) {
            String fingerprint = secrets.fingerprint(purpose);
            if (!known.containsKey(purpose)) {
                insert(connection, purpose, fingerprint, clock);
            } else if (!fingerprint.equals(known.get(purpose))) {
                replace(connection, purpose, fingerprint);
                other.add(purpose);
            }
        }
        return other;
    }

    private static Map<Purpose, String> known(Connection connection) throws SQLException {
        Map<Purpose, String> known = new EnumMap<>(Purpose.class);
        try (Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery("SELECT purpose, fingerprint FROM secret")) {
            while (rows.next()) {
                for (Purpose purpose : Purpose.values()) {
                    if (purpose.word().equals(rows.getString(1))) {
                        known.put(purpose, rows.getString(2));
                    }
                }
            }
        }
        return known;
    }

    /** Of two nodes that start first, one is written down; what it was is what counts. */
    private String record(Connection connection, Purpose purpose, String fingerprint)
            throws SQLException {
        insert(connection, purpose, fingerprint, clock);
        return Optional.ofNullable(known(connection).get(purpose)).orElseThrow();
    }

    private static void insert(
            Connection connection, Purpose purpose, String fingerprint, Clock clock)
            throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement(
                        "INSERT INTO secret (purpose, fingerprint, since) VALUES (?, ?, ?)"
                                + " ON CONFLICT DO NOTHING")) {
            insert.setString(1, purpose.word());
            insert.setString(2, fingerprint);
            insert.setTimestamp(3, Timestamp.from(clock.instant()));
            insert.executeUpdate();
        }
    }

    private static void replace(Connection connection, Purpose purpose, String fingerprint)
            throws SQLException {
        try (PreparedStatement update =
                connection.prepareStatement(
                        "UPDATE secret SET fingerprint = ? WHERE purpose = ?")) {
            update.setString(1, fingerprint);
            update.setString(2, purpose.word());
            update.executeUpdate();
        }
    }
}
