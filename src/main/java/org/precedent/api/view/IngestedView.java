package org.precedent.api.view;

import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.precedent.catalog.Ingested;

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
                int poolVersion) {

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
                ingested.poolVersion());
    }
}
