package org.precedent.catalog;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;
import java.util.Optional;
import org.precedent.catalog.Entities.PoolEntity;
import org.precedent.catalog.Entities.PoolFusionEntity;

/** The shares of levels that were chosen for pools. */
@ApplicationScoped
public class PoolFusions {
    private final EntityManager entities;

    PoolFusions(EntityManager entities) {
        this.entities = entities;
    }

    /** Keeps a choice; it is in force from then on. */
    @Transactional
    public void record(Pool pool, PoolFusion chosen) {
        PoolFusionEntity entity = new PoolFusionEntity();
        entity.pool = entities.getReference(PoolEntity.class, pool.id());
        entity.version = chosen.poolVersion();
        entity.embeddingSpaces = chosen.embeddingSpaces();
        entity.network = chosen.network();
        entity.weightsSha256 = chosen.weightsSha256();
        entity.imageShare = chosen.shares().image();
        entity.locationShare = chosen.shares().location();
        entity.objectShare = chosen.shares().object();
        entity.rankOffset = chosen.shares().offset();
        entity.supportSize = chosen.supportSize();
        entity.queries = chosen.queries();
        entity.dice = chosen.dice();
        entity.diceEven = chosen.diceEven();
        entity.createdAt = chosen.createdAt();
        entities.persist(entity);
    }

    /**
     * The choice in force: the newest of the highest version up to the one asked for.
     *
     * @param embeddingSpaces of all levels that are there now
     * @param network shares chosen for one network are not another's, but stay when its weights are
     *     trained further
     */
    @Transactional
    public Optional<PoolFusion> find(
            Pool pool, int poolVersion, String embeddingSpaces, String network) {
        return entities.createQuery(
                        "FROM PoolFusion WHERE pool.id = :pool AND version <= :version"
                                + " AND embeddingSpaces = :spaces AND network = :network"
                                + " ORDER BY version DESC, id DESC",
                        PoolFusionEntity.class)
                .setParameter("pool", pool.id())
                .setParameter("version", poolVersion)
                .setParameter("spaces", embeddingSpaces)
                .setParameter("network", network)
                .setMaxResults(1)
                .getResultStream()
                .findFirst()
                .map(PoolFusions::toRecord);
    }

    private static PoolFusion toRecord(PoolFusionEntity entity) {
        return new PoolFusion(
                entity.version,
                entity.embeddingSpaces,
                entity.network,
                entity.weightsSha256,
                new PoolFusion.Shares(
                        entity.imageShare,
                        entity.locationShare,
                        entity.objectShare,
                        entity.rankOffset),
                entity.supportSize,
                entity.queries,
                entity.dice,
                entity.diceEven,
                entity.createdAt);
    }
}
