package org.precedent.query;

import java.util.List;
import java.util.Map;
import org.precedent.catalog.Answer;
import org.precedent.catalog.Answer.UsedSupport;
import org.precedent.catalog.Pool;
import org.precedent.catalog.Task;
import org.precedent.catalog.TemperatureSource;
import org.precedent.confidence.Confidences;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.imaging.Raster;
import org.precedent.retrieval.SupportSet;
import org.precedent.retrieval.Temperature;

/**
 * The supports found for one query.
 *
 * @param image the decoded query
 * @param poolVersion the version of the pool that all of them are of
 * @param temperature that weighed them
 * @param temperatureSource who decided it
 * @param labels one entry a label, in the order asked for
 * @param timingsMs milliseconds by stage
 */
public record Retrieval(
        Raster image,
        Task task,
        Pool pool,
        int poolVersion,
        EmbeddingSpace space,
        Temperature temperature,
        TemperatureSource temperatureSource,
        List<LabelSupports> labels,
        Map<String, Double> timingsMs) {

    /**
     * @param found what the search said
     * @param points of the query that asked for locations like theirs; empty where none did
     * @param nearest similarity, as whole images, of the most similar image that may serve
     * @param supports the same supports as the catalogue knows them, in the same order
     * @param leftOut what is no support because of the picture that it shows
     */
    public record LabelSupports(
            Task.Label label,
            SupportSet found,
            List<Answer.Point> points,
            double nearest,
            List<UsedSupport> supports,
            List<Answer.LeftOut> leftOut) {
        public LabelSupports {
            leftOut = List.copyOf(leftOut);
            points = List.copyOf(points);
            supports = List.copyOf(supports);
        }

        /** What the confidence of an answer is judged by. */
        public Confidences.Subject subject() {
            return new Confidences.Subject(label, nearest, supports);
        }
    }

    public Retrieval {
        labels = List.copyOf(labels);
    }
}
