package org.precedent.tuning;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.precedent.CanonicalNames;
import org.precedent.DomainException;
import org.precedent.ServiceException;
import org.precedent.access.Scope;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Answer.CloseUps;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Pool;
import org.precedent.catalog.PoolSetting;
import org.precedent.catalog.PoolSettings;
import org.precedent.catalog.Task;
import org.precedent.confidence.ConfidenceModel;
import org.precedent.confidence.Confidences;
import org.precedent.confidence.Evidence;
import org.precedent.evaluation.Progress;
import org.precedent.evaluation.metric.Dice;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.ImageSource;
import org.precedent.projection.AnsweringNetworks;
import org.precedent.projection.ImageSpaces;
import org.precedent.query.ErasedMeanwhile;
import org.precedent.query.Inference;
import org.precedent.query.Query;
import org.precedent.query.QueryService;
import org.precedent.retrieval.RetrievalException;
import org.precedent.segmentation.CloseUpGate;
import org.precedent.segmentation.Segmenter;

/**
 * Fits to a pool what its answers' Dice is predicted by: images of the pool ask as if they were
 * new, so that their patients do not support them, and are compared with their own masks. Each is
 * asked with one look and with two, which also decides how often the pool's answers are looked at.
 */
@ApplicationScoped
public class Calibration {
    /** Images of each label that ask where nobody says how many. */
    public static final int IMAGES = 60;

    /** What draws them where nobody says. */
    public static final long SEED = 1;

    private final Catalog catalog;
    private final PoolSettings poolSettings;
    private final BlobStore blobs;
    private final ImageSpaces spaces;
    private final QueryService queries;
    private final Confidences confidences;
    private final Inference inference;
    private final Clock clock;

    Calibration(
            Catalog catalog,
            PoolSettings poolSettings,
            BlobStore blobs,
            ImageSpaces spaces,
            QueryService queries,
            Confidences confidences,
            Inference inference,
            Clock clock) {
        this.catalog = catalog;
        this.poolSettings = poolSettings;
        this.blobs = blobs;
        this.spaces = spaces;
        this.queries = queries;
        this.confidences = confidences;
        this.inference = inference;
        this.clock = clock;
    }

    /**
     * What is calibrated.
     *
     * @param labels empty for all of the task
     * @param supportSize of the queries
     * @param strategy of the queries, as written
     * @param images of each label at most, at least {@link ConfidenceModel#FEWEST}
     * @param seed draws them
     */
    public record Settings(
            String task,
            String pool,
            List<String> labels,
            int supportSize,
            String strategy,
            int images,
            long seed) {
        public Settings {
            labels = List.copyOf(labels);
            Query.strategy(strategy);
            if (supportSize < 1 || supportSize > Query.MOST_SUPPORTS) {
                throw ServiceException.badParameter(
                        "supportSize",
                        supportSize,
                        "a whole number from 1 to " + Query.MOST_SUPPORTS);
            }
            if (images < ConfidenceModel.FEWEST) {
                throw ServiceException.badParameter(
                        "images", images, "at least " + ConfidenceModel.FEWEST);
            }
        }
    }

    /**
     * What came of one label.
     *
     * @param images that could be answered from others
     * @param meanDice of their answers, with as many looks as the gate says
     * @param gate whether answers are looked at again from nearer by
     * @param threshold below which an answer is called insufficient; null where they were too few
     *     to fit anything
     * @param rankCorrelation Spearman's, of leave-one-out predictions and true Dice; null likewise,
     *     or where either is constant
     */
    public record Outcome(
            String label,
            int poolVersion,
            int images,
            double meanDice,
            CloseUpGate gate,
            @Nullable Double threshold,
            @Nullable Double rankCorrelation) {}

    /**
     * Calibrates and stores the result with the pool's current version; queries use it at once.
     * What is calibrated are the weights that answer now, adapted to the pool or not.
     *
     * @param progress told after every image of a label
     * @return one a label
     * @throws org.precedent.DomainException an unknown name, or an empty pool
     */
    public List<Outcome> run(Settings settings, Progress progress) {
        Task task = catalog.task(Scope.machine(), settings.task());
        Pool pool = catalog.pool(Scope.machine(), task, settings.pool());
        if (pool.version() == 0) {
            throw ServiceException.poolEmpty(pool.name(), task.name());
        }
        return spaces.pinned(() -> {
            AnsweringNetworks.Encoded answering = inference.of(pool, pool.version());
            List<Outcome> outcomes = new ArrayList<>();
            for (Task.Label label : catalog.labels(task, settings.labels())) {
                outcomes.add(calibrate(pool, label, answering, settings, progress));
            }
            return outcomes;
        });
    }

    /**
     * One image's answer from the others.
     *
     * @param dice with one look and with two
     */
    private record Answered(QueryService.Explained answer, CloseUpGate.Tried dice) {
        Segmenter.Explained label(boolean closeUp) {
            return closeUp ? answer.label() : answer.once();
        }

        double dice(boolean closeUp) {
            return closeUp ? dice.twice() : dice.once();
        }

        String patient() {
            return dice.patient();
        }

        double nearest() {
            return answer.supports().nearest();
        }
    }

    private Outcome calibrate(
            Pool pool,
            Task.Label label,
            AnsweringNetworks.Encoded answering,
            Settings settings,
            Progress progress) {
        List<PoolSettings.PoolImage> drawn =
                poolSettings.draw(pool, pool.version(), label, settings.images(), settings.seed());
        List<Answered> answered = new ArrayList<>();
        int done = 0;
        for (PoolSettings.PoolImage one : drawn) {
            try {
                answered.add(answer(one, pool, label, answering, settings));
            } catch (RetrievalException e) {
                // Nobody but its own patient could support it.
            } catch (DomainException e) {
                if (!ErasedMeanwhile.is(e)) {
                    throw e;
                }
                // It was erased since it was drawn.
            }
            progress.step(label.name(), ++done, drawn.size());
        }
        CloseUpGate gate = CloseUpGate.of(answered.stream().map(Answered::dice).toList());
        if (answered.size() < ConfidenceModel.FEWEST) {
            return outcome(label, pool, answered, gate, null);
        }
        ConfidenceModel once = fit(pool, label, answering, answered, false);
        if (!CloseUpGate.isTried(answering.network())) {
            return outcome(label, pool, answered, gate, once);
        }
        ConfidenceModel twice = fit(pool, label, answering, answered, true);
        record(
                pool,
                answering,
                new PoolSetting.Looks(
                        label, gate.open(), gate.patients(), gate.once(), gate.twice()));
        return outcome(label, pool, answered, gate, gate.open() ? twice : once);
    }

    private static Outcome outcome(
            Task.Label label,
            Pool pool,
            List<Answered> answered,
            CloseUpGate gate,
            @Nullable ConfidenceModel model) {
        return new Outcome(
                label.name(),
                pool.version(),
                answered.size(),
                answered.stream().mapToDouble(one -> one.dice(gate.open())).average().orElse(0),
                gate,
                model == null ? null : model.threshold(),
                model == null || Double.isNaN(model.rankCorrelation())
                        ? null
                        : model.rankCorrelation());
    }

    /** Fits what predicts answers of one look, or of two, and stores it. */
    private ConfidenceModel fit(
            Pool pool,
            Task.Label label,
            AnsweringNetworks.Encoded answering,
            List<Answered> answered,
            boolean closeUp) {
        List<Double> ascending = answered.stream().map(Answered::nearest).sorted().toList();
        List<Evidence> evidence = new ArrayList<>();
        for (Answered one : answered) {
            evidence.add(
                    confidences.evidence(
                            one.answer().image(),
                            one.answer().supports().subject(),
                            one.label(closeUp),
                            answering,
                            Confidences.coverage(ascending, one.nearest())));
        }
        ConfidenceModel model =
                ConfidenceModel.fit(
                        evidence,
                        answered.stream().mapToDouble(one -> one.dice(closeUp)).toArray(),
                        answered.stream().map(Answered::patient).toList());
        record(
                pool,
                answering,
                new PoolSetting.Confidence(
                        label,
                        Confidences.kept(model, ascending),
                        model.threshold(),
                        model.fittedOn(),
                        Double.isNaN(model.rankCorrelation()) ? null : model.rankCorrelation(),
                        closeUp));
        return model;
    }

    private void record(Pool pool, AnsweringNetworks.Encoded answering, PoolSetting.Value decided) {
        poolSettings.record(
                pool,
                new PoolSetting<>(
                        pool.version(),
                        spaces.current().space().id(),
                        answering.network().name(),
                        answering.network().weightsSha256(),
                        decided,
                        clock.instant()));
    }

    private Answered answer(
            PoolSettings.PoolImage one,
            Pool pool,
            Task.Label label,
            AnsweringNetworks.Encoded answering,
            Settings settings) {
        Raster image = Raster.fromNetpbm(blobs.get(one.support().pixelsSha256()));
        Mask truth = Mask.fromRaster(Raster.fromNetpbm(blobs.get(one.support().maskSha256())));
        Query query =
                new Query(
                        new ImageSource.Pixels("pool.png", image),
                        settings.task(),
                        List.of(label.name()),
                        settings.pool(),
                        Integer.toString(pool.version()),
                        settings.supportSize(),
                        null,
                        Query.strategy(settings.strategy()),
                        settings.seed(),
                        null,
                        CanonicalNames.key(one.patient()),
                        Query.NearDuplicates.LEAVE_OUT,
                        null,
                        CloseUpGate.isTried(answering.network()) ? CloseUps.TRUE : CloseUps.FALSE);
        QueryService.Explained answer = queries.explain(Scope.machine(), query, answering);
        return new Answered(
                answer,
                new CloseUpGate.Tried(
                        CanonicalNames.key(one.patient()),
                        Dice.hard(answer.once().segmentation().mask(), truth),
                        Dice.hard(answer.label().segmentation().mask(), truth)));
    }
}
