package org.precedent.api.curation;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
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
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.access.Scope;
import org.precedent.api.Forms;
import org.precedent.api.StrictJson;
import org.precedent.api.access.Caller;
import org.precedent.catalog.review.Actions.Because;
import org.precedent.catalog.review.Reviews;
import org.precedent.curation.Curation;
import org.precedent.curation.FilterWords;

/** Reviews, their history, and undo. */
@Path("/v1/curation")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Curation")
@Blocking
public class ReviewResource {
    private static final String CURSOR = FilterParameters.CURSOR;
    private static final String LIMIT = FilterParameters.LIMIT;

    private final Curation curation;
    private final StrictJson json;
    private final Caller caller;

    ReviewResource(Curation curation, StrictJson json, Caller caller) {
        this.curation = curation;
        this.json = json;
        this.caller = caller;
    }

    /** What to bring annotations to. */
    @Schema(name = "Review", description = "Which annotations to bring into which state, and why.")
    public record ReviewForm(
            @Schema(required = true, description = "Ids of annotations, at least one.")
                    @Nullable List<Long> ids,
            @Schema(required = true, description = "Why, kept with it.", maxLength = 200)
                    @Nullable String reason,
            @Schema(
                            description =
                                    "The state that each must be in, so that nobody's decision is overwritten"
                                            + " unseen; absent for any.",
                            enumeration = {"unreviewed", "approved", "rejected", "retired"},
                            nullable = true)
                    @Nullable String expected,
            @Schema(description = "Only says what would change. Default: false.", nullable = true)
                    @Nullable Boolean dryRun,
            @Schema(
                            required = true,
                            description = "The state.",
                            enumeration = {"unreviewed", "rejected", "retired", "approved"})
                    @Nullable String to) {}

    /** Which annotations to bring to what. */
    @Schema(
            name = "ReviewOfSelection",
            description = "A filter of annotations, the state to bring them into, and why.")
    public record SelectionForm(
            @Schema(required = true, description = "Of this task.") @Nullable String task,
            @Schema(description = "That this pool holds now.", nullable = true)
                    @Nullable String pool,
            @Schema(description = "Of this label.", nullable = true) @Nullable String label,
            @Schema(
                            description = "In this review state.",
                            enumeration = {"unreviewed", "approved", "rejected", "retired"},
                            nullable = true)
                    @Nullable String state,
            @Schema(description = "Of this site.", nullable = true) @Nullable String site,
            @Schema(description = "By this author.", nullable = true) @Nullable String author,
            @Schema(description = "Of this modality.", nullable = true) @Nullable String modality,
            @Schema(description = "Made then or later.", nullable = true) @Nullable String since,
            @Schema(description = "Made before.", nullable = true) @Nullable String until,
            @Schema(description = "With this in the image's file name.", nullable = true)
                    @Nullable String text,
            @Schema(
                            required = true,
                            description = "The state to bring them into.",
                            enumeration = {"unreviewed", "rejected", "retired", "approved"})
                    @Nullable String to,
            @Schema(required = true, description = "Why, kept with it.", maxLength = 200)
                    @Nullable String reason,
            @Schema(
                            description =
                                    "Default: true, which only says what would change; false changes it.",
                            nullable = true)
                    @Nullable Boolean dryRun) {}

    /** What a review changed. */
    @Schema(name = "Reviewed", description = "What a review changed, or would change.")
    public record ReviewedView(
            @Schema(
                            description =
                                    "The action, to be undone by; null where nothing changed.",
                            nullable = true)
                    @Nullable Long action,
            @Schema(description = "Ids of annotations that changed, or would.") List<Long> changed,
            @Schema(description = "How many were in that state already.") int unchanged) {
        static ReviewedView of(Reviews.Outcome outcome) {
            return new ReviewedView(
                    outcome.action(),
                    outcome.changes().stream().map(Reviews.Change::annotationId).toList(),
                    outcome.unchanged());
        }
    }

    @POST
    @Path("/reviews")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Bring annotations into a review state",
            description =
                    "All of them or none, as one action of the caller's. Only approved ones serve.")
    @RequestBody(
            required = true,
            description = "Which, to what, and why.",
            content = @Content(schema = @Schema(implementation = ReviewForm.class)))
    @APIResponse(
            responseCode = "200",
            description = "What changed",
            content = @Content(schema = @Schema(implementation = ReviewedView.class)))
    @APIResponse(responseCode = "400", description = "The body is no such object; nothing changed")
    @APIResponse(responseCode = "404", description = "There is no annotation of one of the ids")
    @APIResponse(responseCode = "409", description = "One is not in the expected state any more")
    public ReviewedView review(@Nullable String body) throws JsonProcessingException {
        ReviewForm form = read(json, body, ReviewForm.class);
        List<Long> ids = Objects.requireNonNullElse(form.ids(), List.of());
        if (ids.isEmpty() || ids.stream().anyMatch(Objects::isNull)) {
            throw ServiceException.badParameter("body.ids", ids, "at least one id");
        }
        return ReviewedView.of(
                curation.review(
                        Set.copyOf(ids),
                        FilterWords.ofIds(Set.of()),
                        Forms.require("body.to", form.to()),
                        form.expected(),
                        because(caller.scope(), form.reason()),
                        Boolean.TRUE.equals(form.dryRun())));
    }

    @POST
    @Path("/reviews/selection")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Bring all annotations that a filter finds into a review state",
            description =
                    "Of those that the caller may change; at most 100,000, all of them or none, as one"
                            + " action. Unless `dryRun` is false it only says what would change.")
    @RequestBody(
            required = true,
            description = "Which, to what, and why.",
            content = @Content(schema = @Schema(implementation = SelectionForm.class)))
    @APIResponse(
            responseCode = "200",
            description = "What changed, or would",
            content = @Content(schema = @Schema(implementation = ReviewedView.class)))
    @APIResponse(responseCode = "400", description = "The body is no such object; nothing changed")
    @APIResponse(responseCode = "404", description = "No such task, pool or label")
    public ReviewedView reviewSelection(@Nullable String body) throws JsonProcessingException {
        SelectionForm form = read(json, body, SelectionForm.class);
        return ReviewedView.of(
                curation.review(
                        Set.of(),
                        new FilterWords(
                                Set.of(),
                                Forms.require("body.task", form.task()),
                                form.pool(),
                                null,
                                form.label(),
                                form.state(),
                                form.site(),
                                form.author(),
                                form.modality(),
                                form.since(),
                                form.until(),
                                form.text()),
                        Forms.require("body.to", form.to()),
                        null,
                        because(caller.scope(), form.reason()),
                        !Boolean.FALSE.equals(form.dryRun())));
    }

    /** Why something is done. */
    @Schema(name = "Because", description = "Why something is done.")
    public record BecauseForm(
            @Schema(required = true, description = "Why, kept with it.", maxLength = 200)
                    @Nullable String reason) {}

    /** An action. */
    @Schema(name = "CurationAction", description = "Who did what, when and why.")
    public record ActionView(
            @Schema(description = "Its id.") long id,
            @Schema(description = "What was done.") String kind,
            @Schema(description = "Who did it; null for somebody of another site.", nullable = true)
                    @Nullable String actor,
            @Schema(description = "Why.") String reason,
            @Schema(description = "The action that it undid; absent for others.", nullable = true)
                    @Nullable Long undoes,
            @Schema(description = "Whether it holds; false while it is undone.") boolean inForce,
            @Schema(description = "When.") Instant createdAt,
            @Schema(description = "Annotations whose state it changed.") int reviews,
            @Schema(description = "Versions of pools that it made.") int versions) {}

    /** A page of actions. */
    @Schema(name = "CurationActionPage", description = "A page of actions, the latest first.")
    public record ActionPage(
            @Schema(description = "The rows.") List<ActionView> rows,
            @Schema(description = "The cursor of the next page; null on the last.", nullable = true)
                    @Nullable String next) {}

    @GET
    @Path("/actions")
    @Operation(
            summary = "Who did what, the latest first",
            description =
                    "Reviews, corrections, verdicts, restored and copied pools, undos: what was done to"
                            + " the own site's tasks, and what its people did to those that are shared"
                            + " with it.")
    @APIResponse(responseCode = "200", description = "A page")
    @APIResponse(responseCode = "400", description = "A parameter is not valid")
    public ActionPage history(
            @Parameter(description = CURSOR) @QueryParam("after") @Nullable String after,
            @Parameter(description = LIMIT, schema = @Schema(type = SchemaType.INTEGER))
                    @QueryParam("limit")
                    @Nullable String limit) {
        var page = curation.history(caller.scope(), FilterParameters.page(after, limit));
        return new ActionPage(
                page.rows().stream()
                        .map(row ->
                                new ActionView(
                                        row.id(),
                                        row.kind(),
                                        row.actor(),
                                        row.reason(),
                                        row.undoes(),
                                        row.inForce(),
                                        row.createdAt(),
                                        row.reviews(),
                                        row.versions()))
                        .toList(),
                page.next());
    }

    /** An undo. */
    @Schema(name = "Undone", description = "An action that took another one back.")
    public record UndoneView(
            @Schema(description = "The undo's own id: to undo it does it again.") long action) {}

    @POST
    @Path("/actions/{action}/undo")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Take an action back",
            description =
                    "Refused where somebody changed the same since; then nothing changes. Curators take"
                            + " back what changed their site's tasks, everybody the own verdicts.")
    @RequestBody(
            required = true,
            description = "Why.",
            content = @Content(schema = @Schema(implementation = BecauseForm.class)))
    @APIResponse(
            responseCode = "200",
            description = "The action that took it back",
            content = @Content(schema = @Schema(implementation = UndoneView.class)))
    @APIResponse(responseCode = "400", description = "The body is no such object; nothing changed")
    @APIResponse(responseCode = "404", description = "There is no action of this id")
    @APIResponse(responseCode = "409", description = "It was undone, or changed since, already")
    public UndoneView undo(
            @Parameter(description = "The action's id") @PathParam("action") long action,
            @Nullable String body)
            throws JsonProcessingException {
        BecauseForm form = read(json, body, BecauseForm.class);
        return new UndoneView(curation.undo(action, because(caller.scope(), form.reason())));
    }

    static <T> T read(StrictJson json, @Nullable String body, Class<T> type)
            throws JsonProcessingException {
        if (body == null || body.isBlank()) {
            throw ServiceException.badParameter("body", "", "expected an object");
        }
        return json.read("body", body, type);
    }

    /** The actor is whoever asks. */
    static Because because(Scope scope, @Nullable String reason) {
        return Because.of(scope, Forms.require("body.reason", reason));
    }
}
