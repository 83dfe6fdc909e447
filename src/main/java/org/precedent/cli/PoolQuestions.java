package org.precedent.cli;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.precedent.CanonicalNames;
import org.precedent.ServiceException;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Pool;
import org.precedent.catalog.PoolTemperatures;
import org.precedent.catalog.Support;
import org.precedent.catalog.Task;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.evaluation.Annotated;
import org.precedent.evaluation.EvaluationCase;
import org.precedent.evaluation.EvaluationSetup;
import org.precedent.evaluation.ImageSimilarity;
import org.precedent.evaluation.TrialRunner;
import org.precedent.evaluation.metric.PixelSpacing;
import org.precedent.evaluation.protocol.EvaluationLines;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.ingest.IngestService.SentFile;
import org.precedent.query.Query;
import org.precedent.query.QueryService;
import org.precedent.retrieval.RetrievalException;
import org.precedent.retrieval.Temperature;
import org.precedent.segmentation.Segmenter;

/** A pool's own images as queries, with their truth, and what choices by them have in common. */
final class PoolQuestions {
    private final ServiceCommand beans;
    private final Settings settings;

    /**
     * @param labels that choose together; empty for all of the task
     * @param queries images drawn of every label
     */
    record Settings(
            String task,
            String pool,
            List<String> labels,
            int supportSize,
            String strategy,
            int queries,
            long seed) {}

    PoolQuestions(ServiceCommand beans, Settings settings) {
        this.beans = beans;
        this.settings = settings;
    }

    TrialRunner examiner() {
        return new TrialRunner(
                segmenter(),
                new ImageSimilarity(beans.bean(ImageEmbedder.class)),
                PixelSpacing.PIXELS,
                System::nanoTime);
    }

    /** The space of the strategy's similarities. */
    String space() {
        return beans.bean(QueryService.class).space(Query.strategy(settings.strategy()));
    }

    EvaluationLines lines() {
        return new EvaluationLines(
                EvaluationSetup.model(segmenter(), space()),
                PixelSpacing.Unit.PIXEL,
                settings.seed());
    }

    private Segmenter segmenter() {
        return beans.bean(QueryService.class).segmenter();
    }

    /**
     * Asks with images of the pool, drawn by the seed, as if each were new.
     *
     * @param what is asked for
     * @param answer gets each image with its truth and the query that asks; RetrievalException says
     *     that nobody but the image's own patient could support it
     */
    void ask(
            Pool pool,
            Task.Label label,
            String what,
            PrintWriter err,
            BiConsumer<Annotated, Query> answer) {
        List<PoolTemperatures.Drawn> drawn =
                beans.bean(PoolTemperatures.class)
                        .draw(pool, pool.version(), label, settings.queries(), settings.seed());
        String name = label.name() + " " + what;
        int alone = 0;
        try (ProgressBar progress = new ProgressBar(err, name, drawn.size())) {
            for (PoolTemperatures.Drawn one : drawn) {
                Annotated query = annotated(one.support(), one.patient(), label.name());
                try {
                    answer.accept(query, of(query, pool));
                } catch (RetrievalException e) {
                    alone++;
                }
                progress.advance(1);
            }
        }
        if (alone > 0) {
            err.println(name + ": " + alone + " images have no support but their patient's");
            err.flush();
        }
    }

    /** When no image of the pool could be answered from others. */
    ServiceException nobodyChose() {
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
    private Query of(Annotated query, Pool pool) {
        return new Query(
                new SentFile(query.id() + ".png", PngWriter.png(query.image())),
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
        BlobStore blobs = beans.bean(BlobStore.class);
        Raster image = Raster.fromNetpbm(blobs.get(support.pixelsSha256()));
        Mask mask = Mask.fromRaster(Raster.fromNetpbm(blobs.get(support.maskSha256())));
        return new Annotated(
                new EvaluationCase(
                        Long.toString(support.annotationId()), patient, image, Map.of(label, mask)),
                label,
                mask);
    }
}
