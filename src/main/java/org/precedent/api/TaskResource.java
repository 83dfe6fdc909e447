package org.precedent.api;

import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Objects;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Pool;
import org.precedent.catalog.Task;

/** Tasks, their labels and pools. */
@Path("/v1/tasks")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Tasks")
@Blocking
public class TaskResource {
    private final Catalog catalog;

    TaskResource(Catalog catalog) {
        this.catalog = catalog;
    }

    /** A task as sent. */
    public record TaskView(String name, List<String> labels, List<PoolView> pools) {}

    /** A pool as sent. */
    public record PoolView(String name, int version) {}

    /** What a task is to have. */
    public record TaskDefinition(@Nullable List<String> labels, @Nullable List<String> pools) {}

    @GET
    @Operation(summary = "All tasks with their labels and pools")
    public List<TaskView> list() {
        return catalog.tasks().stream().map(this::view).toList();
    }

    @GET
    @Path("/{task}")
    @Operation(summary = "One task")
    public TaskView get(String task) {
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
    public TaskView put(String task, @Nullable TaskDefinition definition) {
        if (definition == null) {
            throw ServiceException.badParameter("body", "null", "expected an object");
        }
        Task defined =
                catalog.defineTask(
                        task, Objects.requireNonNullElse(definition.labels(), List.of()));
        for (String pool : Objects.requireNonNullElse(definition.pools(), List.<String>of())) {
            catalog.definePool(task, pool);
        }
        return view(defined);
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
