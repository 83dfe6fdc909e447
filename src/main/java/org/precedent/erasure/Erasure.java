package org.precedent.erasure;

import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.precedent.PrecedentConfig;
import org.precedent.access.AccessException;
import org.precedent.access.Action;
import org.precedent.access.AuditTrail;
import org.precedent.access.Scope;
import org.precedent.blob.NamedFiles;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.CatalogException;
import org.precedent.catalog.Names;
import org.precedent.catalog.Tombstones;
import org.precedent.catalog.Tombstones.Tombstone;
import org.precedent.catalog.adaptation.Adaptation;
import org.precedent.segmentation.EncodingStore;
import org.precedent.study.StudyFiles;

/** Erases patients, images and answers. */
@ApplicationScoped
public class Erasure {
    private final DataSource database;
    private final Catalog catalog;
    private final Tombstones tombstones;
    private final BlobCollection blobs;
    private final AuditTrail audit;
    private final PrecedentConfig config;
    private final NamedFiles encodings;
    private final Clock clock;

    Erasure(
            DataSource database,
            Catalog catalog,
            Tombstones tombstones,
            BlobCollection blobs,
            AuditTrail audit,
            PrecedentConfig config,
            NamedFiles encodings,
            Clock clock) {
        this.database = database;
        this.catalog = catalog;
        this.tombstones = tombstones;
        this.blobs = blobs;
        this.audit = audit;
        this.config = config;
        this.encodings = encodings;
        this.clock = clock;
    }

    /** What is to be erased. */
    public sealed interface Subject {
        /**
         * Every image of a patient, and every answer to a query of the patient.
         *
         * @param site null for the caller's own; administrators may leave it out for every site
         */
        record Patient(String pseudonym, @Nullable String site) implements Subject {
            public Patient {
                pseudonym = Names.requireText("patient", pseudonym);
                if (site != null) {
                    site = Names.requireText("site", site);
                }
            }
        }

        /** One image, and every answer to a query of its very pixels. */
        record Image(UUID id) implements Subject {}

        /** One answer. */
        record Answer(UUID id) implements Subject {}
    }

    /**
     * What was erased, or would be.
     *
     * @param answers that were erased whole
     * @param answersLeft that rested on what was erased, say so, and cannot be replayed
     * @param adaptations whose weights had learnt from what was erased, and are withdrawn: they
     *     answer no more, and what they answered cannot be replayed
     * @param blobs that nothing names any more
     */
    public record Erased(
            boolean dryRun,
            int images,
            int annotations,
            int answers,
            int answersLeft,
            int adaptations,
            int blobs) {}

    /**
     * Erases a subject. When this returns, no query rests on it and no address shows it;
     * projections rewrite their files within seconds.
     *
     * @param dryRun only counts
     * @throws CatalogException UNKNOWN_PATIENT, UNKNOWN_IMAGE or UNKNOWN_ANSWER where there is
     *     nothing of it that the scope owns
     */
    public Erased erase(Scope scope, Subject subject, String reason, boolean dryRun) {
        scope.require(Action.ERASE);
        String why = Names.requireText("reason", reason);
        if (!(subject instanceof Subject.Answer) && !scope.identity().tasks().isEmpty()) {
            // A patient and an image are in tasks that such a key does not see.
            throw AccessException.forbidden(
                    scope.name()
                            + " is limited to some tasks, and a "
                            + kind(subject)
                            + " may be in others",
                    "a key for all tasks");
        }
        Erased erased =
                Objects.requireNonNull(
                        inTransaction(
                                dryRun,
                                connection ->
                                        remove(
                                                connection,
                                                Doomed.of(connection, tombstones, scope, subject),
                                                kind(subject),
                                                scope.name(),
                                                why,
                                                dryRun)));
        if (!dryRun) {
            audit.record(scope, "erase", kind(subject), List.of(), "done: " + erased);
        }
        return erased;
    }

    /**
     * Erases answers, and with them their queries, that are older than they may become.
     *
     * @return how many
     */
    public int expire(Instant before) {
        Erased erased =
                inTransaction(
                        false,
                        connection -> {
                            Doomed doomed = new Doomed();
                            Rows.each(
                                    connection,
                                    "SELECT id FROM answer WHERE created_at < ?"
                                            + " ORDER BY created_at LIMIT 10000",
                                    row -> doomed.answers.add(row.getObject(1, UUID.class)),
                                    Timestamp.from(before));
                            return doomed.answers.isEmpty()
                                    ? null
                                    : remove(
                                            connection,
                                            doomed,
                                            "retention",
                                            Scope.machine().name(),
                                            "older than " + before,
                                            false);
                        });
        return erased == null ? 0 : erased.answers();
    }

    /**
     * Removes what viewers sent and nobody used for a while; the bytes are collected afterwards.
     *
     * @return how many images
     */
    public int expireViewerImages() {
        try (Connection connection = database.getConnection()) {
            return Rows.change(
                    connection,
                    "DELETE FROM viewer_image WHERE expires_at < ?",
                    Timestamp.from(clock.instant()));
        } catch (SQLException e) {
            throw new IllegalStateException("images of viewers cannot be removed", e);
        }
    }

    /**
     * Erases again what a restored database brought back: whatever the file of the data directory
     * knows as erased and the database does not.
     *
     * @return what was erased; null where the database knows all of the file
     */
    public @Nullable Erased repeat() {
        Set<Tombstone> missing = new LinkedHashSet<>(tombstones.kept());
        if (missing.isEmpty()) {
            return null;
        }
        Erased erased =
                inTransaction(
                        false,
                        connection -> {
                            Set<String> known = new HashSet<>();
                            Rows.each(
                                    connection,
                                    "SELECT key_hash FROM tombstone",
                                    row -> known.add(row.getString(1)));
                            missing.removeIf(one -> known.contains(one.hash()));
                            if (missing.isEmpty()) {
                                return null;
                            }
                            return remove(
                                    connection,
                                    Doomed.matching(connection, tombstones, missing),
                                    "restored",
                                    Scope.machine().name(),
                                    "erased before the database was restored",
                                    false);
                        });
        if (erased != null) {
            audit.record(Scope.machine(), "erase", "restored", List.of(), "done: " + erased);
        }
        return erased;
    }

    // ---- removing

    /** What a transaction removed, and what is to be removed after it. */
    private record Done(
            Erased erased,
            Set<String> blobs,
            Set<UUID> images,
            Withdrawn withdrawn,
            Set<UUID> studies) {}

    private Done remove(
            Connection connection,
            Doomed doomed,
            String kind,
            String actor,
            String reason,
            boolean dryRun)
            throws SQLException {
        var images = connection.createArrayOf("uuid", doomed.images.keySet().toArray());
        // Whoever records an answer that rests on them waits, and then finds them gone.
        Rows.each(
                connection,
                "SELECT id FROM annotation WHERE image_id = ANY(?) ORDER BY id FOR UPDATE",
                row -> {},
                images);
        var answers = connection.createArrayOf("uuid", doomed.answers.toArray());
        Set<String> candidates = new LinkedHashSet<>(doomed.images.values());
        Rows.each(
                connection,
                "SELECT mask_sha256 FROM annotation WHERE image_id = ANY(?)",
                row -> candidates.add(row.getString(1)),
                images);
        Rows.each(
                connection,
                "SELECT w.query_sha256, l.mask_sha256, l.probabilities_sha256 FROM answer w"
                        + " LEFT JOIN answer_label l ON l.answer_id = w.id WHERE w.id = ANY(?)",
                row -> {
                    for (int i = 1; i <= 3; i++) {
                        if (row.getString(i) != null) {
                            candidates.add(row.getString(i));
                        }
                    }
                },
                answers);

        // A study goes whole with any of its slices: its result would show what is erased.
        Set<UUID> studies = new LinkedHashSet<>();
        Rows.each(
                connection,
                "DELETE FROM study WHERE id = ANY(?) OR id IN (SELECT study_id FROM study_slice"
                        + " WHERE answer_id = ANY(?)) RETURNING id",
                row -> studies.add(row.getObject(1, UUID.class)),
                connection.createArrayOf("uuid", doomed.studies.toArray()),
                answers);

        // What viewers sent of it: the picture itself, or the volume that a slice is of.
        Set<UUID> sent = new LinkedHashSet<>(doomed.viewerImages);
        Rows.each(
                connection,
                "SELECT v.id FROM viewer_image v JOIN image i ON lower(i.site) = lower(v.site)"
                        + " AND (i.pixels_sha256 = v.file_sha256 OR i.series = v.id::text)"
                        + " WHERE i.id = ANY(?)",
                row -> sent.add(row.getObject(1, UUID.class)),
                images);
        var uploads = connection.createArrayOf("uuid", sent.toArray());
        Rows.each(
                connection,
                "SELECT file_sha256 FROM viewer_image WHERE id = ANY(?)",
                row -> candidates.add(row.getString(1)),
                uploads);
        Rows.change(connection, "DELETE FROM viewer_image WHERE id = ANY(?)", uploads);

        // Whole answers: what clients said of them goes with them.
        Rows.change(
                connection,
                "DELETE FROM answer_verdict WHERE answer_label_id IN (SELECT id FROM answer_label"
                        + " WHERE answer_id = ANY(?))",
                answers);
        Rows.change(
                connection,
                "DELETE FROM answer_support WHERE answer_label_id IN (SELECT id FROM answer_label"
                        + " WHERE answer_id = ANY(?))",
                answers);
        Rows.change(connection, "DELETE FROM answer_label WHERE answer_id = ANY(?)", answers);
        int gone = Rows.change(connection, "DELETE FROM answer WHERE id = ANY(?)", answers);

        // Answers that rested on an image stay, and say that they did.
        int[] left = new int[1];
        Rows.each(
                connection,
                "SELECT count(DISTINCT l.answer_id) FROM answer_support s JOIN answer_label l"
                        + " ON l.id = s.answer_label_id JOIN annotation a ON a.id = s.annotation_id"
                        + " WHERE a.image_id = ANY(?)",
                row -> left[0] = row.getInt(1),
                images);
        Rows.change(
                connection,
                """
                UPDATE answer_label l SET erased_supports = erased_supports + n.n
                FROM (SELECT s.answer_label_id, count(*) AS n FROM answer_support s
                      JOIN annotation a ON a.id = s.annotation_id
                      WHERE a.image_id = ANY(?) GROUP BY 1) n
                WHERE l.id = n.answer_label_id
                """,
                images);
        Rows.change(
                connection,
                "DELETE FROM answer_support WHERE annotation_id IN (SELECT id FROM annotation"
                        + " WHERE image_id = ANY(?))",
                images);
        Rows.change(
                connection,
                """
                UPDATE answer_label l SET left_out = coalesce(
                    (SELECT jsonb_agg(e) FROM jsonb_array_elements(l.left_out) e
                     WHERE NOT (e ->> 'imageId')::uuid = ANY(?)), '[]'::jsonb)
                WHERE EXISTS (SELECT 1 FROM jsonb_array_elements(l.left_out) e
                              WHERE (e ->> 'imageId')::uuid = ANY(?))
                """,
                images,
                images);

        Withdrawn withdrawn = Withdrawn.by(connection, images, clock.instant());
        candidates.addAll(withdrawn.weights());
        String annotations = " IN (SELECT id FROM annotation WHERE image_id = ANY(?))";
        Rows.change(
                connection,
                "UPDATE answer_verdict SET annotation_id = NULL WHERE annotation_id" + annotations,
                images);
        Rows.change(
                connection, "DELETE FROM pool_proposal WHERE annotation_id" + annotations, images);
        Rows.change(
                connection, "DELETE FROM pool_member WHERE annotation_id" + annotations, images);
        Rows.change(
                connection, "DELETE FROM review_change WHERE annotation_id" + annotations, images);
        Rows.change(connection, "DELETE FROM idempotency_key WHERE image_id = ANY(?)", images);
        Rows.change(connection, "DELETE FROM pool_look"); // lists name images, patients and queries
        int masks =
                Rows.change(connection, "DELETE FROM annotation WHERE image_id = ANY(?)", images);
        int pictures = Rows.change(connection, "DELETE FROM image WHERE id = ANY(?)", images);

        if (!dryRun) {
            tell(connection, doomed, kind, actor, reason, pictures, gone);
        }
        return new Done(
                new Erased(
                        dryRun,
                        pictures,
                        masks,
                        gone,
                        left[0],
                        withdrawn.adaptations().size(),
                        candidates.size()),
                candidates,
                Set.copyOf(doomed.images.keySet()),
                withdrawn,
                studies);
    }

    private void tell(
            Connection connection,
            Doomed doomed,
            String kind,
            String actor,
            String reason,
            int images,
            int answers)
            throws SQLException {
        Timestamp now = Timestamp.from(clock.instant());
        Rows.change(
                connection,
                """
                WITH erased AS (
                    SELECT id, row_number() OVER (ORDER BY id) AS step FROM unnest(?) AS id
                ), written AS (
                    INSERT INTO outbox (sequence, image_id, created_at)
                    SELECT counter.value + erased.step, erased.id, ?
                    FROM erased, outbox_counter counter RETURNING sequence
                )
                UPDATE outbox_counter
                SET value = greatest(value, (SELECT coalesce(max(sequence), 0) FROM written))
                """,
                connection.createArrayOf("uuid", doomed.images.keySet().toArray()),
                now);
        Rows.change(
                connection,
                "INSERT INTO erasure (kind, actor, reason, images, answers, sequence, at)"
                        + " SELECT ?, ?, ?, ?, ?, value, ? FROM outbox_counter",
                kind,
                actor,
                reason,
                images,
                answers,
                now);
        for (Tombstone one : doomed.tombstones) {
            Rows.change(
                    connection,
                    "INSERT INTO tombstone (key_hash, kind, at) VALUES (?, ?, ?)"
                            + " ON CONFLICT DO NOTHING",
                    one.hash(),
                    one.kind(),
                    now);
        }
        if (!doomed.tombstones.isEmpty() && !kind.equals("restored")) {
            tombstones.keep(doomed.tombstones); // before the commit: rather too early than lost
        }
    }

    private static String kind(Subject subject) {
        return switch (subject) {
            case Subject.Patient p -> "patient";
            case Subject.Image i -> "image";
            case Subject.Answer a -> "answer";
        };
    }

    // ---- the transaction and what follows it

    private interface Work {
        @Nullable Done in(Connection connection) throws SQLException;
    }

    /** Under the writers' lock; what nothing names any more goes after the commit. */
    private @Nullable Erased inTransaction(boolean dryRun, Work work) {
        Done done;
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            try {
                Rows.each(connection, "SELECT value FROM outbox_counter FOR UPDATE", row -> {});
                done = work.in(connection);
                if (dryRun) {
                    connection.rollback();
                } else {
                    connection.commit();
                }
            } catch (SQLException | RuntimeException e) {
                connection.rollback();
                throw e;
            } finally {
                connection.setAutoCommit(true);
            }
        } catch (SQLException e) {
            throw new IllegalStateException("the catalogue cannot be changed", e);
        }
        if (done == null || dryRun) {
            return done == null ? null : done.erased();
        }
        int removed = blobs.remove(done.blobs(), false).size();
        EncodingStore.erase(encodings, done.images());
        done.withdrawn().weights().forEach(one -> EncodingStore.eraseWeights(encodings, one));
        done.withdrawn().adaptations().forEach(this::forget);
        StudyFiles.remove(config.dataDirectory(), done.studies());
        Erased erased = done.erased();
        return new Erased(
                false,
                erased.images(),
                erased.annotations(),
                erased.answers(),
                erased.answersLeft(),
                erased.adaptations(),
                removed);
    }

    /** Training that was under way; whoever trains notices within a step and leaves nothing. */
    private void forget(UUID adaptation) {
        try {
            Files.deleteIfExists(Adaptation.checkpoint(config.dataDirectory(), adaptation));
        } catch (IOException e) {
            throw new UncheckedIOException("what was learnt so far cannot be removed", e);
        }
    }
}
