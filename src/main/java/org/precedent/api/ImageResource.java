package org.precedent.api;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.server.multipart.MultipartFormDataInput;
import org.jspecify.annotations.Nullable;
import org.precedent.ReviewState;
import org.precedent.ServiceException;
import org.precedent.access.Action;
import org.precedent.access.RepeatedRequests;
import org.precedent.access.Scope;
import org.precedent.api.access.Caller;
import org.precedent.api.view.IngestedView;
import org.precedent.catalog.Example;
import org.precedent.imaging.format.MaskReader;
import org.precedent.imaging.format.MaskValue;
import org.precedent.ingest.IngestService;

/** Annotated images in. */
@Path("/v1/images")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Ingest", description = "Annotated images in.")
@Blocking
public class ImageResource {
    static final String KEY = "Idempotency-Key";

    /** Of an answer that was given before. */
    static final String REPLAYED = "Idempotency-Replayed";

    /** For the API's description. */
    static final String KEY_MEANING =
            "A name of the caller's own for this request, of printable ASCII, under which it may be"
                    + " sent again when no answer arrived.";

    private static final String MASK_PREFIX = "mask.";
    private static final String TEXT = "1 to 200 characters, none a control character";

    private final IngestService ingest;
    private final StrictJson json;
    private final Caller caller;
    private final RepeatedRequests repeated;
    private final ObjectMapper mapper;

    ImageResource(
            IngestService ingest,
            StrictJson json,
            Caller caller,
            RepeatedRequests repeated,
            ObjectMapper mapper) {
        this.ingest = ingest;
        this.json = json;
        this.caller = caller;
        this.repeated = repeated;
        this.mapper = mapper;
    }

    /**
     * What comes with an image. Task and patient have to be there.
     *
     * @param labelValues label to value or colour in the part {@code labelmap}
     * @param ignore values and colours that mean unknown, in masks and label maps
     * @param ignoreUnknownValues take values of no label in the part {@code labelmap} for unknown
     * @param samePixels {@code refuse} or {@code allow}: what becomes of an image whose pixels the
     *     pool holds already as of another patient or site; refused if absent
     */
    @Schema(name = "Metadata", description = "What comes with an image.")
    public record Metadata(
            @Schema(required = true, description = "Name of the task it is an example of.")
                    @Nullable String task,
            @Schema(
                            description = "Name of the support pool it goes into.",
                            defaultValue = "default")
                    @Nullable String pool,
            @Schema(
                            description =
                                    "Where it comes from, "
                                            + TEXT
                                            + ". The caller's own site; only administrators"
                                            + " name another.",
                            maxLength = 200)
                    @Nullable String site,
            @Schema(
                            required = true,
                            maxLength = 200,
                            description =
                                    "The patient's pseudonym, "
                                            + TEXT
                                            + ". Images of one patient never support each other's"
                                            + " queries.")
                    @Nullable String patient,
            @Schema(
                            description = "Kind of image, e.g. CT; " + TEXT + ".",
                            defaultValue = "unknown",
                            maxLength = 200)
                    @Nullable String modality,
            @Schema(
                            description =
                                    "Who annotated, "
                                            + TEXT
                                            + ". The caller; only administrators name"
                                            + " somebody else.",
                            maxLength = 200)
                    @Nullable String author,
            @Schema(
                            description =
                                    "Review state: only approved annotations serve as supports."
                                            + " Whoever may not review sends unreviewed ones,"
                                            + " also by default.",
                            enumeration = {"unreviewed", "approved", "retired"},
                            defaultValue = "approved")
                    @Nullable String review,
            @Schema(
                            description =
                                    "The series (volume) that it is a slice of, " + TEXT + ".",
                            maxLength = 200)
                    @Nullable String series,
            @Schema(description = "Which slice of the series, from 0.", minimum = "0")
                    @Nullable Integer sliceIndex,
            @Schema(
                            description =
                                    "Distance of pixels in mm along x, y and z; each above" + " 0.",
                            minItems = 3,
                            maxItems = 3)
                    double @Nullable [] spacingMm,
            @Schema(
                            description = "Position of the first pixel in mm, of the patient.",
                            minItems = 3,
                            maxItems = 3)
                    double @Nullable [] originMm,
            @Schema(
                            description =
                                    "Direction cosines of x, y and z, three numbers each, row by row.",
                            minItems = 9,
                            maxItems = 9)
                    double @Nullable [] direction,
            @Schema(
                            type = SchemaType.OBJECT,
                            additionalProperties = MaskValueForm.class,
                            description =
                                    "With the part `labelmap`: label name to the value that its"
                                            + " pixels have, a whole number from 1 to 65535 or a"
                                            + " colour as `#RRGGBB`; 0 and black are background. A"
                                            + " palette is read by its colours, never by its"
                                            + " indices.")
                    @Nullable Map<String, Object> labelValues,
            @Schema(
                            type = SchemaType.ARRAY,
                            implementation = MaskValueForm.class,
                            description =
                                    "Values that mean unknown, in masks and label maps: whole"
                                            + " numbers or colours as `#RRGGBB`, a list or one."
                                            + " Such pixels are stored as outside every label, and"
                                            + " the answer counts them.")
                    @JsonFormat(with = JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
                    @Nullable List<Object> ignore,
            @Schema(
                            description =
                                    "Whether values of the part `labelmap` that no label has are"
                                            + " unknown instead of refused. Masks of one label are"
                                            + " not read otherwise for it: there, `ignore` says"
                                            + " which value is unknown.",
                            defaultValue = "false")
                    @Nullable Boolean ignoreUnknownValues,
            @Schema(
                            enumeration = {"refuse", "allow"},
                            defaultValue = "refuse",
                            description =
                                    "What becomes of an image whose pixels the pool holds already as of"
                                            + " another patient or site.")
                    @Nullable String samePixels) {}

    /** For the API description: a value as JSON holds it, which no Java type is. */
    @Schema(
            name = "MaskValue",
            description = "A whole number from 1 to 65535, or a colour as `#RRGGBB`.",
            anyOf = {Integer.class, String.class})
    static final class MaskValueForm {}

    /** For the API description: the parts of the form. */
    @Schema(name = "AnnotatedImage", description = "One image, its masks, and what is known of it.")
    static final class AnnotatedImageForm {
        @Schema(
                type = SchemaType.STRING,
                format = "binary",
                required = true,
                description = Forms.IMAGE_FILE)
        public @Nullable String image;

        @Schema(
                type = SchemaType.STRING,
                format = "binary",
                name = "mask.LABEL",
                description =
                        "One part a label, named `mask.` and the label's name: an image file of the"
                                + " image's size, 0 outside and 255 inside, or two colours of which"
                                + " the darker is outside. Soft edges and JPEG noise are cut at the"
                                + " half where at most 5% of the pixels lie between. At least one,"
                                + " or a label map.")
        public @Nullable String mask;

        @Schema(
                type = SchemaType.STRING,
                format = "binary",
                description =
                        "Instead of masks: one image file of the image's size, whose values or"
                                + " colours `metadata.labelValues` explains.")
        public @Nullable String labelmap;

        @Schema(
                required = true,
                implementation = Metadata.class,
                description = "A JSON object, as text or as a file, of at most 64 KiB.")
        public @Nullable Metadata metadata;
    }

    @POST
    @Consumes(MediaType.MULTIPART_FORM_DATA)
    @Operation(
            summary = "Ingest one annotated image",
            description =
                    "Answers 201 when something new was stored, 200 when all of it was here already."
                            + " Anything wrong with any part: a problem that names file, field, value"
                            + " and limit, and nothing is stored. An answer means that it is on disk."
                            + " 409 when the pool holds the same pixels as of another patient or site,"
                            + " unless metadata.samePixels is allow; `samePixels` then names that"
                            + " image. A request with an Idempotency-Key is answered the same for 24 hours,"
                            + " however often it is sent; the answer to a repeated one has the header"
                            + " Idempotency-Replayed.")
    @Parameter(
            name = KEY,
            in = ParameterIn.HEADER,
            schema = @Schema(type = SchemaType.STRING, minLength = 1, maxLength = 200),
            description = KEY_MEANING)
    @APIResponse(
            responseCode = "200",
            description = "All of it was here already; nothing new was stored",
            content = @Content(schema = @Schema(implementation = IngestedView.class)))
    @APIResponse(
            responseCode = "201",
            description = "Something new is stored and on disk",
            content = @Content(schema = @Schema(implementation = IngestedView.class)))
    @APIResponse(
            responseCode = "400",
            description =
                    "A part or a field is missing, unknown or not valid, or a file cannot be read;"
                            + " nothing is stored")
    @APIResponse(
            responseCode = "404",
            description = "No such task, label or pool; `known` lists those there are")
    @APIResponse(
            responseCode = "409",
            description =
                    "The pool holds the same pixels as of another patient or site; `imageId` names that"
                            + " image. Or the Idempotency-Key came with another request before")
    @APIResponse(responseCode = "413", description = "A file or the body is larger than a limit")
    @APIResponse(
            responseCode = "415",
            description = "The body is no multipart/form-data, or a file is of a kind not read")
    @RequestBody(
            required = true,
            description = "The image, a mask for each label, and the metadata.",
            content =
                    @Content(
                            mediaType = MediaType.MULTIPART_FORM_DATA,
                            schema = @Schema(implementation = AnnotatedImageForm.class)))
    public Response post(
            @Parameter(hidden = true) @HeaderParam(KEY) @Nullable String key,
            MultipartFormDataInput form)
            throws JsonProcessingException {
        Scope scope = caller.scope();
        scope.require(Action.INGEST);
        if (key == null) {
            IngestService.Taken taken = taken(scope, form);
            return Response.status(status(taken)).entity(IngestedView.of(taken)).build();
        }
        RepeatedRequests.Reply reply =
                repeated.once(scope, key, Forms.digest(form), () -> reply(scope, form));
        Response.ResponseBuilder response = Response.status(reply.status()).entity(reply.text());
        return reply.repeated() ? response.header(REPLAYED, true).build() : response.build();
    }

    private RepeatedRequests.Reply reply(Scope scope, MultipartFormDataInput form) {
        try {
            IngestService.Taken taken = taken(scope, form);
            return new RepeatedRequests.Reply(
                    status(taken),
                    mapper.writeValueAsString(IngestedView.of(taken)),
                    taken.ingested().imageId(),
                    false);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int status(IngestService.Taken taken) {
        return taken.ingested().changed() ? 201 : 200;
    }

    private IngestService.Taken taken(Scope scope, MultipartFormDataInput form)
            throws JsonProcessingException {
        Map<String, IngestService.SentFile> masks = new LinkedHashMap<>();
        for (String part : Forms.parts(form)) {
            if (part.startsWith(MASK_PREFIX)) {
                masks.put(part.substring(MASK_PREFIX.length()), Forms.requireFile(form, part));
            } else if (!List.of("image", "labelmap", "metadata").contains(part)) {
                throw ServiceException.badParameter(
                        "part", part, "expected image, mask.LABEL, labelmap or metadata");
            }
        }
        Metadata metadata =
                json.read("metadata", Forms.requireText(form, "metadata"), Metadata.class);
        IngestService.SentFile labelMap = Forms.file(form, "labelmap");
        Map<String, MaskValue> values = labelValues(metadata);
        if ((labelMap == null) != (values == null)) {
            throw ServiceException.badParameter(
                    "metadata.labelValues",
                    Objects.requireNonNullElse(values, Map.of()),
                    "comes together with the part labelmap");
        }
        if (values != null) {
            for (String label : values.keySet()) {
                if (masks.containsKey(label)) {
                    throw ServiceException.badParameter(
                            "metadata.labelValues", label, "has a mask of its own too: send one");
                }
            }
        }
        IngestService.SentFile image = Forms.requireFile(form, "image");
        return ingest.ingest(
                scope,
                new IngestService.Upload(
                        image,
                        masks,
                        labelMap == null || values == null
                                ? null
                                : new IngestService.SentLabelMap(labelMap, values),
                        new MaskReader(
                                Boolean.TRUE.equals(metadata.ignoreUnknownValues())
                                        ? MaskReader.Strays.IGNORE
                                        : MaskReader.Strays.REFUSE,
                                ignored(metadata)),
                        new Example.Origin(
                                Objects.requireNonNullElse(metadata.modality(), "unknown"),
                                scope.site(metadata.site()),
                                Forms.require("metadata.patient", metadata.patient()),
                                metadata.series(),
                                metadata.sliceIndex(),
                                metadata.spacingMm(),
                                metadata.originMm(),
                                metadata.direction())),
                new IngestService.Destination(
                        Forms.require("metadata.task", metadata.task()),
                        Objects.requireNonNullElse(metadata.pool(), "default"),
                        scope.author(metadata.author()),
                        metadata.review() == null && !scope.may(Action.REVIEW)
                                ? ReviewState.UNREVIEWED
                                : Forms.reviewState(metadata.review()),
                        Forms.samePixels(metadata.samePixels())));
    }

    private static List<MaskValue> ignored(Metadata metadata) {
        List<Object> given = metadata.ignore();
        return given == null
                ? List.of()
                : given.stream().map(value -> Forms.maskValue("metadata.ignore", value)).toList();
    }

    /** Every label's value, each of its own and none of them ignored; null where none is given. */
    private static @Nullable Map<String, MaskValue> labelValues(Metadata metadata) {
        Map<String, Object> given = metadata.labelValues();
        if (given == null) {
            return null;
        }
        List<MaskValue> taken = new ArrayList<>(ignored(metadata));
        Map<String, MaskValue> values = new LinkedHashMap<>();
        given.forEach((label, sent) -> {
            String field = "metadata.labelValues." + label;
            MaskValue value = Forms.maskValue(field, sent);
            if (taken.stream().anyMatch(value::meansTheSameAs)) {
                throw ServiceException.badParameter(
                        field, value, "another label or metadata.ignore has this value too");
            }
            taken.add(value);
            values.put(label, value);
        });
        return values;
    }
}
