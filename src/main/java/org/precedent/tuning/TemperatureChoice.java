package org.precedent.tuning;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import org.precedent.access.Scope;
import org.precedent.catalog.Answer;
import org.precedent.catalog.PoolSetting;
import org.precedent.evaluation.Annotated;
import org.precedent.evaluation.SupportChooser.Scored;
import org.precedent.evaluation.protocol.EvaluationLines;
import org.precedent.evaluation.protocol.TemperatureCurve;
import org.precedent.evaluation.protocol.TemperatureSweep;
import org.precedent.query.Query;
import org.precedent.query.QueryService;
import org.precedent.retrieval.Temperature;

/**
 * Lets a pool's own images choose its temperature: each asks the service as if it were new, so that
 * its patient does not support it, and is answered at every temperature.
 */
@ApplicationScoped
public class TemperatureChoice {
    private final PoolChoice choice;
    private final PoolQuestions questions;
    private final QueryService queries;

    TemperatureChoice(PoolChoice choice, PoolQuestions questions, QueryService queries) {
        this.choice = choice;
        this.questions = questions;
        this.queries = queries;
    }

    /**
     * Finds the temperature and stores it with the pool's current version; queries use it at once.
     *
     * @return the mean Dice at every temperature, of all labels together
     * @throws org.precedent.DomainException an unknown name, or no image that others can answer
     */
    public TemperatureCurve run(PoolQuestions.Settings settings, ChoiceObserver observer) {
        return choice.run(settings, observer, new Temperatures(settings));
    }

    private final class Temperatures implements PoolChoice.Subject<TemperatureCurve> {
        private final PoolQuestions.Settings settings;
        private final TemperatureSweep protocol;

        Temperatures(PoolQuestions.Settings settings) {
            this.settings = settings;
            this.protocol = new TemperatureSweep(questions.runner(settings));
        }

        @Override
        public String what() {
            return "temperature";
        }

        @Override
        public TemperatureCurve curve() {
            return new TemperatureCurve(TemperatureCurve.GRID);
        }

        @Override
        public int queries(TemperatureCurve curve) {
            return curve.n();
        }

        @Override
        public void addAll(TemperatureCurve together, TemperatureCurve curve) {
            together.addAll(curve);
        }

        @Override
        public void extend(TemperatureCurve curve, Annotated query, Query asked, String label) {
            protocol.extend(
                    curve,
                    query,
                    queries.retrieve(Scope.machine(), asked).labels().getFirst().supports().stream()
                            .map(used -> scored(used, label))
                            .toList());
        }

        private Scored scored(Answer.UsedSupport used, String label) {
            // Whose a support is does not matter any more: retrieval saw to that.
            return new Scored(questions.annotated(used.support(), "", label), used.similarity());
        }

        @Override
        public Map<String, Object> line(
                EvaluationLines format, String label, TemperatureCurve curve) {
            return format.choice(label, curve, settings.supportSize());
        }

        @Override
        public String space() {
            return questions.space(settings);
        }

        @Override
        public PoolSetting.Value best(TemperatureCurve curve) {
            Temperature best = curve.best();
            return new PoolSetting.Temperature(
                    best.isUniform() ? null : best.tau(),
                    new PoolSetting.Trial(
                            settings.supportSize(),
                            curve.n(),
                            curve.mean(best),
                            curve.mean(Temperature.UNIFORM)));
        }
    }
}
