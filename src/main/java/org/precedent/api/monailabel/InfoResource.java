package org.precedent.api.monailabel;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Response;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.precedent.access.Scope;
import org.precedent.api.access.Caller;
import org.precedent.query.Query;
import org.precedent.viewer.Datastore;
import org.precedent.viewer.Datastore.Item;
import org.precedent.viewer.LabelKeeper;
import org.precedent.viewer.LabelMaps;
import org.precedent.viewer.Models;
import org.precedent.viewer.Models.Model;

/** What a viewer asks first. */
@Path("/monailabel")
@Tag(
        name = "MONAI Label",
        description =
                "The routes that viewers with a client of MONAI Label call. A model is a task, or"
                        + " `TASK/POOL`; addresses may end with a slash.")
@Blocking
public class InfoResource {
    private final Models models;
    private final Datastore datastore;
    private final LabelMaps labels;
    private final Caller caller;

    InfoResource(Models models, Datastore datastore, LabelMaps labels, Caller caller) {
        this.models = models;
        this.datastore = datastore;
        this.labels = labels;
        this.caller = caller;
    }

    /** A model. */
    @Schema(name = "ViewerModel", description = "A task, as a viewer sees it.")
    public record ModelView(
            @Schema(description = "What kind of model it is.", enumeration = "segmentation")
                    String type,
            @Schema(description = "Label to its value in label maps: dense, from 1.")
                    Map<String, Integer> labels,
            @Schema(description = "3 where the pool holds slices of volumes, else 2.")
                    int dimension,
            @Schema(description = "What it is, for people.") String description,
            @Schema(description = "Parameters that a viewer may change, with their defaults.")
                    Map<String, Integer> config) {
        static ModelView of(Model model) {
            return new ModelView(
                    "segmentation",
                    model.legend(),
                    model.volumes() ? 3 : 2,
                    "Task %s by precedent: the most similar annotated images of pool %s, version %d"
                            .formatted(
                                    model.task().name(),
                                    model.pool().name(),
                                    model.pool().version()),
                    Map.of("supportSize", Query.DEFAULT_SUPPORTS));
        }
    }

    /** A strategy. */
    @Schema(name = "ViewerStrategy", description = "How the next image to label is chosen.")
    public record StrategyView(
            @Schema(description = "What it is, for people.") String description) {}

    /** Figures of the images. */
    @Schema(name = "ViewerStats", description = "How many images there are, and labels of them.")
    public record StatsView(
            @Schema(description = "Images that the caller sees.") int total,
            @Schema(description = "Those of them that have a label of tag `final`.") int completed,
            @Schema(description = "Tag to the number of images that have it.")
                    @JsonProperty("label_tags")
                    Map<String, Integer> labelTags) {}

    /** Everything that a viewer asks first. */
    @Schema(name = "ViewerInfo", description = "What a viewer asks first.")
    public record InfoView(
            @Schema(description = "The service's name.") String name,
            @Schema(description = "What it is.") String description,
            @Schema(description = "Of MONAI Label's routes.") String version,
            @Schema(description = "The labels of all models.") List<String> labels,
            @Schema(description = "Models by their names.") Map<String, ModelView> models,
            @Schema(description = "Nothing is trained: empty.") Map<String, String> trainers,
            @Schema(description = "How the next image to label is chosen, by name.")
                    Map<String, StrategyView> strategies,
            @Schema(description = "Nothing is scored in the background: empty.")
                    Map<String, String> scoring,
            @Schema(description = "Nothing is trained: empty.") @JsonProperty("train_stats")
                    Map<String, String> trainStats,
            @Schema(description = "Figures of the images.") StatsView datastore) {}

    @GET
    @Operation(
            summary = "Whether these routes are there",
            description =
                    "For clients that try the connection; says nothing else, and needs no key.")
    @APIResponse(
            responseCode = "200",
            description = "They are",
            content =
                    @Content(
                            mediaType = "text/plain",
                            schema = @Schema(implementation = String.class)))
    public Response here() {
        return Response.ok(
                        "Precedent answers MONAI Label's clients here. Research software, not a medical"
                                + " device.\n")
                .type("text/plain")
                .build();
    }

    @GET
    @Path("/info")
    @Operation(
            summary = "Models, strategies and figures, as a viewer asks first",
            description = "Models are the tasks that the caller sees, each with its pool.")
    @APIResponse(
            responseCode = "200",
            description = "What there is",
            content =
                    @Content(
                            mediaType = "application/json",
                            schema = @Schema(implementation = InfoView.class)))
    public Response info() {
        Scope scope = caller.scope();
        List<Model> all = models.list(scope);
        Map<String, ModelView> named = new LinkedHashMap<>();
        all.forEach(model -> named.put(model.name(), ModelView.of(model)));
        return json(
                new InfoView(
                        "Precedent",
                        "Segmentation by precedent: nothing is trained, and a label that is saved and"
                                + " approved serves from the next query on. Research software, not a"
                                + " medical device.",
                        "0.8",
                        List.copyOf(LabelKeeper.labels(all)),
                        named,
                        Map.of(),
                        ActiveLearningResource.strategies(),
                        Map.of(),
                        Map.of(),
                        stats(scope, datastore.list(scope))));
    }

    /** Counts images and their tags. */
    StatsView stats(Scope scope, List<Item> items) {
        Map<String, Integer> tags = new LinkedHashMap<>();
        int completed = 0;
        Map<UUID, Map<String, LabelMaps.Tagged>> all = labels.tags(scope, items);
        for (Map<String, LabelMaps.Tagged> of : all.values()) {
            of.keySet().forEach(tag -> tags.merge(tag, 1, Integer::sum));
            boolean done = of.values().stream().anyMatch(one -> one.tag().equals(LabelMaps.FINAL));
            completed += done ? 1 : 0;
        }
        return new StatsView(items.size(), completed, tags);
    }

    @GET
    @Path("/model/info/{model: .+}")
    @Operation(summary = "One model", description = "As it is listed under `models` in the info.")
    @APIResponse(
            responseCode = "200",
            description = "The model",
            content =
                    @Content(
                            mediaType = "application/json",
                            schema = @Schema(implementation = ModelView.class)))
    @APIResponse(responseCode = "404", description = "No such model; `known` lists those there are")
    public Response model(
            @Parameter(description = "The model's name") @PathParam("model") String model) {
        return json(ModelView.of(models.require(caller.scope(), model)));
    }

    @GET
    @Path("/logs")
    @Operation(
            summary = "Where the log is",
            description = "It is the operator's, and on no address; what was done is in the audit.")
    @APIResponse(
            responseCode = "200",
            description = "A sentence",
            content =
                    @Content(
                            mediaType = "text/plain",
                            schema = @Schema(implementation = String.class)))
    public Response logs() {
        return Response.ok(
                        "The log is on the service's standard error; what was done is in /v1/audit.\n")
                .type("text/plain")
                .build();
    }

    /** JSON whatever the request accepts: viewers ask for what they do not mean. */
    static Response json(Object entity) {
        return Response.ok(entity).type("application/json").build();
    }
}
