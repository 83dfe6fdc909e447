package org.precedent.tuning;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.util.Map;
import java.util.Objects;
import org.precedent.access.Scope;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Pool;
import org.precedent.catalog.PoolSetting;
import org.precedent.catalog.PoolSettings;
import org.precedent.catalog.Task;
import org.precedent.embedding.Level;
import org.precedent.evaluation.StructureRanking;
import org.precedent.evaluation.protocol.EvaluationLines;
import org.precedent.evaluation.protocol.FusionCurve;
import org.precedent.evaluation.protocol.FusionSweep;
import org.precedent.query.LevelRanking;
import org.precedent.query.QueryService;
import org.precedent.retrieval.Fusion;

/**
 * Lets a pool's own images choose how its levels are fused: each asks every level as if it were
 * new, and is answered under every fusion.
 */
@ApplicationScoped
public class SharesChoice {
    private final Catalog catalog;
    private final PoolSettings poolSettings;
    private final PoolQuestions questions;
    private final QueryService queries;
    private final Clock clock;

    SharesChoice(
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
     * Finds the shares and stores them with the pool's current version; queries use them at once.
     *
     * @param settings with the strategy that fuses
     * @throws org.precedent.DomainException an unknown name, or no image that others can answer
     */
    public void run(PoolQuestions.Settings settings, ChoiceObserver observer) {
        Task task = catalog.task(Scope.machine(), settings.task());
        Pool pool = catalog.pool(Scope.machine(), task, settings.pool());
        FusionSweep protocol = new FusionSweep(questions.runner());
        EvaluationLines format = questions.lines(settings);
        FusionCurve together = new FusionCurve(queries.levels());
        for (Task.Label label : catalog.labels(task, settings.labels())) {
            FusionCurve curve = new FusionCurve(queries.levels());
            questions.ask(
                    settings,
                    pool,
                    label,
                    "shares",
                    observer,
                    (query, asked) ->
                            protocol.extend(
                                    curve,
                                    query,
                                    ranking(queries.rank(Scope.machine(), asked), label.name()),
                                    settings.supportSize()));
            if (curve.n() > 0) {
                together.addAll(curve);
                observer.outcome(format.fusion(label.name(), curve, settings.supportSize()));
            }
        }
        if (together.n() == 0) {
            throw PoolQuestions.nobodyChose(settings);
        }
        store(pool, together, settings);
        Map<String, Object> choice = format.fusion("*", together, settings.supportSize());
        observer.outcome(PoolQuestions.stored(choice, task, pool));
    }

    private StructureRanking ranking(LevelRanking ranked, String label) {
        return new StructureRanking(
                ranked.found(),
                id ->
                        questions.annotated(
                                Objects.requireNonNull(ranked.supports().get(id)), "", label));
    }

    private void store(Pool pool, FusionCurve curve, PoolQuestions.Settings settings) {
        Fusion best = curve.best();
        poolSettings.record(
                pool,
                new PoolSetting<>(
                        pool.version(),
                        queries.spaces(),
                        queries.network().name(),
                        queries.network().weightsSha256(),
                        new PoolSetting.Shares(
                                share(best, Level.IMAGE),
                                share(best, Level.LOCATION),
                                share(best, Level.OBJECT),
                                best.offset(),
                                new PoolSetting.Trial(
                                        settings.supportSize(),
                                        curve.n(),
                                        curve.mean(best),
                                        curve.mean(Fusion.EVEN))),
                        clock.instant()));
    }

    private static double share(Fusion fusion, Level level) {
        return fusion.shares().getOrDefault(level, 0.0);
    }
}
