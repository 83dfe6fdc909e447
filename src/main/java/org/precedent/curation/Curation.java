package org.precedent.curation;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.access.Scope;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Pool;
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
    private final Browsing browsing;
    private final Reviews reviews;
    private final PoolVersions versions;
    private final Actions actions;
    private final Undoing undoing;
    private final ImageProjection images;
    private final EncodingProjection encodings;

    Curation(
            Catalog catalog,
            Browsing browsing,
            Reviews reviews,
            PoolVersions versions,
            Actions actions,
            Undoing undoing,
            ImageProjection images,
            EncodingProjection encodings) {
        this.catalog = catalog;
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
    public Page<Browsing.AnnotationRow> annotations(FilterWords filter, Page.Request page) {
        return browsing.annotations(filter.resolve(catalog, versions), page);
    }

    /** Images that have an annotation which passes the filter. */
    public Page<Browsing.ImageRow> images(FilterWords filter, Page.Request page) {
        return browsing.images(filter.resolve(catalog, versions), page);
    }

    /**
     * Recorded answers, the latest first.
     *
     * @param filter its task, pool, site, days and text matter
     * @param verdict accepted, corrected, rejected or none; null for any
     */
    public Page<Browsing.AnswerRow> answers(
            FilterWords filter, @Nullable String verdict, Page.Request page) {
        if (verdict != null
                && !List.of("accepted", "corrected", "rejected", "none").contains(verdict)) {
            throw ServiceException.badParameter(
                    "verdict", verdict, "accepted, corrected, rejected or none");
        }
        Task task = filter.task() == null ? null : catalog.task(Scope.machine(), filter.task());
        if (task == null && filter.pool() != null) {
            throw ServiceException.badParameter("task", "", "is needed with a pool");
        }
        return browsing.answers(
                new Browsing.AnswerFilter(
                        task,
                        task == null || filter.pool() == null
                                ? null
                                : catalog.pool(Scope.machine(), task, filter.pool()),
                        filter.site(),
                        verdict,
                        FilterWords.moment("since", filter.since()),
                        FilterWords.moment("until", filter.until()),
                        filter.text()),
                page);
    }

    /** Who did what, the latest first. */
    public Page<Actions.Action> history(Page.Request page) {
        return actions.list(page);
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
        var state = FilterWords.state("to", to);
        if (!ids.isEmpty() && !filter.isEmpty()) {
            throw ServiceException.badParameter(
                    "ids", ids.size() + " ids and a filter", "either of both");
        }
        if (ids.isEmpty() && filter.isEmpty()) {
            throw ServiceException.badParameter("ids", "", "ids of annotations, or a filter");
        }
        Reviews.Outcome outcome =
                ids.isEmpty()
                        ? reviews.review(filter.resolve(catalog, versions), state, because, dryRun)
                        : reviews.review(
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
        long undo = undoing.undo(action, because);
        wake();
        return undo;
    }

    // ---- versions

    /** The versions of a pool, the latest first. */
    public Page<PoolVersions.Version> versions(String task, String pool, Page.Request page) {
        return versions.list(pool(task, pool), page);
    }

    /** Gives a version, by its number or name, a name. */
    public void nameVersion(String task, String pool, String version, String name) {
        Pool of = pool(task, pool);
        versions.name(of, versions.number(of, version), name);
    }

    /**
     * What differs between two versions.
     *
     * @param to null for the current one
     */
    public List<PoolVersions.Difference> diff(
            String task, String pool, String from, @Nullable String to) {
        Pool of = pool(task, pool);
        return versions.diff(
                of, versions.number(of, from), to == null ? of.version() : versions.number(of, to));
    }

    /** Makes a pool hold again what it held at a version. */
    public PoolVersions.Changed restore(
            String task, String pool, String version, Because because, boolean dryRun) {
        Pool of = pool(task, pool);
        PoolVersions.Changed changed =
                versions.restore(of, versions.number(of, version), because, dryRun);
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
        Pool source = pool(task, from);
        int at = version == null ? source.version() : versions.number(source, version);
        Pool target =
                catalog.pools(Scope.machine(), catalog.task(Scope.machine(), task)).stream()
                        .filter(p -> p.name().equals(to))
                        .findFirst()
                        .orElseGet(() -> catalog.definePool(Scope.machine(), task, to));
        PoolVersions.Changed changed = versions.copy(source, at, target, because, dryRun);
        wake();
        return changed;
    }

    private Pool pool(String task, String pool) {
        return catalog.pool(Scope.machine(), catalog.task(Scope.machine(), task), pool);
    }

    private void wake() {
        images.wake();
        encodings.wake();
    }
}
