package org.precedent.curation;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.precedent.CanonicalNames;
import org.precedent.ServiceException;
import org.precedent.access.Action;
import org.precedent.access.Scope;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Outbox;
import org.precedent.catalog.Pool;
import org.precedent.catalog.Task;
import org.precedent.curation.BackgroundLooks.Key;
import org.precedent.curation.BackgroundLooks.Look;
import org.precedent.evaluation.Progress;

/** The lists and maps of pools, computed in the background and kept by version of the pool. */
@ApplicationScoped
public class BackgroundLists {
    /** Questions of a worth list. */
    private static final int QUESTIONS = 40;

    /** Candidates of a list of what to annotate next, and how many of them it names. */
    private static final int CANDIDATES = 200;

    private static final int NEXT = 10;
    private static final long SEED = 1;

    private final Catalog catalog;
    private final Outbox outbox;
    private final CuratedPool pools;
    private final CurationLists lists;
    private final EmbeddingMap map;
    private final BackgroundLooks looks;

    BackgroundLists(
            Catalog catalog,
            Outbox outbox,
            CuratedPool pools,
            CurationLists lists,
            EmbeddingMap map,
            BackgroundLooks looks) {
        this.catalog = catalog;
        this.outbox = outbox;
        this.pools = pools;
        this.lists = lists;
        this.map = map;
        this.looks = looks;
    }

    /**
     * Where a look is at.
     *
     * @param labels empty for all of the task
     * @param anew whether it is computed again although it was
     * @param patience how long to wait where there is nothing to show
     */
    public record Asked(
            Scope scope,
            String task,
            String pool,
            List<String> labels,
            boolean anew,
            Duration patience) {
        public Asked {
            labels = List.copyOf(labels);
        }
    }

    /** What a list is computed by. */
    private interface Ranking {
        List<ListEntry> of(ListRequest request, Progress progress);
    }

    /**
     * Asks for a list, worst first.
     *
     * @param list duplicates, suspects, outliers, worth, gaps or next
     * @throws org.precedent.DomainException an unknown name, an empty pool, too many that wait
     */
    public Look<List<ListEntry>> list(String list, Asked asked) {
        asked.scope().require(Action.REVIEW);
        int most =
                switch (list) {
                    case "worth" -> QUESTIONS;
                    case "next" -> CANDIDATES;
                    default -> ListRequest.IMAGES;
                };
        Ranking ranking =
                switch (list) {
                    case "duplicates" -> lists::duplicates;
                    case "suspects" -> lists::suspects;
                    case "outliers" -> lists::outliers;
                    case "worth" -> lists::worth;
                    case "gaps" -> lists::gaps;
                    case "next" ->
                            (request, progress) -> lists.next(request, Map.of(), NEXT, progress);
                    default ->
                            throw ServiceException.badParameter(
                                    "list",
                                    list,
                                    "duplicates, suspects, outliers, worth, gaps or next");
                };
        Of of = of(asked);
        ListRequest request =
                new ListRequest(
                        asked.scope(),
                        asked.task(),
                        asked.pool(),
                        asked.labels(),
                        ListRequest.SUPPORTS,
                        most,
                        SEED);
        return looks.look(
                of.key(list),
                of.pool().version(),
                asked.anew(),
                asked.patience(),
                progress -> ranking.of(request, progress));
    }

    /**
     * Asks for a map of the annotations of a pool.
     *
     * @throws org.precedent.DomainException an unknown name, an empty pool, too many that wait
     */
    public Look<List<EmbeddingMap.Point>> map(Asked asked) {
        asked.scope().require(Action.SEE_SUPPORTS);
        Of of = of(asked);
        return looks.look(
                of.key("map"),
                of.pool().version(),
                asked.anew(),
                asked.patience(),
                progress -> map.of(of.pool(), of.labels(), SEED, progress));
    }

    /**
     * A pool and labels of it.
     *
     * @param erasure the last one: what was computed before it names what is gone, and is not shown
     */
    private record Of(Scope scope, Pool pool, List<Task.Label> labels, long erasure) {
        Key key(String what) {
            return new Key(
                    what,
                    scope.everywhere() ? "" : CanonicalNames.key(scope.home()),
                    pool.id(),
                    labels.stream().map(Task.Label::id).toList(),
                    List.of(erasure));
        }
    }

    private Of of(Asked asked) {
        Task task = catalog.task(asked.scope(), asked.task());
        Pool pool = pools.require(asked.scope(), task, asked.pool());
        return new Of(
                asked.scope(), pool, catalog.labels(task, asked.labels()), outbox.lastErasure());
    }
}
