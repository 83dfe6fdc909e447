package org.precedent.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Objects;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.access.Scope;
import org.precedent.api.access.Caller;
import org.precedent.api.view.AdaptationView;
import org.precedent.catalog.adaptation.Adaptation;
import org.precedent.tuning.AdaptationJobs;

/** The network trained further on pools, in the background. */
@Path("/v1/tasks")
@Produces(MediaType.APPLICATION_JSON)
@Tag(
        name = "Adaptation",
        description = "The network trained further on a pool, for the queries of that pool alone.")
@Blocking
public class AdaptationResource {
    private static final String TASK = "The task's name; a task of the own site";
    private static final String POOL = "The pool's name";
    private static final String ID = "The adaptation's id";
    private static final String ABSENT = "No such task, pool or adaptation";

    /** Listed at most. */
    private static final int MOST = 100;

    private final AdaptationJobs jobs;
    private final StrictJson json;
    private final Caller caller;

    AdaptationResource(AdaptationJobs jobs, StrictJson json, Caller caller) {
        this.jobs = jobs;
        this.json = json;
        this.caller = caller;
    }

    /** What is to be trained. */
    @Schema(name = "AdaptationRequest", description = "How much is to be trained.")
    public record AdaptationForm(
            @Schema(
                            description =
                                    "Minutes of training, above 0 and at most 1440. Default: 5, where no"
                                            + " steps are given.",
                            maximum = "1440",
                            nullable = true)
                    @Nullable Double minutes,
            @Schema(
                            description =
                                    "Steps of training, in place of minutes: they give the same weights"
                                            + " on every machine of a kind.",
                            minimum = "1",
                            maximum = "1000000",
                            nullable = true)
                    @Nullable Integer steps,
            @Schema(
                            description = "Draws patients held back and episodes. Default: 1.",
                            nullable = true)
                    @Nullable Long seed,
            @Schema(
                            description =
                                    "Only says what would be learnt from; nothing is begun. Default:"
                                            + " true.",
                            defaultValue = "true",
                            nullable = true)
                    @Nullable Boolean dryRun) {}

    /** What was begun, or would be. */
    @Schema(name = "AdaptationStart", description = "What was begun, or would be.")
    public record StartView(
            @Schema(description = "Whether nothing was begun.") boolean dryRun,
            @Schema(
                            description =
                                    "Patients whose images are learnt from, those held back included.",
                            minimum = "0")
                    int patients,
            @Schema(
                            description = "Approved annotations that are learnt from.",
                            minimum = "0",
                            maximum = "1000")
                    int annotations,
            @Schema(
                            description = "Why the pool cannot be adapted; null where it can.",
                            nullable = true)
                    @Nullable String obstacle,
            @Schema(description = "What was begun; null of a dry run.", nullable = true)
                    @Nullable AdaptationView adaptation) {}

    @GET
    @Path("/{task}/pools/{pool}/adaptations")
    @Operation(
            summary = "The adaptations of a pool",
            description = "The latest first, at most 100. For curators of the pool's own site.")
    @APIResponse(responseCode = "200", description = "The adaptations; none where there are none")
    @APIResponse(responseCode = "404", description = "No such task or pool")
    public List<AdaptationView> list(
            @Parameter(description = TASK) @PathParam("task") String task,
            @Parameter(description = POOL) @PathParam("pool") String pool) {
        return jobs.list(scope(), task, pool, MOST).stream().map(AdaptationView::of).toList();
    }

    @POST
    @Path("/{task}/pools/{pool}/adaptations")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Train the network further on a pool",
            description =
                    "In the background, on the pool's current version; from 16 patients on. A quarter of"
                            + " the patients is held back, and only where they gain do the new weights"
                            + " answer, for this pool alone. Queries go first. For curators of the"
                            + " pool's own site.")
    @RequestBody(
            required = true,
            description = "How much; `{}` says what would be learnt from.",
            content = @Content(schema = @Schema(implementation = AdaptationForm.class)))
    @APIResponse(
            responseCode = "200",
            description = "What was begun, or would be",
            content = @Content(schema = @Schema(implementation = StartView.class)))
    @APIResponse(responseCode = "400", description = "The body is no such object; nothing is begun")
    @APIResponse(responseCode = "404", description = "No such task or pool")
    @APIResponse(responseCode = "409", description = "One of this pool has not ended")
    @APIResponse(
            responseCode = "422",
            description = "The pool has fewer than 16 patients, or the network cannot be adapted")
    public StartView start(
            @Parameter(description = TASK) @PathParam("task") String task,
            @Parameter(description = POOL) @PathParam("pool") String pool,
            @Nullable String body)
            throws JsonProcessingException {
        if (body == null || body.isBlank()) {
            throw ServiceException.badParameter("body", "", "expected an object");
        }
        AdaptationForm form = json.read("body", body, AdaptationForm.class);
        Adaptation.Budget budget =
                AdaptationJobs.budget(
                        form.minutes(), form.steps(), Objects.requireNonNullElse(form.seed(), 1L));
        AdaptationJobs.Prospect prospect = jobs.prospect(scope(), task, pool, budget);
        boolean begins = Boolean.FALSE.equals(form.dryRun());
        return new StartView(
                !begins,
                prospect.patients(),
                prospect.annotations(),
                prospect.obstacle(),
                begins ? AdaptationView.of(jobs.start(scope(), task, pool, budget)) : null);
    }

    @GET
    @Path("/{task}/pools/{pool}/adaptations/{id}")
    @Operation(summary = "One adaptation", description = "How far it is, and what came of it.")
    @APIResponse(responseCode = "200", description = "The adaptation")
    @APIResponse(responseCode = "404", description = ABSENT)
    public AdaptationView get(
            @Parameter(description = TASK) @PathParam("task") String task,
            @Parameter(description = POOL) @PathParam("pool") String pool,
            @Parameter(description = ID) @PathParam("id") String id) {
        return AdaptationView.of(jobs.find(scope(), task, pool, id));
    }

    @POST
    @Path("/{task}/pools/{pool}/adaptations/{id}/pause")
    @Operation(
            summary = "Let an adaptation wait",
            description = "Until it is told to go on. What has ended stays as it is.")
    @APIResponse(responseCode = "200", description = "The adaptation as it is now")
    @APIResponse(responseCode = "404", description = ABSENT)
    public AdaptationView pause(
            @Parameter(description = TASK) @PathParam("task") String task,
            @Parameter(description = POOL) @PathParam("pool") String pool,
            @Parameter(description = ID) @PathParam("id") String id) {
        return AdaptationView.of(jobs.pause(scope(), task, pool, id));
    }

    @POST
    @Path("/{task}/pools/{pool}/adaptations/{id}/resume")
    @Operation(
            summary = "Let an adaptation go on",
            description = "From the step that it stopped at. What has ended stays as it is.")
    @APIResponse(responseCode = "200", description = "The adaptation as it is now")
    @APIResponse(responseCode = "404", description = ABSENT)
    public AdaptationView resume(
            @Parameter(description = TASK) @PathParam("task") String task,
            @Parameter(description = POOL) @PathParam("pool") String pool,
            @Parameter(description = ID) @PathParam("id") String id) {
        return AdaptationView.of(jobs.resume(scope(), task, pool, id));
    }

    @POST
    @Path("/{task}/pools/{pool}/adaptations/{id}/cancel")
    @Operation(
            summary = "End an adaptation",
            description =
                    "Nothing of it stays. What has ended stays as it is: `revert` takes it back.")
    @APIResponse(responseCode = "200", description = "The adaptation as it is now")
    @APIResponse(responseCode = "404", description = ABSENT)
    public AdaptationView cancel(
            @Parameter(description = TASK) @PathParam("task") String task,
            @Parameter(description = POOL) @PathParam("pool") String pool,
            @Parameter(description = ID) @PathParam("id") String id) {
        return AdaptationView.of(jobs.cancel(scope(), task, pool, id));
    }

    /** What answers now. */
    @Schema(name = "AdaptationReverted", description = "What was taken back, what answers now.")
    public record RevertedView(
            @Schema(
                            description = "What was taken back; null where none was in force.",
                            nullable = true)
                    @Nullable AdaptationView reverted,
            @Schema(
                            description =
                                    "The earlier adaptation that answers from now on; null for the"
                                            + " network's own weights.",
                            nullable = true)
                    @Nullable AdaptationView inForce) {}

    @POST
    @Path("/{task}/pools/{pool}/adaptation/revert")
    @Operation(
            summary = "Take the adaptation in force back",
            description =
                    "What answered before it answers again: an earlier adaptation, or the network's own"
                            + " weights. Its answers can still be replayed.")
    @APIResponse(
            responseCode = "200",
            description = "What was taken back",
            content = @Content(schema = @Schema(implementation = RevertedView.class)))
    @APIResponse(responseCode = "404", description = "No such task or pool")
    public RevertedView revert(
            @Parameter(description = TASK) @PathParam("task") String task,
            @Parameter(description = POOL) @PathParam("pool") String pool) {
        AdaptationJobs.Reverted reverted = jobs.revert(scope(), task, pool);
        return new RevertedView(view(reverted.reverted()), view(reverted.inForce()));
    }

    private static @Nullable AdaptationView view(@Nullable Adaptation one) {
        return one == null ? null : AdaptationView.of(one);
    }

    private Scope scope() {
        return caller.scope();
    }
}
