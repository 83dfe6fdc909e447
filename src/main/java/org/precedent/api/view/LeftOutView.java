package org.precedent.api.view;

import java.util.Locale;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.precedent.catalog.Answer;

/**
 * An annotated image that is no support because of the picture that it shows, as shown to people
 * and clients.
 *
 * @param reason {@code own-pixels}: it has the query's own pixels; {@code near-duplicate}: it shows
 *     nearly the query's picture; {@code same-as-support}: it has the pixels of another support
 * @param likeness to that picture, in [-1, 1]
 */
@Schema(
        name = "LeftOut",
        description = "An annotated image that is no support because of the picture it shows.")
public record LeftOutView(
        @Schema(description = "The image's id.") UUID imageId,
        @Schema(description = "The image's file name.") String name,
        @Schema(description = "The annotation's id.") long annotationId,
        @Schema(
                        description =
                                "Why: the query's own pixels, nearly its picture, or the pixels of another support.",
                        enumeration = {"own-pixels", "near-duplicate", "same-as-support"})
                String reason,
        @Schema(
                        description =
                                "How like that picture it is in detail; 1 for the same pixels.",
                        minimum = "-1",
                        maximum = "1")
                double likeness) {

    static LeftOutView of(Answer.LeftOut leftOut) {
        return new LeftOutView(
                leftOut.imageId(),
                leftOut.name(),
                leftOut.annotationId(),
                leftOut.reason().name().toLowerCase(Locale.ROOT).replace('_', '-'),
                leftOut.likeness());
    }
}
