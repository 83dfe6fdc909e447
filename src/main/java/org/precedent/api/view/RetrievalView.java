package org.precedent.api.view;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.precedent.query.Retrieval;

/** The supports of a query as shown to people and clients. Nothing is recorded. */
public record RetrievalView(
        String task,
        String pool,
        int poolVersion,
        String embeddingSpace,
        String temperature,
        String temperatureSource,
        List<LabelView> labels,
        Map<String, Double> timingsMs) {

    public static RetrievalView of(Retrieval retrieved) {
        return new RetrievalView(
                retrieved.task().name(),
                retrieved.pool().name(),
                retrieved.poolVersion(),
                retrieved.space().id(),
                retrieved.temperature().word(),
                retrieved.temperatureSource().word(),
                retrieved.labels().stream().map(LabelView::of).toList(),
                retrieved.timingsMs());
    }

    /** The supports of one label. */
    public record LabelView(
            String label,
            int eligible,
            int visited,
            boolean exact,
            @Nullable String shortfall,
            double effectiveSupports,
            List<SupportView> supports) {

        static LabelView of(Retrieval.LabelSupports label) {
            return new LabelView(
                    label.label().name(),
                    label.found().eligible(),
                    label.found().visited(),
                    label.found().exact(),
                    label.found().shortfall(),
                    label.found().effectiveNumber(),
                    label.supports().stream().map(SupportView::of).toList());
        }
    }
}
