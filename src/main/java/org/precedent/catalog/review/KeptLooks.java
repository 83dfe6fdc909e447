package org.precedent.catalog.review;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.precedent.catalog.Outbox;

/**
 * Lists and maps of pools that were computed in the background. They name images, so an erasure
 * empties the table, and what was computed before an erasure is not kept after it.
 */
@ApplicationScoped
public class KeptLooks {
    private final EntityManager entities;
    private final Outbox outbox;

    KeptLooks(EntityManager entities, Outbox outbox) {
        this.entities = entities;
        this.outbox = outbox;
    }

    /**
     * Which look.
     *
     * @param what the list's name
     * @param reader the site whose names of things it has; empty for administrators
     * @param pool its id
     * @param labels their ids
     * @param madeWith whatever decides it besides the pool's version
     */
    public record Subject(
            String what, String reader, int pool, List<Integer> labels, String madeWith) {
        public Subject {
            labels = List.copyOf(labels);
        }

        private String labelIds() {
            return labels.stream().map(String::valueOf).collect(Collectors.joining(","));
        }
    }

    /**
     * What was kept of a look.
     *
     * @param json the result
     * @param version of the pool that it is of
     */
    public record Kept(String json, Instant computedAt, int version) {}

    /** The last one of a subject; empty where there is none, or it was made with something else. */
    @Transactional
    public Optional<Kept> find(Subject subject) {
        @SuppressWarnings("unchecked") // a native query of several columns gives Object[] rows
        List<Object[]> rows =
                entities.createNativeQuery(
                                """
                                SELECT result::text, computed_at, pool_version FROM pool_look
                                WHERE what = ?1 AND reader = ?2 AND pool_id = ?3
                                  AND label_ids = ?4 AND made_with = ?5
                                """)
                        .setParameter(1, subject.what())
                        .setParameter(2, subject.reader())
                        .setParameter(3, subject.pool())
                        .setParameter(4, subject.labelIds())
                        .setParameter(5, subject.madeWith())
                        .getResultList();
        return rows.stream()
                .findFirst()
                .map(row ->
                        new Kept((String) row[0], (Instant) row[1], ((Number) row[2]).intValue()));
    }

    /**
     * Keeps a look in place of the last one of its subject.
     *
     * @param erasure the last one when it was begun: where there was another since, it is not kept
     * @return whether it was kept
     */
    @Transactional
    public boolean keep(Subject subject, Kept kept, long erasure) {
        // An erasure holds the same lock from its first row to its commit.
        outbox.lockWriters();
        if (outbox.lastErasure() != erasure) {
            return false;
        }
        entities.createNativeQuery(
                        """
                        INSERT INTO pool_look (what, reader, pool_id, label_ids, made_with,
                          pool_version, computed_at, result)
                        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, cast(?8 AS jsonb))
                        ON CONFLICT (what, reader, pool_id, label_ids) DO UPDATE
                        SET made_with = excluded.made_with, pool_version = excluded.pool_version,
                          computed_at = excluded.computed_at, result = excluded.result
                        """)
                .setParameter(1, subject.what())
                .setParameter(2, subject.reader())
                .setParameter(3, subject.pool())
                .setParameter(4, subject.labelIds())
                .setParameter(5, subject.madeWith())
                .setParameter(6, kept.version())
                .setParameter(7, kept.computedAt())
                .setParameter(8, kept.json())
                .executeUpdate();
        return true;
    }
}
