package org.precedent.catalog;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.AttributeOverride;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EntityManager;
import jakarta.persistence.FetchType;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.MappedSuperclass;
import jakarta.persistence.Table;
import jakarta.persistence.criteria.CriteriaBuilder;
import jakarta.persistence.criteria.CriteriaQuery;
import jakarta.persistence.criteria.Predicate;
import jakarta.persistence.criteria.Root;
import jakarta.transaction.Transactional;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.hibernate.annotations.Immutable;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;
import org.precedent.access.Scope;
import org.precedent.catalog.Entities.AnnotationEntity;
import org.precedent.catalog.Entities.LabelEntity;
import org.precedent.catalog.Entities.PoolEntity;

/**
 * The settings of pools, and the images of a pool that decide them. Every kind has a table of its
 * own, whose rows never change. In force is the newest row of the highest pool version that is not
 * above the one asked for, so that a pool which grows keeps its setting until it is decided anew.
 */
@ApplicationScoped
public class PoolSettings {
    private final EntityManager entities;

    PoolSettings(EntityManager entities) {
        this.entities = entities;
    }

    /** Keeps a setting; it is in force from then on. */
    @Transactional
    public void record(Pool pool, PoolSetting<?> setting) {
        PoolSetting.Value value = setting.value();
        PoolSettingEntity entity =
                switch (value) {
                    case PoolSetting.Temperature temperature -> toEntity(temperature);
                    case PoolSetting.Shares shares -> toEntity(shares);
                    case PoolSetting.Confidence confidence -> toEntity(confidence);
                    case PoolSetting.Looks looks -> toEntity(looks);
                };
        entity.pool = entities.getReference(PoolEntity.class, pool.id());
        entity.version = setting.poolVersion();
        entity.space = setting.space();
        entity.network = setting.network();
        entity.weightsSha256 = setting.weightsSha256();
        entity.createdAt = setting.createdAt();
        entities.persist(entity);
    }

    /**
     * Finds the temperature in force.
     *
     * @param space the space of the similarities that it would divide
     * @param network a temperature chosen for one network is not another's, but stays when its
     *     weights are trained further
     */
    @Transactional
    public Optional<PoolSetting<PoolSetting.Temperature>> temperature(
            Pool pool, int poolVersion, String space, String network) {
        return newest(PoolTemperatureEntity.class, pool, poolVersion, space, network, Map.of())
                .map(e -> toRecord(e, new PoolSetting.Temperature(e.temperature, trial(e))));
    }

    /**
     * Finds the shares in force.
     *
     * @param spaces the spaces of all levels that are there now
     * @param network shares chosen for one network are not another's, but stay when its weights are
     *     trained further
     */
    @Transactional
    public Optional<PoolSetting<PoolSetting.Shares>> shares(
            Pool pool, int poolVersion, String spaces, String network) {
        return newest(PoolFusionEntity.class, pool, poolVersion, spaces, network, Map.of())
                .map(e ->
                        toRecord(
                                e,
                                new PoolSetting.Shares(
                                        e.imageShare,
                                        e.locationShare,
                                        e.objectShare,
                                        e.rankOffset,
                                        trial(e))));
    }

    /**
     * Finds the confidence model in force for one label.
     *
     * @param space the space of the similarities that coverage is measured in
     * @param weightsSha256 the weights that it must have been fitted with
     * @param closeUp whether it predicts answers that were looked at again from nearer by
     */
    @Transactional
    public Optional<PoolSetting<PoolSetting.Confidence>> confidence(
            Pool pool,
            int poolVersion,
            Task.Label label,
            String space,
            String network,
            String weightsSha256,
            boolean closeUp) {
        return newest(
                        PoolConfidenceEntity.class,
                        pool,
                        poolVersion,
                        space,
                        network,
                        Map.of(
                                "label",
                                entities.getReference(LabelEntity.class, label.id()),
                                "weightsSha256",
                                weightsSha256,
                                "closeUp",
                                closeUp))
                .map(e ->
                        toRecord(
                                e,
                                new PoolSetting.Confidence(
                                        label,
                                        e.model,
                                        e.threshold,
                                        e.fittedOn,
                                        e.rankCorrelation,
                                        e.closeUp)));
    }

    /**
     * Finds how often answers of one label are looked at.
     *
     * @param space the space of the similarities that supports were chosen by
     * @param weightsSha256 the weights that it must have been tried with
     */
    @Transactional
    public Optional<PoolSetting<PoolSetting.Looks>> looks(
            Pool pool,
            int poolVersion,
            Task.Label label,
            String space,
            String network,
            String weightsSha256) {
        return newest(
                        PoolLooksEntity.class,
                        pool,
                        poolVersion,
                        space,
                        network,
                        Map.of(
                                "label",
                                entities.getReference(LabelEntity.class, label.id()),
                                "weightsSha256",
                                weightsSha256))
                .map(e ->
                        toRecord(
                                e,
                                new PoolSetting.Looks(
                                        label, e.twice, e.patients, e.diceOnce, e.diceTwice)));
    }

    /**
     * An annotated image of a pool.
     *
     * @param patient the pseudonym of the image's patient
     */
    public record PoolImage(Support support, String patient) {}

    /**
     * Draws approved annotations of one label that a pool version holds.
     *
     * @param n at most this many
     * @param seed decides; the same ones for the same seed
     */
    @Transactional
    public List<PoolImage> draw(Pool pool, int poolVersion, Task.Label label, int n, long seed) {
        return entities.createQuery(
                        "SELECT a FROM PoolMember m JOIN m.annotation a JOIN FETCH a.image i"
                                + " WHERE m.pool.id = :pool AND m.fromVersion <= :version"
                                + " AND (m.untilVersion IS NULL OR m.untilVersion > :version)"
                                + " AND a.label.id = :label AND a.reviewState = APPROVED"
                                + " AND a.area > 0"
                                + " ORDER BY sql('md5(? || ?::text)', :seed, i.id), i.id",
                        AnnotationEntity.class)
                .setParameter("pool", pool.id())
                .setParameter("version", poolVersion)
                .setParameter("label", label.id())
                .setParameter("seed", Long.toString(seed))
                .setMaxResults(n)
                .getResultStream()
                .map(a -> new PoolImage(Catalog.toSupport(Scope.machine(), a), a.image.patient))
                .toList();
    }

    /**
     * How much a pool shows of a label.
     *
     * @param annotations approved ones that are not empty
     * @param patients of theirs
     */
    public record Annotated(int annotations, int patients) {}

    /** Counts approved annotations of one label that a pool version holds. */
    @Transactional
    public Annotated annotated(Pool pool, int poolVersion, Task.Label label) {
        Object[] counts =
                entities.createQuery(
                                "SELECT count(a), count(DISTINCT i.patient)"
                                        + " FROM PoolMember m JOIN m.annotation a JOIN a.image i"
                                        + " WHERE m.pool.id = :pool AND m.fromVersion <= :version"
                                        + " AND (m.untilVersion IS NULL"
                                        + " OR m.untilVersion > :version)"
                                        + " AND a.label.id = :label AND a.reviewState = APPROVED"
                                        + " AND a.area > 0",
                                Object[].class)
                        .setParameter("pool", pool.id())
                        .setParameter("version", poolVersion)
                        .setParameter("label", label.id())
                        .getSingleResult();
        return new Annotated(((Number) counts[0]).intValue(), ((Number) counts[1]).intValue());
    }

    /** An annotation of a pool, with its label and the pseudonym of its image's patient. */
    public record Labelled(String label, Support support, String patient) {}

    /**
     * Draws approved annotations of all labels that a pool version holds, those of one image
     * together.
     *
     * @param n at most this many
     * @param seed decides; the same ones for the same seed
     */
    @Transactional
    public List<Labelled> annotated(int poolId, int poolVersion, int n, long seed) {
        return entities.createQuery(
                        "SELECT a FROM PoolMember m JOIN m.annotation a JOIN FETCH a.image i"
                                + " JOIN FETCH a.label"
                                + " WHERE m.pool.id = :pool AND m.fromVersion <= :version"
                                + " AND (m.untilVersion IS NULL OR m.untilVersion > :version)"
                                + " AND a.reviewState = APPROVED AND a.area > 0"
                                + " ORDER BY sql('md5(? || ?::text)', :seed, i.id), i.id, a.id",
                        AnnotationEntity.class)
                .setParameter("pool", poolId)
                .setParameter("version", poolVersion)
                .setParameter("seed", Long.toString(seed))
                .setMaxResults(n)
                .getResultStream()
                .map(a ->
                        new Labelled(
                                a.label.name,
                                Catalog.toSupport(Scope.machine(), a),
                                a.image.patient))
                .toList();
    }

    /**
     * @param further fields that only some kinds have, with the values that they must hold
     */
    private <E extends PoolSettingEntity> Optional<E> newest(
            Class<E> kind,
            Pool pool,
            int poolVersion,
            String space,
            String network,
            Map<String, Object> further) {
        CriteriaBuilder builder = entities.getCriteriaBuilder();
        CriteriaQuery<E> query = builder.createQuery(kind);
        Root<E> row = query.from(kind);
        List<Predicate> holds = new ArrayList<>();
        holds.add(
                builder.equal(row.get("pool"), entities.getReference(PoolEntity.class, pool.id())));
        holds.add(builder.lessThanOrEqualTo(row.<Integer>get("version"), poolVersion));
        holds.add(builder.equal(row.get("space"), space));
        holds.add(builder.equal(row.get("network"), network));
        further.forEach((field, value) -> holds.add(builder.equal(row.get(field), value)));
        query.where(holds.toArray(Predicate[]::new))
                .orderBy(builder.desc(row.get("version")), builder.desc(row.get("id")));
        return entities.createQuery(query).setMaxResults(1).getResultStream().findFirst();
    }

    private static PoolSettingEntity toEntity(PoolSetting.Temperature chosen) {
        PoolTemperatureEntity entity = new PoolTemperatureEntity();
        entity.temperature = chosen.tau();
        fill(entity, chosen.trial());
        return entity;
    }

    private static PoolSettingEntity toEntity(PoolSetting.Shares chosen) {
        PoolFusionEntity entity = new PoolFusionEntity();
        entity.imageShare = chosen.image();
        entity.locationShare = chosen.location();
        entity.objectShare = chosen.object();
        entity.rankOffset = chosen.offset();
        fill(entity, chosen.trial());
        return entity;
    }

    private PoolSettingEntity toEntity(PoolSetting.Confidence fitted) {
        PoolConfidenceEntity entity = new PoolConfidenceEntity();
        entity.label = entities.getReference(LabelEntity.class, fitted.label().id());
        entity.model = fitted.regression();
        entity.threshold = fitted.threshold();
        entity.fittedOn = fitted.fittedOn();
        entity.rankCorrelation = fitted.rankCorrelation();
        entity.closeUp = fitted.closeUp();
        return entity;
    }

    private PoolSettingEntity toEntity(PoolSetting.Looks tried) {
        PoolLooksEntity entity = new PoolLooksEntity();
        entity.label = entities.getReference(LabelEntity.class, tried.label().id());
        entity.twice = tried.twice();
        entity.patients = tried.patients();
        entity.diceOnce = tried.diceOnce();
        entity.diceTwice = tried.diceTwice();
        return entity;
    }

    private static void fill(TriedSettingEntity entity, PoolSetting.Trial trial) {
        entity.supportSize = trial.supportSize();
        entity.queries = trial.queries();
        entity.dice = trial.dice();
        entity.diceEven = trial.diceEven();
    }

    private static PoolSetting.Trial trial(TriedSettingEntity entity) {
        return new PoolSetting.Trial(
                entity.supportSize, entity.queries, entity.dice, entity.diceEven);
    }

    private static <V extends PoolSetting.Value> PoolSetting<V> toRecord(
            PoolSettingEntity entity, V value) {
        return new PoolSetting<>(
                entity.version,
                entity.space,
                entity.network,
                entity.weightsSha256,
                value,
                entity.createdAt);
    }

    /** The columns that every kind of {@link PoolSetting} has, under whatever name. */
    @MappedSuperclass
    abstract static class PoolSettingEntity {
        @Id
        @GeneratedValue(strategy = GenerationType.IDENTITY)
        Long id;

        @ManyToOne(fetch = FetchType.LAZY)
        @JoinColumn(name = "pool_id")
        PoolEntity pool;

        int version;

        @Column(name = "embedding_space")
        String space;

        String network;

        @Column(name = "weights_sha256")
        String weightsSha256;

        @Column(name = "created_at")
        Instant createdAt;
    }

    /** The columns of a setting of one label. */
    @MappedSuperclass
    abstract static class LabelSettingEntity extends PoolSettingEntity {
        @ManyToOne(fetch = FetchType.LAZY)
        @JoinColumn(name = "label_id")
        LabelEntity label;
    }

    @Entity(name = "PoolConfidence")
    @Table(name = "pool_confidence")
    @Immutable
    static class PoolConfidenceEntity extends LabelSettingEntity {
        @JdbcTypeCode(SqlTypes.JSON)
        PoolSetting.Regression model;

        double threshold;

        @Column(name = "fitted_on")
        int fittedOn;

        @Column(name = "rank_correlation")
        @Nullable Double rankCorrelation;

        @Column(name = "close_up")
        boolean closeUp;
    }

    @Entity(name = "PoolLooks")
    @Table(name = "pool_looks")
    @Immutable
    static class PoolLooksEntity extends LabelSettingEntity {
        boolean twice;
        int patients;

        @Column(name = "dice_once")
        double diceOnce;

        @Column(name = "dice_twice")
        double diceTwice;
    }

    /** The columns of a setting that was the best of those tried. */
    @MappedSuperclass
    abstract static class TriedSettingEntity extends PoolSettingEntity {
        @Column(name = "support_size")
        int supportSize;

        int queries;
        double dice;

        @Column(name = "dice_even")
        double diceEven;
    }

    @Entity(name = "PoolTemperature")
    @Table(name = "pool_temperature")
    @AttributeOverride(name = "diceEven", column = @Column(name = "dice_uniform"))
    @Immutable
    static class PoolTemperatureEntity extends TriedSettingEntity {
        @Nullable Double temperature;
    }

    @Entity(name = "PoolFusion")
    @Table(name = "pool_fusion")
    @AttributeOverride(name = "space", column = @Column(name = "embedding_spaces"))
    @Immutable
    static class PoolFusionEntity extends TriedSettingEntity {
        @Column(name = "image_share")
        double imageShare;

        @Column(name = "location_share")
        double locationShare;

        @Column(name = "object_share")
        double objectShare;

        @Column(name = "rank_offset")
        int rankOffset;
    }
}
