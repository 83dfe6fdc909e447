package org.precedent.api.curation;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.List;
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
import org.precedent.api.Forms;
import org.precedent.api.StrictJson;
import org.precedent.api.access.Caller;
import org.precedent.catalog.review.PoolVersions;
import org.precedent.curation.AnswerLoop;
import org.precedent.curation.Curation;

/** Versions of pools, and the curve that shows them getting better. */
@Path("/v1/curation/tasks")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Curation")
@Blocking
public class PoolVersionResource {
    private static final String POOL = "The pool's name";
    private static final String TASK = "The task's name";

    private final Curation curation;
    private final AnswerLoop loop;
    private final StrictJson json;
    private final Caller caller;

    PoolVersionResource(Curation curation, AnswerLoop loop, StrictJson json, Caller caller) {
        this.curation = curation;
        this.loop = loop;
        this.json = json;
        this.caller = caller;
    }

    /** A version. */
    @Schema(name = "PoolVersion", description = "A version of a pool.")
    public record VersionView(
            @Schema(description = "Its number.") int version,
            @Schema(
                            description = "The name that people gave it; null where nobody did.",
                            nullable = true)
                    @Nullable String name,
            @Schema(
                            description = "Why it was made; null for what another site did.",
                            nullable = true)
                    @Nullable String note,
            @Schema(
                            description = "Who made it; null for an ingest and for another site's.",
                            nullable = true)
                    @Nullable String actor,
            @Schema(description = "The action that made it; null for an ingest.", nullable = true)
                    @Nullable Long action,
            @Schema(description = "When.") Instant createdAt,
            @Schema(description = "Annotations that are new in it.") int added,
            @Schema(description = "Annotations that it no longer holds.") int removed) {}

    /** A page of versions. */
    @Schema(name = "PoolVersionPage", description = "A page of versions, the latest first.")
    public record VersionPage(
            @Schema(description = "The rows.") List<VersionView> rows,
            @Schema(description = "The cursor of the next page; null on the last.", nullable = true)
                    @Nullable String next) {}

    @GET
    @Path("/{task}/pools/{pool}/versions")
    @Operation(
            summary = "The versions of a pool, the latest first",
            description = "Each with what it added and removed, by whom and why.")
    @APIResponse(responseCode = "200", description = "A page")
    @APIResponse(responseCode = "400", description = "A parameter is not valid")
    @APIResponse(responseCode = "404", description = "No such task or pool")
    public VersionPage versions(
            @Parameter(description = TASK) @PathParam("task") String task,
            @Parameter(description = POOL) @PathParam("pool") String pool,
            @Parameter(description = FilterParameters.CURSOR) @QueryParam("after")
                    @Nullable String after,
            @Parameter(
                            description = FilterParameters.LIMIT,
                            schema = @Schema(type = SchemaType.INTEGER))
                    @QueryParam("limit")
                    @Nullable String limit) {
        var page =
                curation.versions(caller.scope(), task, pool, FilterParameters.page(after, limit));
        return new VersionPage(
                page.rows().stream()
                        .map(row ->
                                new VersionView(
                                        row.version(),
                                        row.name(),
                                        row.note(),
                                        row.actor(),
                                        row.action(),
                                        row.createdAt(),
                                        row.added(),
                                        row.removed()))
                        .toList(),
                page.next());
    }

    /** A name. */
    @Schema(name = "VersionName", description = "A name for a version.")
    public record NameForm(
            @Schema(
                            required = true,
                            description = "1 to 200 characters, of no other version of the pool.",
                            maxLength = 200)
                    @Nullable String name) {}

    @PUT
    @Path("/{task}/pools/{pool}/versions/{version}/name")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Give a version a name",
            description = "In place of any that it had. A query can ask it by its number or name.")
    @RequestBody(
            required = true,
            description = "The name.",
            content = @Content(schema = @Schema(implementation = NameForm.class)))
    @APIResponse(
            responseCode = "200",
            description = "The name as it is kept",
            content = @Content(schema = @Schema(implementation = NameForm.class)))
    @APIResponse(responseCode = "400", description = "The body is no such object; nothing changed")
    @APIResponse(responseCode = "404", description = "No such task, pool or version")
    @APIResponse(responseCode = "409", description = "Another version has the name")
    public NameForm name(
            @Parameter(description = TASK) @PathParam("task") String task,
            @Parameter(description = POOL) @PathParam("pool") String pool,
            @Parameter(description = "Its number or name") @PathParam("version") String version,
            @Nullable String body)
            throws JsonProcessingException {
        NameForm form = ReviewResource.read(json, body, NameForm.class);
        String name = Forms.require("body.name", form.name());
        curation.nameVersion(caller.scope(), task, pool, version, name);
        return new NameForm(name);
    }

    /** What became of one label of one image. */
    @Schema(
            name = "PoolDifference",
            description = "What became of one label of one image between two versions.")
    public record DifferenceView(
            @Schema(description = "The image's id.") UUID imageId,
            @Schema(description = "The image's file name; part of its id for another site's.")
                    String image,
            @Schema(description = "The label.") String label,
            @Schema(description = "The annotation of the first; null for none.", nullable = true)
                    @Nullable Long before,
            @Schema(description = "The annotation of the second; null for none.", nullable = true)
                    @Nullable Long after) {}

    @GET
    @Path("/{task}/pools/{pool}/diff")
    @Operation(
            summary = "What differs between two versions of a pool",
            description = "By image and label: added, removed or replaced annotations.")
    @APIResponse(responseCode = "200", description = "The differences; none where they are equal")
    @APIResponse(responseCode = "400", description = "A parameter is missing")
    @APIResponse(responseCode = "404", description = "No such task, pool or version")
    public List<DifferenceView> diff(
            @Parameter(description = TASK) @PathParam("task") String task,
            @Parameter(description = POOL) @PathParam("pool") String pool,
            @Parameter(required = true, description = "The first version, by number or name")
                    @QueryParam("from")
                    @Nullable String from,
            @Parameter(description = "The second; the current one where absent") @QueryParam("to")
                    @Nullable String to) {
        return curation.diff(caller.scope(), task, pool, Forms.require("from", from), to).stream()
                .map(one ->
                        new DifferenceView(
                                one.imageId(), one.image(), one.label(), one.before(), one.after()))
                .toList();
    }

    /** What to restore. */
    @Schema(name = "Restore", description = "Which version a pool is to hold again, and why.")
    public record RestoreForm(
            @Schema(required = true, description = "Its number or name.") @Nullable String version,
            @Schema(required = true, description = "Why, kept with it.", maxLength = 200)
                    @Nullable String reason,
            @Schema(description = "Only says what would change. Default: false.", nullable = true)
                    @Nullable Boolean dryRun) {}

    /** What a change of members did. */
    @Schema(name = "PoolChange", description = "What a change of a pool did, or would do.")
    public record ChangedView(
            @Schema(
                            description =
                                    "The action, to be undone by; null where nothing changed.",
                            nullable = true)
                    @Nullable Long action,
            @Schema(description = "The pool's current version afterwards.") int version,
            @Schema(description = "Annotations added.") int added,
            @Schema(description = "Annotations removed.") int removed,
            @Schema(
                            description =
                                    "Annotations left out because the pool holds others of the same"
                                            + " image and label.")
                    int kept) {
        static ChangedView of(PoolVersions.Changed changed) {
            return new ChangedView(
                    changed.action(),
                    changed.version(),
                    changed.added(),
                    changed.removed(),
                    changed.kept());
        }
    }

    @POST
    @Path("/{task}/pools/{pool}/restore")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Make a pool hold again what it held at a version",
            description = "As a new version; none is lost. For curators of the pool's own site.")
    @RequestBody(
            required = true,
            description = "Which version, and why.",
            content = @Content(schema = @Schema(implementation = RestoreForm.class)))
    @APIResponse(
            responseCode = "200",
            description = "What changed, or would",
            content = @Content(schema = @Schema(implementation = ChangedView.class)))
    @APIResponse(responseCode = "400", description = "The body is no such object; nothing changed")
    @APIResponse(responseCode = "404", description = "No such task, pool or version")
    public ChangedView restore(
            @Parameter(description = TASK) @PathParam("task") String task,
            @Parameter(description = POOL) @PathParam("pool") String pool,
            @Nullable String body)
            throws JsonProcessingException {
        RestoreForm form = ReviewResource.read(json, body, RestoreForm.class);
        return ChangedView.of(
                curation.restore(
                        task,
                        pool,
                        Forms.require("body.version", form.version()),
                        ReviewResource.because(caller.scope(), form.reason()),
                        Boolean.TRUE.equals(form.dryRun())));
    }

    /** What to copy. */
    @Schema(name = "Copy", description = "Into which pool what this one holds is put, and why.")
    public record CopyForm(
            @Schema(
                            required = true,
                            description =
                                    "The pool to copy into; it is made where it is not there.")
                    @Nullable String to,
            @Schema(description = "Of this version; the current one where absent.", nullable = true)
                    @Nullable String version,
            @Schema(required = true, description = "Why, kept with it.", maxLength = 200)
                    @Nullable String reason,
            @Schema(description = "Only says what would change. Default: false.", nullable = true)
                    @Nullable Boolean dryRun) {}

    @POST
    @Path("/{task}/pools/{pool}/copies")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Put what a pool holds into another pool of the task",
            description =
                    "No pixels are sent. What the other holds of the same image and label stays.")
    @RequestBody(
            required = true,
            description = "Where to, which version, and why.",
            content = @Content(schema = @Schema(implementation = CopyForm.class)))
    @APIResponse(
            responseCode = "200",
            description = "What changed, or would",
            content = @Content(schema = @Schema(implementation = ChangedView.class)))
    @APIResponse(responseCode = "400", description = "The body is no such object; nothing changed")
    @APIResponse(responseCode = "404", description = "No such task, pool or version")
    public ChangedView copy(
            @Parameter(description = TASK) @PathParam("task") String task,
            @Parameter(description = POOL) @PathParam("pool") String pool,
            @Nullable String body)
            throws JsonProcessingException {
        CopyForm form = ReviewResource.read(json, body, CopyForm.class);
        return ChangedView.of(
                curation.copy(
                        task,
                        pool,
                        form.version(),
                        Forms.require("body.to", form.to()),
                        ReviewResource.because(caller.scope(), form.reason()),
                        Boolean.TRUE.equals(form.dryRun())));
    }

    /** A week of a label. */
    @Schema(name = "CurveWeek", description = "How good the answers of a week were.")
    public record WeekView(
            @Schema(description = "Its Monday, UTC.") Instant week,
            @Schema(description = "The label.") String label,
            @Schema(description = "Answers accepted.") int accepted,
            @Schema(description = "Answers corrected.") int corrected,
            @Schema(description = "Answers rejected.") int rejected,
            @Schema(
                            description =
                                    "Mean Dice with the masks held for right, accepted ones among"
                                            + " them; null where all were rejected.",
                            nullable = true)
                    @Nullable Double meanDice,
            @Schema(
                            description = "The same of corrected ones alone; null for none.",
                            nullable = true)
                    @Nullable Double meanCorrectedDice) {}

    @GET
    @Path("/{task}/pools/{pool}/curve")
    @Operation(
            summary = "How good a pool's answers were, by week and label",
            description =
                    "From verdicts in force; of the own site's answers where the pool is another"
                            + " site's.")
    @APIResponse(responseCode = "200", description = "The weeks, the earliest first")
    @APIResponse(responseCode = "404", description = "No such task or pool")
    public List<WeekView> curve(
            @Parameter(description = TASK) @PathParam("task") String task,
            @Parameter(description = POOL) @PathParam("pool") String pool) {
        return loop.curve(caller.scope(), task, pool).stream()
                .map(week ->
                        new WeekView(
                                week.week(),
                                week.label(),
                                week.accepted(),
                                week.corrected(),
                                week.rejected(),
                                week.meanDice(),
                                week.meanCorrectedDice()))
                .toList();
    }
}
