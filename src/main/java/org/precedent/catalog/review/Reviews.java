package org.precedent.catalog.review;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.precedent.ReviewState;
import org.precedent.access.AccessException;
import org.precedent.access.Scope;
import org.precedent.catalog.CatalogException;
import org.precedent.catalog.Proposals;
import org.precedent.catalog.Proposals.Placement;
import org.precedent.catalog.Sight.Reach;
import org.precedent.catalog.review.Actions.Because;
import org.precedent.catalog.review.Actions.Kind;

/** Review states and their changes: one annotation or very many, as one transaction. */
@ApplicationScoped
public class Reviews {
    /** Annotations that one action changes at most. */
    public static final int MOST = 100_000;

    private final EntityManager entities;
    private final Actions actions;
    private final PoolVersions versions;
    private final Proposals proposals;

    Reviews(EntityManager entities, Actions actions, PoolVersions versions, Proposals proposals) {
        this.entities = entities;
        this.actions = actions;
        this.versions = versions;
        this.proposals = proposals;
    }

    /** An annotation and what becomes of its state. */
    public record Change(
            long annotationId, String image, String label, ReviewState before, ReviewState after) {}

    /**
     * What a review changed, or would change.
     *
     * @param action null where nothing was changed
     * @param unchanged annotations that were in that state already
     */
    public record Outcome(@Nullable Long action, List<Change> changes, int unchanged) {
        public Outcome {
            changes = List.copyOf(changes);
        }
    }

    /**
     * Brings annotations named by their ids into a state, all of them or none.
     *
     * @param reach of whoever does it: what it does not see is not there
     * @param expected the state that each must be in, so that nobody else's decision is overwritten
     *     unseen; null for any
     * @param dryRun only says what would change
     * @throws CatalogException UNKNOWN_ANNOTATION; REVIEW_CHANGED where one is not as expected
     * @throws AccessException when one is seen, but for its own site to review
     */
    @Transactional
    public Outcome review(
            Reach reach,
            Set<Long> ids,
            ReviewState to,
            @Nullable ReviewState expected,
            Because because,
            boolean dryRun) {
        actions.lock();
        requireFew(ids.size());
        List<Change> found =
                read(
                        new Conditions()
                                .given(
                                        "a.id = ANY(CAST(string_to_array(:ids, ',') AS bigint[]))",
                                        "ids",
                                        Conditions.list(ids))
                                .seen(reach),
                        reach.scope(),
                        to);
        Set<Long> missing = new HashSet<>(ids);
        found.forEach(change -> missing.remove(change.annotationId()));
        if (!missing.isEmpty()) {
            throw CatalogException.unknownAnnotation(missing.iterator().next());
        }
        requireChangeable(reach, ids);
        for (Change change : found) {
            if (expected != null && change.before() != expected) {
                throw CatalogException.reviewChanged(
                        change.annotationId(), change.before(), expected);
            }
        }
        return apply(found, to, because, dryRun);
    }

    /**
     * Refuses where an annotation is for another site to change.
     *
     * @throws AccessException FORBIDDEN
     */
    @Transactional
    public void requireMayChange(Reach reach, long annotation) {
        requireChangeable(reach, Set.of(annotation));
    }

    private void requireChangeable(Reach reach, Set<Long> ids) {
        Conditions conditions =
                new Conditions()
                        .given(
                                "a.id = ANY(CAST(string_to_array(:ids, ',') AS bigint[]))",
                                "ids",
                                Conditions.list(ids))
                        .changeable(reach);
        var query =
                entities.createNativeQuery(
                        """
                        SELECT count(*) FROM annotation a JOIN image i ON i.id = a.image_id
                        JOIN label l ON l.id = a.label_id WHERE %s
                        """
                                .formatted(conditions.sql()),
                        Long.class);
        conditions.bind(query);
        int others = ids.size() - ((Number) query.getSingleResult()).intValue();
        if (others > 0) {
            throw AccessException.forbidden(
                    "%d of %d annotations are for another site to change"
                            .formatted(others, ids.size()),
                    "annotations of the own site's tasks, or of its images in pools shared to"
                            + " contribute");
        }
    }

    /** Brings all annotations that a filter finds, and that may be changed, into a state. */
    @Transactional
    public Outcome review(
            AnnotationFilter filter, ReviewState to, Because because, boolean dryRun) {
        actions.lock();
        List<Change> found =
                read(filter.conditions().changeable(filter.reach()), filter.reach().scope(), to);
        requireFew(found.size());
        return apply(found, to, because, dryRun);
    }

    private static void requireFew(int annotations) {
        if (annotations > MOST) {
            throw CatalogException.tooManyAnnotations(annotations, MOST);
        }
    }

    private List<Change> read(Conditions conditions, Scope scope, ReviewState to) {
        var query =
                entities.createNativeQuery(
                        """
                        SELECT a.id, i.source_name, l.name, a.review_state, i.site, i.id AS image_id
                        FROM annotation a JOIN image i ON i.id = a.image_id
                        JOIN label l ON l.id = a.label_id
                        WHERE %s ORDER BY a.id
                        """
                                .formatted(conditions.sql()));
        conditions.bind(query);
        return Conditions.rows(query.setMaxResults(MOST + 1)).stream()
                .map(row ->
                        new Change(
                                ((Number) row[0]).longValue(),
                                scope.imageName((String) row[4], (String) row[1], (UUID) row[5]),
                                (String) row[2],
                                ReviewState.valueOf((String) row[3]),
                                to))
                .toList();
    }

    private Outcome apply(List<Change> found, ReviewState to, Because because, boolean dryRun) {
        List<Change> changes = found.stream().filter(change -> change.before() != to).toList();
        int unchanged = found.size() - changes.size();
        if (dryRun || changes.isEmpty()) {
            return new Outcome(null, changes, unchanged);
        }
        long action = actions.begin(Kind.REVIEW, because, null);
        List<Long> changed = changes.stream().map(Change::annotationId).toList();
        set(action, changed, to);
        if (to == ReviewState.APPROVED) {
            place(action, changed, because);
        }
        return new Outcome(action, changes, unchanged);
    }

    /** Gives approved annotations that waited beside others their places. */
    private void place(long action, List<Long> approved, Because because) {
        Map<Integer, List<Placement>> byPool =
                proposals.placements(approved).stream()
                        .collect(Collectors.groupingBy(Placement::pool, Collectors.toList()));
        byPool.forEach((pool, placed) ->
                versions.change(
                        pool,
                        placed.stream().map(Placement::annotation).toList(),
                        placed.stream().map(Placement::instead).filter(Objects::nonNull).toList(),
                        "approved: " + because.reason(),
                        because.actor(),
                        action));
    }

    /** Changes states and keeps what they were; call with the lock held. */
    void set(long action, List<Long> annotations, ReviewState to) {
        String ids = Conditions.list(annotations);
        entities.createNativeQuery(
                        "INSERT INTO review_change SELECT ?1, id, review_state, ?2 FROM annotation"
                                + " WHERE id = ANY(CAST(string_to_array(?3, ',') AS bigint[]))")
                .setParameter(1, action)
                .setParameter(2, to.name())
                .setParameter(3, ids)
                .executeUpdate();
        entities.createNativeQuery(
                        "UPDATE annotation SET review_state = ?1"
                                + " WHERE id = ANY(CAST(string_to_array(?2, ',') AS bigint[]))")
                .setParameter(1, to.name())
                .setParameter(2, ids)
                .executeUpdate();
        actions.about(action, annotations);
        actions.changed(annotations);
    }

    /**
     * Takes the state changes of an action back.
     *
     * @throws CatalogException REVIEW_CHANGED where a state has been changed since
     */
    void takeBack(long undone, long undo) {
        List<Object[]> rows =
                Conditions.rows(
                        entities.createNativeQuery(
                                        "SELECT r.annotation_id, r.state_before, r.state_after,"
                                                + " a.review_state FROM review_change r"
                                                + " JOIN annotation a ON a.id = r.annotation_id"
                                                + " WHERE r.action_id = ?1 ORDER BY 1")
                                .setParameter(1, undone));
        for (Object[] row : rows) {
            if (!row[2].equals(row[3])) {
                throw CatalogException.reviewChanged(
                        ((Number) row[0]).longValue(),
                        ReviewState.valueOf((String) row[3]),
                        ReviewState.valueOf((String) row[2]));
            }
        }
        for (ReviewState before : ReviewState.values()) {
            List<Long> ids =
                    rows.stream()
                            .filter(row -> row[1].equals(before.name()))
                            .map(row -> ((Number) row[0]).longValue())
                            .toList();
            if (!ids.isEmpty()) {
                set(undo, ids, before);
            }
        }
    }
}
