package org.precedent.node;

import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import javax.sql.DataSource;

/** Short texts that all nodes of a catalogue read and any may write, by name. */
@ApplicationScoped
public class SharedTexts {
    private final DataSource database;

    SharedTexts(DataSource database) {
        this.database = database;
    }

    /** The text of a name; empty where there is none. */
    public Optional<String> read(String name) {
        try (Connection connection = database.getConnection();
                PreparedStatement query =
                        connection.prepareStatement(
                                "SELECT text FROM shared_text WHERE name = ?")) {
            query.setString(1, name);
            try (ResultSet row = query.executeQuery()) {
                return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
            }
        } catch (SQLException e) {
            throw new IllegalStateException("what nodes share of " + name + " cannot be read", e);
        }
    }

    /** Writes a text in the place of any other. */
    public void write(String name, String text) {
        try (Connection connection = database.getConnection();
                PreparedStatement update =
                        connection.prepareStatement(
                                "INSERT INTO shared_text (name, text) VALUES (?, ?)"
                                        + " ON CONFLICT (name) DO UPDATE SET text = excluded.text")) {
            update.setString(1, name);
            update.setString(2, text);
            update.executeUpdate();
        } catch (SQLException e) {
            throw new IllegalStateException("what nodes share of " + name + " cannot be kept", e);
        }
    }
}
