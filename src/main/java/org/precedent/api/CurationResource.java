package org.precedent.api;

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
import java.util.UUID;
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
import org.precedent.api.access.Caller;
import org.precedent.catalog.review.Actions.Because;
import org.precedent.catalog.review.Page;
import org.precedent.catalog.review.Reviews;
import org.precedent.catalog.review.Verdicts;
import org.precedent.curation.AnswerLoop;
import org.precedent.curation.Curation;
import org.precedent.curation.FilterWords;

/** A curator's eyes and hands. */
@Path("/v1/curation")
@Produces(MediaType.APPLICATION_JSON)
@Tag(
        name = "Curation",
        description = "What deserves a look, and what serves: reviews, verdicts, history, undo.")
@Blocking
public class CurationResource {
    private static final String CURSOR = "The `next` of the page before; absent for the first";
    static final String LIMIT = "Rows at most, 1 to 1000; 100 where absent";

    private final Curation curation;
    private final AnswerLoop loop;
    private final StrictJson json;
    private final Caller caller;

    CurationResource(Curation curation, AnswerLoop loop, StrictJson json, Caller caller) {
        this.curation = curation;
        this.loop = loop;
        this.json = json;
        this.caller = caller;
    }

    /** Lists and reviews are over all sites, as long as no site has its own. */
    private void requireAdministrator() {
        caller.scope().requireEverywhere("curate what belongs to all sites");
    }

    // ---- annotations

    /** An annotation in a list. */
    @Schema(name = "AnnotationRow", description = "An annotation in a list.")
    public record AnnotationView(
            @Schema(description = "Its id.") long id,
            @Schema(description = "1 for the first of its image and label.") int version,
            @Schema(description = "The image's id.") UUID imageId,
            @Schema(description = "The image's file name.") String image,
            @Schema(description = "The task.") String task,
            @Schema(description = "The label.") String label,
            @Schema(description = "Its review state.") String state,
            @Schema(description = "Who made it.") String author,
            @Schema(description = "The image's site.") String site,
            @Schema(description = "When it was made.") Instant createdAt,
            @Schema(
                            description = "The answer that it came from; null where from none.",
                            nullable = true)
                    @Nullable UUID fromAnswer) {}

    /** A page of annotations. */
    @Schema(name = "AnnotationPage", description = "A page of annotations, the latest first.")
    public record AnnotationPage(
            @Schema(description = "The rows.") List<AnnotationView> rows,
            @Schema(description = "The cursor of the next page; null on the last.", nullable = true)
                    @Nullable String next) {}

    @GET
    @Path("/annotations")
    @Operation(
            summary = "Annotations, the latest first",
            description = "All parameters must hold. Pages are stable while others write.")
    @APIResponse(responseCode = "200", description = "A page")
    @APIResponse(responseCode = "400", description = "A parameter is not valid")
    @APIResponse(responseCode = "404", description = "No such task, pool, version or label")
    public AnnotationPage annotations(
            @Parameter(description = "Of this task") @QueryParam("task") @Nullable String task,
            @Parameter(description = "That this pool of the task holds") @QueryParam("pool")
                    @Nullable String pool,
            @Parameter(description = "Of this label of the task") @QueryParam("label")
                    @Nullable String label,
            @Parameter(description = "In this review state") @QueryParam("state")
                    @Nullable String state,
            @Parameter(description = "Of this site") @QueryParam("site") @Nullable String site,
            @Parameter(description = "By this author") @QueryParam("author")
                    @Nullable String author,
            @Parameter(description = "With this in the image's file name") @QueryParam("text")
                    @Nullable String text,
            @Parameter(description = CURSOR) @QueryParam("after") @Nullable String after,
            @Parameter(description = LIMIT, schema = @Schema(type = SchemaType.INTEGER))
                    @QueryParam("limit")
                    @Nullable String limit) {
        requireAdministrator();
        var page =
                curation.annotations(
                        new FilterWords(
                                task, pool, null, label, state, site, author, null, null, null,
                                text),
                        new Page.Request(after, Forms.limit(limit)));
        return new AnnotationPage(
                page.rows().stream()
                        .map(row ->
                                new AnnotationView(
                                        row.id(),
                                        row.version(),
                                        row.imageId(),
                                        row.image(),
                                        row.task(),
                                        row.label(),
                                        row.state().word(),
                                        row.author(),
                                        row.site(),
                                        row.createdAt(),
                                        row.fromAnswer()))
                        .toList(),
                page.next());
    }

    /** The part of an annotation in an answer. */
    @Schema(name = "AnswerPart", description = "The part of an annotation in a recorded answer.")
    public record PartView(
            @Schema(description = "The answer's id.") UUID answer,
            @Schema(description = "The query's file name.") String query,
            @Schema(description = "The label.") String label,
            @Schema(description = "Its share of the answer, 0 to 1.") double weight,
            @Schema(description = "When it was answered.") Instant createdAt) {}

    /** A page of answers. */
    @Schema(name = "AnswerPartPage", description = "A page of answers, the latest first.")
    public record PartPage(
            @Schema(description = "The rows.") List<PartView> rows,
            @Schema(description = "The cursor of the next page; null on the last.", nullable = true)
                    @Nullable String next) {}

    @GET
    @Path("/annotations/{id}/answers")
    @Operation(
            summary = "Every recorded answer that an annotation took part in",
            description = "The latest first, each with the annotation's weight.")
    @APIResponse(responseCode = "200", description = "A page")
    @APIResponse(responseCode = "400", description = "A parameter is not valid")
    @APIResponse(responseCode = "404", description = "There is no annotation of this id")
    public PartPage answersOf(
            @Parameter(description = "The annotation's id") @PathParam("id") long id,
            @Parameter(description = CURSOR) @QueryParam("after") @Nullable String after,
            @Parameter(description = LIMIT, schema = @Schema(type = SchemaType.INTEGER))
                    @QueryParam("limit")
                    @Nullable String limit) {
        requireAdministrator();
        var page = loop.answersOf(id, new Page.Request(after, Forms.limit(limit)));
        return new PartPage(
                page.rows().stream()
                        .map(row ->
                                new PartView(
                                        row.answer(),
                                        row.query(),
                                        row.label(),
                                        row.weight(),
                                        row.createdAt()))
                        .toList(),
                page.next());
    }

    // ---- reviews

    /** What to bring annotations to. */
    @Schema(name = "Review", description = "Which annotations to bring into which state, and why.")
    public record ReviewForm(
            @Schema(required = true, description = "Ids of annotations, at least one.")
                    @Nullable List<Long> ids,
            @Schema(required = true, description = "Why, kept with it.", maxLength = 200)
                    @Nullable String reason,
            @Schema(required = true, description = "Who does it.", maxLength = 200)
                    @Nullable String actor,
            @Schema(description = "Only says what would change. Default: false.", nullable = true)
                    @Nullable Boolean dryRun,
            @Schema(
                            required = true,
                            description = "The state.",
                            enumeration = {"unreviewed", "rejected", "retired", "approved"})
                    @Nullable String to) {}

    /** What a review changed. */
    @Schema(name = "Reviewed", description = "What a review changed, or would change.")
    public record ReviewedView(
            @Schema(
                            description =
                                    "The action, to be undone by; null where nothing changed.",
                            nullable = true)
                    @Nullable Long action,
            @Schema(description = "Ids of annotations that changed, or would.") List<Long> changed,
            @Schema(description = "How many were in that state already.") int unchanged) {}

    @POST
    @Path("/reviews")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Bring annotations into a review state",
            description = "All of them or none, as one action. Only approved ones serve.")
    @RequestBody(
            required = true,
            description = "Which, to what, who and why.",
            content = @Content(schema = @Schema(implementation = ReviewForm.class)))
    @APIResponse(
            responseCode = "200",
            description = "What changed",
            content = @Content(schema = @Schema(implementation = ReviewedView.class)))
    @APIResponse(responseCode = "400", description = "The body is no such object; nothing changed")
    @APIResponse(responseCode = "404", description = "There is no annotation of one of the ids")
    public ReviewedView review(@Nullable String body) throws JsonProcessingException {
        requireAdministrator();
        ReviewForm form = read(body, ReviewForm.class);
        List<Long> ids = Objects.requireNonNullElse(form.ids(), List.of());
        if (ids.isEmpty() || ids.stream().anyMatch(Objects::isNull)) {
            throw ServiceException.badParameter("body.ids", ids, "at least one id");
        }
        Reviews.Outcome outcome =
                curation.review(
                        Set.copyOf(ids),
                        new FilterWords(
                                null, null, null, null, null, null, null, null, null, null, null),
                        Forms.require("body.to", form.to()),
                        null,
                        because(form.actor(), form.reason()),
                        Boolean.TRUE.equals(form.dryRun()));
        return new ReviewedView(
                outcome.action(),
                outcome.changes().stream().map(Reviews.Change::annotationId).toList(),
                outcome.unchanged());
    }

    // ---- history

    /** Why something is done. */
    @Schema(name = "Because", description = "Who does it, and why.")
    public record BecauseForm(
            @Schema(required = true, description = "Why, kept with it.", maxLength = 200)
                    @Nullable String reason,
            @Schema(required = true, description = "Who does it.", maxLength = 200)
                    @Nullable String actor) {}

    /** An action. */
    @Schema(name = "CurationAction", description = "Who did what, when and why.")
    public record ActionView(
            @Schema(description = "Its id.") long id,
            @Schema(description = "What was done.") String kind,
            @Schema(description = "Who did it.") String actor,
            @Schema(description = "Why.") String reason,
            @Schema(description = "The action that it undid; absent for others.", nullable = true)
                    @Nullable Long undoes,
            @Schema(description = "Whether it holds; false while it is undone.") boolean inForce,
            @Schema(description = "When.") Instant createdAt) {}

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
            description = "Reviews, corrections, verdicts, restored and copied pools, undos.")
    @APIResponse(responseCode = "200", description = "A page")
    @APIResponse(responseCode = "400", description = "A parameter is not valid")
    public ActionPage history(
            @Parameter(description = CURSOR) @QueryParam("after") @Nullable String after,
            @Parameter(description = LIMIT, schema = @Schema(type = SchemaType.INTEGER))
                    @QueryParam("limit")
                    @Nullable String limit) {
        requireAdministrator();
        var page = curation.history(new Page.Request(after, Forms.limit(limit)));
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
                                        row.createdAt()))
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
            description = "Refused where somebody changed the same since; then nothing changes.")
    @RequestBody(
            required = true,
            description = "Who and why.",
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
        requireAdministrator();
        BecauseForm form = read(body, BecauseForm.class);
        return new UndoneView(curation.undo(action, because(form.actor(), form.reason())));
    }

    // ---- verdicts

    /** What a client says of an answer. */
    @Schema(name = "Verdict", description = "What a client says of an answer, who and why.")
    public record VerdictForm(
            @Schema(required = true, description = "Why, kept with it.", maxLength = 200)
                    @Nullable String reason,
            @Schema(required = true, description = "Who says it.", maxLength = 200)
                    @Nullable String actor,
            @Schema(
                            required = true,
                            description =
                                    "accepted: each mask that is not empty becomes an unreviewed"
                                            + " annotation. rejected: it is wrong.",
                            enumeration = {"rejected", "accepted"})
                    @Nullable String verdict) {}

    /** A verdict as it is kept. */
    @Schema(name = "RecordedVerdict", description = "A verdict as it is kept.")
    public record VerdictView(
            @Schema(description = "The action, to be undone by.") long action,
            @Schema(description = "What was said.") String verdict,
            @Schema(description = "Annotations made of it.") List<Long> annotations) {}

    @POST
    @Path("/segmentations/{id}/verdict")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Accept or reject a recorded answer",
            description =
                    "An accepted mask becomes an unreviewed annotation that knows its answer, in a new"
                            + " version of the pool that answered.")
    @RequestBody(
            required = true,
            description = "The verdict, who and why.",
            content = @Content(schema = @Schema(implementation = VerdictForm.class)))
    @APIResponse(
            responseCode = "200",
            description = "The verdict as it is kept",
            content = @Content(schema = @Schema(implementation = VerdictView.class)))
    @APIResponse(responseCode = "400", description = "The body is no such object; nothing changed")
    @APIResponse(responseCode = "404", description = "There is no answer of this id")
    @APIResponse(
            responseCode = "409",
            description = "The pool holds the query's pixels as of another patient or site")
    public VerdictView verdict(
            @Parameter(description = "The `id` of an answer") @PathParam("id") UUID id,
            @Nullable String body)
            throws JsonProcessingException {
        requireAdministrator();
        VerdictForm form = read(body, VerdictForm.class);
        Because because = because(form.actor(), form.reason());
        Verdicts.Recorded recorded =
                switch (Forms.require("body.verdict", form.verdict())) {
                    case "accepted" ->
                            loop.accept(id, List.of(), AnswerLoop.Origin.OF_THE_ANSWER, because);
                    case "rejected" -> loop.reject(id, List.of(), because);
                    default ->
                            throw ServiceException.badParameter(
                                    "body.verdict",
                                    String.valueOf(form.verdict()),
                                    "accepted or rejected");
                };
        return new VerdictView(
                recorded.action(),
                recorded.verdict(),
                List.copyOf(recorded.annotations().values()));
    }

    private <T> T read(@Nullable String body, Class<T> type) throws JsonProcessingException {
        if (body == null || body.isBlank()) {
            throw ServiceException.badParameter("body", "", "expected an object");
        }
        return json.read("body", body, type);
    }

    private static Because because(@Nullable String actor, @Nullable String reason) {
        return new Because(
                Forms.require("body.actor", actor), Forms.require("body.reason", reason));
    }
}
