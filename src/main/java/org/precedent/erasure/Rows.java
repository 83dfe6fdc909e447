package org.precedent.erasure;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Reads and changes rows within a transaction. */
final class Rows {
    private Rows() {}

    /** Reads one row. */
    interface Row {
        void read(ResultSet row) throws SQLException;
    }

    /** Reads every row of a query. */
    static void each(Connection connection, String sql, Row row, Object... values)
            throws SQLException {
        try (PreparedStatement query = prepared(connection, sql, values);
                ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                row.read(rows);
            }
        }
    }

    /** Changes rows, and says how many. */
    static int change(Connection connection, String sql, Object... values) throws SQLException {
        try (PreparedStatement update = prepared(connection, sql, values)) {
            return update.executeUpdate();
        }
    }

    private static PreparedStatement prepared(Connection connection, String sql, Object... values)
            throws SQLException {
        PreparedStatement prepared = connection.prepareStatement(sql);
        for (int i = 0; i < values.length; i++) {
            prepared.setObject(i + 1, values[i]);
        }
        return prepared;
    }
}
