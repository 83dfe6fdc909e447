package org.precedent.tuning;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.precedent.CanonicalNames;
import org.precedent.DomainException;
import org.precedent.ServiceException;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Pool;
import org.precedent.catalog.PoolSettings;
import org.precedent.catalog.Support;
import org.precedent.catalog.Task;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.evaluation.Annotated;
import org.precedent.evaluation.EvaluationCase;
import org.precedent.evaluation.EvaluationSetup;
import org.precedent.evaluation.PoolRetrieval;
import org.precedent.evaluation.TrialRunner;
import org.precedent.evaluation.metric.PixelSpacing;
import org.precedent.evaluation.protocol.EvaluationLines;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.ImageSource;
import org.precedent.query.ErasedMeanwhile;
import org.precedent.query.Query;
import org.precedent.query.QueryService;
import org.precedent.retrieval.RetrievalException;
import org.precedent.retrieval.Temperature;
import org.precedent.segmentation.Segmenter;

/** A pool's own images as queries, with their truth, and what choices by them have in common. */
@ApplicationScoped
public class PoolQuestions {
    private final PoolSettings poolSettings;
    private final BlobStore blobs;
    private final ImageEmbedder embedder;
    private final QueryService queries;

    PoolQuestions(
            PoolSettings poolSettings,
            BlobStore blobs,
            ImageEmbedder embedder,
            QueryService queries) {
        this.poolSettings = poolSettings;
        this.blobs = blobs;
        this.embedder = embedder;
        this.queries = queries;
    }

    /**
     * Who chooses.
     *
     * @param labels that choose together; empty for all of the task
     * @param supportSize K of the queries
     * @param strategy of the queries, as written
     * @param queries images drawn of every label
     * @param seed draws them
     */
    public record Settings(
            String task,
            String pool,
            List<String> labels,
            int supportSize,
            String strategy,
            int queries,
            long seed) {
        public Settings {
            labels = List.copyOf(labels);
        }
    }

    /** Asks the network that answers for the pool, adapted to it or not. */
    TrialRunner runner(Settings settings) {
        return new TrialRunner(
                segmenter(settings),
                new PoolRetrieval(embedder),
                PixelSpacing.PIXELS,
                System::nanoTime);
    }

    Segmenter segmenter(Settings settings) {
        return queries.segmenter(settings.task(), settings.pool());
    }

    /** The space of the strategy's similarities. */
    String space(Settings settings) {
        return queries.space(Query.strategy(settings.strategy()));
    }

    EvaluationLines lines(Settings settings) {
        return new EvaluationLines(
                EvaluationSetup.model(segmenter(settings), space(settings)),
                PixelSpacing.Unit.PIXEL,
                settings.seed());
    }

    /**
     * Asks with images of the pool, drawn by the seed, as if each were new.
     *
     * @param what is asked for
     * @param answer gets each image with its truth and the query that asks; RetrievalException says
     *     that nobody but the image's own patient could support it
     */
    void ask(
            Settings settings,
            Pool pool,
            Task.Label label,
            String what,
            ChoiceObserver observer,
            BiConsumer<Annotated, Query> answer) {
        List<PoolSettings.PoolImage> drawn =
                poolSettings.draw(pool, pool.version(), label, settings.queries(), settings.seed());
        String name = label.name() + " " + what;
        int alone = 0;
        int done = 0;
        if (!drawn.isEmpty()) {
            observer.step(name, 0, drawn.size());
        }
        for (PoolSettings.PoolImage one : drawn) {
            try {
                Annotated query = annotated(one.support(), one.patient(), label.name());
                answer.accept(query, asQuery(query, pool, settings));
            } catch (RetrievalException e) {
                alone++;
            } catch (DomainException e) {
                if (!ErasedMeanwhile.is(e)) {
                    throw e;
                }
                // It was erased since it was drawn.
            }
            observer.step(name, ++done, drawn.size());
        }
        if (alone > 0) {
            observer.unsupported(name, alone);
        }
    }

    /** Says that no image of the pool could be answered from others. */
    static ServiceException nobodyChose(Settings settings) {
        return ServiceException.badParameter(
                "--pool",
                settings.pool(),
                "a pool of approved annotations of at least two patients");
    }

    /** The line of a choice that is now stored with a pool. */
    static Map<String, Object> stored(Map<String, Object> choice, Task task, Pool pool) {
        Map<String, Object> line = new LinkedHashMap<>(choice);
        line.put("task", task.name());
        line.put("pool", pool.name());
        line.put("pool_version", pool.version());
        line.put("stored", true);
        return line;
    }

    /** Asks for supports as if the image were new. */
    private static Query asQuery(Annotated query, Pool pool, Settings settings) {
        return new Query(
                new ImageSource.Pixels(query.id() + ".png", query.image()),
                settings.task(),
                List.of(query.label()),
                settings.pool(),
                pool.version(),
                settings.supportSize(),
                Temperature.UNIFORM,
                Query.strategy(settings.strategy()),
                settings.seed(),
                null,
                CanonicalNames.key(query.patient()));
    }

    Annotated annotated(Support support, String patient, String label) {
        Raster image = Raster.fromNetpbm(blobs.get(support.pixelsSha256()));
        Mask mask = Mask.fromRaster(Raster.fromNetpbm(blobs.get(support.maskSha256())));
        return new Annotated(
                new EvaluationCase(
                        Long.toString(support.annotationId()), patient, image, Map.of(label, mask)),
                label,
                mask);
    }
}
