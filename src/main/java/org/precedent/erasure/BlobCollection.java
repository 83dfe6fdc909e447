package org.precedent.erasure;

import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.precedent.blob.BlobStore;

/**
 * Removes blobs that nothing names.
 *
 * <p>Safe beside everything that writes: whoever ingests looks for its bytes again under the
 * writers' lock, which is held here while a batch is checked and removed; and what was put within
 * {@link #GRACE}, which an answer may be about to name, stays.
 */
@ApplicationScoped
public class BlobCollection {
    /** Longer than between the first put of an answer and its record. */
    static final Duration GRACE = Duration.ofHours(1);

    private static final int BATCH = 500;

    private final DataSource database;
    private final BlobStore blobs;

    BlobCollection(DataSource database, BlobStore blobs) {
        this.database = database;
        this.blobs = blobs;
    }

    /**
     * What a collection did, or would do.
     *
     * @param looked blobs that there are
     * @param collected blobs that nothing names
     * @param recent blobs that nothing names yet, but which are too new to be told from those of a
     *     request under way
     */
    public record Collected(long looked, long collected, long bytes, long recent) {}

    /**
     * Removes every blob that nothing names.
     *
     * @param dryRun only counts
     * @param progress told how many blobs were looked at
     */
    public Collected collect(boolean dryRun, LongConsumer progress) {
        // The store's own times are of the system's clock, which our own may be ahead of.
        Instant before = Instant.now().minus(GRACE);
        long[] sums = new long[4];
        List<BlobStore.Stored> batch = new ArrayList<>();
        try (Stream<BlobStore.Stored> all = blobs.list()) {
            all.forEach(one -> {
                sums[0]++;
                if (one.writtenAt().isAfter(before)) {
                    sums[3]++;
                    return;
                }
                batch.add(one);
                if (batch.size() == BATCH) {
                    collect(batch, dryRun, sums);
                    progress.accept(sums[0]);
                    batch.clear();
                }
            });
        }
        collect(batch, dryRun, sums);
        progress.accept(sums[0]);
        return new Collected(sums[0], sums[1], sums[2], sums[3]);
    }

    private void collect(List<BlobStore.Stored> batch, boolean dryRun, long[] sums) {
        Set<String> removed = remove(batch.stream().map(BlobStore.Stored::sha256).toList(), dryRun);
        for (BlobStore.Stored one : batch) {
            if (removed.contains(one.sha256())) {
                sums[1]++;
                sums[2] += one.bytes();
            }
        }
    }

    /**
     * Removes those of some blobs that nothing names.
     *
     * @return those that it removed, or would have
     */
    Set<String> remove(Collection<String> candidates, boolean dryRun) {
        if (candidates.isEmpty()) {
            return Set.of();
        }
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            try {
                try (Statement lock = connection.createStatement()) {
                    lock.execute("SELECT value FROM outbox_counter FOR UPDATE");
                }
                Set<String> unnamed = new TreeSet<>(candidates);
                unnamed.removeAll(BlobNames.among(connection, candidates));
                if (!dryRun) {
                    unnamed.forEach(blobs::delete);
                }
                return unnamed;
            } finally {
                connection.rollback();
                connection.setAutoCommit(true);
            }
        } catch (SQLException e) {
            throw new IllegalStateException("the catalogue cannot be read", e);
        }
    }
}
