package org.precedent.confidence;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Answer;
import org.precedent.catalog.Pool;
import org.precedent.catalog.PoolSetting;
import org.precedent.catalog.PoolSettings;
import org.precedent.catalog.Support;
import org.precedent.catalog.Task;
import org.precedent.embedding.ImageEmbedder;
import org.precedent.imaging.InputRange;
import org.precedent.imaging.Mask;
import org.precedent.imaging.NetworkInput;
import org.precedent.imaging.Raster;
import org.precedent.network.SegmentationNetwork;
import org.precedent.network.SupportEncoding;
import org.precedent.projection.AnsweringNetworks;
import org.precedent.segmentation.NetworkConfig;
import org.precedent.segmentation.PreparedSupport;
import org.precedent.segmentation.Segmenter;

/** How far answers are to be trusted, by what was fitted to their pool. */
@ApplicationScoped
public class Confidences {
    private final PoolSettings settings;
    private final BlobStore blobs;
    private final ImageEmbedder embedder;
    private final int side;

    public Confidences(
            PoolSettings settings,
            BlobStore blobs,
            ImageEmbedder embedder,
            SegmentationNetwork network,
            NetworkConfig config) {
        this.settings = settings;
        this.blobs = blobs;
        this.embedder = embedder;
        this.side = config.side(network);
    }

    /**
     * One label of a query whose answer is judged.
     *
     * @param nearest similarity, as whole images, of the most similar image that may serve
     * @param supports what the answer rests on
     */
    public record Subject(Task.Label label, double nearest, List<Answer.UsedSupport> supports) {
        public Subject {
            supports = List.copyOf(supports);
        }
    }

    /**
     * The confidence of one label's answer.
     *
     * @param answering the network that gave it: what was fitted to other weights, adapted ones or
     *     those of before, says nothing of it
     * @param closeUp whether it was looked at again from nearer by
     * @return empty where the pool was never calibrated for such answers of this label, network and
     *     embedding
     */
    public Optional<Answer.Confidence> of(
            Raster query,
            Subject label,
            Segmenter.Explained answer,
            AnsweringNetworks.Encoded answering,
            Pool pool,
            int version,
            boolean closeUp) {
        Optional<PoolSetting.Confidence> found =
                settings.confidence(
                                pool,
                                version,
                                label.label(),
                                embedder.space().id(),
                                answering.network().name(),
                                answering.network().weightsSha256(),
                                closeUp)
                        .map(PoolSetting::value)
                        // What was fitted to other evidence says nothing about this one.
                        .filter(fitted -> fitted.regression().evidence() == Evidence.VERSION);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        ConfidenceModel model = model(found.get());
        List<Double> neighbours = found.get().regression().neighbours();
        Evidence evidence =
                evidence(query, label, answer, answering, coverage(neighbours, label.nearest()));
        double predicted = model.predict(evidence);
        return Optional.of(
                new Answer.Confidence(
                        predicted,
                        model.atLeast(evidence),
                        model.threshold(),
                        named(evidence),
                        model.insufficient(evidence)
                                ? InsufficientReason.of(model, evidence)
                                : null));
    }

    /** What speaks for and against one label's answer. */
    public Evidence evidence(
            Raster query,
            Subject label,
            Segmenter.Explained answer,
            AnsweringNetworks.Encoded answering,
            double coverage) {
        Map<Long, SupportEncoding> encoded =
                answering
                        .encodings()
                        .of(
                                label.supports().stream().map(Answer.UsedSupport::support).toList(),
                                side,
                                InputRange.CURRENT);
        List<EvidenceCollector.KnownSupport> known = new ArrayList<>();
        for (Answer.UsedSupport used : label.supports()) {
            Support support = used.support();
            SupportEncoding encoding = encoded.get(support.annotationId());
            if (encoding == null) {
                throw new IllegalStateException(
                        "annotation " + support.annotationId() + " was not encoded");
            }
            known.add(
                    new EvidenceCollector.KnownSupport(
                            PreparedSupport.of(
                                    raster(support.pixelsSha256()),
                                    Mask.fromRaster(raster(support.maskSha256())),
                                    side,
                                    InputRange.CURRENT),
                            encoding,
                            used.weight()));
        }
        return new EvidenceCollector(answering.network())
                .collect(
                        NetworkInput.of(query, side, InputRange.CURRENT).plane(),
                        answer.segmentation(),
                        known,
                        coverage,
                        answer.attention());
    }

    /** The share of a pool's images whose nearest neighbour is less similar. */
    public static double coverage(List<Double> ascending, double nearest) {
        if (ascending.isEmpty()) {
            return 0;
        }
        long below = ascending.stream().filter(n -> n < nearest).count();
        return (double) below / ascending.size();
    }

    private static ConfidenceModel model(PoolSetting.Confidence fitted) {
        PoolSetting.Regression regression = fitted.regression();
        return new ConfidenceModel(
                numbers(regression.means()),
                numbers(regression.scales()),
                numbers(regression.coefficients()),
                regression.intercept(),
                fitted.threshold(),
                fitted.fittedOn(),
                fitted.rankCorrelation() == null ? Double.NaN : fitted.rankCorrelation(),
                bound(regression.bound()));
    }

    private static @Nullable DiceBound bound(PoolSetting.@Nullable Bound kept) {
        return kept == null
                ? null
                : new DiceBound(
                        numbers(kept.means()),
                        numbers(kept.scales()),
                        numbers(kept.coefficients()),
                        kept.intercept(),
                        kept.margin(),
                        kept.calibratedOn());
    }

    /** What a pool keeps of a model. */
    public static PoolSetting.Regression kept(ConfidenceModel model, List<Double> neighbours) {
        DiceBound bound = model.bound();
        return new PoolSetting.Regression(
                boxed(model.means()),
                boxed(model.scales()),
                boxed(model.coefficients()),
                model.intercept(),
                neighbours,
                Evidence.VERSION,
                bound == null
                        ? null
                        : new PoolSetting.Bound(
                                boxed(bound.means()),
                                boxed(bound.scales()),
                                boxed(bound.coefficients()),
                                bound.intercept(),
                                bound.margin(),
                                bound.calibratedOn()));
    }

    private static List<Double> boxed(double[] values) {
        return Arrays.stream(values).boxed().toList();
    }

    private static double[] numbers(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }

    private static Map<String, Double> named(Evidence evidence) {
        Map<String, Double> named = new LinkedHashMap<>();
        named.put("reverse", evidence.reverse());
        named.put("agreement", evidence.agreement());
        named.put("coverage", evidence.coverage());
        named.put("certainty", evidence.certainty());
        named.put("sizeRatio", evidence.sizeRatio());
        if (!Double.isNaN(evidence.attentionMass())) {
            named.put("attentionMass", evidence.attentionMass());
        }
        return named;
    }

    private Raster raster(String sha256) {
        return Raster.fromNetpbm(blobs.get(sha256));
    }
}
