package org.precedent.cli;

import java.io.PrintWriter;
import java.time.Clock;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Pool;
import org.precedent.catalog.PoolFusion;
import org.precedent.catalog.PoolFusions;
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
final class PoolFusionChoice {
    private final ServiceCommand beans;
    private final PoolQuestions.Settings settings;
    private final Consumer<Map<String, Object>> lines;
    private final PrintWriter err;
    private final PoolQuestions questions;

    /**
     * @param settings with the strategy that fuses
     */
    PoolFusionChoice(
            ServiceCommand beans,
            PoolQuestions.Settings settings,
            Consumer<Map<String, Object>> lines,
            PrintWriter err) {
        this.beans = beans;
        this.settings = settings;
        this.lines = lines;
        this.err = err;
        this.questions = new PoolQuestions(beans, settings);
    }

    /** Finds the shares and stores them with the pool's current version. */
    void run() {
        Catalog catalog = beans.bean(Catalog.class);
        QueryService queries = beans.bean(QueryService.class);
        Task task = catalog.task(settings.task());
        Pool pool = catalog.pool(task, settings.pool());
        FusionSweep protocol = new FusionSweep(questions.examiner());
        EvaluationLines format = questions.lines();
        FusionCurve together = new FusionCurve(queries.levels());
        for (Task.Label label : catalog.labels(task, settings.labels())) {
            FusionCurve curve = new FusionCurve(queries.levels());
            questions.ask(
                    pool,
                    label,
                    "shares",
                    err,
                    (query, asked) ->
                            protocol.extend(
                                    curve,
                                    query,
                                    ranking(queries.rank(asked), label.name()),
                                    settings.supportSize()));
            if (curve.n() > 0) {
                together.addAll(curve);
                lines.accept(format.fusion(label.name(), curve, settings.supportSize()));
            }
        }
        if (together.n() == 0) {
            throw questions.nobodyChose();
        }
        store(pool, together, queries);
        Map<String, Object> choice = format.fusion("*", together, settings.supportSize());
        lines.accept(PoolQuestions.stored(choice, task, pool));
    }

    private StructureRanking ranking(LevelRanking ranked, String label) {
        return new StructureRanking(
                ranked.found(),
                id ->
                        questions.annotated(
                                Objects.requireNonNull(ranked.supports().get(id)), "", label));
    }

    private void store(Pool pool, FusionCurve curve, QueryService queries) {
        Fusion best = curve.best();
        beans.bean(PoolFusions.class)
                .record(
                        pool,
                        new PoolFusion(
                                pool.version(),
                                queries.spaces(),
                                queries.network().name(),
                                queries.network().weightsSha256(),
                                new PoolFusion.Shares(
                                        share(best, Level.IMAGE),
                                        share(best, Level.LOCATION),
                                        share(best, Level.OBJECT),
                                        best.offset()),
                                settings.supportSize(),
                                curve.n(),
                                curve.mean(best),
                                curve.mean(Fusion.EVEN),
                                beans.bean(Clock.class).instant()));
    }

    private static double share(Fusion fusion, Level level) {
        return fusion.shares().getOrDefault(level, 0.0);
    }
}
