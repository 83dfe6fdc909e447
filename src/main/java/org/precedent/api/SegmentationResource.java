package org.precedent.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.headers.Header;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.server.multipart.MultipartFormDataInput;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.access.Action;
import org.precedent.access.RepeatedRequests;
import org.precedent.access.Scope;
import org.precedent.api.access.Caller;
import org.precedent.api.view.AnswerView;
import org.precedent.api.view.StudyView;
import org.precedent.catalog.Answer;
import org.precedent.query.AnswerPictures;
import org.precedent.query.AttentionService;
import org.precedent.query.InfluenceService;
import org.precedent.query.QueryService;
import org.precedent.query.QueryService.ReplayedLabel;
import org.precedent.query.volume.VolumeQueries;
import org.precedent.study.StudyJob;
import org.precedent.study.StudyJobs;

/** Queries that are segmented, and the record of their answers. */
@Path("/v1/segmentations")
@Produces(MediaType.APPLICATION_JSON)
@Tag(
        name = "Segmentations",
        description = "Answers and what they rest on. Research software, not a medical device.")
@Blocking
public class SegmentationResource {
    private final QueryService queries;
    private final VolumeQueries volumes;
    private final AnswerPictures pictures;
    private final AttentionService attention;
    private final InfluenceService influence;
    private final StudyJobs studies;
    private final RepeatedRequests repeated;
    private final Caller caller;
    private final CurrentVertxRequest request;
    private final Clock clock;

    SegmentationResource(
            QueryService queries,
            VolumeQueries volumes,
            AnswerPictures pictures,
            AttentionService attention,
            InfluenceService influence,
            StudyJobs studies,
            RepeatedRequests repeated,
            Caller caller,
            CurrentVertxRequest request,
            Clock clock) {
        this.queries = queries;
        this.volumes = volumes;
        this.pictures = pictures;
        this.attention = attention;
        this.influence = influence;
        this.studies = studies;
        this.repeated = repeated;
        this.caller = caller;
        this.request = request;
        this.clock = clock;
    }

    @POST
    @Consumes(MediaType.MULTIPART_FORM_DATA)
    @Operation(
            summary = "Segment an image or a study by precedent",
            description =
                    "Retrieves K annotated images of the pool for each label, weighs them, segments,"
                            + " records the answer. Unknown names: 404 with the known ones. No usable"
                            + " support: 422 with the reason. A study (part `study`, or `studyUid` of"
                            + " one that the archive holds) is fetched and checked at once and then"
                            + " segmented slice by slice in the background: 202 with its address,"
                            + " where progress, cancellation and result are. A"
                            + " request with an Idempotency-Key is answered by the same answer, or"
                            + " study, for 24 hours, however often it is sent; the answer to a"
                            + " repeated one has the header Idempotency-Replayed.")
    @Parameter(
            name = ImageResource.KEY,
            in = ParameterIn.HEADER,
            schema = @Schema(type = SchemaType.STRING, minLength = 1, maxLength = 200),
            description = ImageResource.KEY_MEANING)
    @APIResponse(
            responseCode = "409",
            description = "The Idempotency-Key came with another request before")
    @APIResponse(
            responseCode = "201",
            description = "The recorded answer",
            headers =
                    @Header(
                            name = "Location",
                            description = "Where the answer is from now on",
                            schema = @Schema(type = SchemaType.STRING)),
            content = @Content(schema = @Schema(implementation = AnswerView.class)))
    @APIResponse(
            responseCode = "202",
            description = "The study is on the disk and waits for its turn",
            headers =
                    @Header(
                            name = "Location",
                            description = "Where the study is from now on",
                            schema = @Schema(type = SchemaType.STRING)),
            content = @Content(schema = @Schema(implementation = StudyView.class)))
    @RequestBody(
            required = true,
            description = "The image or the study, the task, and how to choose supports.",
            content =
                    @Content(
                            mediaType = MediaType.MULTIPART_FORM_DATA,
                            schema = @Schema(implementation = QueryForm.DescribedWithStudy.class)))
    public Response post(
            @Parameter(hidden = true) @HeaderParam(ImageResource.KEY) @Nullable String key,
            MultipartFormDataInput form) {
        boolean study = QueryForm.isStudy(form);
        if (key == null) {
            return study ? accepted(submit(form)).build() : created(segment(form)).build();
        }
        Scope scope = caller.scope();
        scope.require(Action.ASK);
        RepeatedRequests.Reply reply =
                repeated.once(
                        scope,
                        key,
                        Forms.digest(form),
                        () ->
                                study
                                        ? new RepeatedRequests.Reply(
                                                202, "", submit(form).id(), false)
                                        : new RepeatedRequests.Reply(
                                                201, "", segment(form).id(), false));
        Response.ResponseBuilder response =
                reply.status() == 202
                        ? accepted(studies.find(scope, reply.stored()))
                        : created(queries.find(scope, reply.stored()));
        return reply.repeated()
                ? response.header(ImageResource.REPLAYED, true).build()
                : response.build();
    }

    private StudyJob submit(MultipartFormDataInput form) {
        return studies.submit(caller.scope(), QueryForm.ofSlices(form), QueryForm.study(form));
    }

    private Answer segment(MultipartFormDataInput form) {
        return queries.segment(caller.scope(), QueryForm.toSegment(form), gone());
    }

    private Response.ResponseBuilder accepted(StudyJob job) {
        return Response.accepted(StudyView.of(job, clock.instant()))
                .location(URI.create("/v1/studies/" + job.id()));
    }

    private static Response.ResponseBuilder created(Answer answer) {
        return Response.created(URI.create("/v1/segmentations/" + answer.id()))
                .entity(view(answer));
    }

    /** Whether whoever asks waits no more. */
    private BooleanSupplier gone() {
        return request.getCurrent().response()::closed;
    }

    @GET
    @Path("/{id}")
    @Operation(summary = "A recorded answer", description = "As it was answered, to the bit.")
    @APIResponse(responseCode = "200", description = "The answer")
    public AnswerView get(
            @Parameter(description = "The `id` of an answer") @PathParam("id") UUID id) {
        return view(queries.find(caller.scope(), id));
    }

    @GET
    @Path("/{id}/labels/{label}/mask.png")
    @Produces("image/png")
    @Operation(
            summary = "The mask of one label",
            description = "Grey, 8 bit, 0 outside and 255 inside, at the query's own size.")
    @APIResponse(responseCode = "200", description = "The mask")
    public byte[] mask(
            @Parameter(description = "The `id` of an answer") @PathParam("id") UUID id,
            @Parameter(description = "A label of the answer") @PathParam("label") String label) {
        return pictures.mask(queries.find(caller.scope(), id), label);
    }

    @GET
    @Path("/{id}/labels/{label}/probabilities.png")
    @Produces("image/png")
    @Operation(
            summary = "The probabilities of one label",
            description =
                    "Grey, 16 bit, 0 is probability 0 and 65535 is 1, at the query's own size.")
    @APIResponse(responseCode = "200", description = "The probabilities")
    public byte[] probabilities(
            @Parameter(description = "The `id` of an answer") @PathParam("id") UUID id,
            @Parameter(description = "A label of the answer") @PathParam("label") String label) {
        return pictures.probabilities(queries.find(caller.scope(), id), label);
    }

    @GET
    @Path("/{id}/overlay.png")
    @Produces("image/png")
    @Operation(
            summary = "The query with all labels drawn on it, for people",
            description = "RGB, 8 bit, at the query's own size, a colour a label.")
    @APIResponse(responseCode = "200", description = "The picture")
    public byte[] overlay(
            @Parameter(description = "The `id` of an answer") @PathParam("id") UUID id) {
        return pictures.overlay(queries.find(caller.scope(), id));
    }

    @GET
    @Path("/{id}/attention")
    @Operation(
            summary = "Where one pixel of the query looks in the supports",
            description =
                    "Maps of every support at three scales. By the network that answered where it has"
                            + " attention, else by the one that gives locations their vectors:"
                            + " `answered` says which.")
    @APIResponse(responseCode = "200", description = "The attention, coarse scales first")
    @APIResponse(
            responseCode = "400",
            description = "A parameter is missing or no whole number, or the pixel is outside")
    @APIResponse(responseCode = "413", description = "The network may not have as much memory")
    @APIResponse(responseCode = "422", description = "No network that is loaded has attention")
    public AttentionService.AttentionView attention(
            @Parameter(description = "The `id` of an answer") @PathParam("id") UUID id,
            @Parameter(required = true, description = "A label of the answer") @QueryParam("label")
                    @Nullable String label,
            @Parameter(
                            required = true,
                            description = "Column of the pixel in the query's own size, from 0",
                            schema = @Schema(type = SchemaType.INTEGER, minimum = "0"))
                    @QueryParam("x")
                    @Nullable String x,
            @Parameter(
                            required = true,
                            description = "Row of the pixel in the query's own size, from 0",
                            schema = @Schema(type = SchemaType.INTEGER, minimum = "0"))
                    @QueryParam("y")
                    @Nullable String y) {
        return attention.attention(
                caller.scope(), id, required("label", label), whole("x", x), whole("y", y));
    }

    @GET
    @Path("/{id}/attention.png")
    @Produces("image/png")
    @Operation(
            summary = "The same as a picture, for people",
            description =
                    "The query with the pixel marked, then every support with its attention over it.")
    @APIResponse(responseCode = "200", description = "The picture")
    @APIResponse(
            responseCode = "400",
            description = "A parameter is missing or no whole number, or the pixel is outside")
    @APIResponse(responseCode = "413", description = "The network may not have as much memory")
    @APIResponse(responseCode = "422", description = "No network that is loaded has attention")
    public byte[] attentionPng(
            @Parameter(description = "The `id` of an answer") @PathParam("id") UUID id,
            @Parameter(required = true, description = "A label of the answer") @QueryParam("label")
                    @Nullable String label,
            @Parameter(
                            required = true,
                            description = "Column of the pixel in the query's own size, from 0",
                            schema = @Schema(type = SchemaType.INTEGER, minimum = "0"))
                    @QueryParam("x")
                    @Nullable String x,
            @Parameter(
                            required = true,
                            description = "Row of the pixel in the query's own size, from 0",
                            schema = @Schema(type = SchemaType.INTEGER, minimum = "0"))
                    @QueryParam("y")
                    @Nullable String y,
            @Parameter(
                            description =
                                    "Which scale: a `stride` that the address without .png lists, or 0"
                                            + " for the finest",
                            schema =
                                    @Schema(
                                            type = SchemaType.INTEGER,
                                            defaultValue = "0",
                                            minimum = "0"))
                    @QueryParam("stride")
                    @DefaultValue("0")
                    String stride) {
        return attention.attentionPng(
                caller.scope(),
                id,
                required("label", label),
                whole("x", x),
                whole("y", y),
                whole("stride", stride));
    }

    @GET
    @Path("/{id}/influence")
    @Operation(
            summary = "What the mask would be without each of its supports",
            description =
                    "Computes a recorded answer again without one support after the other, the weights"
                            + " of the others scaled to sum to 1, and compares each mask with the"
                            + " recorded one. `influence` is 1 - Dice; two empty masks have Dice 1,"
                            + " one empty mask 0. The most influential come first. One pass of the"
                            + " network a support, at most 128. 409 when the service runs other"
                            + " weights than the answer was made with.")
    @APIResponse(
            responseCode = "200",
            description = "The influence of each support, label by label")
    @APIResponse(
            responseCode = "400",
            description = "The answer has no such label or support, or too many for one request")
    @APIResponse(
            responseCode = "409",
            description = "The service runs another network or other weights than the answer had")
    @APIResponse(responseCode = "413", description = "The network may not have as much memory")
    @APIResponse(responseCode = "422", description = "The network gave no usable answer")
    public InfluenceService.InfluenceView influence(
            @Parameter(description = "The `id` of an answer") @PathParam("id") UUID id,
            @Parameter(description = "Of this label only. Default: all labels of the answer")
                    @QueryParam("label")
                    @Nullable String label,
            @Parameter(
                            description =
                                    "Without this support only: the `annotationId` of a support of the"
                                            + " answer. Default: without each of them")
                    @QueryParam("annotation")
                    @Nullable String annotation) {
        return influence.influence(caller.scope(), id, label, annotation, gone());
    }

    private static int whole(String name, @Nullable String value) {
        String text = required(name, value);
        try {
            return Integer.parseInt(text.trim());
        } catch (NumberFormatException e) {
            throw ServiceException.badParameter(name, text, "a whole number");
        }
    }

    private static <T> T required(String name, @Nullable T value) {
        if (value == null) {
            throw ServiceException.badParameter(name, "absent", "required");
        }
        return value;
    }

    /** Whether every label came out the same to the bit. */
    @Schema(name = "Replay", description = "A recorded answer, computed again.")
    public record ReplayView(
            @Schema(description = "The answer's id.") UUID id,
            @Schema(description = "Whether every label came out the same to the bit.")
                    boolean identical,
            @Schema(
                            description =
                                    "Whether bits can be expected to be the same: the answer was computed with the"
                                            + " arithmetic, device and precision that the service has now, on the same"
                                            + " kind of processor. Where not, compare `difference`.")
                    boolean comparable,
            @Schema(
                            description =
                                    "How the answer was computed: version of the network's arithmetic, device,"
                                            + " precision, and threads where sums depend on them. Absent: not recorded.")
                    @JsonInclude(JsonInclude.Include.NON_NULL)
                    @Nullable String recordedArithmetic,
            @Schema(description = "The same of the service as it is now.") String arithmetic,
            @Schema(description = "Each label.") List<ReplayedLabelView> labels) {}

    /** One label, computed again. */
    @Schema(name = "ReplayedLabel", description = "One label of an answer, computed again.")
    public record ReplayedLabelView(
            @Schema(description = "The label's name.") String label,
            @Schema(
                            description =
                                    "Whether mask and probabilities are the recorded ones to the bit.")
                    boolean identical,
            @Schema(
                            description = "SHA-256 of the new mask, lower-case hex.",
                            pattern = "[0-9a-f]{64}")
                    String maskSha256,
            @Schema(
                            description =
                                    "The largest difference between a new and a recorded probability; 0: none in"
                                            + " 16 bits.")
                    double difference) {}

    @POST
    @Path("/{id}/replay")
    @Operation(
            summary = "Compute a recorded answer again and compare it to the bit",
            description =
                    "From its recorded supports and weights, without any search. No body is read."
                            + " 409 when the service runs other weights than the answer was made"
                            + " with. Where arithmetic, device or precision are others than when"
                            + " it was made, `comparable` is false: last bits may then differ,"
                            + " and `difference` says by how much.")
    @APIResponse(responseCode = "200", description = "Whether it came out the same")
    @APIResponse(
            responseCode = "409",
            description = "The service runs another network or other weights than the answer had")
    @APIResponse(responseCode = "413", description = "The network may not have as much memory")
    @APIResponse(responseCode = "422", description = "The network gave no usable answer")
    public ReplayView replay(
            @Parameter(description = "The `id` of an answer") @PathParam("id") UUID id) {
        Answer answer = queries.find(caller.scope(), id);
        VolumeQueries.Replayed replayed =
                answer.isOfVolume()
                        ? volumes.replay(caller.scope(), id, gone())
                        : new VolumeQueries.Replayed(
                                queries.arithmetic(), queries.replay(caller.scope(), id, gone()));
        List<ReplayedLabel> labels = replayed.labels();
        String recorded = answer.arithmetic();
        String now = replayed.arithmetic();
        return new ReplayView(
                id,
                labels.stream().allMatch(ReplayedLabel::identical),
                now.equals(recorded),
                recorded,
                now,
                labels.stream()
                        .map(l ->
                                new ReplayedLabelView(
                                        l.label(), l.identical(), l.maskSha256(), l.difference()))
                        .toList());
    }

    /** A label as one segment of an address. */
    private static String inPath(String label) {
        return URLEncoder.encode(label, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static AnswerView view(Answer answer) {
        String base = "/v1/segmentations/" + answer.id();
        return AnswerView.of(
                answer,
                new AnswerView.Links() {
                    @Override
                    public String overlay() {
                        return base + "/overlay.png";
                    }

                    @Override
                    public String mask(String label) {
                        return base + "/labels/" + inPath(label) + "/mask.png";
                    }

                    @Override
                    public String probabilities(String label) {
                        return base + "/labels/" + inPath(label) + "/probabilities.png";
                    }
                });
    }
}
