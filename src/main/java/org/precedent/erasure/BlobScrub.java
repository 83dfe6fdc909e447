package org.precedent.erasure;

import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import javax.sql.DataSource;
import org.precedent.blob.BlobException;
import org.precedent.blob.BlobStore;

/** Reads what the catalogue names and compares it with its hash, so that damage is known early. */
@ApplicationScoped
public class BlobScrub {
    /** The columns whose bytes must be there; others with such a name are of weights and keys. */
    private static final List<String> NAMED =
            List.of(
                    "SELECT pixels_sha256 FROM image WHERE pixels_sha256 > ? ORDER BY 1 LIMIT 500",
                    "SELECT mask_sha256 FROM annotation WHERE mask_sha256 > ? ORDER BY 1 LIMIT 500",
                    "SELECT query_sha256 FROM answer WHERE query_sha256 > ? ORDER BY 1 LIMIT 500",
                    "SELECT mask_sha256 FROM answer_label WHERE mask_sha256 > ? ORDER BY 1 LIMIT 500",
                    "SELECT file_sha256 FROM viewer_image WHERE file_sha256 > ? ORDER BY 1 LIMIT 500",
                    "SELECT probabilities_sha256 FROM answer_label WHERE probabilities_sha256 > ?"
                            + " ORDER BY 1 LIMIT 500",
                    "SELECT blob_sha256 FROM pool_adaptation WHERE blob_sha256 > ? ORDER BY 1"
                            + " LIMIT 500");

    private final DataSource database;
    private final BlobStore blobs;
    private volatile int damaged;

    BlobScrub(DataSource database, BlobStore blobs) {
        this.database = database;
        this.blobs = blobs;
    }

    /**
     * What a scrub found.
     *
     * @param damaged one line a blob
     */
    public record Report(long checked, List<String> damaged) {
        public Report {
            damaged = List.copyOf(damaged);
        }
    }

    /** How many blobs the last scrub found missing or damaged; 0 before the first. */
    public int damaged() {
        return damaged;
    }

    /**
     * Checks every blob that is named.
     *
     * @param progress told how many were checked
     */
    public Report scrub(LongConsumer progress) {
        long checked = 0;
        List<String> found = new ArrayList<>();
        for (String column : NAMED) {
            String after = "";
            for (List<String> page = page(column, after);
                    !page.isEmpty() && !Thread.currentThread().isInterrupted();
                    page = page(column, after)) {
                for (String sha256 : page) {
                    try {
                        if (!sha256.equals(after)) {
                            blobs.verify(sha256);
                            checked++;
                        }
                    } catch (BlobException e) {
                        found.add(String.valueOf(e.getMessage()));
                    }
                    after = sha256;
                    progress.accept(checked);
                }
            }
        }
        List<String> lines = found.stream().distinct().toList();
        damaged = lines.size();
        return new Report(checked, lines);
    }

    private List<String> page(String sql, String after) {
        try (Connection connection = database.getConnection();
                PreparedStatement query = connection.prepareStatement(sql)) {
            query.setString(1, after);
            List<String> page = new ArrayList<>();
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    page.add(rows.getString(1));
                }
            }
            return page;
        } catch (SQLException e) {
            throw new IllegalStateException("the catalogue cannot be read", e);
        }
    }
}
