package org.precedent.api.monailabel;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.smallrye.common.annotation.Blocking;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Response;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
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
import org.precedent.access.ViewerConfig;
import org.precedent.api.access.AuditNote;
import org.precedent.api.access.Caller;
import org.precedent.viewer.Models;
import org.precedent.viewer.Models.Model;
import org.precedent.viewer.NextImage;
import org.precedent.viewer.ViewerImage;

/** Which image to label next. */
@Path("/monailabel/activelearning")
@Tag(name = "MONAI Label")
@Blocking
public class ActiveLearningResource {
    private final NextImage next;
    private final Models models;
    private final DatastoreResource datastore;
    private final ViewerConfig config;
    private final ViewerForms forms;
    private final Caller caller;
    private final AuditNote note;
    private final SecureRandom random = new SecureRandom();

    ActiveLearningResource(
            NextImage next,
            Models models,
            DatastoreResource datastore,
            ViewerConfig config,
            ViewerForms forms,
            Caller caller,
            AuditNote note) {
        this.next = next;
        this.models = models;
        this.datastore = datastore;
        this.config = config;
        this.forms = forms;
        this.caller = caller;
        this.note = note;
    }

    /** The strategies, as the info lists them. */
    static Map<String, InfoResource.StrategyView> strategies() {
        Map<String, InfoResource.StrategyView> strategies = new LinkedHashMap<>();
        strategies.put(
                "random", new InfoResource.StrategyView("By chance, older uploads more likely"));
        strategies.put("first", new InfoResource.StrategyView("The earliest upload"));
        strategies.put(
                "next",
                new InfoResource.StrategyView(
                        "The upload that would teach the task's pool most; for curators"));
        return strategies;
    }

    @POST
    @Path("/{strategy}")
    @Operation(
            summary = "The next image to label",
            description =
                    "Of the uploads that have no final label. The body is a JSON object, with or without a"
                            + " media type, or nothing; `model` names the task that `next` teaches.")
    @RequestBody(
            description = "What is asked; nothing where the query says it.",
            content =
                    @Content(
                            mediaType = "application/json",
                            schema = @Schema(ref = "#/components/schemas/JsonValue")))
    @APIResponse(
            responseCode = "200",
            description =
                    "`id`, `weight`, `path`, `name` and what is known of the image; an empty object where"
                            + " every upload has a label",
            content =
                    @Content(
                            mediaType = "application/json",
                            schema = @Schema(ref = "#/components/schemas/JsonValue")))
    @APIResponse(responseCode = "400", description = "There is no such strategy, or no JSON object")
    public Response choose(
            @Parameter(description = "`random`, `first` or `next`") @PathParam("strategy")
                    String strategy,
            @Parameter(description = "The task that `next` teaches") @QueryParam("model")
                    @Nullable String model,
            @Nullable String body)
            throws JsonProcessingException {
        Scope scope = caller.scope();
        ObjectNode params = forms.object("body", body);
        Optional<NextImage.Choice> choice =
                next.choose(
                        scope, strategy(strategy), model(scope, strategy, model, params), random);
        ObjectNode told = forms.object();
        choice.ifPresent(one -> {
            ViewerImage image = one.item().image();
            note.about("image " + image.id());
            told.setAll(datastore.about(one.item()));
            told.put("id", one.item().id());
            told.put("weight", one.weight());
            told.put("path", "image/" + one.item().id() + one.item().suffix());
        });
        return InfoResource.json(told);
    }

    private static NextImage.Strategy strategy(String word) {
        return switch (word.toLowerCase(Locale.ROOT)) {
            case "random" -> NextImage.Strategy.RANDOM;
            case "first" -> NextImage.Strategy.FIRST;
            case "next" -> NextImage.Strategy.NEXT;
            default ->
                    throw ServiceException.badParameter("strategy", word, "random, first or next");
        };
    }

    /** The task that is named, the configured one, or the only one. */
    private @Nullable Model model(
            Scope scope, String strategy, @Nullable String query, ObjectNode params) {
        if (!strategy.equalsIgnoreCase("next")) {
            return null;
        }
        String named = query != null ? query : ViewerForms.text(params, "model");
        if (named == null || named.isBlank()) {
            named = config.task().orElse(null);
        }
        if (named != null) {
            return models.require(scope, named);
        }
        List<Model> all = models.list(scope);
        return all.size() == 1 ? all.getFirst() : null;
    }
}
