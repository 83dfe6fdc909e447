package org.precedent.catalog;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;
import java.util.List;
import java.util.Optional;
import org.precedent.catalog.Entities.AnnotationEntity;
import org.precedent.catalog.Entities.PoolEntity;
import org.precedent.catalog.Entities.PoolTemperatureEntity;

/** The temperatures that were chosen for pools, and the images that choose. */
@ApplicationScoped
public class PoolTemperatures {
    private final EntityManager entities;

    PoolTemperatures(EntityManager entities) {
        this.entities = entities;
    }

    /** Keeps a choice; it is in force from then on. */
    @Transactional
    public void record(Pool pool, PoolTemperature chosen) {
        PoolTemperatureEntity entity = new PoolTemperatureEntity();
        entity.pool = entities.getReference(PoolEntity.class, pool.id());
        entity.version = chosen.poolVersion();
        entity.embeddingSpace = chosen.embeddingSpace();
        entity.network = chosen.network();
        entity.weightsSha256 = chosen.weightsSha256();
        entity.temperature = chosen.temperature();
        entity.supportSize = chosen.supportSize();
        entity.queries = chosen.queries();
        entity.dice = chosen.dice();
        entity.diceUniform = chosen.diceUniform();
        entity.createdAt = chosen.createdAt();
        entities.persist(entity);
    }

    /**
     * The choice in force: the newest of the highest version up to the one asked for.
     *
     * @param network a temperature chosen for one network is not another's, but stays when its
     *     weights are trained further
     */
    @Transactional
    public Optional<PoolTemperature> find(
            Pool pool, int poolVersion, String embeddingSpace, String network) {
        return entities.createQuery(
                        "FROM PoolTemperature WHERE pool.id = :pool AND version <= :version"
                                + " AND embeddingSpace = :space AND network = :network"
                                + " ORDER BY version DESC, id DESC",
                        PoolTemperatureEntity.class)
                .setParameter("pool", pool.id())
                .setParameter("version", poolVersion)
                .setParameter("space", embeddingSpace)
                .setParameter("network", network)
                .setMaxResults(1)
                .getResultStream()
                .findFirst()
                .map(PoolTemperatures::toRecord);
    }

    /** An annotated image of a pool and whose it is. */
    public record Drawn(Support support, String patient) {}

    /**
     * Draws approved annotations of one label that a pool version holds.
     *
     * @param n at most this many
     * @param seed decides; the same ones for the same seed
     */
    @Transactional
    public List<Drawn> draw(Pool pool, int poolVersion, Task.Label label, int n, long seed) {
        return entities.createQuery(
                        "SELECT a FROM PoolMember m JOIN m.annotation a JOIN FETCH a.image i"
                                + " WHERE m.pool.id = :pool AND m.fromVersion <= :version"
                                + " AND (m.untilVersion IS NULL OR m.untilVersion > :version)"
                                + " AND a.label.id = :label AND a.reviewState = APPROVED"
                                + " ORDER BY sql('md5(? || ?::text)', :seed, i.id), i.id",
                        AnnotationEntity.class)
                .setParameter("pool", pool.id())
                .setParameter("version", poolVersion)
                .setParameter("label", label.id())
                .setParameter("seed", Long.toString(seed))
                .setMaxResults(n)
                .getResultStream()
                .map(a -> new Drawn(Catalog.toSupport(a), a.image.patient))
                .toList();
    }

    private static PoolTemperature toRecord(PoolTemperatureEntity entity) {
        return new PoolTemperature(
                entity.version,
                entity.embeddingSpace,
                entity.network,
                entity.weightsSha256,
                entity.temperature,
                entity.supportSize,
                entity.queries,
                entity.dice,
                entity.diceUniform,
                entity.createdAt);
    }
}
