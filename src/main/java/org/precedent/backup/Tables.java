package org.precedent.backup;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The catalogue's tables as the database itself knows them. */
final class Tables {
    /** Belongs to whoever migrates. */
    private static final String HISTORY = "flyway_schema_history";

    /** Says who leads at this moment. */
    private static final String LEADER = "leader";

    private Tables() {}

    /** All tables and the columns of each that can be written. */
    static Map<String, List<String>> all(Connection connection) throws SQLException {
        Map<String, List<String>> tables = new LinkedHashMap<>();
        try (PreparedStatement query =
                connection.prepareStatement(
                        """
                        SELECT c.table_name, c.column_name FROM information_schema.columns c
                        JOIN information_schema.tables t USING (table_schema, table_name)
                        WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
                          AND c.table_name NOT IN (?, ?) AND c.is_generated = 'NEVER'
                        ORDER BY 1, c.ordinal_position
                        """)) {
            query.setString(1, HISTORY);
            query.setString(2, LEADER);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    tables.computeIfAbsent(rows.getString(1), name -> new ArrayList<>())
                            .add(rows.getString(2));
                }
            }
        }
        return tables;
    }

    /** The last migration. */
    static String schema(Connection connection) throws SQLException {
        return text(
                connection,
                "SELECT version FROM "
                        + HISTORY
                        + " WHERE success AND version IS NOT NULL"
                        + " ORDER BY installed_rank DESC LIMIT 1");
    }

    static String text(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return rows.next() ? String.valueOf(rows.getString(1)) : "";
        }
    }

    /** A table with its columns, as COPY wants them. */
    static String quoted(String table, List<String> columns) {
        return quoted(table)
                + " ("
                + String.join(", ", columns.stream().map(Tables::quoted).toList())
                + ")";
    }

    static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }
}
