package org.precedent.node;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import java.util.function.LongSupplier;

/**
 * The right to lead, as the one row of the table {@code leader} has it: who, and until when by the
 * database's clock. Whoever finds it run out takes it and counts the epoch up.
 *
 * <p>The holder counts its own time from before it asked, by a clock that nobody sets: so it stops
 * before anybody else can begin, however long the request took and wherever it slept.
 */
final class LeaderLease {
    private static final String TAKE =
            """
            INSERT INTO leader (owner, node, epoch, until)
            VALUES (?, ?, 1, clock_timestamp() + ? * interval '1 millisecond')
            ON CONFLICT (one) DO UPDATE
            SET owner = excluded.owner, node = excluded.node, until = excluded.until,
                epoch = leader.epoch + CASE WHEN leader.owner = excluded.owner THEN 0 ELSE 1 END
            WHERE leader.owner = excluded.owner OR leader.until < clock_timestamp()
            RETURNING epoch
            """;

    private static final String RELEASE = "UPDATE leader SET until = '-infinity' WHERE owner = ?";

    private final UUID owner = UUID.randomUUID();
    private final String node;
    private final Duration length;
    private final LongSupplier nanos;

    private volatile long epoch;
    private volatile long until;

    /**
     * @param node a name for people
     * @param length of the lease from each renewal
     * @param nanos a clock that only goes forward, as {@link System#nanoTime}
     */
    LeaderLease(String node, Duration length, LongSupplier nanos) {
        this.node = node;
        this.length = length;
        this.nanos = nanos;
        this.until = nanos.getAsLong();
    }

    /**
     * Renews the lease, or takes it where it has run out.
     *
     * @return whether this process leads now
     */
    boolean attempt(Connection database) throws SQLException {
        long asked = nanos.getAsLong();
        try (PreparedStatement take = database.prepareStatement(TAKE)) {
            take.setObject(1, owner);
            take.setString(2, node);
            take.setLong(3, length.toMillis());
            try (ResultSet row = take.executeQuery()) {
                if (row.next()) {
                    epoch = row.getLong(1);
                    until = asked + length.toNanos();
                } else {
                    until = asked;
                }
            }
        }
        return leads();
    }

    /** Whether this process leads at this moment. */
    boolean leads() {
        return until - nanos.getAsLong() > 0;
    }

    /** How often the lead has changed hands up to this process's last time; 0 before it led. */
    long epoch() {
        return epoch;
    }

    /** Lets another process lead at once. */
    void release(Connection database) throws SQLException {
        until = nanos.getAsLong();
        try (PreparedStatement release = database.prepareStatement(RELEASE)) {
            release.setObject(1, owner);
            release.executeUpdate();
        }
    }
}
