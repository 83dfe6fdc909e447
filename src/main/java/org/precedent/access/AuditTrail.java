package org.precedent.access;

import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.precedent.Sha256;

/**
 * What was done, by whom. Each entry holds the hash of the one before, so that an entry that is
 * changed, removed, added or moved later shows: the chain breaks there, or it does not end where
 * the head says. The database refuses to change or remove entries; whoever is its superuser can
 * still rewrite the whole chain, which only an export that is kept elsewhere shows.
 */
@ApplicationScoped
public class AuditTrail {
    private static final String FIRST = "0".repeat(64);
    private static final int PAGE = 1000;

    private final DataSource database;
    private final Clock clock;

    AuditTrail(DataSource database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * One thing that was done.
     *
     * @param roles of who did it, comma-separated
     * @param site of who did it; {@code *} for administrators
     * @param object what it was done to
     * @param supports annotations whose images were disclosed, comma-separated
     * @param outcome the status that it was answered with
     * @param previous hash of the entry before
     * @param hash of this entry, that of the one before included
     */
    public record Entry(
            long sequence,
            Instant at,
            String who,
            String roles,
            String site,
            String action,
            String object,
            String supports,
            String outcome,
            String previous,
            String hash) {
        /** The hash that this entry must have. */
        String expectedHash() {
            StringBuilder text = new StringBuilder();
            for (Object field :
                    List.of(
                            previous, sequence, at, who, roles, site, action, object, supports,
                            outcome)) {
                // Lengths, so that no field can pass for the end of another.
                text.append(field.toString().length()).append(':').append(field).append('\n');
            }
            return Sha256.of(text.toString());
        }
    }

    /**
     * What a check of the chain found.
     *
     * @param entries that were looked at
     * @param fault the first thing that is wrong; null where all is well
     */
    public record Verification(long entries, @Nullable String fault) {}

    /** Adds an entry; when this returns, it is kept. */
    public void record(
            Scope scope,
            String action,
            String object,
            Collection<? extends Object> supports,
            String outcome) {
        record(
                Actor.of(scope),
                action,
                object,
                supports.stream().map(Object::toString).collect(Collectors.joining(",")),
                outcome);
    }

    /**
     * Adds that callers without a name were turned away.
     *
     * @param address of theirs
     * @param attempts how many since the last entry about it
     */
    public void recordTurnedAway(String address, int attempts) {
        record(Actor.UNKNOWN, "turned away", address, "", "401 x " + attempts);
    }

    /** Who did it, as entries say it. */
    private record Actor(String name, String roles, String site) {
        static final Actor UNKNOWN = new Actor("unknown", "", "*");

        static Actor of(Scope scope) {
            Identity identity = scope.identity();
            return new Actor(
                    identity.name(),
                    identity.roles().stream()
                            .map(Role::word)
                            .sorted()
                            .collect(Collectors.joining(",")),
                    scope.everywhere() ? "*" : scope.home());
        }
    }

    private void record(
            Actor actor, String action, String object, String supports, String outcome) {
        try (Connection connection = database.getConnection()) {
            boolean before = connection.getAutoCommit();
            connection.setAutoCommit(false);
            try {
                append(connection, actor, action, object, supports, outcome);
                connection.commit();
            } catch (SQLException e) {
                connection.rollback();
                throw e;
            } finally {
                connection.setAutoCommit(before);
            }
        } catch (SQLException e) {
            throw new IllegalStateException("the audit trail cannot be written", e);
        }
    }

    private void append(
            Connection connection,
            Actor actor,
            String action,
            String object,
            String supports,
            String outcome)
            throws SQLException {
        long sequence;
        String previous;
        // The row lock makes entries follow each other.
        try (PreparedStatement head =
                        connection.prepareStatement(
                                "SELECT sequence, hash FROM audit_head FOR UPDATE");
                ResultSet row = head.executeQuery()) {
            row.next();
            sequence = row.getLong(1) + 1;
            previous = row.getString(2);
        }
        Entry open =
                new Entry(
                        sequence,
                        clock.instant().truncatedTo(ChronoUnit.MICROS),
                        actor.name(),
                        actor.roles(),
                        actor.site(),
                        action,
                        object,
                        supports,
                        outcome,
                        previous,
                        "");
        String hash = open.expectedHash();
        try (PreparedStatement insert =
                connection.prepareStatement(
                        "INSERT INTO audit (sequence, at, who, roles, site, action, object,"
                                + " supports, outcome, previous_hash, hash)"
                                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
            insert.setLong(1, sequence);
            insert.setTimestamp(2, Timestamp.from(open.at()));
            int at = 3;
            for (String text :
                    List.of(
                            open.who(),
                            open.roles(),
                            open.site(),
                            action,
                            object,
                            supports,
                            outcome,
                            previous,
                            hash)) {
                insert.setString(at++, text);
            }
            insert.executeUpdate();
        }
        try (PreparedStatement head =
                connection.prepareStatement("UPDATE audit_head SET sequence = ?, hash = ?")) {
            head.setLong(1, sequence);
            head.setString(2, hash);
            head.executeUpdate();
        }
    }

    /** Tells the entries of the scope's site, or all for an administrator, in order. */
    public void export(Scope scope, Consumer<Entry> each) {
        scope.require(Action.READ_AUDIT);
        walk(entry -> {
            if (scope.everywhere() || (!entry.site().equals("*") && scope.owns(entry.site()))) {
                each.accept(entry);
            }
        });
    }

    /** Follows the whole chain. */
    public Verification verify() {
        Walk walk = new Walk();
        walk(walk::follow);
        try (Connection connection = database.getConnection();
                PreparedStatement head =
                        connection.prepareStatement("SELECT sequence, hash FROM audit_head");
                ResultSet row = head.executeQuery()) {
            // Entries may have been added since the walk, so the head is looked at as a bound.
            if (walk.fault == null
                    && (!row.next()
                            || row.getLong(1) < walk.sequence
                            || (row.getLong(1) == walk.sequence
                                    && !row.getString(2).equals(walk.hash)))) {
                walk.fault = "the head is not the last entry's";
            } else if (walk.fault == null && row.getLong(1) > walk.sequence) {
                long missing = row.getLong(1);
                if (entries(walk.sequence).isEmpty()) {
                    walk.fault =
                            "entries %d to %d are missing".formatted(walk.sequence + 1, missing);
                }
            }
        } catch (SQLException e) {
            throw new IllegalStateException("the audit trail cannot be read", e);
        }
        return new Verification(walk.entries, walk.fault);
    }

    private static final class Walk {
        private long entries;
        private long sequence;
        private String hash = FIRST;
        private @Nullable String fault;

        void follow(Entry entry) {
            entries++;
            if (fault == null) {
                if (entry.sequence() != sequence + 1) {
                    fault = "entry " + (sequence + 1) + " is missing";
                } else if (!entry.previous().equals(hash)) {
                    fault = "entry " + entry.sequence() + " does not follow the one before";
                } else if (!entry.expectedHash().equals(entry.hash())) {
                    fault = "entry " + entry.sequence() + " was changed";
                }
            }
            sequence = entry.sequence();
            hash = entry.hash();
        }
    }

    private void walk(Consumer<Entry> each) {
        long after = 0;
        while (true) {
            List<Entry> page = entries(after);
            page.forEach(each);
            if (page.size() < PAGE) {
                return;
            }
            after = page.getLast().sequence();
        }
    }

    private List<Entry> entries(long after) {
        try (Connection connection = database.getConnection();
                PreparedStatement query =
                        connection.prepareStatement(
                                "SELECT * FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ?")) {
            query.setLong(1, after);
            query.setInt(2, PAGE);
            List<Entry> page = new ArrayList<>();
            try (ResultSet row = query.executeQuery()) {
                while (row.next()) {
                    page.add(
                            new Entry(
                                    row.getLong("sequence"),
                                    row.getTimestamp("at").toInstant(),
                                    row.getString("who"),
                                    row.getString("roles"),
                                    row.getString("site"),
                                    row.getString("action"),
                                    row.getString("object"),
                                    row.getString("supports"),
                                    row.getString("outcome"),
                                    row.getString("previous_hash"),
                                    row.getString("hash")));
                }
            }
            return page;
        } catch (SQLException e) {
            throw new IllegalStateException("the audit trail cannot be read", e);
        }
    }
}
