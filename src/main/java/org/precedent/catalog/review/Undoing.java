package org.precedent.catalog.review;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.precedent.catalog.CatalogException;
import org.precedent.catalog.review.Actions.Because;
import org.precedent.catalog.review.Actions.Kind;

/**
 * Takes actions back. An undo is an action itself: to undo it does again what it took back. What
 * was changed since by somebody else is never overwritten: then the undo is refused, and nothing
 * changes.
 */
@ApplicationScoped
public class Undoing {
    private final EntityManager entities;
    private final Actions actions;
    private final Reviews reviews;
    private final PoolVersions versions;

    Undoing(EntityManager entities, Actions actions, Reviews reviews, PoolVersions versions) {
        this.entities = entities;
        this.actions = actions;
        this.reviews = reviews;
        this.versions = versions;
    }

    /**
     * Takes an action back.
     *
     * @return the action that did so
     * @throws CatalogException UNKNOWN_ACTION, ALREADY_UNDONE, REVIEW_CHANGED or POOL_CHANGED
     */
    @Transactional
    public long undo(long action, Because because) {
        actions.lock();
        List<Object[]> found =
                Conditions.rows(
                        entities.createNativeQuery(
                                        "SELECT c.id, (SELECT u.id FROM curation_action u"
                                                + " WHERE u.undoes = c.id)"
                                                + " FROM curation_action c WHERE c.id = ?1")
                                .setParameter(1, action));
        if (found.isEmpty()) {
            throw CatalogException.unknownAction(action);
        }
        if (found.getFirst()[1] instanceof Number by) {
            throw CatalogException.alreadyUndone(action, by.longValue());
        }
        long undo = actions.begin(Kind.UNDO, because, action);
        reviews.takeBack(action, undo);
        versions.takeBack(action, undo, because);
        boolean inForce = false;
        for (Long at = action; at != null; at = undoneBy(at)) {
            entities.createNativeQuery("UPDATE curation_action SET in_force = ?1 WHERE id = ?2")
                    .setParameter(1, inForce)
                    .setParameter(2, at)
                    .executeUpdate();
            inForce = !inForce;
        }
        return undo;
    }

    private @Nullable Long undoneBy(long undo) {
        return PoolVersions.longs(
                        entities.createNativeQuery(
                                        "SELECT undoes FROM curation_action WHERE id = ?1"
                                                + " AND undoes IS NOT NULL",
                                        Long.class)
                                .setParameter(1, undo)
                                .getResultList())
                .stream()
                .findFirst()
                .orElse(null);
    }
}
