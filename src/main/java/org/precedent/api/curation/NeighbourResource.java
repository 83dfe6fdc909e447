package org.precedent.api.curation;

import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.precedent.access.Disclosure;
import org.precedent.api.Forms;
import org.precedent.api.access.Caller;
import org.precedent.api.curation.AnnotationListResource.AnnotationView;
import org.precedent.curation.LeaveOneOutMasks;
import org.precedent.curation.LeaveOneOutMasks.LeftOut;
import org.precedent.curation.Similar;

/**
 * An annotation among the others of its pool: which are like it, and what they make of its image.
 */
@Path("/v1/curation")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Curation")
@Blocking
public class NeighbourResource {
    private static final String ID = "The annotation's id";
    private static final String POOL = "The pool of the annotation's task; `default` where absent";
    private static final String DEFAULT_POOL = "default";

    private final Similar similar;
    private final LeaveOneOutMasks masks;
    private final Caller caller;

    NeighbourResource(Similar similar, LeaveOneOutMasks masks, Caller caller) {
        this.similar = similar;
        this.masks = masks;
        this.caller = caller;
    }

    /** An annotation of an image that is like another. */
    @Schema(name = "Neighbour", description = "An annotation of an image that is like another.")
    public record NeighbourView(
            @Schema(description = "How like it is: the inner product of the images' unit vectors.")
                    double similarity,
            @Schema(description = "The annotation.") AnnotationView annotation) {}

    @GET
    @Path("/annotations/{id}/similar")
    @Operation(
            summary = "The annotations of a pool whose images are most like this one's",
            description =
                    "Of the same label, whatever their review state, the most similar first; never"
                            + " one of the image itself.")
    @APIResponse(responseCode = "200", description = "The annotations")
    @APIResponse(responseCode = "400", description = "A parameter is not valid")
    @APIResponse(responseCode = "404", description = "No such annotation or pool")
    @APIResponse(responseCode = "422", description = "The pool holds nothing yet")
    public List<NeighbourView> similar(
            @Parameter(description = ID) @PathParam("id") long id,
            @Parameter(description = POOL) @QueryParam("pool") @Nullable String pool,
            @Parameter(
                            description = FilterParameters.LIMIT,
                            schema = @Schema(type = SchemaType.INTEGER))
                    @QueryParam("limit")
                    @Nullable String limit) {
        return similar.to(caller.scope(), id, named(pool), Forms.limit(limit)).stream()
                .map(one ->
                        new NeighbourView(one.similarity(), AnnotationView.of(one.annotation())))
                .toList();
    }

    /** A support of an answer. */
    @Schema(name = "LeaveOneOutSupport", description = "A support of a leave-one-out answer.")
    public record SupportView(
            @Schema(description = "The annotation's id.") long annotationId,
            @Schema(description = "How like the image it is.") double similarity,
            @Schema(description = "Its weight; all of them sum to 1.") double weight) {}

    /** What a pool answers without the image's patient. */
    @Schema(
            name = "LeaveOneOut",
            description = "What a pool answers for an annotated image without the image's patient.")
    public record LeaveOneOutView(
            @Schema(description = "The label.") String label,
            @Schema(description = "The pool.") String pool,
            @Schema(description = "The version of the pool that answered.") int poolVersion,
            @Schema(description = "The network that answered, and its weights.") String network,
            @Schema(description = "Pixels inside the answer.") int area,
            @Schema(description = "Pixels inside the annotation alone.") int onlyAnnotation,
            @Schema(description = "Pixels inside the answer alone.") int onlyAnswer,
            @Schema(description = "Of answer and annotation; 1 where both are empty.") double dice,
            @Schema(
                            description =
                                    "95th percentile of the distances of the outlines, in pixels; null where one has none.",
                            nullable = true)
                    @Nullable Double hausdorff95,
            @Schema(description = "What the answer rests on.") List<SupportView> supports)
            implements Disclosure {
        static LeaveOneOutView of(LeftOut left) {
            return new LeaveOneOutView(
                    left.label(),
                    left.pool(),
                    left.poolVersion(),
                    left.network(),
                    left.area(),
                    left.added(),
                    left.missed(),
                    left.dice(),
                    left.hausdorff95(),
                    left.supports().stream()
                            .map(used ->
                                    new SupportView(
                                            used.annotationId(), used.similarity(), used.weight()))
                            .toList());
        }

        @Override
        public Collection<Long> disclosedAnnotations() {
            return supports.stream().map(SupportView::annotationId).toList();
        }
    }

    @GET
    @Path("/annotations/{id}/leave-one-out")
    @Operation(
            summary = "What a pool answers for an annotated image without the image's patient",
            description =
                    "Asked as a query is, with 16 supports, and compared with the annotation: a mask"
                            + " that differs much deserves a look. Computed when it is asked for and"
                            + " kept until the pool changes; no answer is recorded.")
    @APIResponse(responseCode = "200", description = "The answer and how it differs")
    @APIResponse(responseCode = "404", description = "No such annotation or pool")
    @APIResponse(
            responseCode = "422",
            description = "The pool holds nothing approved of another patient")
    public LeaveOneOutView leaveOneOut(
            @Parameter(description = ID) @PathParam("id") long id,
            @Parameter(description = POOL) @QueryParam("pool") @Nullable String pool) {
        return LeaveOneOutView.of(masks.of(caller.scope(), id, named(pool)));
    }

    @GET
    @Path("/annotations/{id}/leave-one-out.png")
    @Produces("image/png")
    @Operation(
            summary = "The mask that a pool answers for an annotated image without its patient",
            description = "Grey, 8 bit, 0 outside and 255 inside, at the image's own size.")
    @APIResponse(responseCode = "200", description = "The mask")
    @APIResponse(responseCode = "404", description = "No such annotation or pool")
    @APIResponse(
            responseCode = "422",
            description = "The pool holds nothing approved of another patient")
    public byte[] leaveOneOutMask(
            @Parameter(description = ID) @PathParam("id") long id,
            @Parameter(description = POOL) @QueryParam("pool") @Nullable String pool) {
        return masks.of(caller.scope(), id, named(pool)).png();
    }

    private static String named(@Nullable String pool) {
        return Objects.requireNonNullElse(pool, DEFAULT_POOL);
    }
}
