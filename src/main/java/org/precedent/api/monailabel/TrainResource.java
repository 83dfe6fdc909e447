package org.precedent.api.monailabel;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.precedent.access.Action;
import org.precedent.api.access.Caller;
import org.precedent.viewer.Models;
import org.precedent.viewer.ViewerException;

/**
 * What viewers ask of training, scoring and batches: nothing of it runs here. A request to train is
 * answered as done at once, because a label that was approved serves already.
 */
@Path("/monailabel")
@Tag(name = "MONAI Label")
@Blocking
public class TrainResource {
    private static final String NOTHING = "Nothing runs, and nothing will";

    private final Models models;
    private final Caller caller;
    private final Clock clock;

    TrainResource(Models models, Caller caller, Clock clock) {
        this.models = models;
        this.caller = caller;
        this.clock = clock;
    }

    /** A task that is done at once. */
    @Schema(name = "ViewerTask", description = "A request to train, which is done at once.")
    public record TaskView(
            @Schema(description = "Its id.") UUID id,
            @Schema(description = "How far it is.", enumeration = "DONE") String status,
            @Schema(description = "The models that were named.") List<String> models,
            @Schema(description = "When it began, seconds since 1970.") @JsonProperty("start_ts")
                    long startTs,
            @Schema(description = "When it ended, likewise.") @JsonProperty("end_ts") long endTs,
            @Schema(description = "What was done, for people.") List<String> details) {}

    private Response trained(List<String> named) {
        caller.scope().require(Action.INGEST);
        long now = clock.instant().getEpochSecond();
        return InfoResource.json(
                new TaskView(
                        UUID.randomUUID(),
                        "DONE",
                        named,
                        now,
                        now,
                        List.of(
                                "Nothing is trained for a task: answers rest on the annotated images"
                                        + " of its pool. A label that is saved and approved serves"
                                        + " from the next query on.")));
    }

    private Response nothing(String what) {
        caller.scope().require(Action.SEE_TASKS);
        throw ViewerException.notRunning(what);
    }

    @POST
    @Path("/train")
    @Operation(
            summary = "Train all models",
            description = "Nothing is trained for a task; the answer says so. No body is read.")
    @APIResponse(
            responseCode = "200",
            description = "It is done at once",
            content =
                    @Content(
                            mediaType = "application/json",
                            schema = @Schema(implementation = TaskView.class)))
    public Response trainAll() {
        return trained(models.list(caller.scope()).stream().map(Models.Model::name).toList());
    }

    @POST
    @Path("/train/{model: .+}")
    @Operation(
            summary = "Train a model",
            description = "Nothing is trained for a task; the answer says so. No body is read.")
    @APIResponse(
            responseCode = "200",
            description = "It is done at once",
            content =
                    @Content(
                            mediaType = "application/json",
                            schema = @Schema(implementation = TaskView.class)))
    @APIResponse(responseCode = "404", description = "No such model; `known` lists those there are")
    public Response train(
            @Parameter(description = "The model's name") @PathParam("model") String model) {
        return trained(List.of(models.require(caller.scope(), model).name()));
    }

    @GET
    @Path("/train")
    @Operation(summary = "Whether training runs", description = "It never does.")
    @APIResponse(responseCode = "404", description = NOTHING)
    public Response training() {
        return nothing("training");
    }

    @DELETE
    @Path("/train")
    @Operation(summary = "Stop training", description = "None runs.")
    @APIResponse(responseCode = "404", description = NOTHING)
    public Response stopTraining() {
        return nothing("training");
    }

    @GET
    @Path("/scoring")
    @Operation(summary = "Whether scoring runs", description = "It never does.")
    @APIResponse(responseCode = "404", description = NOTHING)
    public Response scoring() {
        return nothing("scoring");
    }

    @DELETE
    @Path("/scoring")
    @Operation(summary = "Stop scoring", description = "None runs.")
    @APIResponse(responseCode = "404", description = NOTHING)
    public Response stopScoring() {
        return nothing("scoring");
    }

    @GET
    @Path("/batch/infer")
    @Operation(summary = "Whether a batch runs", description = "It never does.")
    @APIResponse(responseCode = "404", description = NOTHING)
    public Response batch() {
        return nothing("batch");
    }

    @DELETE
    @Path("/batch/infer")
    @Operation(summary = "Stop a batch", description = "None runs.")
    @APIResponse(responseCode = "404", description = NOTHING)
    public Response stopBatch() {
        return nothing("batch");
    }
}
