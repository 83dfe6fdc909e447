package org.precedent.catalog;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.precedent.CanonicalNames;
import org.precedent.ReviewState;
import org.precedent.access.Action;
import org.precedent.access.PoolGrant;
import org.precedent.access.Scope;
import org.precedent.access.Share;
import org.precedent.catalog.Entities.AnnotationEntity;
import org.precedent.catalog.Entities.PoolEntity;

/** With which other sites pools are shared, and whether a study may support itself. */
@ApplicationScoped
public class PoolPolicies {
    private final Catalog catalog;
    private final Outbox outbox;
    private final EntityManager entities;

    PoolPolicies(Catalog catalog, Outbox outbox, EntityManager entities) {
        this.entities = entities;
        this.catalog = catalog;
        this.outbox = outbox;
    }

    /**
     * With whom a pool of the own site is shared.
     *
     * @throws CatalogException UNKNOWN_TASK, UNKNOWN_POOL
     * @throws org.precedent.access.AccessException when the scope may not share it
     */
    @Transactional
    public Map<String, Share> shares(Scope scope, String task, String pool) {
        scope.require(Action.SHARE);
        return new TreeMap<>(
                catalog.requirePool(scope, catalog.requireOwnTask(scope, task), pool).shares);
    }

    /**
     * Shares a pool of the own site with another one, or no longer.
     *
     * @param site the other one
     * @param share what it may do; null for nothing
     * @return all shares of the pool
     */
    @Transactional
    public Map<String, Share> share(
            Scope scope, String task, String pool, String site, @Nullable Share share) {
        scope.require(Action.SHARE);
        String shown = Names.requireText("site", site);
        outbox.lockWriters();
        PoolEntity shared = catalog.requirePool(scope, catalog.requireOwnTask(scope, task), pool);
        shared.shares.keySet().removeIf(other -> CanonicalNames.same(other, shown));
        if (share != null) {
            shared.shares.put(shown, share);
        }
        return new TreeMap<>(shared.shares);
    }

    // ---- own-study

    /**
     * Says whether annotated slices of a study may support its other slices ({@code own-study}) in
     * a pool of the own site. Images of a query's patient are no supports otherwise.
     *
     * @throws CatalogException UNKNOWN_TASK, UNKNOWN_POOL
     * @throws org.precedent.access.AccessException when the scope may not define pools, or the task
     *     is another site's
     */
    @Transactional
    public Pool allowOwnStudy(Scope scope, String task, String pool, boolean allowed) {
        scope.require(Action.DEFINE);
        outbox.lockWriters();
        PoolEntity entity = catalog.requirePool(scope, catalog.requireOwnTask(scope, task), pool);
        entity.ownStudy = allowed;
        entities.flush();
        return catalog.pool(scope, catalog.task(scope, task), pool);
    }

    /**
     * The approved annotations of a label that a pool version holds on other slices of a query's
     * study, as far as they are of a site of whoever asks: a pseudonym means somebody else at
     * another one.
     *
     * @param patient of the query
     * @param slice that is asked, which never supports itself
     * @param pixels hashes of its pixels, which never support it either
     * @return by number of the slice
     */
    @Transactional
    public Map<Integer, Support> ownSlices(
            PoolGrant pool,
            int poolVersion,
            int labelId,
            String patient,
            Answer.SliceOfStudy slice,
            Collection<String> pixels) {
        List<AnnotationEntity> held =
                entities.createQuery(
                                "SELECT a FROM PoolMember m JOIN m.annotation a JOIN FETCH a.image i"
                                        + " WHERE m.pool.id = :pool AND m.fromVersion <= :version"
                                        + " AND (m.untilVersion IS NULL OR m.untilVersion > :version)"
                                        + " AND a.label.id = :label AND a.reviewState = :state"
                                        + " AND i.sliceIndex IS NOT NULL AND lower(i.series) = :series"
                                        + " ORDER BY a.id",
                                AnnotationEntity.class)
                        .setParameter("pool", pool.pool())
                        .setParameter("version", poolVersion)
                        .setParameter("label", labelId)
                        .setParameter("state", ReviewState.APPROVED)
                        .setParameter("series", CanonicalNames.key(slice.series()))
                        .getResultList();
        Map<Integer, Support> slices = new TreeMap<>();
        for (AnnotationEntity one : held) {
            Integer number = one.image.sliceIndex;
            if (number != null
                    && number != slice.number()
                    && !pixels.contains(one.image.pixelsSha256)
                    && pool.scope().owns(one.image.site)
                    && CanonicalNames.same(patient, one.image.patient)) {
                slices.put(number, Catalog.toSupport(pool.scope(), one));
            }
        }
        return slices;
    }
}
