package org.precedent.viewer;

import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.precedent.access.Scope;
import org.precedent.catalog.Ingested;

/** The rows of saved label maps: which annotations a tag of an image stands for. */
@ApplicationScoped
class ViewerLabels {
    private final DataSource database;
    private final Clock clock;

    ViewerLabels(DataSource database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * A saved label map.
     *
     * @param image id of the upload or of the stored image
     * @param axis along which a volume was cut, 0 to 2; -1 for a picture
     * @param info what viewers keep with it, a JSON object
     * @param annotations that are left of it; empty where only something was said of what the
     *     catalogue holds
     */
    record Saved(
            long id,
            UUID image,
            int taskId,
            String tag,
            int axis,
            String author,
            String info,
            List<Long> annotations) {
        Saved {
            annotations = List.copyOf(annotations);
        }
    }

    /** What is saved of some images and not removed, each image's earliest first. */
    List<Saved> of(Collection<UUID> images) {
        String sql =
                """
                SELECT v.id, coalesce(v.upload_id, v.image_id), v.task_id, v.tag, v.axis, v.author,
                    v.info::text,
                    ARRAY(SELECT p.annotation_id FROM viewer_label_annotation p
                          WHERE p.viewer_label_id = v.id ORDER BY 1)
                FROM viewer_label v
                WHERE v.removed_at IS NULL AND (v.upload_id = ANY(?) OR v.image_id = ANY(?))
                ORDER BY v.id
                """;
        try (Connection connection = database.getConnection();
                PreparedStatement query = connection.prepareStatement(sql)) {
            var ids = connection.createArrayOf("uuid", images.toArray());
            query.setArray(1, ids);
            query.setArray(2, ids);
            List<Saved> saved = new ArrayList<>();
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    saved.add(
                            new Saved(
                                    row.getLong(1),
                                    row.getObject(2, UUID.class),
                                    row.getInt(3),
                                    row.getString(4),
                                    row.getInt(5),
                                    row.getString(6),
                                    row.getString(7),
                                    Arrays.asList((Long[]) row.getArray(8).getArray())));
                }
            }
            return saved;
        } catch (SQLException e) {
            throw new IllegalStateException("labels of viewers cannot be read", e);
        }
    }

    /** Which label map of which image. */
    record Place(boolean upload, UUID image, int taskId, String tag, int axis) {}

    /** The annotations that became of examples. */
    List<Long> annotations(int taskId, List<Ingested> ingested) {
        String sql =
                "SELECT a.id FROM annotation a JOIN label l ON l.id = a.label_id"
                        + " WHERE l.task_id = ? AND a.image_id = ? AND l.name = ? AND a.version = ?";
        List<Long> ids = new ArrayList<>();
        try (Connection connection = database.getConnection();
                PreparedStatement query = connection.prepareStatement(sql)) {
            for (Ingested one : ingested) {
                for (Ingested.AnnotationResult result : one.annotations()) {
                    ViewerImages.fill(
                            query, taskId, one.imageId(), result.label(), result.version());
                    try (ResultSet row = query.executeQuery()) {
                        while (row.next()) {
                            ids.add(row.getLong(1));
                        }
                    }
                }
            }
            return ids;
        } catch (SQLException e) {
            throw new IllegalStateException("annotations cannot be read", e);
        }
    }

    /** Keeps a label map under its tag; earlier ones of the tag stay as its versions. */
    long add(Scope scope, Place place, String info, List<Long> annotations) {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            try {
                long id = insert(connection, scope, place, info);
                try (PreparedStatement insert =
                        connection.prepareStatement(
                                "INSERT INTO viewer_label_annotation SELECT DISTINCT ?, id"
                                        + " FROM unnest(?) AS id")) {
                    insert.setLong(1, id);
                    insert.setArray(2, connection.createArrayOf("bigint", annotations.toArray()));
                    insert.executeUpdate();
                }
                connection.commit();
                return id;
            } catch (SQLException e) {
                connection.rollback();
                throw e;
            } finally {
                connection.setAutoCommit(true);
            }
        } catch (SQLException e) {
            throw new IllegalStateException("a label of a viewer cannot be kept", e);
        }
    }

    private long insert(Connection connection, Scope scope, Place place, String info)
            throws SQLException {
        String sql =
                "INSERT INTO viewer_label (%s, task_id, tag, axis, author, info, created_at)"
                                .formatted(place.upload() ? "upload_id" : "image_id")
                        + " VALUES (?, ?, ?, ?, ?, ?::jsonb, ?) RETURNING id";
        try (PreparedStatement insert = connection.prepareStatement(sql)) {
            ViewerImages.fill(
                    insert,
                    place.image(),
                    place.taskId(),
                    place.tag(),
                    place.axis(),
                    scope.name(),
                    info,
                    clock.instant());
            try (ResultSet row = insert.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    /** Keeps what viewers say of a label map. */
    void describe(long id, String info) {
        change("UPDATE viewer_label SET info = ?::jsonb WHERE id = ?", info, id);
    }

    /** Removes a tag: all versions of it. Its annotations stay. */
    void remove(Saved saved) {
        change(
                "UPDATE viewer_label SET removed_at = ? WHERE coalesce(upload_id, image_id) = ?"
                        + " AND task_id = ? AND tag = ? AND removed_at IS NULL",
                clock.instant(),
                saved.image(),
                saved.taskId(),
                saved.tag());
    }

    private void change(String statement, Object... values) {
        try (Connection connection = database.getConnection();
                PreparedStatement change = connection.prepareStatement(statement)) {
            ViewerImages.fill(change, values);
            change.executeUpdate();
        } catch (SQLException e) {
            throw new IllegalStateException("labels of viewers cannot be written", e);
        }
    }
}
