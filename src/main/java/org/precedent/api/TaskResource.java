package org.precedent.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Map;
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
import org.precedent.ServiceException;
import org.precedent.access.Action;
import org.precedent.access.Scope;
import org.precedent.access.Share;
import org.precedent.api.access.Caller;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Pool;
import org.precedent.catalog.PoolPolicies;
import org.precedent.catalog.Task;

/** Tasks, their labels and pools. */
@Path("/v1/tasks")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Tasks", description = "What can be segmented: tasks, their labels, their pools.")
@Blocking
public class TaskResource {
    private final Catalog catalog;
    private final StrictJson json;
    private final Caller caller;
    private final PoolPolicies policies;

    TaskResource(Catalog catalog, PoolPolicies policies, StrictJson json, Caller caller) {
        this.catalog = catalog;
        this.json = json;
        this.caller = caller;
        this.policies = policies;
    }

    private static final String TASK = "The task's name; a task of the own site";
    private static final String POOL = "The pool's name";
    private static final String SITE = "The other site's name";
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
                    int version,
            @Schema(
                            description =
                                    "Whether annotated slices of a study may support its other slices"
                                            + " (`own-study`); images of a query's patient are no"
                                            + " supports otherwise.")
                    boolean ownStudy) {}

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
        scope().require(Action.SEE_TASKS);
        return catalog.tasks(scope()).stream().map(this::view).toList();
    }

    @GET
    @Path("/{task}")
    @Operation(summary = "One task", description = "Its labels, its pools and their versions.")
    @APIResponse(responseCode = "200", description = "The task")
    @APIResponse(responseCode = "404", description = "There is no such task; `known` lists them")
    public TaskView get(
            @Parameter(description = "The task's name") @PathParam("task") String task) {
        scope().require(Action.SEE_TASKS);
        return view(catalog.task(scope(), task));
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
        List<String> labels = Forms.names("body.labels", wanted.labels());
        List<String> pools = Forms.names("body.pools", wanted.pools());
        Task defined = catalog.defineTask(scope(), task, labels);
        pools.forEach(pool -> catalog.definePool(scope(), task, pool));
        return view(defined);
    }

    // ---- the policy

    /** What a pool is to allow. */
    @Schema(name = "PoolPolicy", description = "What a pool is to allow.")
    public record PolicyDefinition(
            @Schema(
                            required = true,
                            description =
                                    "Whether annotated slices of a study may support its other slices;"
                                            + " never a slice itself.")
                    @Nullable Boolean ownStudy) {}

    @PUT
    @Path("/{task}/pools/{pool}/policy")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Say what a pool allows",
            description =
                    "With `ownStudy`, the nearest approved slices of a query's own study, of the same"
                            + " patient and series, support it beside the pool's: queries say `series`"
                            + " and `sliceIndex`, and studies do so by themselves. Off by default.")
    @RequestBody(
            required = true,
            description = "What the pool is to allow.",
            content = @Content(schema = @Schema(implementation = PolicyDefinition.class)))
    @APIResponse(
            responseCode = "200",
            description = "The pool as it is now",
            content = @Content(schema = @Schema(implementation = PoolView.class)))
    @APIResponse(responseCode = "400", description = "The body is no such object")
    @APIResponse(responseCode = "404", description = "No such task or pool; `known` lists them")
    public PoolView policy(
            @Parameter(description = TASK) @PathParam("task") String task,
            @Parameter(description = POOL) @PathParam("pool") String pool,
            @Nullable String definition)
            throws JsonProcessingException {
        if (definition == null || definition.isBlank()) {
            throw ServiceException.badParameter("body", "", "expected an object");
        }
        PolicyDefinition wanted = json.read("body", definition, PolicyDefinition.class);
        if (wanted.ownStudy() == null) {
            throw ServiceException.badParameter("body.ownStudy", "", "is missing");
        }
        return view(policies.allowOwnStudy(scope(), task, pool, wanted.ownStudy()));
    }

    // ---- sharing

    /** What another site may do with a pool. */
    @Schema(name = "Share", description = "What another site may do with a pool.")
    public record ShareView(
            @Schema(description = "The other site.") String site,
            @Schema(
                            description =
                                    "`read`: its queries may rest on the pool. `contribute`: it may"
                                            + " also add images of its own.",
                            enumeration = {"read", "contribute"})
                    String may) {}

    /** What another site is to be allowed. */
    @Schema(name = "ShareDefinition", description = "What another site is to be allowed.")
    public record ShareDefinition(
            @Schema(
                            required = true,
                            description = "`read` or `contribute`.",
                            enumeration = {"read", "contribute"})
                    @Nullable String may) {}

    @GET
    @Path("/{task}/pools/{pool}/shares")
    @Operation(summary = "With whom a pool is shared", description = "By the names of the sites.")
    @APIResponse(responseCode = "200", description = "The shares; none for the own site alone")
    @APIResponse(responseCode = "404", description = "No such task or pool; `known` lists them")
    public List<ShareView> shares(
            @Parameter(description = TASK) @PathParam("task") String task,
            @Parameter(description = POOL) @PathParam("pool") String pool) {
        return views(policies.shares(scope(), task, pool));
    }

    @PUT
    @Path("/{task}/pools/{pool}/shares/{site}")
    @Consumes(MediaType.APPLICATION_JSON)
    @Operation(
            summary = "Share a pool with another site",
            description = "Its images support that site's queries from now on.")
    @RequestBody(
            required = true,
            description = "What the other site is to be allowed.",
            content = @Content(schema = @Schema(implementation = ShareDefinition.class)))
    @APIResponse(
            responseCode = "200",
            description = "All shares of the pool",
            content =
                    @Content(
                            schema =
                                    @Schema(
                                            type = SchemaType.ARRAY,
                                            implementation = ShareView.class)))
    @APIResponse(responseCode = "400", description = "The body or the site's name is not valid")
    @APIResponse(responseCode = "404", description = "No such task or pool; `known` lists them")
    public List<ShareView> share(
            @Parameter(description = TASK) @PathParam("task") String task,
            @Parameter(description = POOL) @PathParam("pool") String pool,
            @Parameter(description = SITE) @PathParam("site") String site,
            @Nullable String definition)
            throws JsonProcessingException {
        if (definition == null || definition.isBlank()) {
            throw ServiceException.badParameter("body", "", "expected an object");
        }
        ShareDefinition wanted = json.read("body", definition, ShareDefinition.class);
        Share share = Share.of(Objects.requireNonNullElse(wanted.may(), ""));
        return views(policies.share(scope(), task, pool, site, share));
    }

    @DELETE
    @Path("/{task}/pools/{pool}/shares/{site}")
    @Operation(
            summary = "Share a pool with a site no longer",
            description = "Answers that rested on it stay, but show no supports any more.")
    @APIResponse(responseCode = "200", description = "The shares that are left")
    @APIResponse(responseCode = "400", description = "The site's name is not valid")
    @APIResponse(responseCode = "404", description = "No such task or pool; `known` lists them")
    public List<ShareView> unshare(
            @Parameter(description = TASK) @PathParam("task") String task,
            @Parameter(description = POOL) @PathParam("pool") String pool,
            @Parameter(description = SITE) @PathParam("site") String site) {
        return views(policies.share(scope(), task, pool, site, null));
    }

    private static List<ShareView> views(Map<String, Share> shares) {
        return shares.entrySet().stream()
                .map(share -> new ShareView(share.getKey(), share.getValue().word()))
                .toList();
    }

    private Scope scope() {
        return caller.scope();
    }

    private TaskView view(Task task) {
        return new TaskView(
                task.name(),
                task.labelNames(),
                catalog.pools(scope(), task).stream().map(TaskResource::view).toList());
    }

    private static PoolView view(Pool pool) {
        return new PoolView(pool.name(), pool.version(), pool.ownStudy());
    }
}
