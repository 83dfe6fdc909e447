package org.precedent.api.curation;

import static org.precedent.api.curation.ReviewResource.because;
import static org.precedent.api.curation.ReviewResource.read;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
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
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.precedent.access.Disclosure;
import org.precedent.api.Forms;
import org.precedent.api.StrictJson;
import org.precedent.api.access.Caller;
import org.precedent.catalog.review.Verdicts;
import org.precedent.curation.Agreement;

/** Several annotators of one structure on one image. */
@Path("/v1/curation")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Curation")
@Blocking
public class AgreementResource {
    private static final String ID = "The id of any annotation of the image and label";

    private final Agreement agreement;
    private final StrictJson json;
    private final Caller caller;

    AgreementResource(Agreement agreement, StrictJson json, Caller caller) {
        this.agreement = agreement;
        this.json = json;
        this.caller = caller;
    }

    /** One annotator. */
    @Schema(name = "Annotator", description = "One annotator's latest mask.")
    public record AnnotatorView(
            @Schema(description = "The annotation's id.") long annotation,
            @Schema(description = "Who drew it.") String author,
            @Schema(
                            description = "Its review state.",
                            enumeration = {"unreviewed", "approved"})
                    String state,
            @Schema(description = "Pixels inside.", minimum = "1") int area,
            @Schema(
                            description =
                                    "Share of the truth, as STAPLE estimates it, that was drawn.",
                            minimum = "0",
                            maximum = "1")
                    double sensitivity,
            @Schema(
                            description =
                                    "Share of what is not true that was left out, within the bounding"
                                            + " box of all masks.",
                            minimum = "0",
                            maximum = "1")
                    double specificity) {}

    /** Two annotators. */
    @Schema(name = "AnnotatorPair", description = "How far two annotators agree.")
    public record PairView(
            @Schema(description = "One's annotation.") long first,
            @Schema(description = "The other's.") long second,
            @Schema(description = "Dice of both masks.", minimum = "0", maximum = "1") double dice,
            @Schema(
                            description = "95th percentile of the outlines' distances, in pixels.",
                            nullable = true)
                    @Nullable Double hausdorff95,
            @Schema(description = "Mean distance of the outlines, in pixels.", nullable = true)
                    @Nullable Double averageDistance) {}

    /** All annotators. */
    @Schema(
            name = "Agreement",
            description = "How far the annotators of one label of one image agree.")
    public record AgreementView(
            @Schema(description = "The label.") String label,
            @Schema(description = "Everybody whose latest mask is unreviewed or approved, by name.")
                    List<AnnotatorView> annotators,
            @Schema(description = "Every two of them.") List<PairView> pairs,
            @Schema(
                            description = "Mean over all pairs; 1 where there is one annotator.",
                            minimum = "0",
                            maximum = "1")
                    double meanDice)
            implements Disclosure {
        @Override
        public Collection<Long> disclosedAnnotations() {
            return annotators.stream().map(AnnotatorView::annotation).toList();
        }
    }

    @GET
    @Path("/annotations/{id}/agreement")
    @Operation(
            summary = "How far the annotators of an image and label agree",
            description =
                    "The latest mask of each author that is neither rejected nor retired: Dice and"
                            + " distances of every two, and how sensitive and specific each is against"
                            + " the truth that STAPLE estimates.")
    @APIResponse(responseCode = "200", description = "How far they agree")
    @APIResponse(responseCode = "404", description = "There is no annotation of this id")
    public AgreementView agreement(@Parameter(description = ID) @PathParam("id") long id) {
        Agreement.Agreed agreed = agreement.agreement(caller.scope(), id);
        return new AgreementView(
                agreed.label(),
                agreed.annotators().stream()
                        .map(one ->
                                new AnnotatorView(
                                        one.annotation(),
                                        one.author(),
                                        one.state(),
                                        one.area(),
                                        one.sensitivity(),
                                        one.specificity()))
                        .toList(),
                agreed.pairs().stream()
                        .map(pair ->
                                new PairView(
                                        pair.first(),
                                        pair.second(),
                                        pair.dice(),
                                        pair.hausdorff95(),
                                        pair.averageDistance()))
                        .toList(),
                agreed.meanDice());
    }

    @GET
    @Path("/annotations/{id}/consensus.png")
    @Produces("image/png")
    @Operation(
            summary = "The mask that the annotators share",
            description = "Grey, 8 bit, 0 outside and 255 inside, at the image's own size.")
    @APIResponse(responseCode = "200", description = "The mask")
    @APIResponse(
            responseCode = "400",
            description =
                    "The annotators share nothing, all were rejected or retired, or `method` is not valid")
    @APIResponse(responseCode = "404", description = "There is no annotation of this id")
    public byte[] consensus(
            @Parameter(description = ID) @PathParam("id") long id,
            @Parameter(
                            description = "How they become one",
                            schema =
                                    @Schema(
                                            type = SchemaType.STRING,
                                            enumeration = {"majority", "staple"},
                                            defaultValue = "staple"))
                    @QueryParam("method")
                    @DefaultValue("staple")
                    String method) {
        return agreement.consensus(caller.scope(), id, method);
    }

    /** A consensus to be taken. */
    @Schema(name = "TakeConsensus", description = "A consensus to be taken.")
    public record ConsensusForm(
            @Schema(
                            description =
                                    "More than half of the annotators, or each weighed by how good"
                                            + " STAPLE estimates it to be.",
                            enumeration = {"majority", "staple"},
                            defaultValue = "staple")
                    @Nullable String method,
            @Schema(
                            description = "The review state of the new annotation.",
                            enumeration = {"unreviewed", "approved", "rejected", "retired"},
                            defaultValue = "unreviewed")
                    @Nullable String state,
            @Schema(required = true, description = "Why, kept with it.", maxLength = 200)
                    @Nullable String reason) {}

    @POST
    @Path("/annotations/{id}/consensus")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Take the consensus of the annotators as the annotation in force",
            description = "As a correction by the caller: it can be undone.")
    @RequestBody(
            required = true,
            description = "Which consensus, and why.",
            content = @Content(schema = @Schema(implementation = ConsensusForm.class)))
    @APIResponse(
            responseCode = "200",
            description = "What it became",
            content =
                    @Content(
                            schema = @Schema(implementation = VerdictResource.CorrectedView.class)))
    @APIResponse(
            responseCode = "400",
            description =
                    "The annotators share nothing, all were rejected or retired, or the body is not valid")
    @APIResponse(responseCode = "404", description = "There is no annotation of this id")
    public VerdictResource.CorrectedView take(
            @Parameter(description = ID) @PathParam("id") long id, @Nullable String body)
            throws JsonProcessingException {
        ConsensusForm form = read(json, body, ConsensusForm.class);
        Verdicts.Corrected taken =
                agreement.take(
                        id,
                        Objects.requireNonNullElse(form.method(), "staple"),
                        Objects.requireNonNullElse(form.state(), "unreviewed"),
                        because(caller.scope(), Forms.require("body.reason", form.reason())));
        return VerdictResource.CorrectedView.of(taken);
    }
}
