package org.precedent.api.view;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.precedent.catalog.Answer;

/**
 * A support as shown to people and clients.
 *
 * @param matches which points of the query met which of its locations; empty where no location was
 *     asked
 * @param ranks its rank at each level that was fused; empty for other strategies
 */
@Schema(name = "Support", description = "An annotated image that a mask rests on.")
public record SupportView(
        @Schema(description = "The image's id.") UUID imageId,
        @Schema(description = "The image's file name.") String name,
        @Schema(description = "The annotation's id; `/v1/annotations/{id}/overlay.png` shows it.")
                long annotationId,
        @Schema(description = "Which version of the annotation on this image.", minimum = "1")
                int annotationVersion,
        @Schema(
                        description =
                                "How like the query it is, in the unit of the strategy: an inner product of unit vectors, a vote, or a score of ranks.")
                double similarity,
        @Schema(
                        description = "Its weight; those of a label sum to 1.",
                        minimum = "0",
                        maximum = "1")
                double weight,
        @Schema(
                        description =
                                "Which points of the query met which of its locations; empty where no location was asked.")
                List<MatchView> matches,
        @Schema(
                        description =
                                "Its rank, from 1, at each level that was fused, by the name of the level; empty for other strategies.")
                Map<String, Integer> ranks) {

    /** Where a point of the query met a support. */
    @Schema(name = "Match", description = "Where a point of the query met a support.")
    public record MatchView(
            @Schema(description = "Index, from 0, in the label's `points`.", minimum = "0")
                    int point,
            @Schema(
                            description = "Column of the cell in the support's grid, from 0.",
                            minimum = "0")
                    int x,
            @Schema(description = "Row of the cell in the support's grid, from 0.", minimum = "0")
                    int y,
            @Schema(description = "Cells on a side of the grid.", minimum = "1") int grid,
            @Schema(description = "How alike they are: an inner product of unit vectors.")
                    double similarity) {}

    static SupportView of(Answer.UsedSupport used) {
        return new SupportView(
                used.support().imageId(),
                used.support().sourceName(),
                used.support().annotationId(),
                used.support().annotationVersion(),
                used.similarity(),
                used.weight(),
                used.matches().stream()
                        .map(m -> new MatchView(m.point(), m.x(), m.y(), m.grid(), m.similarity()))
                        .toList(),
                used.ranks());
    }
}
