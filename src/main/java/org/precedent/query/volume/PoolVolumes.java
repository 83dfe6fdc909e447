package org.precedent.query.volume;

import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.precedent.access.PoolGrant;

/** Reads which volumes a pool version holds, in plain JDBC. */
@ApplicationScoped
class PoolVolumes {
    private static final String SLICES =
            """
            SELECT i.id, i.pixels_sha256, i.site, i.patient, i.series, i.slice_index, i.width,
                   i.height, i.spacing_mm, i.origin_mm, i.direction, a.area
            FROM pool_member m JOIN annotation a ON a.id = m.annotation_id
                 JOIN image i ON i.id = a.image_id
            WHERE m.pool_id = ? AND m.from_version <= ?
              AND (m.until_version IS NULL OR m.until_version > ?)
              AND a.label_id = ? AND a.review_state = 'APPROVED'
              AND i.series IS NOT NULL AND i.slice_index IS NOT NULL
            """;

    private final DataSource database;

    PoolVolumes(DataSource database) {
        this.database = database;
    }

    /**
     * The volumes of a label, whoever's they are: approved annotations only.
     *
     * @param pool the proof that whoever asks may read it
     */
    PoolVolume.Found find(PoolGrant pool, int version, int label) {
        List<PoolVolume.Slice> slices = new ArrayList<>();
        try (Connection connection = database.getConnection();
                PreparedStatement query = connection.prepareStatement(SLICES)) {
            query.setInt(1, pool.pool());
            query.setInt(2, version);
            query.setInt(3, version);
            query.setInt(4, label);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    slices.add(slice(rows));
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException("the volumes of a pool cannot be read", e);
        }
        return PoolVolume.of(slices);
    }

    private static PoolVolume.Slice slice(ResultSet row) throws SQLException {
        return new PoolVolume.Slice(
                row.getObject("id", UUID.class),
                row.getString("pixels_sha256"),
                row.getString("site"),
                row.getString("patient"),
                row.getString("series"),
                row.getInt("slice_index"),
                row.getInt("width"),
                row.getInt("height"),
                numbers(row, "spacing_mm"),
                numbers(row, "origin_mm"),
                numbers(row, "direction"),
                row.getInt("area"));
    }

    private static double @Nullable [] numbers(ResultSet row, String column) throws SQLException {
        Array array = row.getArray(column);
        if (array == null) {
            return null;
        }
        Double[] boxed = (Double[]) array.getArray();
        double[] numbers = new double[boxed.length];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = boxed[i];
        }
        return numbers;
    }
}
