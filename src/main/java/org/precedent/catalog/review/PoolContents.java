package org.precedent.catalog.review;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.precedent.ReviewState;
import org.precedent.catalog.Pool;
import org.precedent.catalog.Support;

/** What a version of a pool holds, whatever its review state. */
@ApplicationScoped
public class PoolContents {
    private final EntityManager entities;

    PoolContents(EntityManager entities) {
        this.entities = entities;
    }

    /**
     * One annotation in a pool.
     *
     * @param series null for an image that is no slice
     */
    public record Member(
            Support support,
            String label,
            ReviewState state,
            String author,
            String site,
            String patient,
            String modality,
            @Nullable String series) {}

    /**
     * Lists the annotations that a version holds, by label and annotation; not those that say that
     * a slice does not show the label: there is nothing in them to be judged.
     *
     * @param label only this one; null for all
     */
    @Transactional
    public List<Member> members(Pool pool, int version, @Nullable Integer label) {
        @SuppressWarnings("unchecked") // a native query of several columns gives Object[] rows
        List<Object[]> rows =
                entities.createNativeQuery(
                                """
                                SELECT a.id, a.version, i.id, i.source_name, i.pixels_sha256,
                                       a.mask_sha256, i.width, i.height, a.area,
                                       l.name, a.review_state, a.author,
                                       i.site, i.patient, i.modality, i.series
                                FROM pool_member m
                                JOIN annotation a ON a.id = m.annotation_id
                                JOIN image i ON i.id = a.image_id
                                JOIN label l ON l.id = a.label_id
                                WHERE m.pool_id = ?1 AND m.from_version <= ?2
                                  AND (m.until_version IS NULL OR m.until_version > ?2)
                                  AND (?3 = 0 OR a.label_id = ?3) AND a.area > 0
                                ORDER BY a.label_id, a.id
                                """)
                        .setParameter(1, pool.id())
                        .setParameter(2, version)
                        .setParameter(3, label == null ? 0 : label)
                        .getResultList();
        return rows.stream().map(PoolContents::member).toList();
    }

    /**
     * An annotation as a pool would hold it, whether or not one does.
     *
     * @return empty where there is none of this id
     */
    @Transactional
    public Optional<Member> member(long annotation) {
        return Conditions.rows(
                        entities.createNativeQuery(
                                        """
                                        SELECT a.id, a.version, i.id AS image_id, i.source_name, i.pixels_sha256,
                                               a.mask_sha256, i.width, i.height, a.area,
                                               l.name, a.review_state, a.author,
                                               i.site, i.patient, i.modality, i.series
                                        FROM annotation a JOIN image i ON i.id = a.image_id
                                        JOIN label l ON l.id = a.label_id WHERE a.id = ?1
                                        """)
                                .setParameter(1, annotation))
                .stream()
                .map(PoolContents::member)
                .findFirst();
    }

    private static Member member(Object[] row) {
        return new Member(
                new Support(
                        ((Number) row[0]).longValue(),
                        ((Number) row[1]).intValue(),
                        (UUID) row[2],
                        (String) row[3],
                        (String) row[4],
                        (String) row[5],
                        ((Number) row[6]).intValue(),
                        ((Number) row[7]).intValue(),
                        ((Number) row[8]).intValue()),
                (String) row[9],
                ReviewState.valueOf((String) row[10]),
                (String) row[11],
                (String) row[12],
                (String) row[13],
                (String) row[14],
                (String) row[15]);
    }
}
