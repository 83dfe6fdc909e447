package org.precedent.cli;

import java.io.PrintWriter;
import java.time.Clock;
import java.util.Map;
import java.util.function.Consumer;
import org.precedent.catalog.Answer;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Pool;
import org.precedent.catalog.PoolTemperature;
import org.precedent.catalog.PoolTemperatures;
import org.precedent.catalog.Task;
import org.precedent.evaluation.SupportChooser.Scored;
import org.precedent.evaluation.protocol.EvaluationLines;
import org.precedent.evaluation.protocol.TemperatureCurve;
import org.precedent.evaluation.protocol.TemperatureSweep;
import org.precedent.query.QueryService;
import org.precedent.retrieval.Temperature;

/**
 * Lets a pool's own images choose its temperature: each asks the service as if it were new, so that
 * its patient does not support it, and is answered at every temperature.
 */
final class PoolTemperatureChoice {
    private final ServiceCommand beans;
    private final PoolQuestions.Settings settings;
    private final Consumer<Map<String, Object>> lines;
    private final PrintWriter err;
    private final PoolQuestions questions;

    PoolTemperatureChoice(
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

    /** Finds the temperature and stores it with the pool's current version. */
    TemperatureCurve run() {
        Catalog catalog = beans.bean(Catalog.class);
        QueryService queries = beans.bean(QueryService.class);
        Task task = catalog.task(settings.task());
        Pool pool = catalog.pool(task, settings.pool());
        TemperatureSweep protocol = new TemperatureSweep(questions.examiner());
        EvaluationLines format = questions.lines();
        TemperatureCurve together = new TemperatureCurve(TemperatureCurve.GRID);
        for (Task.Label label : catalog.labels(task, settings.labels())) {
            TemperatureCurve curve = new TemperatureCurve(TemperatureCurve.GRID);
            questions.ask(
                    pool,
                    label,
                    "temperature",
                    err,
                    (query, asked) ->
                            protocol.extend(
                                    curve,
                                    query,
                                    queries.retrieve(asked).labels().getFirst().supports().stream()
                                            .map(used -> scored(used, label.name()))
                                            .toList()));
            if (curve.n() > 0) {
                together.addAll(curve);
                lines.accept(format.choice(label.name(), curve, settings.supportSize()));
            }
        }
        if (together.n() == 0) {
            throw questions.nobodyChose();
        }
        store(pool, together, queries);
        Map<String, Object> choice = format.choice("*", together, settings.supportSize());
        lines.accept(PoolQuestions.stored(choice, task, pool));
        return together;
    }

    private Scored scored(Answer.UsedSupport used, String label) {
        // Whose a support is does not matter any more: retrieval saw to that.
        return new Scored(questions.annotated(used.support(), "", label), used.similarity());
    }

    private void store(Pool pool, TemperatureCurve curve, QueryService queries) {
        Temperature best = curve.best();
        beans.bean(PoolTemperatures.class)
                .record(
                        pool,
                        new PoolTemperature(
                                pool.version(),
                                questions.space(),
                                queries.network().name(),
                                queries.network().weightsSha256(),
                                best.isUniform() ? null : best.tau(),
                                settings.supportSize(),
                                curve.n(),
                                curve.mean(best),
                                curve.mean(Temperature.UNIFORM),
                                beans.bean(Clock.class).instant()));
    }
}
