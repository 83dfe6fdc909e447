package org.precedent.catalog;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Masks that wait beside approved ones of the same image and label. A pool holds one annotation of
 * an image and label: an approved one keeps its place until a curator approves another, and what
 * annotators and answers bring meanwhile waits here. Call within a transaction, with the writers'
 * lock held.
 */
@ApplicationScoped
public class Proposals {
    private final EntityManager entities;
    private final Clock clock;

    Proposals(EntityManager entities, Clock clock) {
        this.entities = entities;
        this.clock = clock;
    }

    /**
     * Lets an annotation wait for a place in a pool. One that waits already, or that was decided
     * on, stays as it is; one that was taken back waits again.
     *
     * @param action the verdict or correction that it came from; null for an ingest
     */
    public void propose(int pool, long annotation, @Nullable Long action) {
        entities.createNativeQuery(
                        """
                        INSERT INTO pool_proposal (pool_id, annotation_id, action_id, created_at)
                        VALUES (?1, ?2, nullif(?3, 0), ?4)
                        ON CONFLICT (pool_id, annotation_id) DO UPDATE
                        SET action_id = excluded.action_id, created_at = excluded.created_at
                        WHERE EXISTS (SELECT 1 FROM curation_action c
                                      WHERE c.id = pool_proposal.action_id AND NOT c.in_force)
                        """)
                .setParameter(1, pool)
                .setParameter(2, annotation)
                .setParameter(3, action == null ? 0L : action)
                .setParameter(4, clock.instant())
                .executeUpdate();
    }

    /**
     * Says which verdict an annotation came from that began to wait, or waits again, since that
     * began; one that waited before is what it was.
     */
    public void cameFrom(int pool, long annotation, long action) {
        entities.createNativeQuery(
                        "UPDATE pool_proposal SET action_id = ?3 WHERE pool_id = ?1"
                                + " AND annotation_id = ?2 AND action_id IS NULL AND created_at >="
                                + " (SELECT created_at FROM curation_action WHERE id = ?3)")
                .setParameter(1, pool)
                .setParameter(2, annotation)
                .setParameter(3, action)
                .executeUpdate();
    }

    /**
     * An annotation that is to have a place in a pool.
     *
     * @param instead the one that has it; null where none has
     */
    public record Placement(int pool, long annotation, @Nullable Long instead) {}

    /**
     * The places that annotations take once they are approved: of several of one image and label
     * the newest, and none where a newer one is approved and in the pool.
     */
    public List<Placement> placements(Collection<Long> approved) {
        @SuppressWarnings("unchecked") // a native query of several columns gives Object[] rows
        List<Object[]> rows =
                entities.createNativeQuery(
                                """
                                SELECT DISTINCT ON (p.pool_id, a.image_id, a.label_id)
                                       p.pool_id, a.id AS annotation, h.id AS instead
                                FROM pool_proposal p
                                JOIN annotation a ON a.id = p.annotation_id
                                LEFT JOIN curation_action c ON c.id = p.action_id
                                LEFT JOIN LATERAL (
                                    SELECT y.id, y.version, y.review_state
                                    FROM pool_member m JOIN annotation y ON y.id = m.annotation_id
                                    WHERE m.pool_id = p.pool_id AND m.until_version IS NULL
                                      AND y.image_id = a.image_id AND y.label_id = a.label_id
                                    LIMIT 1) h ON true
                                WHERE a.id = ANY(CAST(string_to_array(?1, ',') AS bigint[]))
                                  AND coalesce(c.in_force, true)
                                  AND (h.id IS NULL OR h.id <> a.id
                                       AND NOT (h.review_state = 'APPROVED' AND h.version > a.version))
                                ORDER BY p.pool_id, a.image_id, a.label_id, a.version DESC
                                """)
                        .setParameter(
                                1,
                                approved.stream()
                                        .map(String::valueOf)
                                        .collect(Collectors.joining(",")))
                        .getResultList();
        return rows.stream()
                .map(row ->
                        new Placement(
                                ((Number) row[0]).intValue(),
                                ((Number) row[1]).longValue(),
                                row[2] == null ? null : ((Number) row[2]).longValue()))
                .toList();
    }
}
