package org.precedent.catalog;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What was asked and answered, enough to compute it again to the bit.
 *
 * @param temperature null for uniform weights
 * @param temperatureSource who decided it
 * @param timingsMs milliseconds by stage
 */
public record Answer(
        UUID id,
        String task,
        String pool,
        int poolVersion,
        String querySha256,
        String queryName,
        @Nullable String site,
        @Nullable String patient,
        String strategy,
        int supportSize,
        @Nullable Double temperature,
        TemperatureSource temperatureSource,
        long seed,
        String network,
        String weightsSha256,
        int networkSize,
        String embeddingSpace,
        Map<String, Double> timingsMs,
        Instant createdAt,
        List<LabelAnswer> labels) {

    /**
     * @param maskSha256 blob of the mask, 0 or 255
     * @param probabilitiesSha256 blob of the probabilities, 16 bit
     * @param area foreground pixels
     * @param eligible annotated images that could have been supports
     * @param visited vectors compared with the query's
     * @param exact whether every eligible vector was compared
     * @param shortfall why there are fewer supports than asked for; null when there are not
     */
    public record LabelAnswer(
            String label,
            String maskSha256,
            String probabilitiesSha256,
            int area,
            int eligible,
            int visited,
            boolean exact,
            @Nullable String shortfall,
            List<UsedSupport> supports) {
        public LabelAnswer {
            supports = List.copyOf(supports);
        }
    }

    /** A support in the rank in which it was used. */
    public record UsedSupport(Support support, double similarity, double weight) {}

    public Answer {
        labels = List.copyOf(labels);
    }

    /**
     * @throws CatalogException UNKNOWN_LABEL, with the labels of this answer
     */
    public LabelAnswer label(String name) {
        return labels.stream()
                .filter(label -> label.label().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        CatalogException.unknown(
                                CatalogException.Code.UNKNOWN_LABEL,
                                "label",
                                name,
                                labels.stream().map(LabelAnswer::label).toList()));
    }
}
