package org.precedent.catalog.review;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.precedent.CanonicalNames;
import org.precedent.access.Scope;
import org.precedent.catalog.CatalogException;
import org.precedent.catalog.Names;
import org.precedent.catalog.Pool;
import org.precedent.catalog.review.Actions.Because;
import org.precedent.catalog.review.Actions.Kind;

/** The versions of pools: what is in them, what changed, and going back. */
@ApplicationScoped
public class PoolVersions {
    /** Members of pool ?1 at version ?2. */
    private static final String AT =
            "m.pool_id = ?1 AND m.from_version <= ?2"
                    + " AND (m.until_version IS NULL OR m.until_version > ?2)";

    private final EntityManager entities;
    private final Actions actions;

    PoolVersions(EntityManager entities, Actions actions) {
        this.entities = entities;
        this.actions = actions;
    }

    /**
     * A version.
     *
     * @param name that people gave it; null where nobody did
     * @param note why it was made, which may name files; null for what another site did
     * @param actor null for versions of before actors were kept, of ingests, and of another site's
     * @param action that made it; null for an ingest
     * @param added annotations that are new in it
     * @param removed annotations that it no longer holds
     */
    public record Version(
            int version,
            @Nullable String name,
            @Nullable String note,
            @Nullable String actor,
            @Nullable Long action,
            Instant createdAt,
            int added,
            int removed) {}

    /** The versions of a pool, the latest first. */
    @Transactional
    public Page<Version> list(Pool pool, Page.Request page) {
        Long after = page.number();
        List<Version> read =
                Conditions.rows(
                                entities.createNativeQuery(
                                                """
                                                SELECT v.version, v.name, v.note, v.actor, c.site, v.action_id, v.created_at,
                                                    (SELECT count(*) FROM pool_member m WHERE m.pool_id = ?1
                                                        AND m.from_version = v.version),
                                                    (SELECT count(*) FROM pool_member m WHERE m.pool_id = ?1
                                                        AND m.until_version = v.version),
                                                    EXISTS (SELECT 1 FROM pool_member m
                                                        JOIN annotation a ON a.id = m.annotation_id
                                                        JOIN image i ON i.id = a.image_id
                                                        WHERE m.pool_id = ?1 AND m.from_version = v.version
                                                          AND lower(i.site) <> ?3) AS others
                                                FROM pool_version v
                                                LEFT JOIN curation_action c ON c.id = v.action_id
                                                WHERE v.pool_id = ?1 AND v.version < ?2
                                                ORDER BY v.version DESC
                                                """)
                                        .setParameter(1, pool.id())
                                        .setParameter(
                                                3, CanonicalNames.key(pool.grant().scope().home()))
                                        .setParameter(
                                                2,
                                                after == null
                                                        ? Integer.MAX_VALUE
                                                        : Math.toIntExact(after))
                                        .setMaxResults(page.limit() + 1))
                        .stream()
                        .map(row -> version(pool.grant().scope(), row))
                        .toList();
        return Page.of(read, page.limit(), version -> Integer.toString(version.version()));
    }

    private static Version version(Scope scope, Object[] row) {
        boolean told =
                row[5] == null
                        ? scope.everywhere() || !((Boolean) row[9])
                        : Actions.actor(scope, "", (String) row[4]) != null;
        return new Version(
                ((Number) row[0]).intValue(),
                (String) row[1],
                told ? (String) row[2] : null,
                Actions.actor(scope, (String) row[3], (String) row[4]),
                row[5] == null ? null : ((Number) row[5]).longValue(),
                (Instant) row[6],
                ((Number) row[7]).intValue(),
                ((Number) row[8]).intValue());
    }

    /**
     * Gives a version a name, in place of any it had.
     *
     * @throws CatalogException UNKNOWN_POOL_VERSION; NAME_TAKEN where another version has it;
     *     BAD_NAME for a number, which names the version of that number
     */
    @Transactional
    public void name(Pool pool, int version, String name) {
        String shown = Names.requireText("name", name);
        if (shown.matches("[+-]?[0-9]+")) {
            throw CatalogException.numberAsName(shown);
        }
        actions.lock();
        if (!Conditions.rows(
                        entities.createNativeQuery(
                                        "SELECT version, name FROM pool_version WHERE pool_id = ?1"
                                                + " AND lower(name) = lower(?2) AND version <> ?3")
                                .setParameter(1, pool.id())
                                .setParameter(2, shown)
                                .setParameter(3, version))
                .isEmpty()) {
            throw CatalogException.nameTaken(shown);
        }
        entities.createNativeQuery(
                        "UPDATE pool_version SET name = ?1 WHERE pool_id = ?2 AND version = ?3")
                .setParameter(1, shown)
                .setParameter(2, pool.id())
                .setParameter(3, version)
                .executeUpdate();
    }

    /**
     * What became of one label of one image between two versions.
     *
     * @param before the annotation of the first version; null where it held none
     * @param after the annotation of the second; null where it holds none
     */
    public record Difference(
            UUID imageId,
            String image,
            String label,
            @Nullable Long before,
            @Nullable Long after) {}

    /** What differs between two versions of a pool, by image and label. */
    @Transactional
    public List<Difference> diff(Pool pool, int from, int to) {
        return Conditions.rows(
                        entities.createNativeQuery(
                                        """
                                        WITH a AS (
                                            SELECT x.image_id, x.label_id, x.id FROM pool_member m
                                            JOIN annotation x ON x.id = m.annotation_id
                                            WHERE m.pool_id = ?1 AND m.from_version <= ?2
                                              AND (m.until_version IS NULL OR m.until_version > ?2)
                                        ), b AS (
                                            SELECT x.image_id, x.label_id, x.id FROM pool_member m
                                            JOIN annotation x ON x.id = m.annotation_id
                                            WHERE m.pool_id = ?1 AND m.from_version <= ?3
                                              AND (m.until_version IS NULL OR m.until_version > ?3)
                                        )
                                        SELECT i.id, i.source_name, l.name, a.id AS before, b.id AS after, i.site
                                        FROM a FULL JOIN b ON a.image_id = b.image_id AND a.label_id = b.label_id
                                        JOIN image i ON i.id = coalesce(a.image_id, b.image_id)
                                        JOIN label l ON l.id = coalesce(a.label_id, b.label_id)
                                        WHERE a.id IS DISTINCT FROM b.id
                                        ORDER BY i.source_name, i.id, l.id
                                        """)
                                .setParameter(1, pool.id())
                                .setParameter(2, from)
                                .setParameter(3, to))
                .stream()
                .map(row ->
                        new Difference(
                                (UUID) row[0],
                                pool.grant()
                                        .scope()
                                        .imageName((String) row[5], (String) row[1], (UUID) row[0]),
                                (String) row[2],
                                row[3] == null ? null : ((Number) row[3]).longValue(),
                                row[4] == null ? null : ((Number) row[4]).longValue()))
                .toList();
    }

    /**
     * What a change of members did, or would do.
     *
     * @param action null where nothing was changed
     * @param version the pool's current one afterwards
     * @param kept annotations that were not added, because the pool holds another one of the same
     *     image and label
     */
    public record Changed(@Nullable Long action, int version, int added, int removed, int kept) {}

    /** Makes a pool hold again what it held at a version, as a new version. */
    @Transactional
    public Changed restore(Pool pool, int version, Because because, boolean dryRun) {
        actions.lock();
        int current = current(pool.id());
        Set<Long> wanted = new HashSet<>(at(pool.id(), version));
        Set<Long> held = new HashSet<>(at(pool.id(), current));
        List<Long> add = wanted.stream().filter(id -> !held.contains(id)).sorted().toList();
        List<Long> end = held.stream().filter(id -> !wanted.contains(id)).sorted().toList();
        if (dryRun || add.isEmpty() && end.isEmpty()) {
            return new Changed(null, current, add.size(), end.size(), 0);
        }
        long action = actions.begin(Kind.RESTORE, because, null);
        int made =
                change(
                        pool.id(),
                        add,
                        end,
                        "as version " + version + ": " + because.reason(),
                        because.actor(),
                        action);
        return new Changed(action, made, add.size(), end.size(), 0);
    }

    /**
     * Puts the annotations of one pool into another of the same task, without any pixels being
     * sent. What the other holds of the same image and label stays.
     */
    @Transactional
    public Changed copy(Pool from, int version, Pool to, Because because, boolean dryRun) {
        actions.lock();
        if (from.taskId() != to.taskId()) {
            throw CatalogException.otherTask(from.name(), to.name());
        }
        int current = current(to.id());
        List<Long> add =
                longs(
                        entities.createNativeQuery(
                                        """
                                        SELECT x.id FROM pool_member m JOIN annotation x ON x.id = m.annotation_id
                                        WHERE m.pool_id = ?1 AND m.from_version <= ?2
                                          AND (m.until_version IS NULL OR m.until_version > ?2)
                                          AND NOT EXISTS (
                                            SELECT 1 FROM pool_member o JOIN annotation y ON y.id = o.annotation_id
                                            WHERE o.pool_id = ?3 AND o.until_version IS NULL
                                              AND y.image_id = x.image_id AND y.label_id = x.label_id)
                                        ORDER BY x.id
                                        """,
                                        Long.class)
                                .setParameter(1, from.id())
                                .setParameter(2, version)
                                .setParameter(3, to.id())
                                .getResultList());
        int kept = at(from.id(), version).size() - add.size();
        if (dryRun || add.isEmpty()) {
            return new Changed(null, current, add.size(), 0, kept);
        }
        long action = actions.begin(Kind.COPY, because, null);
        int made =
                change(
                        to.id(),
                        add,
                        List.of(),
                        "from %s version %d: %s".formatted(from.name(), version, because.reason()),
                        because.actor(),
                        action);
        return new Changed(action, made, add.size(), 0, kept);
    }

    /** How many annotations a version holds. */
    @Transactional
    public int size(Pool pool, int version) {
        return at(pool.id(), version).size();
    }

    /** The annotations that a version holds. */
    private List<Long> at(int pool, int version) {
        return longs(
                entities.createNativeQuery(
                                "SELECT m.annotation_id FROM pool_member m WHERE "
                                        + AT
                                        + " ORDER BY 1",
                                Long.class)
                        .setParameter(1, pool)
                        .setParameter(2, version)
                        .getResultList());
    }

    /** The version that a pool has now. */
    int current(int pool) {
        return ((Number)
                        entities.createNativeQuery(
                                        "SELECT current_version FROM pool WHERE id = ?1",
                                        Integer.class)
                                .setParameter(1, pool)
                                .getSingleResult())
                .intValue();
    }

    /**
     * Changes what a pool holds, as a new version; call with the lock held.
     *
     * @param add annotations that it does not hold
     * @param end annotations that it holds
     */
    int change(int pool, List<Long> add, List<Long> end, String note, String actor, long action) {
        int version = current(pool) + 1;
        entities.createNativeQuery(
                        "INSERT INTO pool_version (pool_id, version, note, created_at, actor,"
                                + " action_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
                .setParameter(1, pool)
                .setParameter(2, version)
                .setParameter(3, note)
                .setParameter(4, actions.now())
                .setParameter(5, actor)
                .setParameter(6, action)
                .executeUpdate();
        entities.createNativeQuery(
                        "INSERT INTO curation_subject SELECT ?1, task_id FROM pool WHERE id = ?2"
                                + " ON CONFLICT DO NOTHING")
                .setParameter(1, action)
                .setParameter(2, pool)
                .executeUpdate();
        entities.createNativeQuery(
                        "UPDATE pool_member SET until_version = ?1 WHERE pool_id = ?2"
                                + " AND until_version IS NULL AND annotation_id ="
                                + " ANY(CAST(string_to_array(?3, ',') AS bigint[]))")
                .setParameter(1, version)
                .setParameter(2, pool)
                .setParameter(3, Conditions.list(end))
                .executeUpdate();
        entities.createNativeQuery(
                        "INSERT INTO pool_member (pool_id, annotation_id, from_version)"
                                + " SELECT ?1, id, ?2 FROM"
                                + " unnest(CAST(string_to_array(?3, ',') AS bigint[])) AS id")
                .setParameter(1, pool)
                .setParameter(2, version)
                .setParameter(3, Conditions.list(add))
                .executeUpdate();
        entities.createNativeQuery("UPDATE pool SET current_version = ?1 WHERE id = ?2")
                .setParameter(1, version)
                .setParameter(2, pool)
                .executeUpdate();
        List<Long> both = new ArrayList<>(add);
        both.addAll(end);
        actions.changed(both);
        return version;
    }

    /**
     * Takes back what an action did to pools, each as a new version.
     *
     * @throws CatalogException POOL_CHANGED where a pool does not hold any more what it put there
     */
    void takeBack(long undone, long undo, Because because) {
        List<Object[]> made =
                Conditions.rows(
                        entities.createNativeQuery(
                                        "SELECT pool_id, version FROM pool_version"
                                                + " WHERE action_id = ?1 ORDER BY 1, 2")
                                .setParameter(1, undone));
        for (Object[] one : made) {
            int pool = ((Number) one[0]).intValue();
            int version = ((Number) one[1]).intValue();
            List<Long> added = members("from_version", pool, version);
            List<Long> ended = members("until_version", pool, version);
            Set<Long> held = new HashSet<>(at(pool, current(pool)));
            if (!held.containsAll(added) || !free(pool, ended, added)) {
                throw CatalogException.poolChanged(undone, version);
            }
            change(pool, ended, added, "undone: " + because.reason(), because.actor(), undo);
        }
    }

    private List<Long> members(String bound, int pool, int version) {
        return longs(
                entities.createNativeQuery(
                                "SELECT annotation_id FROM pool_member WHERE pool_id = ?1 AND "
                                        + bound
                                        + " = ?2 ORDER BY 1",
                                Long.class)
                        .setParameter(1, pool)
                        .setParameter(2, version)
                        .getResultList());
    }

    /** Whether a pool holds nothing of the images and labels of some annotations but others. */
    private boolean free(int pool, List<Long> annotations, List<Long> but) {
        return entities.createNativeQuery(
                        """
                        SELECT 1 FROM annotation x
                        JOIN annotation y ON y.image_id = x.image_id AND y.label_id = x.label_id
                        JOIN pool_member m ON m.annotation_id = y.id
                        WHERE m.pool_id = ?1 AND m.until_version IS NULL
                          AND x.id = ANY(CAST(string_to_array(?2, ',') AS bigint[]))
                          AND NOT y.id = ANY(CAST(string_to_array(?3, ',') AS bigint[]))
                        """)
                .setParameter(1, pool)
                .setParameter(2, Conditions.list(annotations))
                .setParameter(3, Conditions.list(but))
                .setMaxResults(1)
                .getResultList()
                .isEmpty();
    }

    /**
     * The pools that hold an annotation of the same image and label as one, which one, and its
     * state.
     */
    List<Object[]> holding(long annotation) {
        return Conditions.rows(
                entities.createNativeQuery(
                                "SELECT m.pool_id, y.id, y.review_state"
                                        + " FROM annotation x JOIN annotation y"
                                        + " ON y.image_id = x.image_id AND y.label_id = x.label_id"
                                        + " JOIN pool_member m ON m.annotation_id = y.id"
                                        + " WHERE x.id = ?1 AND m.until_version IS NULL ORDER BY 1")
                        .setParameter(1, annotation));
    }

    static List<Long> longs(Collection<?> found) {
        return found.stream().map(id -> ((Number) id).longValue()).toList();
    }
}
