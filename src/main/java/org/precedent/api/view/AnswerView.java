package org.precedent.api.view;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.precedent.catalog.Answer;
import org.precedent.retrieval.Weights;

/**
 * A recorded answer as shown to people and clients.
 *
 * @param temperatureSource {@code query} that named it, the {@code pool} that it was chosen for, or
 *     {@code default}
 * @param overlay where the overlay is: an address or a file
 */
public record AnswerView(
        UUID id,
        String task,
        String pool,
        int poolVersion,
        QueryView query,
        ModelView model,
        String embeddingSpace,
        String strategy,
        int supportSize,
        String temperature,
        String temperatureSource,
        long seed,
        @Nullable String site,
        Instant createdAt,
        List<LabelView> labels,
        String overlay,
        Map<String, Double> timingsMs,
        String notice) {
    private static final String NOTICE = "Research software, not a medical device.";

    /** The image that was sent. */
    public record QueryView(String name, int width, int height) {}

    /** The network that answered. */
    public record ModelView(String network, String weightsSha256, int size) {}

    /** One label's mask and what it rests on. */
    public record LabelView(
            String label,
            int area,
            String mask,
            String probabilities,
            int eligible,
            int visited,
            boolean exact,
            @Nullable String shortfall,
            double effectiveSupports,
            @Nullable ConfidenceView confidence,
            List<Answer.Point> points,
            List<SupportView> supports) {}

    /**
     * How far a mask is to be trusted; absent where the pool is not calibrated.
     *
     * @param insufficientPrecedent whether the prediction is below the pool's threshold
     * @param reason why, where it is
     */
    public record ConfidenceView(
            double predictedDice,
            double threshold,
            boolean insufficientPrecedent,
            @Nullable String reason,
            Map<String, Double> evidence) {

        static @Nullable ConfidenceView of(Answer.@Nullable Confidence confidence) {
            return confidence == null
                    ? null
                    : new ConfidenceView(
                            confidence.predictedDice(),
                            confidence.threshold(),
                            confidence.insufficientPrecedent(),
                            confidence.reason(),
                            confidence.evidence());
        }
    }

    /** Where the pictures of an answer are. */
    public interface Links {
        String overlay();

        String mask(String label);

        String probabilities(String label);
    }

    public static AnswerView of(Answer answer, Links links) {
        return new AnswerView(
                answer.id(),
                answer.task(),
                answer.pool(),
                answer.poolVersion(),
                new QueryView(answer.queryName(), answer.queryWidth(), answer.queryHeight()),
                new ModelView(answer.network(), answer.weightsSha256(), answer.networkSize()),
                answer.embeddingSpace(),
                answer.strategy(),
                answer.supportSize(),
                answer.temperature() == null ? "uniform" : answer.temperature().toString(),
                answer.temperatureSource().word(),
                answer.seed(),
                answer.site(),
                answer.createdAt(),
                answer.labels().stream().map(label -> view(links, label)).toList(),
                links.overlay(),
                answer.timingsMs(),
                NOTICE);
    }

    private static LabelView view(Links links, Answer.LabelAnswer label) {
        return new LabelView(
                label.label(),
                label.area(),
                links.mask(label.label()),
                links.probabilities(label.label()),
                label.eligible(),
                label.visited(),
                label.exact(),
                label.shortfall(),
                Weights.effectiveNumber(
                        label.supports().stream()
                                .mapToDouble(Answer.UsedSupport::weight)
                                .toArray()),
                ConfidenceView.of(label.confidence()),
                label.points(),
                label.supports().stream().map(SupportView::of).toList());
    }
}
