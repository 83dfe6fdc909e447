package org.precedent.catalog.review;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.precedent.access.AccessException;
import org.precedent.access.Action;
import org.precedent.access.Scope;
import org.precedent.catalog.CatalogException;
import org.precedent.catalog.Sight.Reach;
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
     * @param reach of whoever does it
     * @return the action that did so
     * @throws CatalogException UNKNOWN_ACTION, ALREADY_UNDONE, REVIEW_CHANGED or POOL_CHANGED
     * @throws AccessException when it changed what is for others to change
     */
    @Transactional
    public long undo(Reach reach, long action, Because because) {
        actions.lock();
        requireOwn(reach, action);
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
        entities.createNativeQuery(
                        "INSERT INTO curation_subject SELECT ?1, task_id FROM curation_subject"
                                + " WHERE action_id = ?2")
                .setParameter(1, undo)
                .setParameter(2, action)
                .executeUpdate();
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

    /**
     * Curators take back what changed their own tasks, and what their own site did to pools that it
     * contributes to; everybody the verdicts of one's own.
     */
    private void requireOwn(Reach reach, long action) {
        Scope scope = reach.scope();
        List<Object[]> subjects =
                Conditions.rows(
                        entities.createNativeQuery(
                                        "SELECT c.site, c.actor, c.kind, s.task_id"
                                                + " FROM curation_action c LEFT JOIN curation_subject s"
                                                + " ON s.action_id = c.id WHERE c.id = ?1")
                                .setParameter(1, action));
        boolean seen = false;
        boolean all = true;
        for (Object[] row : subjects) {
            Object task = Objects.requireNonNullElse(row[3], "none");
            boolean byOwn = scope.owns((String) row[0]);
            boolean ofOwn = reach.everything() || reach.ownTasks().contains(task);
            boolean ofShared = byOwn && reach.sharedTasks().contains(task);
            boolean verdict =
                    Set.of("accept", "reject", "correct").contains((String) row[2])
                            && byOwn
                            && scope.name().equals(row[1])
                            && scope.may(Action.JUDGE);
            seen |= (ofOwn || ofShared) && (scope.may(Action.SEE_SUPPORTS) || verdict);
            all &=
                    verdict && (ofOwn || ofShared)
                            || scope.may(Action.REVIEW) && (ofOwn || ofShared);
        }
        if (!seen) {
            throw CatalogException.unknownAction(action);
        }
        if (!all) {
            throw AccessException.forbidden(
                    scope.name() + " may not take back action " + action,
                    "a curator of the site whose tasks it changed");
        }
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
