package org.precedent.api;

import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.server.multipart.MultipartFormDataInput;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.api.view.AnswerView;
import org.precedent.catalog.Answer;
import org.precedent.query.AttentionService;
import org.precedent.query.InfluenceService;
import org.precedent.query.QueryService;
import org.precedent.query.QueryService.ReplayedLabel;

/** Queries that are segmented, and the record of their answers. */
@Path("/v1/segmentations")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Segmentations", description = "Research software, not a medical device.")
@Blocking
public class SegmentationResource {
    private final QueryService queries;
    private final AttentionService attention;
    private final InfluenceService influence;

    SegmentationResource(
            QueryService queries, AttentionService attention, InfluenceService influence) {
        this.queries = queries;
        this.attention = attention;
        this.influence = influence;
    }

    @POST
    @Consumes(MediaType.MULTIPART_FORM_DATA)
    @Operation(
            summary = "Segment an image by precedent",
            description =
                    "Retrieves K annotated images of the pool for each label, weighs them, segments,"
                            + " records the answer. Unknown names: 404 with the known ones. No usable"
                            + " support: 422 with the reason.")
    @RequestBody(
            content =
                    @Content(
                            mediaType = MediaType.MULTIPART_FORM_DATA,
                            schema = @Schema(implementation = QueryForm.Described.class)))
    public Response post(MultipartFormDataInput form) {
        Answer answer = queries.segment(QueryForm.read(form));
        return Response.created(URI.create("/v1/segmentations/" + answer.id()))
                .entity(view(answer))
                .build();
    }

    @GET
    @Path("/{id}")
    @Operation(summary = "A recorded answer")
    public AnswerView get(UUID id) {
        return view(queries.find(id));
    }

    @GET
    @Path("/{id}/labels/{label}/mask.png")
    @Produces("image/png")
    @Operation(summary = "The mask of one label: 0 or 255, at the query's own size")
    public byte[] mask(UUID id, String label) {
        return queries.maskPng(queries.find(id), label);
    }

    @GET
    @Path("/{id}/labels/{label}/probabilities.png")
    @Produces("image/png")
    @Operation(summary = "The probabilities of one label: 16 bit, 65535 is 1")
    public byte[] probabilities(UUID id, String label) {
        return queries.probabilitiesPng(queries.find(id), label);
    }

    @GET
    @Path("/{id}/overlay.png")
    @Produces("image/png")
    @Operation(summary = "The query with all labels drawn on it, for people")
    public byte[] overlay(UUID id) {
        return queries.overlayPng(queries.find(id));
    }

    @GET
    @Path("/{id}/attention")
    @Operation(
            summary = "Where one pixel of the query looks in the supports",
            description =
                    "Maps of every support at three scales. By the network that answered where it has"
                            + " attention, else by the one that gives places their vectors:"
                            + " `answered` says which.")
    public AttentionService.AttentionView attention(
            UUID id,
            @Parameter(required = true) @QueryParam("label") @Nullable String label,
            @Parameter(required = true) @QueryParam("x") @Nullable Integer x,
            @Parameter(required = true) @QueryParam("y") @Nullable Integer y) {
        return attention.attention(
                id, required("label", label), required("x", x), required("y", y));
    }

    @GET
    @Path("/{id}/attention.png")
    @Produces("image/png")
    @Operation(summary = "The same as a picture: the finest scale, or the one of a stride")
    public byte[] attentionPng(
            UUID id,
            @Parameter(required = true) @QueryParam("label") @Nullable String label,
            @Parameter(required = true) @QueryParam("x") @Nullable Integer x,
            @Parameter(required = true) @QueryParam("y") @Nullable Integer y,
            @QueryParam("stride") @DefaultValue("0") int stride) {
        return attention.attentionPng(
                id, required("label", label), required("x", x), required("y", y), stride);
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
    public InfluenceService.InfluenceView influence(
            UUID id,
            @Parameter(description = "of this label only; default: all labels of the answer")
                    @QueryParam("label")
                    @Nullable String label,
            @Parameter(
                            description =
                                    "without this support only: the annotationId of a support of the"
                                            + " answer")
                    @QueryParam("annotation")
                    @Nullable String annotation) {
        return influence.influence(id, label, annotation);
    }

    private static <T> T required(String name, @Nullable T value) {
        if (value == null) {
            throw ServiceException.badParameter(name, "absent", "required");
        }
        return value;
    }

    /** Whether every label came out the same to the bit. */
    public record ReplayView(UUID id, boolean identical, List<ReplayedLabel> labels) {}

    @POST
    @Path("/{id}/replay")
    @Operation(
            summary = "Compute a recorded answer again and compare it to the bit",
            description = "409 when the service runs other weights than the answer was made with.")
    public ReplayView replay(UUID id) {
        List<ReplayedLabel> labels = queries.replay(id);
        return new ReplayView(id, labels.stream().allMatch(ReplayedLabel::identical), labels);
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
                        return base + "/labels/" + label + "/mask.png";
                    }

                    @Override
                    public String probabilities(String label) {
                        return base + "/labels/" + label + "/probabilities.png";
                    }
                });
    }
}
