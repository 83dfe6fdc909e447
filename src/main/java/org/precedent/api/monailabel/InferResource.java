package org.precedent.api.monailabel;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import io.smallrye.common.annotation.Blocking;
import io.vertx.core.http.HttpServerResponse;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.server.multipart.MultipartFormDataInput;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.access.Scope;
import org.precedent.api.access.AuditNote;
import org.precedent.api.access.Caller;
import org.precedent.query.Query;
import org.precedent.viewer.Models;
import org.precedent.viewer.Models.Model;
import org.precedent.viewer.ViewedImage;
import org.precedent.viewer.ViewerSegmenter;
import org.precedent.viewer.ViewerSegmenter.Asked;
import org.precedent.viewer.ViewerSegmenter.Segmented;

/** A model asked by a viewer. */
@Path("/monailabel/infer")
@Tag(name = "MONAI Label")
@Blocking
public class InferResource {
    private static final String JSON = "#/components/schemas/JsonValue";

    /** What a person pointed at; nothing is made of it. */
    private static final Set<String> INTERACTION =
            Set.of(
                    "foreground",
                    "background",
                    "points",
                    "point_labels",
                    "label_prompt",
                    "roi",
                    "slice",
                    "scribbles",
                    "save_label",
                    "label_tag");

    private final Models models;
    private final ViewerSegmenter segmenter;
    private final ImageChoice images;
    private final LabelMapFiles files;
    private final ViewerForms forms;
    private final Caller caller;
    private final AuditNote note;
    private final CurrentVertxRequest request;

    InferResource(
            Models models,
            ViewerSegmenter segmenter,
            ImageChoice images,
            LabelMapFiles files,
            ViewerForms forms,
            Caller caller,
            AuditNote note,
            CurrentVertxRequest request) {
        this.models = models;
        this.segmenter = segmenter;
        this.images = images;
        this.files = files;
        this.forms = forms;
        this.caller = caller;
        this.note = note;
        this.request = request;
    }

    /** For the API's description: the parts of the form. */
    @Schema(name = "ViewerInference", description = "What is asked of a model.")
    static final class InferenceForm {
        @Schema(
                description =
                        "A JSON object; fields that are not known are passed over. Known are"
                                + " `result_extension` (`.nrrd`, `.seg.nrrd`, `.nii.gz`, `.nii`, or"
                                + " `.png` of a picture), `result_compress`, `supportSize`,"
                                + " `strategy`, `patient`, `modality` and `output`.")
        public @Nullable String params;

        @Schema(
                type = SchemaType.STRING,
                format = "binary",
                description =
                        "The image, in place of `image` and `session_id`: a picture, a NIfTI or NRRD"
                                + " volume, the DICOM files of one series (repeated), or a zip file of"
                                + " them.")
        public @Nullable String file;

        @Schema(
                type = SchemaType.STRING,
                format = "binary",
                description = "Scribbles; nothing is made of them, and the answer says so.")
        public @Nullable String label;
    }

    @POST
    @Path("/{model: .+}")
    @Consumes(MediaType.MULTIPART_FORM_DATA)
    @Operation(
            summary = "Segment an image for a viewer",
            description =
                    "An image of the data store, of a session, of the archive by its"
                            + " SeriesInstanceUID, or in the form. A picture is one query, a volume one"
                            + " a slice; all are recorded, and `params.answers` names them. The label"
                            + " map lies on the image's own voxels in their own order. Points, regions"
                            + " and scribbles are not made use of: `params.notes` says so.")
    @RequestBody(
            required = true,
            description = "Parameters, and the image where it is sent along.",
            content =
                    @Content(
                            mediaType = MediaType.MULTIPART_FORM_DATA,
                            schema = @Schema(implementation = InferenceForm.class)))
    @APIResponse(
            responseCode = "200",
            description =
                    "By `output`: `all` (and by default) two parts, `params` and the file `image`; `image`"
                            + " the file alone; `json` the parameters alone, of a picture with"
                            + " outlines; `dicom_seg` a DICOM segmentation. Of a known length, never in"
                            + " chunks.",
            content = {
                @Content(
                        mediaType = "multipart/form-data",
                        schema = @Schema(type = SchemaType.STRING, format = "binary")),
                @Content(
                        mediaType = "application/octet-stream",
                        schema = @Schema(type = SchemaType.STRING, format = "binary")),
                @Content(
                        mediaType = "application/dicom",
                        schema = @Schema(type = SchemaType.STRING, format = "binary")),
                @Content(mediaType = "application/json", schema = @Schema(ref = JSON))
            })
    @APIResponse(
            responseCode = "400",
            description = "A parameter or the image is missing or not valid; nothing is recorded")
    @APIResponse(responseCode = "404", description = "No such model, image or session")
    @APIResponse(responseCode = "413", description = "The image or the query is above a limit")
    @APIResponse(
            responseCode = "422",
            description =
                    "No annotated image may serve as a support, or the image is no DICOM series")
    public Response infer(
            @Parameter(description = "The model's name") @PathParam("model") String model,
            @Parameter(
                            description =
                                    "An image of the data store, or a SeriesInstanceUID of the archive")
                    @QueryParam("image")
                    @Nullable String image,
            @Parameter(description = "The image of this session") @QueryParam("session_id")
                    @Nullable String session,
            @Parameter(
                            description = "What to answer with",
                            schema =
                                    @Schema(
                                            type = SchemaType.STRING,
                                            enumeration = {"all", "image", "json", "dicom_seg"}))
                    @QueryParam("output")
                    @Nullable String output,
            MultipartFormDataInput form)
            throws JsonProcessingException {
        Scope scope = caller.scope();
        Model of = models.require(scope, model);
        ObjectNode params = forms.object(form, "params");
        String wanted = output(output, params);
        ViewedImage viewed = images.of(scope, form, image, session, params);
        LabelMapFiles.Kind kind = files.kind(ViewerForms.text(params, "result_extension"), viewed);
        if (wanted.equals("dicom_seg")) {
            files.requireSeries(viewed);
        }
        long start = System.nanoTime();
        Segmented answer = ask(scope, of, viewed, params);
        ObjectNode told = told(of, answer, params, (System.nanoTime() - start) / 1e9);
        if (form.getValues().containsKey("label")) {
            note(told, "label (scribbles)");
        }
        boolean packed = params.path("result_compress").asBoolean(false);
        return switch (wanted) {
            case "json" -> {
                outlines(told, answer);
                yield InfoResource.json(told);
            }
            case "image" ->
                    MultipartReply.file(
                            kind.named("image"),
                            MediaType.APPLICATION_OCTET_STREAM,
                            files.write(kind, viewed, answer.labels(), answer.legend(), packed));
            case "dicom_seg" ->
                    MultipartReply.file(
                            "label.dcm", "application/dicom", files.segmentation(answer));
            default ->
                    MultipartReply.of(
                            forms.text(told),
                            kind.named("label"),
                            files.write(kind, viewed, answer.labels(), answer.legend(), packed));
        };
    }

    private static String output(@Nullable String output, JsonNode params) {
        String wanted = output == null ? ViewerForms.text(params, "output") : output;
        if (wanted == null || wanted.isBlank()) {
            return "all";
        }
        if (!Set.of("all", "image", "json", "dicom_seg").contains(wanted)) {
            throw ServiceException.badParameter("output", wanted, "all, image, json or dicom_seg");
        }
        return wanted;
    }

    private Segmented ask(Scope scope, Model model, ViewedImage image, JsonNode params) {
        HttpServerResponse response = request.getCurrent().response();
        Segmented answer =
                segmenter.segment(
                        scope,
                        model,
                        image,
                        new Asked(
                                ViewerForms.integer(
                                        params,
                                        "supportSize",
                                        Query.DEFAULT_SUPPORTS,
                                        1,
                                        Query.MOST_SUPPORTS),
                                Query.strategy(ViewerForms.text(params, "strategy"))),
                        response::closed);
        answer.answers().stream().limit(1).forEach(id -> note.about("answer " + id));
        if (answer.answers().size() > 1) {
            note.about("and " + (answer.answers().size() - 1) + " more of the volume");
        }
        note.disclosed(answer.supports());
        return answer;
    }

    private ObjectNode told(Model model, Segmented answer, ObjectNode params, double seconds) {
        ObjectNode told = forms.object();
        told.put("model", model.name());
        ObjectNode names = told.putObject("label_names");
        answer.legend().forEach(names::put);
        told.putObject("latencies").put("total", Math.round(seconds * 1000) / 1000.0);
        told.put("network", answer.network());
        told.put("poolVersion", model.pool().version());
        ArrayNode answers = told.putArray("answers");
        answer.answers().forEach(id -> answers.add(id.toString()));
        if (!answer.cautions().isEmpty()) {
            ObjectNode cautions = told.putObject("insufficientPrecedent");
            answer.cautions().forEach(cautions::put);
        }
        told.putArray("notes").add("Research software, not a medical device.");
        List<String> unused = new ArrayList<>();
        params.fieldNames()
                .forEachRemaining(name -> {
                    boolean pointed =
                            INTERACTION.contains(name)
                                    || answer.legend().containsKey(name)
                                            && params.path(name).isArray();
                    if (pointed && !isEmpty(params.path(name))) {
                        unused.add(name);
                    }
                });
        if (!unused.isEmpty()) {
            note(told, String.join(", ", unused));
        }
        return told;
    }

    private static boolean isEmpty(JsonNode value) {
        return value.isNull()
                || value.isContainerNode() && value.isEmpty()
                || value.isTextual() && value.asText().isBlank()
                || value.isBoolean() && !value.asBoolean();
    }

    private static void note(ObjectNode told, String unused) {
        if (told.path("notes") instanceof ArrayNode notes) {
            notes.add(
                    unused
                            + " not made use of: every answer is a segmentation by precedent, without"
                            + " interaction");
        }
    }

    /** Outlines of a picture's labels, as a detector answers. */
    private void outlines(ObjectNode told, Segmented answer) {
        if (answer.image() instanceof ViewedImage.Picture) {
            Outlines.elements(
                    told.putArray("annotations")
                            .addObject()
                            .putObject("annotation")
                            .putArray("elements"),
                    Outlines.of(answer, 0, new int[2]));
        }
    }

    // ---- whole slides

    /** For the API's description: the parts of the form. */
    @Schema(name = "ViewerSlideInference", description = "A region of a slide, asked of a model.")
    static final class SlideForm {
        @Schema(
                type = SchemaType.STRING,
                format = "binary",
                required = true,
                description = "The region as a picture.")
        public @Nullable String file;

        @Schema(
                description =
                        "A JSON object; known are `location` ([x, y] of the region in the slide, added to"
                                + " every corner), `min_poly_area` and `params`.")
        public @Nullable String wsi;
    }

    private static final String SLIDE_ANSWER =
            "By `output`: `asap` (and by default) ASAP's XML, `dsa` or `json` the elements as JSON";

    @POST
    @Path("/wsi_v2/{model: .+}")
    @Consumes(MediaType.MULTIPART_FORM_DATA)
    @Operation(
            summary = "Outlines of a region that a slide viewer sends",
            description = "The region is asked as one picture; its outlines are polygons.")
    @RequestBody(
            required = true,
            description = "The region, and where it lies.",
            content =
                    @Content(
                            mediaType = MediaType.MULTIPART_FORM_DATA,
                            schema = @Schema(implementation = SlideForm.class)))
    @APIResponse(
            responseCode = "200",
            description = SLIDE_ANSWER,
            content = {
                @Content(mediaType = "application/xml", schema = @Schema(type = SchemaType.STRING)),
                @Content(mediaType = "application/json", schema = @Schema(ref = JSON))
            })
    @APIResponse(responseCode = "400", description = "A part is missing or not valid")
    @APIResponse(responseCode = "404", description = "No such model")
    @APIResponse(responseCode = "413", description = "The region or the query is above a limit")
    @APIResponse(responseCode = "422", description = "No annotated image may serve as a support")
    public Response region(
            @Parameter(description = "The model's name") @PathParam("model") String model,
            @Parameter(
                            description = "What to answer with",
                            schema =
                                    @Schema(
                                            type = SchemaType.STRING,
                                            enumeration = {"asap", "dsa", "json"}))
                    @QueryParam("output")
                    @Nullable String output,
            MultipartFormDataInput form)
            throws JsonProcessingException {
        Scope scope = caller.scope();
        Model of = models.require(scope, model);
        ObjectNode wsi = forms.object(form, "wsi");
        return slide(scope, of, wsi, images.sent(form, wsi.path("params")), output);
    }

    @POST
    @Path("/wsi/{model: .+}")
    @Operation(
            summary = "Outlines of a picture of the data store",
            description =
                    "The body is a JSON object, with or without a media type: `image`, `location`,"
                            + " `min_poly_area`, `params`. Whole slides are not read: the image is a"
                            + " picture.")
    @RequestBody(
            description = "What is asked; nothing where the query says it.",
            content =
                    @Content(mediaType = MediaType.APPLICATION_JSON, schema = @Schema(ref = JSON)))
    @APIResponse(
            responseCode = "200",
            description = SLIDE_ANSWER,
            content = {
                @Content(mediaType = "application/xml", schema = @Schema(type = SchemaType.STRING)),
                @Content(mediaType = "application/json", schema = @Schema(ref = JSON))
            })
    @APIResponse(responseCode = "400", description = "The body or a parameter is not valid")
    @APIResponse(responseCode = "404", description = "No such model or image")
    @APIResponse(responseCode = "413", description = "The picture or the query is above a limit")
    @APIResponse(responseCode = "422", description = "No annotated image may serve as a support")
    public Response slide(
            @Parameter(description = "The model's name") @PathParam("model") String model,
            @Parameter(
                            required = true,
                            description = "An image of the data store, unless the body has `image`")
                    @QueryParam("image")
                    @Nullable String image,
            @Parameter(
                            description = "What to answer with",
                            schema =
                                    @Schema(
                                            type = SchemaType.STRING,
                                            enumeration = {"asap", "dsa", "json"}))
                    @QueryParam("output")
                    @Nullable String output,
            @Nullable String body)
            throws JsonProcessingException {
        Scope scope = caller.scope();
        Model of = models.require(scope, model);
        ObjectNode wsi = forms.object("body", body);
        String id = image == null ? ViewerForms.text(wsi, "image") : image;
        if (id == null || id.isBlank()) {
            throw ServiceException.badParameter("image", "", "is missing");
        }
        return slide(scope, of, wsi, images.stored(scope, id), output);
    }

    private Response slide(
            Scope scope, Model model, JsonNode wsi, ViewedImage image, @Nullable String output) {
        String wanted = Objects.requireNonNullElse(output, "asap");
        if (!Set.of("asap", "dsa", "json").contains(wanted)) {
            throw ServiceException.badParameter("output", wanted, "asap, dsa or json");
        }
        if (!(image instanceof ViewedImage.Picture)) {
            throw ServiceException.badParameter(
                    "image", image.name(), "a picture: outlines are of two dimensions");
        }
        JsonNode location = wsi.path("location");
        int[] at = {location.path(0).asInt(0), location.path(1).asInt(0)};
        Segmented answer = ask(scope, model, image, wsi.path("params"));
        List<Outlines.Outline> outlines =
                Outlines.of(answer, wsi.path("min_poly_area").asDouble(0), at);
        return switch (wanted) {
            case "asap" ->
                    Response.ok(Outlines.asap(model.name(), answer, outlines))
                            .type("application/xml")
                            .build();
            case "dsa" -> {
                ObjectNode told = forms.object();
                told.put("name", "Precedent: " + model.name());
                told.put("description", "Research software, not a medical device.");
                Outlines.dsa(told.putArray("elements"), outlines);
                yield InfoResource.json(told);
            }
            default -> {
                ObjectNode told = forms.object();
                told.put("model", model.name());
                told.putArray("answers").add(String.valueOf(answer.answers().getFirst()));
                Outlines.elements(
                        told.putArray("annotations")
                                .addObject()
                                .putObject("annotation")
                                .putArray("elements"),
                        outlines);
                yield InfoResource.json(told);
            }
        };
    }
}
