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
import org.precedent.CanonicalNames;
import org.precedent.access.Scope;
import org.precedent.catalog.Names;
import org.precedent.catalog.Outbox;
import org.precedent.catalog.Sight.Reach;

/**
 * Who did what, why and when. Every change begins with {@link #begin}, which takes the writers'
 * lock, so that changes commit one after another.
 */
@ApplicationScoped
public class Actions {
    /** Whether {@code curation_action c} is in a site's history. */
    private static final String VISIBLE =
            "EXISTS (SELECT 1 FROM curation_subject s WHERE s.action_id = c.id AND"
                    + " (s.task_id = ANY(CAST(string_to_array(:ownTasks, ',') AS integer[]))"
                    + " OR lower(c.site) = :home AND"
                    + " s.task_id = ANY(CAST(string_to_array(:sharedTasks, ',') AS integer[]))))";

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
     * @param scope of whoever does it
     * @param actor its name; only administrators, who run commands on the machine, give another one
     * @param reason for people
     */
    public record Because(Scope scope, String actor, String reason) {
        public Because {
            actor = Names.requireText("actor", actor);
            reason = Names.requireText("reason", reason);
            if (!scope.everywhere() && !actor.equals(scope.name())) {
                throw new IllegalArgumentException("the actor is whoever does it");
            }
        }

        /** Whoever a scope is of, and why. */
        public static Because of(Scope scope, String reason) {
            return new Because(scope, scope.name(), reason);
        }
    }

    /**
     * An action as it is kept.
     *
     * @param actor null for somebody of another site
     * @param undoes the action that it undid; null for others
     * @param inForce false while an undo of it is in force
     * @param reviews annotations whose state it changed
     * @param versions versions of pools that it made
     */
    public record Action(
            long id,
            String kind,
            @Nullable String actor,
            String reason,
            @Nullable Long undoes,
            boolean inForce,
            Instant createdAt,
            int reviews,
            int versions) {}

    /**
     * The actions, the latest first: what was done to tasks of the own site, and what its own
     * people did to those of others that it may still see.
     */
    @Transactional
    public Page<Action> list(Reach reach, Page.Request page) {
        Conditions conditions =
                new Conditions()
                        .given(
                                "c.number < (SELECT number FROM curation_action WHERE id = :after)",
                                "after",
                                page.number());
        if (!reach.everything()) {
            conditions
                    .given(VISIBLE, "home", CanonicalNames.key(reach.scope().home()))
                    .given("TRUE", "ownTasks", Conditions.list(reach.ownTasks()))
                    .given("TRUE", "sharedTasks", Conditions.list(reach.sharedTasks()));
        }
        var query =
                entities.createNativeQuery(
                        """
                        SELECT c.id, c.kind, c.actor, c.site, c.reason, c.undoes, c.in_force, c.created_at,
                            (SELECT count(*) FROM review_change r WHERE r.action_id = c.id),
                            (SELECT count(*) FROM pool_version v WHERE v.action_id = c.id)
                        FROM curation_action c WHERE %s ORDER BY c.number DESC
                        """
                                .formatted(conditions.sql()));
        conditions.bind(query);
        List<Action> read =
                Conditions.rows(query.setMaxResults(page.limit() + 1)).stream()
                        .map(row -> action(reach.scope(), row))
                        .toList();
        return Page.of(read, page.limit(), action -> Long.toString(action.id()));
    }

    private static Action action(Scope scope, Object[] row) {
        return new Action(
                ((Number) row[0]).longValue(),
                (String) row[1],
                actor(scope, (String) row[2], (String) row[3]),
                (String) row[4],
                row[5] == null ? null : ((Number) row[5]).longValue(),
                (Boolean) row[6],
                (Instant) row[7],
                ((Number) row[8]).intValue(),
                ((Number) row[9]).intValue());
    }

    /**
     * The name of who did something, where that is somebody of the own site or an administrator.
     */
    static @Nullable String actor(Scope scope, @Nullable String actor, @Nullable String site) {
        return site == null || site.equals(Scope.LOCAL) || scope.owns(site) ? actor : null;
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
                                                + " (kind, actor, reason, undoes, created_at, site)"
                                                + " VALUES (?1, ?2, ?3, nullif(?4, 0), ?5, ?6)"
                                                + " RETURNING id",
                                        Long.class)
                                .setParameter(1, kind.word())
                                .setParameter(2, because.actor())
                                .setParameter(3, because.reason())
                                .setParameter(4, undoes == null ? 0L : undoes)
                                .setParameter(5, now())
                                .setParameter(6, because.scope().home())
                                .getSingleResult())
                .longValue();
    }

    /** Keeps which task an action changed. */
    void about(long action, int task) {
        entities.createNativeQuery(
                        "INSERT INTO curation_subject VALUES (?1, ?2) ON CONFLICT DO NOTHING")
                .setParameter(1, action)
                .setParameter(2, task)
                .executeUpdate();
    }

    /** Keeps which tasks the annotations are of that an action changed. */
    void about(long action, Collection<Long> annotations) {
        entities.createNativeQuery(
                        "INSERT INTO curation_subject SELECT DISTINCT ?1, l.task_id FROM annotation a"
                                + " JOIN label l ON l.id = a.label_id"
                                + " WHERE a.id = ANY(CAST(string_to_array(?2, ',') AS bigint[]))"
                                + " ON CONFLICT DO NOTHING")
                .setParameter(1, action)
                .setParameter(2, Conditions.list(annotations))
                .executeUpdate();
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
