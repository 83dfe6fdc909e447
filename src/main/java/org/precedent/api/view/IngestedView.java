package org.precedent.api.view;

import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;
import org.precedent.catalog.Ingested;
import org.precedent.catalog.SamePixels;

/** What became of an annotated image, as sent. */
@Schema(name = "Ingested", description = "What became of an annotated image.")
public record IngestedView(
        @Schema(description = "The image's id, derived from its pixels and where they come from.")
                UUID imageId,
        @Schema(description = "False when these pixels of this patient were here already.")
                boolean newImage,
        @Schema(description = "What became of each label's mask.")
                List<AnnotationResultView> annotations,
        @Schema(description = "The version of the pool that holds it.", minimum = "1")
                int poolVersion,
        @Schema(
                        description =
                                "An image of these pixels that supports the same task as of another patient or site; null where there is none.",
                        nullable = true)
                @Nullable SamePixelsView samePixels) {

    /** The same pixels as of another patient or site. */
    @Schema(
            name = "SamePixels",
            description = "An image of the same pixels as of another patient or site.")
    public record SamePixelsView(
            @Schema(description = "The image's id.") UUID imageId,
            @Schema(description = "Whether it is in the same pool.") boolean inPool,
            @Schema(
                            description =
                                    "The file that it came from; null where it is of another site.",
                            nullable = true)
                    @Nullable String name,
            @Schema(
                            description = "Its patient; null where it is of another site.",
                            nullable = true)
                    @Nullable String patient) {
        static @Nullable SamePixelsView of(@Nullable SamePixels same) {
            return same == null
                    ? null
                    : new SamePixelsView(
                            same.imageId(), same.inPool(), same.name(), same.patient());
        }
    }

    /** What became of one mask. */
    @Schema(name = "AnnotationResult", description = "What became of one label's mask.")
    public record AnnotationResultView(
            @Schema(description = "The label's name.") String label,
            @Schema(description = "The version of this annotation on this image.", minimum = "1")
                    int version,
            @Schema(description = "False when the same mask was here already.") boolean created) {}

    public static IngestedView of(Ingested ingested) {
        return new IngestedView(
                ingested.imageId(),
                ingested.newImage(),
                ingested.annotations().stream()
                        .map(a -> new AnnotationResultView(a.label(), a.version(), a.created()))
                        .toList(),
                ingested.poolVersion(),
                SamePixelsView.of(ingested.samePixels()));
    }
}
