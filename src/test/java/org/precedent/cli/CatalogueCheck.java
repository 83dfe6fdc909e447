package org.precedent.cli;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.precedent.catalog.postgres.EmbeddedPostgres;

/**
 * Looks into the catalogue's tables after crashes, past the application. Each method returns one
 * line per thing that is wrong.
 */
final class CatalogueCheck implements AutoCloseable {
    /**
     * What must hold of pools, versions and the outbox whatever happened; each query returns one
     * text per violation.
     */
    private static final Map<String, String> INVARIANTS =
            new TreeMap<>(
                    Map.ofEntries(
                            Map.entry(
                                    "the same pixels of one patient are two images",
                                    "SELECT pixels_sha256 FROM image GROUP BY pixels_sha256,"
                                            + " patient, site, series, slice_index"
                                            + " HAVING count(*) > 1"),
                            Map.entry(
                                    "one file became two images",
                                    "SELECT source_name FROM image GROUP BY source_name"
                                            + " HAVING count(*) > 1"),
                            Map.entry(
                                    "an image without annotations",
                                    "SELECT id::text FROM image i WHERE NOT EXISTS (SELECT FROM"
                                            + " annotation a WHERE a.image_id = i.id)"),
                            Map.entry(
                                    "annotation versions are not 1, 2, ...",
                                    "SELECT image_id::text FROM annotation GROUP BY image_id,"
                                            + " label_id HAVING max(version) <> count(*)"),
                            Map.entry(
                                    "two versions in a row are the same mask",
                                    "SELECT a.image_id::text FROM annotation a JOIN annotation b"
                                            + " ON b.image_id = a.image_id AND b.label_id ="
                                            + " a.label_id AND b.version = a.version + 1"
                                            + " WHERE a.mask_sha256 = b.mask_sha256"),
                            Map.entry(
                                    "an annotation is in no pool",
                                    "SELECT id::text FROM annotation a WHERE NOT EXISTS (SELECT"
                                            + " FROM pool_member m WHERE m.annotation_id = a.id)"),
                            Map.entry(
                                    "pool versions are not 1 to the current one",
                                    "SELECT p.name FROM pool p LEFT JOIN pool_version v ON"
                                            + " v.pool_id = p.id GROUP BY p.id HAVING count(v.*)"
                                            + " <> p.current_version OR coalesce(max(v.version), 0)"
                                            + " <> p.current_version"),
                            Map.entry(
                                    "a pool version that changed nothing",
                                    "SELECT v.pool_id || '/' || v.version FROM pool_version v WHERE"
                                            + " NOT EXISTS (SELECT FROM pool_member m WHERE"
                                            + " m.pool_id = v.pool_id AND m.from_version ="
                                            + " v.version)"),
                            Map.entry(
                                    "a membership begins or ends with no pool version",
                                    "SELECT m.id::text FROM pool_member m JOIN pool p ON p.id ="
                                            + " m.pool_id WHERE m.from_version NOT BETWEEN 1 AND"
                                            + " p.current_version OR m.until_version >"
                                            + " p.current_version"),
                            Map.entry(
                                    "a pool version holds two masks of one label on one image",
                                    "SELECT m.id || ' and ' || n.id FROM pool_member m"
                                            + " JOIN annotation a ON a.id = m.annotation_id"
                                            + " JOIN annotation b ON b.image_id = a.image_id"
                                            + " AND b.label_id = a.label_id"
                                            + " JOIN pool_member n ON n.annotation_id = b.id"
                                            + " AND n.pool_id = m.pool_id AND n.id > m.id"
                                            + " WHERE m.from_version < coalesce(n.until_version,"
                                            + " 2147483647) AND n.from_version <"
                                            + " coalesce(m.until_version, 2147483647)"),
                            Map.entry(
                                    "the outbox has gaps",
                                    "SELECT value::text FROM outbox_counter WHERE value <> (SELECT"
                                            + " count(*) FROM outbox) OR value <> (SELECT"
                                            + " coalesce(max(sequence), 0) FROM outbox)"),
                            Map.entry(
                                    "an image is not in the outbox",
                                    "SELECT id::text FROM image i WHERE NOT EXISTS (SELECT FROM"
                                            + " outbox o WHERE o.image_id = i.id)")));

    private final EmbeddedPostgres server;
    private final Connection connection;

    /** Opens the embedded database of a data directory; the server stops at close. */
    CatalogueCheck(Path data) throws SQLException {
        server = EmbeddedPostgres.open(data.resolve("postgres"));
        connection =
                DriverManager.getConnection(server.jdbcUrl(), server.user(), server.password());
    }

    /** Breaks of the rules that hold in every catalogue. */
    List<String> violations() throws SQLException {
        List<String> found = new ArrayList<>();
        for (Map.Entry<String, String> rule : INVARIANTS.entrySet()) {
            texts(rule.getValue()).forEach(what -> found.add(rule.getKey() + ": " + what));
        }
        return found;
    }

    /** Images by name of the file that they came from. */
    List<String> sourceNames() throws SQLException {
        return texts("SELECT source_name FROM image ORDER BY source_name");
    }

    /** Labels that each image has an annotation of, by the file that it came from. */
    Map<String, Set<String>> labels() throws SQLException {
        Map<String, Set<String>> labels = new HashMap<>();
        for (String row :
                texts(
                        "SELECT DISTINCT i.source_name || '|' || l.name FROM image i JOIN annotation"
                                + " a ON a.image_id = i.id JOIN label l ON l.id = a.label_id")) {
            String[] words = row.split("\\|", -1);
            labels.computeIfAbsent(words[0], name -> new HashSet<>()).add(words[1]);
        }
        return labels;
    }

    /** Acknowledged images that are not there. */
    Set<String> missingImages(List<CrashClients.Acknowledged> promises) throws SQLException {
        Set<String> missing = new HashSet<>();
        promises.forEach(promise -> missing.add(promise.imageId()));
        texts("SELECT id::text FROM image").forEach(missing::remove);
        return missing;
    }

    /** Acknowledged annotations that the pool version of their answer does not hold, once. */
    List<CrashClients.Acknowledged> broken(List<CrashClients.Acknowledged> promises)
            throws SQLException {
        List<CrashClients.Acknowledged> broken = new ArrayList<>();
        try (PreparedStatement query =
                connection.prepareStatement(
                        "SELECT count(*) FROM annotation a JOIN label l ON l.id = a.label_id"
                                + " JOIN pool_member m ON m.annotation_id = a.id"
                                + " WHERE a.image_id = ?::uuid AND l.name = ? AND a.version = ?"
                                + " AND m.from_version <= ?"
                                + " AND coalesce(m.until_version, 2147483647) > ?")) {
            for (CrashClients.Acknowledged promise : promises) {
                query.setString(1, promise.imageId());
                query.setString(2, promise.label());
                query.setInt(3, promise.version());
                query.setInt(4, promise.poolVersion());
                query.setInt(5, promise.poolVersion());
                try (ResultSet rows = query.executeQuery()) {
                    rows.next();
                    if (rows.getInt(1) != 1) {
                        broken.add(promise);
                    }
                }
            }
        }
        return broken;
    }

    private List<String> texts(String sql) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(sql);
                ResultSet rows = query.executeQuery()) {
            List<String> texts = new ArrayList<>();
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
            return texts;
        }
    }

    @Override
    public void close() throws SQLException {
        try {
            connection.close();
        } finally {
            server.close();
        }
    }
}
