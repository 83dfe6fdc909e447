package org.precedent.api.view;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;
import org.precedent.catalog.Ingested;
import org.precedent.catalog.SamePixels;
import org.precedent.imaging.format.MaskReading;
import org.precedent.ingest.IngestService;

/** What became of an annotated image, as sent. */
@Schema(name = "Ingested", description = "What became of an annotated image.")
public record IngestedView(
        @Schema(description = "The image's id, derived from its pixels and where they come from.")
                UUID imageId,
        @Schema(description = "False when these pixels of this patient were here already.")
                boolean newImage,
        @Schema(description = "What became of each label's mask.")
                List<AnnotationResultView> annotations,
        @Schema(description = "The version of the pool afterwards.", minimum = "1") int poolVersion,
        @Schema(
                        description =
                                "An image of these pixels that supports the same task as of another patient or site; null where there is none.",
                        nullable = true)
                @Nullable SamePixelsView samePixels,
        @Schema(description = "How each mask file was read, one entry a file.")
                List<MaskFileView> masks) {

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
            @Schema(description = "Its patient; null where it is of another site.", nullable = true)
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
            @Schema(description = "False when the same mask was here already.") boolean created,
            @Schema(
                            description =
                                    "The version of the approved annotation that keeps its place in"
                                            + " the pool until a curator approves this one; null"
                                            + " where this one is in the pool.",
                            nullable = true)
                    @Nullable Integer beside) {}

    /** How one mask file was read. */
    @Schema(name = "MaskFile", description = "How one mask file was read.")
    public record MaskFileView(
            @Schema(description = "The file's name.") String file,
            @Schema(description = "The labels that it holds.") List<String> labels,
            @Schema(
                            description =
                                    "What counts as the object of a mask of one label: its value,"
                                            + " its colour, or \">= 128\" where the mask was cut at"
                                            + " the half. Absent for a label map.")
                    @JsonInclude(JsonInclude.Include.NON_NULL)
                    @Nullable String object,
            @Schema(
                            description =
                                    "Pixels of a mask that was cut at the half which had neither of"
                                            + " its two values.",
                            minimum = "0")
                    int inexactPixels,
            @Schema(
                            description =
                                    "Those of them that lay between background and object, in the"
                                            + " middle half of the range; a mask with more than 5%"
                                            + " of them is refused.",
                            minimum = "0")
                    int betweenPixels,
            @Schema(
                            description =
                                    "Value or colour that means unknown to its number of pixels;"
                                            + " they are stored as outside every label.")
                    Map<String, Integer> unknownPixels) {
        static MaskFileView of(MaskReading reading) {
            return new MaskFileView(
                    reading.file(),
                    List.copyOf(reading.masks().keySet()),
                    reading.object(),
                    reading.inexact(),
                    reading.between(),
                    reading.unknown());
        }
    }

    public static IngestedView of(IngestService.Taken taken) {
        Ingested ingested = taken.ingested();
        return new IngestedView(
                ingested.imageId(),
                ingested.newImage(),
                ingested.annotations().stream()
                        .map(a ->
                                new AnnotationResultView(
                                        a.label(), a.version(), a.created(), a.beside()))
                        .toList(),
                ingested.poolVersion(),
                SamePixelsView.of(ingested.samePixels()),
                taken.masks().stream().map(MaskFileView::of).toList());
    }
}
