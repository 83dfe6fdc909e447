package org.precedent.catalog.adaptation;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Query;
import jakarta.transaction.Transactional;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.precedent.catalog.Pool;
import org.precedent.catalog.adaptation.Adaptation.State;

/**
 * Keeps adaptations. Whoever works on one asks for its state now and then, because a pause, a
 * cancellation or an erasure may come from any process; a change of state that does not fit what
 * the row is at meanwhile changes nothing.
 */
@ApplicationScoped
public class Adaptations {
    private static final String COLUMNS =
            "SELECT id, pool_id, version, network, base_weights_sha256, budget_steps,"
                    + " budget_seconds, seed, actor, created_at, state, phase, progress, steps,"
                    + " seconds, failure, finished_at, gate_open, gain, gain_without_best,"
                    + " gate_patients, dice_before, dice_after, gate_reason, weights_sha256,"
                    + " reverted_at, reverted_by,"
                    + " (SELECT p.name FROM pool p WHERE p.id = pool_id),"
                    + " (SELECT t.name FROM pool p JOIN task t ON t.id = p.task_id"
                    + " WHERE p.id = pool_id) FROM pool_adaptation ";

    private static final String UNFINISHED = "state IN ('waiting', 'running', 'paused')";
    private static final String IN_FORCE = "state = 'done' AND gate_open AND reverted_at IS NULL";

    private final EntityManager entities;

    Adaptations(EntityManager entities) {
        this.entities = entities;
    }

    /**
     * Writes down that an adaptation is to be made, of the pool's current version.
     *
     * @return empty where one of this pool is under way already
     */
    @Transactional
    public Optional<Adaptation> add(
            Pool pool,
            String network,
            String baseWeightsSha256,
            Adaptation.Budget budget,
            String actor,
            Instant now) {
        UUID id = UUID.randomUUID();
        int added =
                entities.createNativeQuery(
                                "INSERT INTO pool_adaptation (id, pool_id, version, network,"
                                        + " base_weights_sha256, seed, budget_steps, budget_seconds,"
                                        + " actor, created_at, state) VALUES (?1, ?2, ?3, ?4, ?5,"
                                        + " ?6, CAST(nullif(?7, '') AS integer),"
                                        + " CAST(nullif(?8, '') AS double precision), ?9, ?10,"
                                        + " 'waiting') ON CONFLICT DO NOTHING")
                        .setParameter(1, id)
                        .setParameter(2, pool.id())
                        .setParameter(3, pool.version())
                        .setParameter(4, network)
                        .setParameter(5, baseWeightsSha256)
                        .setParameter(6, budget.seed())
                        .setParameter(7, text(budget.steps()))
                        .setParameter(8, text(budget.seconds()))
                        .setParameter(9, actor)
                        .setParameter(10, now)
                        .executeUpdate();
        return added == 0 ? Optional.empty() : find(id);
    }

    /** A parameter has a type where it is null, too, as text that is empty. */
    private static String text(@Nullable Object value) {
        return value == null ? "" : value.toString();
    }

    /** One of them. */
    @Transactional
    public Optional<Adaptation> find(UUID id) {
        return one(entities.createNativeQuery(COLUMNS + "WHERE id = ?1").setParameter(1, id));
    }

    /** Those of a pool, the latest first. */
    @Transactional
    public List<Adaptation> of(Pool pool, int limit) {
        return rows(
                entities.createNativeQuery(COLUMNS + "WHERE pool_id = ?1 ORDER BY sequence DESC")
                        .setParameter(1, pool.id())
                        .setMaxResults(limit));
    }

    /** The one of a pool that has not ended. */
    @Transactional
    public Optional<Adaptation> unfinished(Pool pool) {
        return one(
                entities.createNativeQuery(COLUMNS + "WHERE pool_id = ?1 AND " + UNFINISHED)
                        .setParameter(1, pool.id()));
    }

    /** Those that have not ended, the oldest first. */
    @Transactional
    public List<Adaptation> unfinished() {
        return rows(
                entities.createNativeQuery(COLUMNS + "WHERE " + UNFINISHED + " ORDER BY sequence"));
    }

    // ---- which weights answer

    /**
     * The adaptation in force.
     *
     * @param poolVersion the version that is asked
     * @param network the name of the network that answers
     * @param baseWeightsSha256 its own weights
     */
    @Transactional
    public Optional<Adaptation> inForce(
            int poolId, int poolVersion, String network, String baseWeightsSha256) {
        return one(
                entities.createNativeQuery(
                                COLUMNS
                                        + "WHERE pool_id = ?1 AND version <= ?2 AND network = ?3"
                                        + " AND base_weights_sha256 = ?4 AND "
                                        + IN_FORCE
                                        + " ORDER BY version DESC, sequence DESC")
                        .setParameter(1, poolId)
                        .setParameter(2, poolVersion)
                        .setParameter(3, network)
                        .setParameter(4, baseWeightsSha256)
                        .setMaxResults(1));
    }

    /** The last adaptation to have made some weights, in force or not. */
    @Transactional
    public Optional<Adaptation> ofWeights(String network, String weightsSha256) {
        return one(
                entities.createNativeQuery(
                                COLUMNS
                                        + "WHERE network = ?1 AND weights_sha256 = ?2"
                                        + " ORDER BY (state = 'done') DESC, sequence DESC")
                        .setParameter(1, network)
                        .setParameter(2, weightsSha256)
                        .setMaxResults(1));
    }

    // ---- the work

    /**
     * Writes down what is learnt from, in place of what was before, and that work begins.
     *
     * @return whether it may begin: nobody stopped it meanwhile
     */
    @Transactional
    public boolean begin(UUID id, Collection<Long> annotations) {
        int begun =
                entities.createNativeQuery(
                                "UPDATE pool_adaptation SET state = 'running'"
                                        + " WHERE id = ?1 AND state IN ('waiting', 'running')")
                        .setParameter(1, id)
                        .executeUpdate();
        if (begun == 0) {
            return false;
        }
        entities.createNativeQuery(
                        "DELETE FROM pool_adaptation_annotation WHERE adaptation_id = ?1")
                .setParameter(1, id)
                .executeUpdate();
        // An annotation that was erased since it was read is not there, and begins nothing.
        int known =
                entities.createNativeQuery(
                                "INSERT INTO pool_adaptation_annotation SELECT ?1, a.id"
                                        + " FROM annotation a WHERE a.id IN (?2) FOR KEY SHARE")
                        .setParameter(1, id)
                        .setParameter(2, annotations)
                        .executeUpdate();
        if (known != annotations.size()) {
            throw new IllegalStateException(
                    (annotations.size() - known) + " annotations were erased meanwhile");
        }
        return true;
    }

    /** Says how far it is. */
    @Transactional
    public void progress(UUID id, Adaptation.Progress progress) {
        entities.createNativeQuery(
                        "UPDATE pool_adaptation SET phase = ?2, progress = ?3, steps = ?4,"
                                + " seconds = ?5 WHERE id = ?1 AND state = 'running'")
                .setParameter(1, id)
                .setParameter(2, progress.phase())
                .setParameter(3, progress.done())
                .setParameter(4, progress.steps())
                .setParameter(5, progress.seconds())
                .executeUpdate();
    }

    /**
     * Ends it with what came of it; from then on its weights answer, where the gate is open.
     *
     * @param weightsSha256 of the blob; null where the gate is closed
     * @return whether it was: nobody stopped it meanwhile
     */
    @Transactional
    public boolean finish(
            UUID id,
            Adaptation.Progress progress,
            Adaptation.Gate gate,
            @Nullable String weightsSha256,
            Instant now) {
        return entities.createNativeQuery(
                                "UPDATE pool_adaptation SET state = 'done', phase = ?2,"
                                        + " progress = ?3, steps = ?4, seconds = ?5, gate_open = ?6,"
                                        + " gain = ?7, gain_without_best = ?8, gate_patients = ?9,"
                                        + " dice_before = ?10, dice_after = ?11, gate_reason = ?12,"
                                        + " weights_sha256 = nullif(?13, ''),"
                                        + " blob_sha256 = nullif(?13, ''), finished_at = ?14"
                                        + " WHERE id = ?1 AND state = 'running'")
                        .setParameter(1, id)
                        .setParameter(2, progress.phase())
                        .setParameter(3, progress.done())
                        .setParameter(4, progress.steps())
                        .setParameter(5, progress.seconds())
                        .setParameter(6, gate.open())
                        .setParameter(7, gate.gain())
                        .setParameter(8, gate.gainWithoutBest())
                        .setParameter(9, gate.patients())
                        .setParameter(10, gate.before())
                        .setParameter(11, gate.after())
                        .setParameter(12, gate.reason())
                        .setParameter(13, text(weightsSha256))
                        .setParameter(14, now)
                        .executeUpdate()
                > 0;
    }

    /** Ends it because it cannot go on. */
    @Transactional
    public void fail(UUID id, String failure, Instant now) {
        entities.createNativeQuery(
                        "UPDATE pool_adaptation SET state = 'failed', failure = ?2,"
                                + " finished_at = ?3 WHERE id = ?1 AND "
                                + UNFINISHED)
                .setParameter(1, id)
                .setParameter(2, failure)
                .setParameter(3, now)
                .executeUpdate();
    }

    /** Lets it wait until it is told to go on; nothing where it has ended. */
    @Transactional
    public void pause(UUID id) {
        move(id, "paused", "state IN ('waiting', 'running')", null);
    }

    /** Lets it go on; nothing where it is not paused. */
    @Transactional
    public void resume(UUID id) {
        move(id, "waiting", "state = 'paused'", null);
    }

    /** Ends it; nothing where it has ended. */
    @Transactional
    public void cancel(UUID id, Instant now) {
        move(id, "cancelled", UNFINISHED, now);
    }

    private void move(UUID id, String to, String from, @Nullable Instant end) {
        Query change =
                entities.createNativeQuery(
                                "UPDATE pool_adaptation SET state = ?2"
                                        + (end == null ? "" : ", finished_at = ?3")
                                        + " WHERE id = ?1 AND "
                                        + from)
                        .setParameter(1, id)
                        .setParameter(2, to);
        if (end != null) {
            change.setParameter(3, end);
        }
        change.executeUpdate();
    }

    /**
     * Takes an adaptation back: what answered before it answers again.
     *
     * @return whether it was in force
     */
    @Transactional
    public boolean revert(UUID id, String actor, Instant now) {
        return entities.createNativeQuery(
                                "UPDATE pool_adaptation SET reverted_at = ?2, reverted_by = ?3"
                                        + " WHERE id = ?1 AND "
                                        + IN_FORCE)
                        .setParameter(1, id)
                        .setParameter(2, now)
                        .setParameter(3, actor)
                        .executeUpdate()
                > 0;
    }

    // ---- rows

    private static Optional<Adaptation> one(Query query) {
        return rows(query).stream().findFirst();
    }

    @SuppressWarnings("unchecked") // a native query of columns gives Object[] rows
    private static List<Adaptation> rows(Query query) {
        return ((List<Object[]>) query.getResultList()).stream().map(Adaptations::row).toList();
    }

    private static Adaptation row(Object[] row) {
        return new Adaptation(
                (UUID) row[0],
                (String) row[28],
                (String) row[27],
                ((Number) row[1]).intValue(),
                ((Number) row[2]).intValue(),
                (String) row[3],
                (String) row[4],
                new Adaptation.Budget(
                        row[5] == null ? null : ((Number) row[5]).intValue(),
                        row[6] == null ? null : ((Number) row[6]).doubleValue(),
                        ((Number) row[7]).longValue()),
                (String) row[8],
                (Instant) row[9],
                State.of((String) row[10]),
                new Adaptation.Progress(
                        (String) row[11],
                        ((Number) row[12]).doubleValue(),
                        ((Number) row[13]).intValue(),
                        ((Number) row[14]).doubleValue()),
                (String) row[15],
                (Instant) row[16],
                row[17] == null
                        ? null
                        : new Adaptation.Gate(
                                (Boolean) row[17],
                                ((Number) row[18]).doubleValue(),
                                ((Number) row[19]).doubleValue(),
                                ((Number) row[20]).intValue(),
                                ((Number) row[21]).doubleValue(),
                                ((Number) row[22]).doubleValue(),
                                (String) row[23]),
                (String) row[24],
                (Instant) row[25],
                (String) row[26]);
    }
}
