package org.precedent.api.view;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;
import org.precedent.access.Disclosure;
import org.precedent.query.Retrieval;

/** The supports of a query as shown to people and clients. Nothing is recorded. */
@Schema(name = "Retrieval", description = "The supports of a query.")
public record RetrievalView(
        @Schema(description = "The task's name.") String task,
        @Schema(description = "The pool's name.") String pool,
        @Schema(description = "The version of the pool that supports came from.", minimum = "1")
                int poolVersion,
        @Schema(description = "What similarities of images are measured in.") String embeddingSpace,
        @Schema(
                        description =
                                "How sharply similar supports are preferred: `uniform`, or tau in softmax(similarity / tau) as a number.")
                String temperature,
        @Schema(
                        description =
                                "Who decided the temperature: the query, the pool that it was chosen for, or nobody.",
                        enumeration = {"query", "pool", "default"})
                String temperatureSource,
        @Schema(description = "The supports of each label.") List<LabelView> labels,
        @Schema(
                        description =
                                "Milliseconds of each stage, by its name. `load` reads kept encodings of supports;"
                                        + " `encode`, which is there only where some were not kept, makes them"
                                        + " on the spot.")
                Map<String, Double> timingsMs)
        implements Disclosure {

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

    @Override
    public Collection<Long> disclosedAnnotations() {
        return labels.stream()
                .flatMap(label -> label.supports().stream())
                .map(SupportView::annotationId)
                .toList();
    }

    /** The supports of one label. */
    @Schema(name = "LabelSupports", description = "The supports of one label.")
    public record LabelView(
            @Schema(description = "The label's name.") String label,
            @Schema(description = "Annotated images that could have been supports.", minimum = "0")
                    int eligible,
            @Schema(description = "Vectors that were compared with the query's.", minimum = "0")
                    int visited,
            @Schema(description = "Whether every eligible vector was compared.") boolean exact,
            @Schema(
                            description =
                                    "Why there are fewer supports than asked for; null where there are not.",
                            nullable = true)
                    @Nullable String shortfall,
            @Schema(
                            description =
                                    "How many supports the weights amount to: 1 / sum of squared weights.",
                            minimum = "0")
                    double effectiveSupports,
            @Schema(description = "The supports, the first in rank first.")
                    List<SupportView> supports,
            @Schema(
                            description =
                                    "Images that would have been supports, but show the query's own picture or one that another support shows.")
                    List<LeftOutView> leftOut) {

        static LabelView of(Retrieval.LabelSupports label) {
            return new LabelView(
                    label.label().name(),
                    label.found().eligible(),
                    label.found().visited(),
                    label.found().exact(),
                    label.found().shortfall(),
                    label.found().effectiveNumber(),
                    label.supports().stream().map(SupportView::of).toList(),
                    label.leftOut().stream().map(LeftOutView::of).toList());
        }
    }
}
