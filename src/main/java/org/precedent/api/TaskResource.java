package org.precedent.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.ArrayList;
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
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Pool;
import org.precedent.catalog.Task;

/** Tasks, their labels and pools. */
@Path("/v1/tasks")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Tasks", description = "What can be segmented: tasks, their labels, their pools.")
@Blocking
public class TaskResource {
    private final Catalog catalog;
    private final StrictJson json;

    TaskResource(Catalog catalog, StrictJson json) {
        this.catalog = catalog;
        this.json = json;
    }

    private static final String NAME =
            "1 to 64 letters, digits, dots, hyphens and underscores, the first a letter or digit";

    /** A task as sent. */
    @Schema(name = "Task", description = "A task: what to segment in one kind of image.")
    public record TaskView(
            @Schema(description = "Its name.") String name,
            @Schema(description = "The names of its labels, in the order they were defined in.")
                    List<String> labels,
            @Schema(description = "Its support pools.") List<PoolView> pools) {}

    /** A pool as sent. */
    @Schema(name = "Pool", description = "A curated, versioned collection of annotated images.")
    public record PoolView(
            @Schema(description = "Its name.") String name,
            @Schema(
                            description = "Its current version; 0 where nothing is in it yet.",
                            minimum = "0")
                    int version) {}

    /** What a task is to have. */
    @Schema(name = "TaskDefinition", description = "What a task is to have, besides what it has.")
    public record TaskDefinition(
            @Schema(description = "Names of labels, each " + NAME + ". Default: none.")
                    @Nullable List<String> labels,
            @Schema(description = "Names of support pools, likewise. Default: none.")
                    @Nullable List<String> pools) {}

    @GET
    @Operation(
            summary = "All tasks with their labels and pools",
            description = "In the order of their names. Nothing is asked for.")
    @APIResponse(responseCode = "200", description = "The tasks; an empty list where none is")
    public List<TaskView> list() {
        return catalog.tasks().stream().map(this::view).toList();
    }

    @GET
    @Path("/{task}")
    @Operation(summary = "One task", description = "Its labels, its pools and their versions.")
    @APIResponse(responseCode = "200", description = "The task")
    @APIResponse(responseCode = "404", description = "There is no such task; `known` lists them")
    public TaskView get(
            @Parameter(description = "The task's name") @PathParam("task") String task) {
        return view(catalog.task(task));
    }

    @PUT
    @Path("/{task}")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Make sure that a task has these labels and pools",
            description =
                    "Adds what is missing and removes nothing, so it can be repeated. Names are 1 to"
                            + " 64 letters, digits, dots, hyphens and underscores.")
    @RequestBody(
            required = true,
            description = "The labels and pools that the task is to have; `{}` for a bare task.",
            content = @Content(schema = @Schema(implementation = TaskDefinition.class)))
    @APIResponse(
            responseCode = "200",
            description = "The task as it is now",
            content = @Content(schema = @Schema(implementation = TaskView.class)))
    @APIResponse(
            responseCode = "400",
            description = "The body is no such object, or a name is not allowed; nothing changed")
    public TaskView put(
            @Parameter(description = "The task's name: " + NAME) @PathParam("task") String task,
            @Nullable String definition)
            throws JsonProcessingException {
        if (definition == null || definition.isBlank()) {
            throw ServiceException.badParameter("body", "", "expected an object");
        }
        TaskDefinition wanted = json.read("body", definition, TaskDefinition.class);
        List<String> labels = names("body.labels", wanted.labels());
        List<String> pools = names("body.pools", wanted.pools());
        Task defined = catalog.defineTask(task, labels);
        pools.forEach(pool -> catalog.definePool(task, pool));
        return view(defined);
    }

    private static List<String> names(String field, @Nullable List<@Nullable String> names) {
        List<String> given = new ArrayList<>();
        for (@Nullable String name :
                Objects.requireNonNullElse(names, List.<@Nullable String>of())) {
            if (name == null) {
                throw ServiceException.badParameter(
                        field + "[" + given.size() + "]", "null", "expected text");
            }
            given.add(name);
        }
        return given;
    }

    private TaskView view(Task task) {
        return new TaskView(
                task.name(),
                task.labelNames(),
                catalog.pools(task).stream().map(TaskResource::view).toList());
    }

    private static PoolView view(Pool pool) {
        return new PoolView(pool.name(), pool.version());
    }
}
