package org.precedent.tuning;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.util.Map;
import org.precedent.access.Scope;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Pool;
import org.precedent.catalog.PoolSetting;
import org.precedent.catalog.PoolSettings;
import org.precedent.catalog.Task;
import org.precedent.evaluation.Annotated;
import org.precedent.evaluation.protocol.EvaluationLines;
import org.precedent.query.Query;
import org.precedent.query.QueryService;

/** How a pool's own images choose a setting of the pool, whichever it is. */
@ApplicationScoped
public class PoolChoice {
    private final Catalog catalog;
    private final PoolSettings poolSettings;
    private final PoolQuestions questions;
    private final QueryService queries;
    private final Clock clock;

    PoolChoice(
            Catalog catalog,
            PoolSettings poolSettings,
            PoolQuestions questions,
            QueryService queries,
            Clock clock) {
        this.catalog = catalog;
        this.poolSettings = poolSettings;
        this.questions = questions;
        this.queries = queries;
        this.clock = clock;
    }

    /**
     * What is chosen.
     *
     * @param <C> the Dice of queries under every candidate
     */
    interface Subject<C> {
        /** One word for progress. */
        String what();

        /** No queries yet. */
        C curve();

        /** How many queries a curve is of. */
        int queries(C curve);

        /** Adds another label's queries. */
        void addAll(C together, C curve);

        /** Answers a query under every candidate. */
        void extend(C curve, Annotated query, Query asked, String label);

        /** What is printed. */
        Map<String, Object> line(EvaluationLines format, String label, C curve);

        /** What the setting is measured in. */
        String space();

        /** The best candidate. */
        PoolSetting.Value best(C curve);
    }

    /**
     * Finds the best candidate and stores it with the pool's current version; queries use it at
     * once.
     *
     * @return the curve of all labels together
     * @throws org.precedent.DomainException an unknown name, or no image that others can answer
     */
    <C> C run(PoolQuestions.Settings settings, ChoiceObserver observer, Subject<C> subject) {
        Task task = catalog.task(Scope.machine(), settings.task());
        Pool pool = catalog.pool(Scope.machine(), task, settings.pool());
        EvaluationLines format = questions.lines(settings);
        C together = subject.curve();
        for (Task.Label label : catalog.labels(task, settings.labels())) {
            C curve = subject.curve();
            questions.ask(
                    settings,
                    pool,
                    label,
                    subject.what(),
                    observer,
                    (query, asked) -> subject.extend(curve, query, asked, label.name()));
            if (subject.queries(curve) > 0) {
                subject.addAll(together, curve);
                observer.outcome(subject.line(format, label.name(), curve));
            }
        }
        if (subject.queries(together) == 0) {
            throw PoolQuestions.nobodyChose(settings);
        }
        poolSettings.record(
                pool,
                new PoolSetting<>(
                        pool.version(),
                        subject.space(),
                        queries.network().name(),
                        questions.segmenter(settings).network().weightsSha256(),
                        subject.best(together),
                        clock.instant()));
        observer.outcome(PoolQuestions.stored(subject.line(format, "*", together), task, pool));
        return together;
    }
}
