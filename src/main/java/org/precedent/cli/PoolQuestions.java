package org.precedent.cli;

import java.util.List;
import java.util.Map;
import org.precedent.catalog.BlobStore;
import org.precedent.catalog.Pool;
import org.precedent.catalog.Support;
import org.precedent.evaluation.Annotated;
import org.precedent.evaluation.EvaluationCase;
import org.precedent.imaging.Mask;
import org.precedent.imaging.PngWriter;
import org.precedent.imaging.Raster;
import org.precedent.retrieval.Temperature;
import org.precedent.service.IngestService.SentFile;
import org.precedent.service.Query;

/** A pool's own images as queries, with their truth. */
final class PoolQuestions {
    private final BlobStore blobs;
    private final PoolTemperatureChoice.Settings settings;

    PoolQuestions(BlobStore blobs, PoolTemperatureChoice.Settings settings) {
        this.blobs = blobs;
        this.settings = settings;
    }

    /** Asks for supports as if the image were new. */
    Query of(Annotated query, Pool pool) {
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
                query.patient());
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
