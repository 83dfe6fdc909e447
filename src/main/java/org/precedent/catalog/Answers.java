package org.precedent.catalog;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.precedent.access.FileNames;
import org.precedent.access.Scope;
import org.precedent.catalog.Entities.AnnotationEntity;
import org.precedent.catalog.Entities.AnswerEntity;
import org.precedent.catalog.Entities.AnswerLabelEntity;
import org.precedent.catalog.Entities.AnswerSupportEntity;
import org.precedent.catalog.Entities.LabelEntity;
import org.precedent.catalog.Entities.PoolEntity;
import org.precedent.catalog.Entities.TaskEntity;
import org.precedent.imaging.InputRange;

/** The record of answers. They are written once and never change. */
@ApplicationScoped
public class Answers {
    private final EntityManager entities;
    private final FileNames names;

    Answers(EntityManager entities, FileNames names) {
        this.entities = entities;
        this.names = names;
    }

    /**
     * Records an answer as the scope's own; its blobs must be in the store already.
     *
     * @throws CatalogException ERASED_MEANWHILE where a support is not there any more
     */
    @Transactional
    public void record(Scope scope, Answer answer, Task task, Pool pool) {
        requireSupports(answer);
        AnswerEntity entity = new AnswerEntity();
        entity.id = answer.id();
        entity.task = entities.getReference(TaskEntity.class, task.id());
        entity.pool = entities.getReference(PoolEntity.class, pool.id());
        entity.askedBy = scope.name();
        entity.askedSite = scope.home();
        entity.poolVersion = answer.poolVersion();
        entity.querySha256 = answer.querySha256();
        entity.queryName = names.kept(scope.home(), answer.queryName(), "query", answer.id(), "");
        entity.queryWidth = answer.queryWidth();
        entity.queryHeight = answer.queryHeight();
        entity.site = answer.site();
        entity.patient = answer.patient();
        entity.series = answer.slice() == null ? null : answer.slice().series();
        entity.sliceIndex = answer.slice() == null ? null : answer.slice().number();
        entity.ownStudy = answer.ownStudy();
        entity.closeUpAsked = answer.closeUp().word();
        entity.closeUp = answer.labels().stream().anyMatch(Answer.LabelAnswer::closeUp);
        entity.sliceHashes =
                answer.isOfVolume() ? answer.sliceHashes().toArray(String[]::new) : null;
        entity.strategy = answer.strategy();
        entity.supportSize = answer.supportSize();
        entity.temperature = answer.temperature();
        entity.temperatureSource = answer.temperatureSource().word();
        entity.seed = answer.seed();
        entity.network = answer.network();
        entity.weightsSha256 = answer.weightsSha256();
        entity.adaptedFrom = answer.adaptedFrom();
        entity.networkSize = answer.networkSize();
        entity.arithmetic = answer.arithmetic();
        entity.inputRange = answer.inputRange().word();
        entity.supportsTogether =
                answer.supportsTogether() == Integer.MAX_VALUE ? null : answer.supportsTogether();
        entity.embeddingSpace = answer.embeddingSpace();
        entity.timingsMs = new LinkedHashMap<>(answer.timingsMs());
        entity.createdAt = answer.createdAt();
        entities.persist(entity);
        for (Answer.LabelAnswer labelAnswer : answer.labels()) {
            record(labelAnswer, entity, task);
        }
    }

    /** Waits for an erasure that is under way, and keeps others away until the record is there. */
    private void requireSupports(Answer answer) {
        Set<Long> supports =
                answer.labels().stream()
                        .flatMap(label -> label.supports().stream())
                        .map(used -> used.support().annotationId())
                        .collect(Collectors.toCollection(TreeSet::new));
        int there =
                entities.createNativeQuery(
                                "SELECT id FROM annotation WHERE id = ANY(?1) ORDER BY id"
                                        + " FOR KEY SHARE")
                        .setParameter(1, supports.toArray(Long[]::new))
                        .getResultList()
                        .size();
        if (there < supports.size()) {
            throw CatalogException.erasedMeanwhile();
        }
    }

    private void record(Answer.LabelAnswer answer, AnswerEntity owner, Task task) {
        int labelId =
                task.labels().stream()
                        .filter(label -> label.name().equals(answer.label()))
                        .findFirst()
                        .orElseThrow()
                        .id();
        AnswerLabelEntity entity = new AnswerLabelEntity();
        entity.answer = owner;
        entity.label = entities.getReference(LabelEntity.class, labelId);
        entity.maskSha256 = answer.maskSha256();
        entity.probabilitiesSha256 = answer.probabilitiesSha256();
        entity.area = answer.area();
        entity.eligible = answer.eligible();
        entity.visited = answer.visited();
        entity.exact = answer.exact();
        entity.shortfall = answer.shortfall();
        entity.belowResolution = answer.belowResolution();
        entity.closeUp = answer.closeUp();
        entity.confidence = answer.confidence();
        entity.points = answer.points();
        entity.leftOut = answer.leftOut();
        entities.persist(entity);
        int rank = 0;
        for (Answer.UsedSupport used : answer.supports()) {
            AnswerSupportEntity support = new AnswerSupportEntity();
            support.answerLabel = entity;
            support.rank = rank++;
            support.annotation =
                    entities.getReference(AnnotationEntity.class, used.support().annotationId());
            support.similarity = used.similarity();
            support.weight = used.weight();
            support.matches = used.matches();
            support.ranks = used.ranks();
            entities.persist(support);
        }
    }

    /**
     * An answer that the scope may read.
     *
     * @throws CatalogException UNKNOWN_ANSWER
     */
    @Transactional
    public Answer find(Scope scope, UUID id) {
        return toAnswer(scope, require(scope, id));
    }

    /**
     * An answer that the scope may read, from a pool that it may still read: for whoever computes
     * with its supports or looks at them.
     *
     * @throws CatalogException UNKNOWN_ANSWER; UNKNOWN_POOL when the pool is not there any more for
     *     this scope; ERASED when supports of it are not there any more for anybody
     */
    @Transactional
    public Answer findWithSupports(Scope scope, UUID id) {
        AnswerEntity answer = require(scope, id);
        if (scope.read(Catalog.rights(answer.pool)).isEmpty()) {
            throw CatalogException.unknown(
                    CatalogException.Code.UNKNOWN_POOL, "pool", answer.pool.name, List.of());
        }
        int erased = answer.labels.stream().mapToInt(label -> label.erasedSupports).sum();
        if (erased > 0) {
            throw CatalogException.supportsErased(id.toString(), erased);
        }
        return toAnswer(scope, answer);
    }

    private AnswerEntity require(Scope scope, UUID id) {
        AnswerEntity answer = entities.find(AnswerEntity.class, id);
        if (answer == null || !Catalog.reads(scope, answer)) {
            throw CatalogException.unknown(
                    CatalogException.Code.UNKNOWN_ANSWER,
                    "segmentation",
                    id.toString(),
                    List.of("the ids that POST /v1/segmentations returned"));
        }
        return answer;
    }

    private static Answer toAnswer(Scope scope, AnswerEntity answer) {
        return new Answer(
                answer.id,
                answer.task.name,
                answer.pool.name,
                answer.poolVersion,
                answer.querySha256,
                answer.queryName,
                answer.queryWidth,
                answer.queryHeight,
                answer.site,
                answer.patient,
                answer.strategy,
                answer.supportSize,
                answer.temperature,
                TemperatureSource.of(answer.temperatureSource),
                answer.seed,
                answer.network,
                answer.weightsSha256,
                answer.adaptedFrom,
                answer.networkSize,
                answer.arithmetic,
                InputRange.of(answer.inputRange),
                Objects.requireNonNullElse(answer.supportsTogether, Integer.MAX_VALUE),
                answer.embeddingSpace,
                answer.timingsMs,
                answer.createdAt,
                answer.labels.stream().map(label -> toLabelAnswer(scope, label)).toList(),
                answer.series == null || answer.sliceIndex == null
                        ? null
                        : new Answer.SliceOfStudy(answer.series, answer.sliceIndex),
                answer.ownStudy,
                Answer.CloseUps.of(answer.closeUpAsked).orElseThrow(),
                answer.sliceHashes == null ? List.of() : List.of(answer.sliceHashes));
    }

    private static Answer.LabelAnswer toLabelAnswer(Scope scope, AnswerLabelEntity entity) {
        return new Answer.LabelAnswer(
                entity.label.name,
                entity.maskSha256,
                entity.probabilitiesSha256,
                entity.area,
                entity.eligible,
                entity.visited,
                entity.exact,
                entity.shortfall,
                entity.belowResolution,
                entity.closeUp,
                entity.confidence,
                entity.points,
                entity.supports.stream()
                        .map(s ->
                                new Answer.UsedSupport(
                                        Catalog.toSupport(scope, s.annotation),
                                        s.similarity,
                                        s.weight,
                                        s.matches,
                                        s.ranks))
                        .toList(),
                entity.leftOut,
                entity.erasedSupports);
    }
}
