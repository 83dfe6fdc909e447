package org.precedent.erasure;

import java.sql.Array;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.UUID;

/**
 * Adaptations that had learnt from what goes, and the blobs of their weights. Weights may hold
 * something of every image that they were fitted to; adaptations that left none have nothing to
 * withdraw.
 */
record Withdrawn(Set<UUID> adaptations, Set<String> weights) {
    /**
     * Withdraws them within the transaction.
     *
     * @param images that are erased
     */
    static Withdrawn by(Connection connection, Array images, Instant now) throws SQLException {
        Withdrawn found = new Withdrawn(new LinkedHashSet<>(), new LinkedHashSet<>());
        Rows.each(
                connection,
                "SELECT x.id, x.blob_sha256 FROM pool_adaptation x WHERE (x.blob_sha256 IS NOT NULL"
                        + " OR x.state IN ('waiting', 'running', 'paused')) AND EXISTS (SELECT 1"
                        + " FROM pool_adaptation_annotation n JOIN annotation a"
                        + " ON a.id = n.annotation_id WHERE n.adaptation_id = x.id"
                        + " AND a.image_id = ANY(?)) FOR UPDATE",
                row -> {
                    found.adaptations.add(row.getObject(1, UUID.class));
                    if (row.getString(2) != null) {
                        found.weights.add(row.getString(2));
                    }
                },
                images);
        var ids = connection.createArrayOf("uuid", found.adaptations.toArray());
        Rows.change(
                connection,
                "UPDATE pool_adaptation SET state = 'withdrawn', blob_sha256 = NULL,"
                        + " finished_at = coalesce(finished_at, ?) WHERE id = ANY(?)",
                Timestamp.from(now),
                ids);
        Rows.change(
                connection,
                "DELETE FROM pool_adaptation_annotation WHERE adaptation_id = ANY(?)"
                        + " OR annotation_id IN (SELECT id FROM annotation WHERE image_id = ANY(?))",
                ids,
                images);
        return found;
    }
}
