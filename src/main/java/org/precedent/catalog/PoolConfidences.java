package org.precedent.catalog;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;
import java.util.Optional;
import org.precedent.catalog.Entities.LabelEntity;
import org.precedent.catalog.Entities.PoolConfidenceEntity;
import org.precedent.catalog.Entities.PoolEntity;

/** The confidence models that were fitted to pools. */
@ApplicationScoped
public class PoolConfidences {
    private final EntityManager entities;

    PoolConfidences(EntityManager entities) {
        this.entities = entities;
    }

    /** Keeps a model; it is in force from then on. */
    @Transactional
    public void record(Pool pool, Task.Label label, PoolConfidence fitted) {
        PoolConfidenceEntity entity = new PoolConfidenceEntity();
        entity.pool = entities.getReference(PoolEntity.class, pool.id());
        entity.version = fitted.poolVersion();
        entity.label = entities.getReference(LabelEntity.class, label.id());
        entity.network = fitted.network();
        entity.weightsSha256 = fitted.weightsSha256();
        entity.embeddingSpace = fitted.embeddingSpace();
        entity.model = fitted.regression();
        entity.threshold = fitted.threshold();
        entity.fittedOn = fitted.fittedOn();
        entity.rankCorrelation = fitted.rankCorrelation();
        entity.createdAt = fitted.createdAt();
        entities.persist(entity);
    }

    /**
     * The model in force: the newest of the highest version up to the one asked for.
     *
     * @param embeddingSpace of the similarities that coverage is measured in
     */
    @Transactional
    public Optional<PoolConfidence> find(
            Pool pool,
            int poolVersion,
            Task.Label label,
            String network,
            String weightsSha256,
            String embeddingSpace) {
        return entities.createQuery(
                        "FROM PoolConfidence WHERE pool.id = :pool AND version <= :version"
                                + " AND label.id = :label AND network = :network"
                                + " AND weightsSha256 = :weights AND embeddingSpace = :space"
                                + " ORDER BY version DESC, id DESC",
                        PoolConfidenceEntity.class)
                .setParameter("pool", pool.id())
                .setParameter("version", poolVersion)
                .setParameter("label", label.id())
                .setParameter("network", network)
                .setParameter("weights", weightsSha256)
                .setParameter("space", embeddingSpace)
                .setMaxResults(1)
                .getResultStream()
                .findFirst()
                .map(e ->
                        new PoolConfidence(
                                e.version,
                                e.network,
                                e.weightsSha256,
                                e.embeddingSpace,
                                e.model,
                                e.threshold,
                                e.fittedOn,
                                e.rankCorrelation,
                                e.createdAt));
    }
}
