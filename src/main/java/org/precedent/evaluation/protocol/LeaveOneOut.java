package org.precedent.evaluation.protocol;

import java.util.ArrayList;
import java.util.List;
import org.precedent.evaluation.Annotated;
import org.precedent.evaluation.EvaluationException;
import org.precedent.evaluation.EvaluationPool;
import org.precedent.evaluation.Progress;
import org.precedent.evaluation.SupportChooser;
import org.precedent.evaluation.TrialRunner;
import org.precedent.evaluation.metric.LabelResult;
import org.precedent.evaluation.metric.LabelResult.QueryResult;
import org.precedent.retrieval.Temperature;

/**
 * Segments chosen cases, each from the others. A query's supports are never the query, an image of
 * its patient, or its twin.
 *
 * <p>For one seed, queries and random supports are the same whatever the network, the temperature
 * and the embedder: runs can be compared query by query.
 */
public final class LeaveOneOut {
    private final TrialRunner examiner;

    /**
     * @param supportSize supports a query
     * @param chooser how they are found
     * @param temperature how similarities become weights
     * @param seed of random supports
     * @param repeats how often every query is answered, each time with another seed
     */
    public record Settings(
            SupportSize supportSize,
            SupportChooser chooser,
            Temperature temperature,
            long seed,
            int repeats) {
        public Settings {
            if (repeats < 1) {
                throw EvaluationException.setting("repeats", repeats, "at least 1");
            }
        }
    }

    public LeaveOneOut(TrialRunner examiner) {
        this.examiner = examiner;
    }

    /**
     * Answers every query from K supports, or from those that there are.
     *
     * @throws EvaluationException when no query has a support
     */
    public LabelResult run(EvaluationPool pool, Settings settings, Progress progress) {
        return run(pool, pool.queries(), settings, progress);
    }

    /** As {@link #run(EvaluationPool, Settings, Progress)}, of some of the pool's queries. */
    LabelResult run(
            EvaluationPool pool, List<Annotated> queries, Settings settings, Progress progress) {
        int k = settings.supportSize().of(pool);
        List<QueryResult> results = new ArrayList<>();
        for (int repeat = 0; repeat < settings.repeats(); repeat++) {
            for (Annotated query : queries) {
                TrialRunner.Asked asked =
                        new TrialRunner.Asked(
                                settings.chooser(),
                                pool.of(query),
                                k,
                                seed(settings.seed(), query, repeat),
                                pool.label());
                results.add(examiner.examine(query, asked, repeat, settings.temperature()));
                progress.step(
                        pool.label(), results.size(), (long) queries.size() * settings.repeats());
            }
        }
        return new LabelResult(
                pool.label(),
                examiner.side(),
                results.stream().mapToInt(r -> r.supports().size()).max().orElseThrow(),
                pool.without().size(),
                results);
    }

    /** Of one query's random supports. */
    static long seed(long seed, Annotated query, int repeat) {
        String word = query.label() + "\0" + query.id();
        return EvaluationPool.seed(seed, repeat == 0 ? word : word + "\0" + repeat);
    }
}
