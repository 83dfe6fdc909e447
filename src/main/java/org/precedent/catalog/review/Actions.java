package org.precedent.catalog.review;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.precedent.catalog.Names;
import org.precedent.catalog.Outbox;

/**
 * Who did what, why and when. Every change begins with {@link #begin}, which takes the writers'
 * lock, so that changes commit one after another.
 */
@ApplicationScoped
public class Actions {
    private final EntityManager entities;
    private final Outbox outbox;
    private final Clock clock;

    Actions(EntityManager entities, Outbox outbox, Clock clock) {
        this.entities = entities;
        this.outbox = outbox;
        this.clock = clock;
    }

    /** What kind of change. */
    public enum Kind {
        REVIEW,
        CORRECT,
        ACCEPT,
        REJECT,
        RESTORE,
        COPY,
        UNDO;

        /** As written in answers and the database. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Who changes something, and why.
     *
     * @param actor known at the edge
     * @param reason for people
     */
    public record Because(String actor, String reason) {
        public Because {
            actor = Names.requireText("actor", actor);
            reason = Names.requireText("reason", reason);
        }
    }

    /**
     * An action as it is kept.
     *
     * @param undoes the action that it undid; null for others
     * @param inForce false while an undo of it is in force
     * @param reviews annotations whose state it changed
     * @param versions versions of pools that it made
     */
    public record Action(
            long id,
            String kind,
            String actor,
            String reason,
            @Nullable Long undoes,
            boolean inForce,
            Instant createdAt,
            int reviews,
            int versions) {}

    /** The actions, the latest first. */
    @Transactional
    public Page<Action> list(Page.Request page) {
        Conditions conditions = new Conditions().given("c.id < :after", "after", page.number());
        var query =
                entities.createNativeQuery(
                        """
                        SELECT c.id, c.kind, c.actor, c.reason, c.undoes, c.in_force, c.created_at,
                            (SELECT count(*) FROM review_change r WHERE r.action_id = c.id),
                            (SELECT count(*) FROM pool_version v WHERE v.action_id = c.id)
                        FROM curation_action c WHERE %s ORDER BY c.id DESC
                        """
                                .formatted(conditions.sql()));
        conditions.bind(query);
        List<Action> read =
                Conditions.rows(query.setMaxResults(page.limit() + 1)).stream()
                        .map(Actions::action)
                        .toList();
        return Page.of(read, page.limit(), action -> Long.toString(action.id()));
    }

    private static Action action(Object[] row) {
        return new Action(
                ((Number) row[0]).longValue(),
                (String) row[1],
                (String) row[2],
                (String) row[3],
                row[4] == null ? null : ((Number) row[4]).longValue(),
                (Boolean) row[5],
                (Instant) row[6],
                ((Number) row[7]).intValue(),
                ((Number) row[8]).intValue());
    }

    /** Locks other writers out until this transaction ends. */
    void lock() {
        outbox.lockWriters();
    }

    /** Keeps an action; call with the lock held, in the transaction of its changes. */
    long begin(Kind kind, Because because, @Nullable Long undoes) {
        return ((Number)
                        entities.createNativeQuery(
                                        "INSERT INTO curation_action"
                                                + " (kind, actor, reason, undoes, created_at)"
                                                + " VALUES (?1, ?2, ?3, nullif(?4, 0), ?5)"
                                                + " RETURNING id",
                                        Long.class)
                                .setParameter(1, kind.word())
                                .setParameter(2, because.actor())
                                .setParameter(3, because.reason())
                                .setParameter(4, undoes == null ? 0L : undoes)
                                .setParameter(5, now())
                                .getSingleResult())
                .longValue();
    }

    Instant now() {
        return clock.instant();
    }

    /** Tells projections that the images of some annotations changed. */
    void changed(Collection<Long> annotations) {
        if (annotations.isEmpty()) {
            return;
        }
        entities.createNativeQuery(
                        """
                        WITH changed AS (
                            SELECT image_id, row_number() OVER (ORDER BY image_id) AS step
                            FROM (SELECT DISTINCT image_id FROM annotation
                                  WHERE id = ANY(CAST(string_to_array(?1, ',') AS bigint[]))) AS i
                        ), written AS (
                            INSERT INTO outbox (sequence, image_id, created_at)
                            SELECT counter.value + changed.step, changed.image_id, ?2
                            FROM changed, outbox_counter counter
                            RETURNING sequence
                        )
                        UPDATE outbox_counter
                        SET value = greatest(value, (SELECT coalesce(max(sequence), 0) FROM written))
                        """)
                .setParameter(1, Conditions.list(annotations))
                .setParameter(2, now())
                .executeUpdate();
    }
}
