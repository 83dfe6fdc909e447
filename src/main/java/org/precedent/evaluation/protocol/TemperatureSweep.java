package org.precedent.evaluation.protocol;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.precedent.evaluation.Annotated;
import org.precedent.evaluation.EvaluationException;
import org.precedent.evaluation.EvaluationPool;
import org.precedent.evaluation.Progress;
import org.precedent.evaluation.SupportChooser;
import org.precedent.evaluation.SupportChooser.Scored;
import org.precedent.evaluation.TrialRunner;
import org.precedent.evaluation.metric.Dice;
import org.precedent.evaluation.metric.LabelResult;
import org.precedent.imaging.Raster;
import org.precedent.retrieval.Temperature;

/**
 * The similarity-weighted UniverSeg paper's sweep over tau, made honest: the temperature is chosen
 * on the queries of half of the patients and reported on those of the other half, beside uniform
 * weights. (The paper reports the best temperature on the data that chose it.)
 */
public final class TemperatureSweep {
    private final TrialRunner examiner;

    /**
     * @param supportSize of the queries that choose, and of those reported; with K_full the paper's
     *     K_large and K_small are reported too, from random sets
     * @param chooser how supports are found
     * @param grid the temperatures
     * @param seed of random supports
     * @param repeats how often a random set is drawn for the queries reported
     */
    public record Settings(
            SupportSize supportSize,
            SupportChooser chooser,
            List<Temperature> grid,
            long seed,
            int repeats) {
        public Settings {
            grid = List.copyOf(grid);
        }
    }

    /**
     * @param label the label
     * @param curve of the queries that chose
     * @param chosen the best of them
     * @param uniform the other half with uniform weights
     * @param weighted the other half at the chosen temperature
     * @param drawn support size, {@code large} and {@code small}, to the other half at the chosen
     *     temperature with random supports; empty unless the support size is full
     */
    public record Result(
            String label,
            TemperatureCurve curve,
            Temperature chosen,
            LabelResult uniform,
            LabelResult weighted,
            Map<String, LabelResult> drawn) {}

    public TemperatureSweep(TrialRunner examiner) {
        this.examiner = examiner;
    }

    /**
     * @param random draws the sets of K_large and K_small
     * @throws EvaluationException when a query has too few supports, or all are of one patient
     */
    public Result run(
            EvaluationPool pool, Settings settings, SupportChooser random, Progress progress) {
        Set<String> first =
                TemperatureCurve.firstHalf(
                        pool.queries().stream().map(Annotated::patient).toList());
        List<Annotated> choosing = new ArrayList<>();
        List<Annotated> reported = new ArrayList<>();
        for (Annotated query : pool.queries()) {
            (first.contains(query.patient()) ? choosing : reported).add(query);
        }
        boolean full = settings.supportSize().kind() == SupportSize.Kind.FULL;
        long answers =
                (long) choosing.size() * settings.grid().size()
                        + reported.size() * (2L + (full ? 2L * settings.repeats() : 0));
        Steps steps = new Steps(progress, pool.label(), answers);
        TemperatureCurve curve = new TemperatureCurve(settings.grid());
        int k = settings.supportSize().of(pool);
        for (Annotated query : choosing) {
            extend(
                    curve,
                    query,
                    choose(pool, query, settings.chooser(), k, settings.seed()),
                    steps);
        }
        Temperature chosen = curve.best();
        LeaveOneOut protocol = new LeaveOneOut(examiner);
        LabelResult uniform =
                protocol.run(
                        pool,
                        reported,
                        settings(settings, settings.supportSize(), Temperature.UNIFORM, 1),
                        steps);
        LabelResult weighted =
                protocol.run(
                        pool,
                        reported,
                        settings(settings, settings.supportSize(), chosen, 1),
                        steps);
        Map<String, LabelResult> drawn = new LinkedHashMap<>();
        for (SupportSize.Kind kind : List.of(SupportSize.Kind.LARGE, SupportSize.Kind.SMALL)) {
            SupportSize size = new SupportSize(kind, 0);
            if (full && pool.fewestSupports() >= 2) {
                drawn.put(
                        size.toString(),
                        protocol.run(
                                pool,
                                reported,
                                new LeaveOneOut.Settings(
                                        size, random, chosen, settings.seed(), settings.repeats()),
                                steps));
            }
        }
        return new Result(pool.label(), curve, chosen, uniform, weighted, drawn);
    }

    /**
     * Takes all of a pool's queries into a curve.
     *
     * @return K, the most supports that a query may have
     */
    public int extend(
            TemperatureCurve curve,
            EvaluationPool pool,
            SupportSize supportSize,
            SupportChooser chooser,
            long seed,
            Progress progress) {
        int k = supportSize.of(pool);
        Steps steps =
                new Steps(
                        progress, pool.label(), (long) pool.queries().size() * curve.grid().size());
        for (Annotated query : pool.queries()) {
            extend(curve, query, choose(pool, query, chooser, k, seed), steps);
        }
        return k;
    }

    /** Takes one query whose supports are found already into a curve. */
    public void extend(TemperatureCurve curve, Annotated query, List<Scored> supports) {
        extend(curve, query, supports, new Steps(Progress.SILENT, query.label(), 0));
    }

    private void extend(
            TemperatureCurve curve, Annotated query, List<Scored> supports, Steps steps) {
        curve.add(query.label(), query.patient(), dice(query, supports, curve.grid(), steps));
    }

    private List<Scored> choose(
            EvaluationPool pool, Annotated query, SupportChooser chooser, int k, long seed) {
        return examiner.choose(
                new TrialRunner.Asked(
                        chooser, pool.of(query), k, LeaveOneOut.seed(seed, query, 0), pool.label()),
                query.source());
    }

    /** Hard Dice of one query, at its own size, at every temperature. */
    private double[] dice(
            Annotated query, List<Scored> supports, List<Temperature> grid, Steps steps) {
        double[] dice = new double[grid.size()];
        Raster image = query.image();
        for (int i = 0; i < dice.length; i++) {
            dice[i] = Dice.hard(examiner.answer(image, supports, grid.get(i)).mask(), query.mask());
            steps.advance();
        }
        return dice;
    }

    private static LeaveOneOut.Settings settings(
            Settings settings, SupportSize size, Temperature temperature, int repeats) {
        return new LeaveOneOut.Settings(
                size, settings.chooser(), temperature, settings.seed(), repeats);
    }

    /** Counts answers over the parts of a protocol. */
    private static final class Steps implements Progress {
        private final Progress told;
        private final String label;
        private final long total;
        private long done;

        Steps(Progress told, String label, long total) {
            this.told = told;
            this.label = label;
            this.total = total;
        }

        void advance() {
            told.step(label, ++done, total);
        }

        @Override
        public void step(String of, long part, long parts) {
            advance();
        }
    }
}
