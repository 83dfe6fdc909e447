package org.precedent.erasure;

import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/** Which blobs the catalogue names at this moment. */
@ApplicationScoped
public class BlobNames {
    private final DataSource database;

    BlobNames(DataSource database) {
        this.database = database;
    }

    /** Whether a row of any table names the blob. */
    public boolean contains(String sha256) {
        try (Connection connection = database.getConnection()) {
            return !among(connection, List.of(sha256)).isEmpty();
        } catch (SQLException e) {
            throw new IllegalStateException("the catalogue cannot be read", e);
        }
    }

    /** Those of some hashes that the catalogue names. */
    static Set<String> among(Connection connection, Collection<String> hashes) throws SQLException {
        Set<String> named = new HashSet<>();
        List<Column> columns = columns(connection);
        String sql =
                columns.stream()
                        .map(column ->
                                "SELECT %2$s FROM %1$s WHERE %2$s = ANY(?)"
                                        .formatted(column.table(), column.name()))
                        .collect(Collectors.joining(" UNION "));
        try (PreparedStatement query = connection.prepareStatement(sql)) {
            var array = connection.createArrayOf("text", hashes.toArray());
            for (int i = 1; i <= columns.size(); i++) {
                query.setArray(i, array);
            }
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    named.add(rows.getString(1));
                }
            }
        }
        return named;
    }

    /** A column that may name blobs. */
    record Column(String table, String name) {}

    /**
     * Every text column of the catalogue whose name says that it holds a SHA-256, but of weights:
     * what answered once is told of for good, and does not keep weights that were withdrawn.
     */
    static List<Column> columns(Connection connection) throws SQLException {
        List<Column> columns = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery(
                                """
                                SELECT quote_ident(c.table_name), quote_ident(c.column_name)
                                FROM information_schema.columns c
                                JOIN information_schema.tables t USING (table_schema, table_name)
                                WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
                                  AND c.data_type = 'text' AND c.column_name LIKE '%sha256%'
                                  AND c.column_name NOT LIKE '%weights_sha256'
                                ORDER BY 1, 2
                                """)) {
            while (rows.next()) {
                columns.add(new Column(rows.getString(1), rows.getString(2)));
            }
        }
        return columns;
    }
}
