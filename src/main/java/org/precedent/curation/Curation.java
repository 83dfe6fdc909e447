package org.precedent.curation;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.precedent.CanonicalNames;
import org.precedent.ServiceException;
import org.precedent.access.AccessException;
import org.precedent.access.Action;
import org.precedent.access.Scope;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Pool;
import org.precedent.catalog.Sight;
import org.precedent.catalog.Sight.Reach;
import org.precedent.catalog.Task;
import org.precedent.catalog.review.Actions;
import org.precedent.catalog.review.Actions.Because;
import org.precedent.catalog.review.Browsing;
import org.precedent.catalog.review.Page;
import org.precedent.catalog.review.PoolVersions;
import org.precedent.catalog.review.Reviews;
import org.precedent.catalog.review.Undoing;
import org.precedent.projection.EncodingProjection;
import org.precedent.projection.ImageProjection;

/** A curator's hands: what there is, reviews, versions of pools, history and undo. */
@ApplicationScoped
public class Curation {
    private final Catalog catalog;
    private final Sight sight;
    private final Browsing browsing;
    private final Reviews reviews;
    private final PoolVersions versions;
    private final Actions actions;
    private final Undoing undoing;
    private final ImageProjection images;
    private final EncodingProjection encodings;

    Curation(
            Catalog catalog,
            Sight sight,
            Browsing browsing,
            Reviews reviews,
            PoolVersions versions,
            Actions actions,
            Undoing undoing,
            ImageProjection images,
            EncodingProjection encodings) {
        this.catalog = catalog;
        this.sight = sight;
        this.browsing = browsing;
        this.reviews = reviews;
        this.versions = versions;
        this.actions = actions;
        this.undoing = undoing;
        this.images = images;
        this.encodings = encodings;
    }

    // ---- what there is

    /** Annotations, the latest first. */
    public Page<Browsing.AnnotationRow> annotations(
            Scope scope, FilterWords filter, Page.Request page) {
        scope.require(Action.SEE_SUPPORTS);
        return browsing.annotations(filter.resolve(sight.of(scope), catalog), page);
    }

    /** The annotations that pass the filter, counted by label, state, site, author and modality. */
    public List<Browsing.Count> facets(Scope scope, FilterWords filter) {
        scope.require(Action.SEE_SUPPORTS);
        return browsing.facets(filter.resolve(sight.of(scope), catalog));
    }

    /** Images that have an annotation which passes the filter. */
    public Page<Browsing.ImageRow> images(Scope scope, FilterWords filter, Page.Request page) {
        scope.require(Action.SEE_SUPPORTS);
        return browsing.images(filter.resolve(sight.of(scope), catalog), page);
    }

    /**
     * Recorded answers that the scope may read, the latest first.
     *
     * @param filter its task, pool, site, days and text matter
     * @param verdict accepted, corrected, rejected or none; null for any
     * @param flagged only those that say that there is no sufficient precedent
     */
    public Page<Browsing.AnswerRow> answers(
            Scope scope,
            FilterWords filter,
            @Nullable String verdict,
            boolean flagged,
            Page.Request page) {
        scope.require(Action.READ_OWN_ANSWERS);
        if (verdict != null
                && !List.of("accepted", "corrected", "rejected", "none").contains(verdict)) {
            throw ServiceException.badParameter(
                    "verdict", verdict, "accepted, corrected, rejected or none");
        }
        Task task = filter.task() == null ? null : catalog.task(scope, filter.task());
        if (task == null && filter.pool() != null) {
            throw ServiceException.badParameter("task", "", "is needed with a pool");
        }
        return browsing.answers(
                new Browsing.AnswerFilter(
                        scope,
                        task,
                        task == null || filter.pool() == null
                                ? null
                                : catalog.pool(scope, task, filter.pool()),
                        FilterWords.checked("site", filter.site()),
                        verdict,
                        flagged,
                        FilterWords.moment("since", filter.since()),
                        FilterWords.moment("until", filter.until()),
                        FilterWords.checked("text", filter.text())),
                page);
    }

    /** Who did what to what the scope may see, the latest first. */
    public Page<Actions.Action> history(Scope scope, Page.Request page) {
        scope.require(Action.SEE_SUPPORTS);
        return actions.list(sight.of(scope), page);
    }

    // ---- reviews

    /**
     * Brings annotations into a state, all of them or none.
     *
     * @param ids which; empty where the filter says which
     * @param filter which, where there are no ids; one that asks for nothing is refused
     * @param expected the state that each of the ids must be in; null for any
     * @param dryRun only says what would change
     */
    public Reviews.Outcome review(
            Set<Long> ids,
            FilterWords filter,
            String to,
            @Nullable String expected,
            Because because,
            boolean dryRun) {
        because.scope().require(Action.REVIEW);
        Reach reach = sight.of(because.scope());
        var state = FilterWords.state("to", to);
        if (!ids.isEmpty() && !filter.isEmpty()) {
            throw ServiceException.badParameter(
                    "ids", ids.size() + " ids and a filter", "either of both");
        }
        if (ids.isEmpty() && filter.isEmpty()) {
            throw ServiceException.badParameter("ids", "", "ids of annotations, or a filter");
        }
        if (ids.isEmpty() && expected != null) {
            throw ServiceException.badParameter(
                    "expected", expected, "said of ids; the state of a filter narrows that");
        }
        Reviews.Outcome outcome =
                ids.isEmpty()
                        ? reviews.review(filter.resolve(reach, catalog), state, because, dryRun)
                        : reviews.review(
                                reach,
                                ids,
                                state,
                                expected == null ? null : FilterWords.state("expected", expected),
                                because,
                                dryRun);
        wake();
        return outcome;
    }

    /** Takes an action back; returns the action that did so. */
    public long undo(long action, Because because) {
        long undo = undoing.undo(sight.of(because.scope()), action, because);
        wake();
        return undo;
    }

    // ---- versions

    /** The versions of a pool, the latest first. */
    public Page<PoolVersions.Version> versions(
            Scope scope, String task, String pool, Page.Request page) {
        scope.require(Action.SEE_SUPPORTS);
        return versions.list(pool(scope, task, pool), page);
    }

    /** Gives a version, by its number or name, a name. */
    public void nameVersion(Scope scope, String task, String pool, String version, String name) {
        Pool of = ownPool(scope, task, pool);
        versions.name(of, catalog.requireVersion(of, version), name);
    }

    /**
     * What differs between two versions.
     *
     * @param to null for the current one
     */
    public List<PoolVersions.Difference> diff(
            Scope scope, String task, String pool, String from, @Nullable String to) {
        scope.require(Action.SEE_SUPPORTS);
        Pool of = pool(scope, task, pool);
        return versions.diff(
                of,
                catalog.requireVersion(of, from),
                to == null ? of.version() : catalog.requireVersion(of, to));
    }

    /** Makes a pool hold again what it held at a version. */
    public PoolVersions.Changed restore(
            String task, String pool, String version, Because because, boolean dryRun) {
        Pool of = ownPool(because.scope(), task, pool);
        PoolVersions.Changed changed =
                versions.restore(of, catalog.requireVersion(of, version), because, dryRun);
        wake();
        return changed;
    }

    /**
     * Puts what one pool holds into another of the task, which is made where it is not there.
     *
     * @param version of the pool to copy from; null for the current one
     */
    public PoolVersions.Changed copy(
            String task,
            String from,
            @Nullable String version,
            String to,
            Because because,
            boolean dryRun) {
        Scope scope = because.scope();
        Pool source = ownPool(scope, task, from);
        int at = version == null ? source.version() : catalog.requireVersion(source, version);
        Optional<Pool> known =
                catalog.pools(scope, catalog.task(scope, task)).stream()
                        .filter(p -> CanonicalNames.same(p.name(), to))
                        .findFirst();
        if (known.isEmpty() && dryRun) {
            return new PoolVersions.Changed(null, 0, versions.size(source, at), 0, 0);
        }
        Pool target = known.orElseGet(() -> catalog.definePool(scope, task, to));
        PoolVersions.Changed changed = versions.copy(source, at, target, because, dryRun);
        wake();
        return changed;
    }

    private Pool pool(Scope scope, String task, String pool) {
        return catalog.pool(scope, catalog.task(scope, task), pool);
    }

    /** A pool whose versions a curator may make: what others put there goes and comes with them. */
    private Pool ownPool(Scope scope, String task, String pool) {
        scope.require(Action.REVIEW);
        Task of = catalog.task(scope, task);
        Pool found = catalog.pool(scope, of, pool);
        if (!scope.owns(of.site())) {
            throw AccessException.forbidden(
                    "pool " + found.name() + " is shared by another site, whose versions it has",
                    "a pool of a task of the own site");
        }
        return found;
    }

    private void wake() {
        images.wake();
        encodings.wake();
    }
}
