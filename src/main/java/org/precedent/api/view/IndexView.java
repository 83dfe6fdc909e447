package org.precedent.api.view;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;
import org.precedent.projection.ProjectionStates;

/** How far indexes and encodings follow the catalogue, as clients see it. */
@Schema(name = "IndexStatus", description = "How far indexes and encodings follow the record.")
public record IndexView(
        @Schema(description = "The last change of the record.", minimum = "0") long committed,
        @Schema(description = "The indexes and the store of encodings; that of images first.")
                List<ProjectionView> projections,
        @Schema(description = "The images that were left out last, at most 100; newest first.")
                List<QuarantinedView> quarantine) {
    private static final int LISTED = 100;

    /** How all projections do at this moment. */
    public static IndexView of(ProjectionStates states) {
        Map<String, Integer> quarantined = states.quarantined();
        return new IndexView(
                states.committed(),
                states.all().stream()
                        .map(state ->
                                new ProjectionView(
                                        state.kind().name().toLowerCase(Locale.ROOT),
                                        state.name(),
                                        state.reached(),
                                        quarantined.getOrDefault(state.name(), 0),
                                        state.failure(),
                                        state.sinceSuccess().toMillis()))
                        .toList(),
                states.quarantine(LISTED).stream()
                        .map(one ->
                                new QuarantinedView(
                                        one.projection(),
                                        one.imageId(),
                                        one.reason(),
                                        one.tries(),
                                        one.since()))
                        .toList());
    }

    /** One index, or the store of encodings. */
    @Schema(name = "Projection", description = "One index, or the store of encodings.")
    public record ProjectionView(
            @Schema(
                            description =
                                    "What is in it: `images`, `next_images` (a space that answers when it is complete), `locations`, `objects` or `encodings`.")
                    String kind,
            @Schema(description = "The space of its vectors, or the name of the store.")
                    String name,
            @Schema(description = "The change up to which everything is in it.", minimum = "0")
                    long reached,
            @Schema(
                            description =
                                    "Images that it leaves out because they cannot be projected.",
                            minimum = "0")
                    int quarantined,
            @Schema(
                            description =
                                    "Why its last step failed, in one word; null where it succeeded.",
                            nullable = true)
                    @Nullable String failure,
            @Schema(description = "Age of its last step that succeeded.", minimum = "0")
                    long lastSuccessMillisecondsAgo) {}

    /** An image that a projection leaves out. */
    @Schema(
            name = "QuarantinedImage",
            description = "An image that an index, or the store of encodings, leaves out.")
    public record QuarantinedView(
            @Schema(description = "The index or store that leaves it out.") String projection,
            @Schema(description = "The image's id.") UUID imageId,
            @Schema(description = "Why it cannot be projected.") String reason,
            @Schema(description = "How often it was tried in vain.", minimum = "1") int tries,
            @Schema(description = "Since when it is left out.") Instant since) {}
}
