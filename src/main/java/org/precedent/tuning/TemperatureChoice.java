package org.precedent.tuning;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.util.Map;
import org.precedent.access.Scope;
import org.precedent.catalog.Answer;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Pool;
import org.precedent.catalog.PoolSetting;
import org.precedent.catalog.PoolSettings;
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
@ApplicationScoped
public class TemperatureChoice {
    private final Catalog catalog;
    private final PoolSettings poolSettings;
    private final PoolQuestions questions;
    private final QueryService queries;
    private final Clock clock;

    TemperatureChoice(
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
     * Finds the temperature and stores it with the pool's current version; queries use it at once.
     *
     * @return the mean Dice at every temperature, of all labels together
     * @throws org.precedent.DomainException an unknown name, or no image that others can answer
     */
    public TemperatureCurve run(PoolQuestions.Settings settings, ChoiceObserver observer) {
        Task task = catalog.task(Scope.machine(), settings.task());
        Pool pool = catalog.pool(Scope.machine(), task, settings.pool());
        TemperatureSweep protocol = new TemperatureSweep(questions.runner());
        EvaluationLines format = questions.lines(settings);
        TemperatureCurve together = new TemperatureCurve(TemperatureCurve.GRID);
        for (Task.Label label : catalog.labels(task, settings.labels())) {
            TemperatureCurve curve = new TemperatureCurve(TemperatureCurve.GRID);
            questions.ask(
                    settings,
                    pool,
                    label,
                    "temperature",
                    observer,
                    (query, asked) ->
                            protocol.extend(
                                    curve,
                                    query,
                                    queries
                                            .retrieve(Scope.machine(), asked)
                                            .labels()
                                            .getFirst()
                                            .supports()
                                            .stream()
                                            .map(used -> scored(used, label.name()))
                                            .toList()));
            if (curve.n() > 0) {
                together.addAll(curve);
                observer.outcome(format.choice(label.name(), curve, settings.supportSize()));
            }
        }
        if (together.n() == 0) {
            throw PoolQuestions.nobodyChose(settings);
        }
        store(pool, together, settings);
        Map<String, Object> choice = format.choice("*", together, settings.supportSize());
        observer.outcome(PoolQuestions.stored(choice, task, pool));
        return together;
    }

    private Scored scored(Answer.UsedSupport used, String label) {
        // Whose a support is does not matter any more: retrieval saw to that.
        return new Scored(questions.annotated(used.support(), "", label), used.similarity());
    }

    private void store(Pool pool, TemperatureCurve curve, PoolQuestions.Settings settings) {
        Temperature best = curve.best();
        poolSettings.record(
                pool,
                new PoolSetting<>(
                        pool.version(),
                        questions.space(settings),
                        queries.network().name(),
                        queries.network().weightsSha256(),
                        new PoolSetting.Temperature(
                                best.isUniform() ? null : best.tau(),
                                new PoolSetting.Trial(
                                        settings.supportSize(),
                                        curve.n(),
                                        curve.mean(best),
                                        curve.mean(Temperature.UNIFORM))),
                        clock.instant()));
    }
}
