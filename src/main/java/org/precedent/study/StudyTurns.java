package org.precedent.study;

import static org.precedent.study.Statements.change;
import static org.precedent.study.Statements.each;
import static org.precedent.study.Statements.texts;

import jakarta.enterprise.context.ApplicationScoped;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;

/** The record of studies that were sent: whose turn it is, what becomes of them, how they go. */
@ApplicationScoped
class StudyTurns {
    private final Statements statements;
    private final StudyRows rows;
    private final StudyConfig config;
    private final Clock clock;

    StudyTurns(DataSource database, StudyRows rows, StudyConfig config, Clock clock) {
        this.statements = new Statements(database);
        this.rows = rows;
        this.config = config;
        this.clock = clock;
    }

    /**
     * Begins the next study that waits: of whoever has the fewest running and was begun for the
     * longest ago, the oldest.
     */
    Optional<StudyRows.Row> claim(UUID keptIn) {
        return statements.inTransaction(connection -> {
            List<UUID> next = new ArrayList<>();
            each(
                    connection,
                    """
                    SELECT s.id FROM study s WHERE s.state = 'queued' AND s.kept_in = ?
                    ORDER BY (SELECT count(*) FROM study r WHERE r.state = 'running'
                              AND r.asked_by = s.asked_by AND r.asked_site = s.asked_site),
                             (SELECT max(r.started_at) FROM study r WHERE r.asked_by = s.asked_by
                              AND r.asked_site = s.asked_site) NULLS FIRST,
                             s.created_at, s.id
                    LIMIT 1 FOR UPDATE OF s SKIP LOCKED
                    """,
                    row -> next.add(row.getObject(1, UUID.class)),
                    keptIn);
            if (next.isEmpty()) {
                return Optional.empty();
            }
            Timestamp now = now();
            change(
                    connection,
                    "UPDATE study SET state = 'running', started_at = ?, started_done = done,"
                            + " touched_at = ? WHERE id = ?",
                    now,
                    now,
                    next.getFirst());
            List<StudyRows.Row> found = new ArrayList<>();
            each(
                    connection,
                    StudyRows.SELECT + "WHERE s.id = ?",
                    row -> found.add(rows.row(row, List.of())),
                    next.getFirst());
            return found.stream().findFirst();
        });
    }

    /**
     * One slice on its way: while it is open, its study cannot be erased, so that no answer is
     * recorded of a study that is gone. Whoever wants to erase it waits.
     */
    final class Step implements AutoCloseable {
        private final Connection connection;
        private final UUID study;
        private final boolean running;

        private Step(Connection connection, UUID study, boolean running) {
            this.connection = connection;
            this.study = study;
            this.running = running;
        }

        /** Whether the study is there and neither cancelled nor otherwise at its end. */
        boolean running() {
            return running;
        }

        /**
         * Keeps what became of the slice.
         *
         * @param done how many slices are answered then
         */
        void keep(StudyAnswer.Slice slice, int done, String network) throws SQLException {
            change(
                    connection,
                    "INSERT INTO study_slice (study_id, number, answer_id, caution_labels,"
                            + " caution_reasons) VALUES (?, ?, ?, ?, ?)",
                    study,
                    slice.number(),
                    slice.answer(),
                    texts(connection, slice.cautions().keySet()),
                    texts(connection, slice.cautions().values()));
            change(
                    connection,
                    "UPDATE study SET done = ?, touched_at = ?,"
                            + " network = CASE WHEN ? = '' THEN network ELSE ? END WHERE id = ?",
                    done,
                    now(),
                    network,
                    network,
                    study);
            connection.commit();
        }

        @Override
        public void close() throws SQLException {
            try {
                connection.rollback();
                connection.setAutoCommit(true);
            } finally {
                connection.close();
            }
        }
    }

    /** Begins a slice. */
    Step step(UUID study) throws SQLException {
        Connection connection = statements.connection();
        try {
            connection.setAutoCommit(false);
            boolean[] running = new boolean[1];
            // Not "for update": a cancellation changes the row, and must not wait.
            each(
                    connection,
                    "SELECT state FROM study WHERE id = ? FOR KEY SHARE",
                    row -> running[0] = row.getString(1).equals("running"),
                    study);
            return new Step(connection, study, running[0]);
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    /** Ends a study that runs; nothing happens where it does not any more. */
    void done(UUID id, Collection<Long> voxels) {
        statements.inTransaction(connection ->
                change(
                        connection,
                        "UPDATE study SET state = 'done', voxels = ?, ended_at = ?"
                                + " WHERE id = ? AND state = 'running'",
                        connection.createArrayOf("bigint", voxels.toArray()),
                        now(),
                        id));
    }

    /** Likewise, with the reason. */
    void failed(UUID id, String reason) {
        statements.inTransaction(connection ->
                change(
                        connection,
                        "UPDATE study SET state = 'failed', reason = ?, ended_at = ?"
                                + " WHERE id = ? AND state IN ('queued', 'running')",
                        reason,
                        now(),
                        id));
    }

    /**
     * @return whether it waited or ran
     */
    boolean cancelled(UUID id) {
        return statements.inTransaction(connection ->
                change(
                        connection,
                        "UPDATE study SET state = 'cancelled', ended_at = ?"
                                + " WHERE id = ? AND state IN ('queued', 'running')",
                        now(),
                        id))
                > 0;
    }

    /** Lets a study that runs wait again, where it was left. */
    void waiting(UUID id) {
        statements.inTransaction(connection ->
                change(
                        connection,
                        "UPDATE study SET state = 'queued' WHERE id = ? AND state = 'running'",
                        id));
    }

    /** Those of a directory that ran when their service ended wait again. */
    int interrupted(UUID keptIn) {
        return statements.inTransaction(connection ->
                change(
                        connection,
                        "UPDATE study SET state = 'queued' WHERE kept_in = ? AND state = 'running'",
                        keptIn));
    }

    /** Those of a directory that are done and whose segmentations are not in the archive yet. */
    List<UUID> toPush(UUID keptIn) {
        return statements.inTransaction(connection -> {
            List<UUID> waiting = new ArrayList<>();
            each(
                    connection,
                    "SELECT id FROM study WHERE kept_in = ? AND push = 'pending'"
                            + " AND state = 'done' ORDER BY ended_at",
                    row -> waiting.add(row.getObject(1, UUID.class)),
                    keptIn);
            return waiting;
        });
    }

    /** Keeps what became of a segmentation in the archive. */
    void pushed(UUID id, StudyJob.Push push) {
        statements.inTransaction(connection ->
                change(
                        connection,
                        "UPDATE study SET push = ?, push_reason = ? WHERE id = ?",
                        push.state().word(),
                        push.reason(),
                        id));
    }

    // ---- keeping house

    /** Says of all studies of a directory that somebody has their files. */
    void touch(UUID keptIn) {
        statements.inTransaction(connection ->
                change(
                        connection,
                        "UPDATE study SET touched_at = ? WHERE kept_in = ?"
                                + " AND state IN ('queued', 'running')",
                        now(),
                        keptIn));
    }

    /** Ends what nobody has had the files of for some time. */
    int lost(Duration since) {
        return statements.inTransaction(connection ->
                change(
                        connection,
                        "UPDATE study SET state = 'failed', ended_at = ?,"
                                + " reason = 'the service that had its files is gone: send it again'"
                                + " WHERE state IN ('queued', 'running') AND touched_at < ?",
                        now(),
                        Timestamp.from(clock.instant().minus(since))));
    }

    /** Removes what ended long enough ago. */
    List<UUID> expired() {
        return statements.inTransaction(connection -> {
            List<UUID> gone = new ArrayList<>();
            each(
                    connection,
                    "DELETE FROM study WHERE ended_at < ? RETURNING id",
                    row -> gone.add(row.getObject(1, UUID.class)),
                    Timestamp.from(clock.instant().minus(config.keep())));
            return gone;
        });
    }

    /** Those of some studies whose files are still needed. */
    Set<UUID> needed(Collection<UUID> ids) {
        return statements.inTransaction(connection -> {
            Set<UUID> needed = new LinkedHashSet<>();
            each(
                    connection,
                    "SELECT id FROM study WHERE id = ANY(?)"
                            + " AND state NOT IN ('cancelled', 'failed')",
                    row -> needed.add(row.getObject(1, UUID.class)),
                    connection.createArrayOf("uuid", ids.toArray()));
            return needed;
        });
    }

    /** Removes a study that has ended. */
    void remove(UUID id) {
        statements.inTransaction(connection ->
                change(connection, "DELETE FROM study WHERE id = ? AND ended_at IS NOT NULL", id));
    }

    private Timestamp now() {
        return Timestamp.from(clock.instant());
    }
}
