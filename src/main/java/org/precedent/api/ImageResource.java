package org.precedent.api;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.server.multipart.MultipartFormDataInput;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.catalog.Example;
import org.precedent.catalog.Ingested;
import org.precedent.imaging.format.MaskReader;
import org.precedent.ingest.IngestService;

/** Annotated images in. */
@Path("/v1/images")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Ingest")
@Blocking
public class ImageResource {
    private static final String MASK_PREFIX = "mask.";

    private final IngestService ingest;
    private final ObjectMapper json;

    ImageResource(IngestService ingest, ObjectMapper json) {
        this.ingest = ingest;
        // Nothing is guessed: no unknown or repeated field, no cut number, no missing one.
        this.json =
                json.copy()
                        .enable(
                                DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
                                DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
                                DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                        .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                        .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
    }

    /**
     * What comes with an image. Task and patient have to be there.
     *
     * @param labelValues label to value in the part {@code labelmap}
     * @param ignoreUnknownValues count mask values of no label as background
     */
    public record Metadata(
            @Nullable String task,
            @Nullable String pool,
            @Nullable String site,
            @Nullable String patient,
            @Nullable String modality,
            @Nullable String author,
            @Nullable String review,
            @Nullable String series,
            @Nullable Integer sliceIndex,
            double @Nullable [] spacingMm,
            double @Nullable [] originMm,
            double @Nullable [] direction,
            @Nullable Map<String, Integer> labelValues,
            @Nullable Boolean ignoreUnknownValues) {}

    /** For the API description: the parts of the form. */
    @Schema(name = "AnnotatedImage")
    static final class AnnotatedImageForm {
        @Schema(
                type = SchemaType.STRING,
                format = "binary",
                required = true,
                description = "PNG, BMP, JPEG or TIFF; 8 or 16 bit; grey or colour")
        public @Nullable String image;

        @Schema(
                type = SchemaType.STRING,
                format = "binary",
                name = "mask.LABEL",
                description = "one part a label: 0 outside, 255 inside")
        public @Nullable String mask;

        @Schema(
                type = SchemaType.STRING,
                format = "binary",
                description = "instead: one file whose values are metadata.labelValues")
        public @Nullable String labelmap;

        @Schema(required = true, implementation = Metadata.class)
        public @Nullable Metadata metadata;
    }

    @POST
    @Consumes(MediaType.MULTIPART_FORM_DATA)
    @Operation(
            summary = "Ingest one annotated image",
            description =
                    "Answers 201 when something new was stored, 200 when all of it was here already."
                            + " Anything wrong with any part: a problem that names file, field, value"
                            + " and limit, and nothing is stored. An answer means that it is on disk.")
    @RequestBody(
            content =
                    @Content(
                            mediaType = MediaType.MULTIPART_FORM_DATA,
                            schema = @Schema(implementation = AnnotatedImageForm.class)))
    public Response post(MultipartFormDataInput form) throws JsonProcessingException {
        Map<String, IngestService.SentFile> masks = new LinkedHashMap<>();
        for (String part : Forms.parts(form)) {
            if (part.startsWith(MASK_PREFIX)) {
                masks.put(part.substring(MASK_PREFIX.length()), Forms.requireFile(form, part));
            } else if (!List.of("image", "labelmap", "metadata").contains(part)) {
                throw ServiceException.badParameter(
                        "part", part, "expected image, mask.LABEL, labelmap or metadata");
            }
        }
        @Nullable Metadata metadata =
                json.readValue(Forms.requireText(form, "metadata"), Metadata.class);
        if (metadata == null) {
            throw ServiceException.badParameter("metadata", "null", "expected an object");
        }
        IngestService.SentFile labelMap = Forms.file(form, "labelmap");
        Map<String, Integer> values = metadata.labelValues();
        if ((labelMap == null) != (values == null)) {
            throw ServiceException.badParameter(
                    "metadata.labelValues",
                    Objects.requireNonNullElse(values, Map.of()),
                    "comes together with the part labelmap");
        }
        if (values != null) {
            values.forEach(Forms::requireLabelValue);
            for (String label : values.keySet()) {
                if (masks.containsKey(label)) {
                    throw ServiceException.badParameter(
                            "metadata.labelValues", label, "has a mask of its own too: send one");
                }
            }
        }
        IngestService.SentFile image = Forms.requireFile(form, "image");
        String site = Objects.requireNonNullElse(metadata.site(), "unknown");
        Ingested ingested =
                ingest.ingest(
                        new IngestService.Upload(
                                image,
                                masks,
                                labelMap == null || values == null
                                        ? null
                                        : new IngestService.SentLabelMap(labelMap, values),
                                Boolean.TRUE.equals(metadata.ignoreUnknownValues())
                                        ? MaskReader.Strays.IGNORE
                                        : MaskReader.Strays.REFUSE,
                                new Example.Origin(
                                        Objects.requireNonNullElse(metadata.modality(), "unknown"),
                                        site,
                                        Forms.require("metadata.patient", metadata.patient()),
                                        metadata.series(),
                                        metadata.sliceIndex(),
                                        metadata.spacingMm(),
                                        metadata.originMm(),
                                        metadata.direction())),
                        new IngestService.Destination(
                                Forms.require("metadata.task", metadata.task()),
                                Objects.requireNonNullElse(metadata.pool(), "default"),
                                Objects.requireNonNullElse(metadata.author(), "unknown"),
                                Forms.reviewState(metadata.review())));
        return Response.status(ingested.changed() ? 201 : 200).entity(ingested).build();
    }
}
