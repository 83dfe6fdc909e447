package org.precedent.catalog;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The images that a projection could not project and has gone past, kept so that they are known
 * after a restart as well.
 */
@ApplicationScoped
public class Quarantines {
    private final EntityManager entities;

    Quarantines(EntityManager entities) {
        this.entities = entities;
    }

    /**
     * One image in quarantine.
     *
     * @param projection the index or the store that lacks it
     * @param reason in a sentence
     * @param tries how often it was put here since it last was well
     * @param since when it was put here first
     */
    public record Entry(String projection, UUID imageId, String reason, int tries, Instant since) {}

    /** Puts an image into quarantine, or says that it failed again. */
    @Transactional
    public void put(String projection, UUID imageId, String reason) {
        entities.createNativeQuery(
                        "INSERT INTO quarantine (projection, image_id, reason)"
                                + " VALUES (?1, ?2, ?3)"
                                + " ON CONFLICT (projection, image_id) DO UPDATE SET"
                                + " reason = excluded.reason, tries = quarantine.tries + 1,"
                                + " tried_at = now()")
                .setParameter(1, projection)
                .setParameter(2, imageId)
                .setParameter(3, reason)
                .executeUpdate();
    }

    /** Lets images go that are well again. */
    @Transactional
    public void release(String projection, Collection<UUID> imageIds) {
        for (UUID imageId : imageIds) {
            entities.createNativeQuery(
                            "DELETE FROM quarantine WHERE projection = ?1 AND image_id = ?2")
                    .setParameter(1, projection)
                    .setParameter(2, imageId)
                    .executeUpdate();
        }
    }

    /** Lets all images of a projection go. */
    @Transactional
    public void clear(String projection) {
        entities.createNativeQuery("DELETE FROM quarantine WHERE projection = ?1")
                .setParameter(1, projection)
                .executeUpdate();
    }

    /** The images that a projection lacks, those first that were tried longest ago. */
    @Transactional
    public List<UUID> images(String projection) {
        @SuppressWarnings("unchecked") // the column's type
        List<UUID> images =
                entities.createNativeQuery(
                                "SELECT image_id FROM quarantine WHERE projection = ?1"
                                        + " ORDER BY tried_at, image_id",
                                UUID.class)
                        .setParameter(1, projection)
                        .getResultList();
        return images;
    }

    /** How many images each projection lacks; projections that lack none are not in the map. */
    @Transactional
    public Map<String, Integer> counts() {
        Map<String, Integer> counts = new TreeMap<>();
        @SuppressWarnings("unchecked") // a native query of two columns gives Object[] rows
        List<Object[]> rows =
                entities.createNativeQuery(
                                "SELECT projection, count(*) FROM quarantine GROUP BY projection")
                        .getResultList();
        rows.forEach(row -> counts.put((String) row[0], ((Number) row[1]).intValue()));
        return counts;
    }

    /** The images in quarantine, newest first. */
    @Transactional
    public List<Entry> newest(int limit) {
        @SuppressWarnings("unchecked") // a native query of columns gives Object[] rows
        List<Object[]> rows =
                entities.createNativeQuery(
                                "SELECT projection, image_id, reason, tries, since FROM quarantine"
                                        + " ORDER BY since DESC, image_id, projection")
                        .setMaxResults(limit)
                        .getResultList();
        return rows.stream()
                .map(row ->
                        new Entry(
                                (String) row[0],
                                (UUID) row[1],
                                (String) row[2],
                                ((Number) row[3]).intValue(),
                                (Instant) row[4]))
                .toList();
    }
}
