package org.precedent.tuning;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import java.util.Objects;
import org.precedent.access.Scope;
import org.precedent.catalog.PoolSetting;
import org.precedent.embedding.Level;
import org.precedent.evaluation.Annotated;
import org.precedent.evaluation.StructureRanking;
import org.precedent.evaluation.protocol.EvaluationLines;
import org.precedent.evaluation.protocol.FusionCurve;
import org.precedent.evaluation.protocol.FusionSweep;
import org.precedent.query.LevelRanking;
import org.precedent.query.Query;
import org.precedent.query.QueryService;
import org.precedent.retrieval.Fusion;

/**
 * Lets a pool's own images choose how its levels are fused: each asks every level as if it were
 * new, and is answered under every fusion.
 */
@ApplicationScoped
public class SharesChoice {
    private final PoolChoice choice;
    private final PoolQuestions questions;
    private final QueryService queries;

    SharesChoice(PoolChoice choice, PoolQuestions questions, QueryService queries) {
        this.choice = choice;
        this.questions = questions;
        this.queries = queries;
    }

    /**
     * Finds the shares and stores them with the pool's current version; queries use them at once.
     *
     * @param settings with the strategy that fuses
     * @throws org.precedent.DomainException an unknown name, or no image that others can answer
     */
    public void run(PoolQuestions.Settings settings, ChoiceObserver observer) {
        choice.run(settings, observer, new Shares(settings));
    }

    private final class Shares implements PoolChoice.Subject<FusionCurve> {
        private final PoolQuestions.Settings settings;
        private final FusionSweep protocol;

        Shares(PoolQuestions.Settings settings) {
            this.settings = settings;
            this.protocol = new FusionSweep(questions.runner(settings));
        }

        @Override
        public String what() {
            return "shares";
        }

        @Override
        public FusionCurve curve() {
            return new FusionCurve(queries.levels());
        }

        @Override
        public int queries(FusionCurve curve) {
            return curve.n();
        }

        @Override
        public void addAll(FusionCurve together, FusionCurve curve) {
            together.addAll(curve);
        }

        @Override
        public void extend(FusionCurve curve, Annotated query, Query asked, String label) {
            protocol.extend(
                    curve,
                    query,
                    ranking(queries.rank(Scope.machine(), asked), label),
                    settings.supportSize());
        }

        private StructureRanking ranking(LevelRanking ranked, String label) {
            return new StructureRanking(
                    ranked.found(),
                    id ->
                            questions.annotated(
                                    Objects.requireNonNull(ranked.supports().get(id)), "", label));
        }

        @Override
        public Map<String, Object> line(EvaluationLines format, String label, FusionCurve curve) {
            return format.fusion(label, curve, settings.supportSize());
        }

        @Override
        public String space() {
            return queries.spaces();
        }

        @Override
        public PoolSetting.Value best(FusionCurve curve) {
            Fusion best = curve.best();
            return new PoolSetting.Shares(
                    share(best, Level.IMAGE),
                    share(best, Level.LOCATION),
                    share(best, Level.OBJECT),
                    best.offset(),
                    new PoolSetting.Trial(
                            settings.supportSize(),
                            curve.n(),
                            curve.mean(best),
                            curve.mean(Fusion.EVEN)));
        }

        private static double share(Fusion fusion, Level level) {
            return fusion.shares().getOrDefault(level, 0.0);
        }
    }
}
