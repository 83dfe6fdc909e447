package org.precedent.curation;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.precedent.CanonicalNames;
import org.precedent.ServiceException;
import org.precedent.access.Action;
import org.precedent.access.Scope;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Outbox;
import org.precedent.catalog.Pool;
import org.precedent.catalog.Task;
import org.precedent.catalog.review.KeptLooks.Subject;
import org.precedent.curation.BackgroundLooks.Key;
import org.precedent.curation.BackgroundLooks.Look;
import org.precedent.curation.BackgroundLooks.Made;
import org.precedent.curation.BackgroundLooks.Work;
import org.precedent.evaluation.Progress;
import org.precedent.projection.ImageSpaces;

/**
 * The lists and maps of pools, computed in the background and kept in the catalogue by version of
 * the pool. Only what the same network, space and rules made is shown; of an older version of the
 * pool it is shown as that version's while the next is computed.
 */
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
    private final KeptResults kept;
    private final ImageSpaces spaces;

    BackgroundLists(
            Catalog catalog,
            Outbox outbox,
            CuratedPool pools,
            CurationLists lists,
            EmbeddingMap map,
            BackgroundLooks looks,
            KeptResults kept,
            ImageSpaces spaces) {
        this.catalog = catalog;
        this.outbox = outbox;
        this.pools = pools;
        this.lists = lists;
        this.map = map;
        this.looks = looks;
        this.kept = kept;
        this.spaces = spaces;
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
                new Ranked<>(of, list, ListEntry.class) {
                    @Override
                    List<ListEntry> rank(Pool pool, Progress progress) {
                        return ranking.of(request, progress);
                    }
                });
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
                new Ranked<>(of, "map", EmbeddingMap.Point.class) {
                    @Override
                    List<EmbeddingMap.Point> rank(Pool pool, Progress progress) {
                        return map.of(pool, of.labels(), SEED, progress);
                    }
                });
    }

    /**
     * A pool and labels of it.
     *
     * @param madeWith what decides a list besides the pool
     * @param erasure the last one: what was computed before it names what is gone, and is not shown
     */
    private record Of(
            Asked asked,
            Task task,
            Pool pool,
            List<Task.Label> labels,
            String madeWith,
            long erasure) {
        Key key(String what) {
            return new Key(what, reader(), pool.id(), labelIds(), madeWith, erasure);
        }

        Subject subject(String what) {
            return new Subject(what, reader(), pool.id(), labelIds(), madeWith);
        }

        private String reader() {
            Scope scope = asked.scope();
            return scope.everywhere() ? "" : CanonicalNames.key(scope.home());
        }

        private List<Integer> labelIds() {
            return labels.stream().map(Task.Label::id).toList();
        }
    }

    private Of of(Asked asked) {
        Task task = catalog.task(asked.scope(), asked.task());
        Pool pool = pools.require(asked.scope(), task, asked.pool());
        return new Of(
                asked,
                task,
                pool,
                catalog.labels(task, asked.labels()),
                kept.madeWith(),
                outbox.lastErasure());
    }

    /** A list or map that is computed within one space and kept in the catalogue. */
    private abstract class Ranked<T> implements Work<List<T>> {
        private final Of of;
        private final String what;
        private final Class<T> entry;

        /**
         * Whether what was computed is what was asked for; told by the one thread that computes.
         */
        private boolean asAsked;

        Ranked(Of of, String what, Class<T> entry) {
            this.of = of;
            this.what = what;
            this.entry = entry;
        }

        abstract List<T> rank(Pool pool, Progress progress);

        @Override
        public Made<List<T>> compute(Instant began, Progress progress) {
            return spaces.pinned(() -> {
                // While it waited, the pool may have gone on, and another space have taken over.
                Pool now = pools.require(of.asked().scope(), of.task(), of.asked().pool());
                asAsked = kept.madeWith().equals(of.madeWith());
                return new Made<>(rank(now, progress), began, now.version());
            });
        }

        @Override
        public Optional<Made<List<T>>> kept() {
            return kept.find(of.subject(what), entry);
        }

        @Override
        public void keep(Made<List<T>> made) {
            if (asAsked) {
                kept.keep(of.subject(what), made, of.erasure());
            }
        }
    }
}
