package org.precedent.api;

import io.quarkus.smallrye.openapi.OpenApiFilter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.media.Content;
import org.eclipse.microprofile.openapi.models.media.MediaType;
import org.eclipse.microprofile.openapi.models.media.Schema;
import org.eclipse.microprofile.openapi.models.media.Schema.SchemaType;
import org.eclipse.microprofile.openapi.models.responses.APIResponse;
import org.jspecify.annotations.Nullable;
import org.precedent.api.access.ViewerAddress;

/**
 * Completes the API's description with what holds for every address: the problem that a refusal is,
 * the refusals that any address can answer with, and the addresses that no resource serves (the
 * page, health, metrics, this description). What one address takes and answers is said beside its
 * method and its records.
 */
@OpenApiFilter(stages = OpenApiFilter.RunStage.BUILD)
public final class ApiDescription implements OASFilter {
    private static final String SCHEMAS = "#/components/schemas/";
    private static final String PROBLEM = "Problem";
    private static final String OPERATIONS = "Operations";

    /** Members of a problem besides those of RFC 9457, and what they say. */
    private static final Map<String, Schema> FACTS = facts();

    @Override
    public void filterOpenAPI(OpenAPI api) {
        if (api.getInfo() == null) {
            api.setInfo(OASFactory.createInfo().title("Precedent").version("1"));
        }
        api.getInfo()
                .setDescription(
                        "Medical image segmentation by precedent. **Research software, not a medical"
                                + " device.**\n\nEvery refusal is a `"
                                + Problems.MEDIA_TYPE
                                + "` (RFC 9457, schema `Problem`) whose `type` is one of those below."
                                + " An address that is not listed is answered with 404, a method that"
                                + " is not with 405. `HEAD` and `OPTIONS` are taken wherever `GET`"
                                + " is. Bytes that are no HTTP are answered with 400, an address"
                                + " above 4 KiB with 414 and headers above 20 KiB with 431, all"
                                + " without a body.\n\nEvery request needs a key: `Authorization:"
                                + " Bearer prc_...` (or `X-Api-Key`), except the page and health."
                                + " What the caller may not see is answered like what is not there."
                                + " Viewers find MONAI Label's routes under `/monailabel`, with the"
                                + " same refusals."
                                + " The first start writes the administrator's token to"
                                + " `admin.token` in the data directory.\n\n"
                                + "<details><summary>All types of problems</summary>\n\n"
                                + problemTable()
                                + "\n</details>");
        api.addTag(
                OASFactory.createTag()
                        .name(OPERATIONS)
                        .description("The page for people, and what operators look at."));
        api.getComponents().addSchema(PROBLEM, problem());
        api.getComponents()
                .addSchema(
                        "JsonValue",
                        OASFactory.createSchema()
                                .description("JSON whose fields are explained where it is sent."));
        addPlainAddresses(api);
        api.getPaths()
                .getPathItems()
                .forEach((path, item) -> {
                    for (Operation operation : item.getOperations().values()) {
                        complete(path, operation);
                    }
                });
        requireWhatIsAlwaysSent(api);
    }

    private static String problemTable() {
        StringBuilder table = new StringBuilder("| type | status | meaning |\n|---|---|---|\n");
        for (ProblemType type : ProblemType.values()) {
            table.append(
                    "| `%s` | %d | %s |\n".formatted(type.uri(), type.status(), type.meaning()));
        }
        return table.toString();
    }

    // ---- refusals

    /** What both addresses that take a query refuse. */
    private static final Map<Integer, String> QUERY_REFUSALS =
            Map.of(
                    400,
                    "A parameter is missing, unknown or out of range, or the image cannot be read;"
                            + " nothing is recorded",
                    404,
                    "No such task, label, pool or pool version; `known` lists those there are",
                    409,
                    "An index is of another version than the service; rebuild it",
                    413,
                    "The image, the body or the query is larger than a limit",
                    415,
                    "The body is no multipart/form-data, or the image is of a kind not read",
                    422,
                    "No annotated image may serve as a support, or none can be compared");

    private static void complete(String path, Operation operation) {
        if (path.equals("/v1/retrievals") || path.equals("/v1/segmentations")) {
            QUERY_REFUSALS.forEach((status, why) -> add(operation, status, why));
        } else if (path.startsWith("/v1/segmentations/{id}")) {
            add(
                    operation,
                    404,
                    path.contains("/labels/") || path.contains("/attention")
                            ? "There is no answer of this id, or it has no such label"
                            : "There is no answer of this id");
        }
        boolean viewer = ViewerAddress.isOf(path);
        boolean ours = viewer || path.startsWith("/v1/");
        if (ours) {
            add(operation, 401, "No key, or one that proves nothing here");
            add(
                    operation,
                    403,
                    "The caller's roles or site do not allow it, or the write comes from a page of"
                            + " another origin");
            if (!viewer) {
                // Viewers ask for media types that they do not mean.
                add(operation, 406, "The answer is of another media type than `Accept` asks for");
            }
            if (operation.getRequestBody() != null) {
                add(operation, 413, "The body is larger than 256 MB");
                if (!viewer || !takesJson(operation)) {
                    // Viewers send JSON without saying so.
                    add(operation, 415, "The body is of another media type than described");
                }
            }
            add(
                    operation,
                    421,
                    "The header `Host` is no name of this service, or the node lacks the role");
            add(operation, 500, "A fault of the service, or damage to what is stored");
            add(
                    operation,
                    503,
                    "Not now: too many queries wait, the index is behind, or memory, room on a disk or"
                            + " the database is missing. Try again after `Retry-After` seconds");
        }
        operation
                .getResponses()
                .getAPIResponses()
                .forEach((status, response) -> {
                    if (status.compareTo("400") >= 0 && response.getContent() == null && ours) {
                        response.setContent(content(Problems.MEDIA_TYPE, ref(PROBLEM)));
                    }
                    if (status.equals("503") && ours) {
                        response.addHeader(
                                "Retry-After",
                                OASFactory.createHeader()
                                        .description("Seconds to wait before the next try.")
                                        .schema(type(SchemaType.INTEGER)));
                    }
                });
    }

    private static boolean takesJson(Operation operation) {
        Content content = operation.getRequestBody().getContent();
        return content != null && content.hasMediaType("application/json");
    }

    private static void add(Operation operation, int status, String description) {
        String code = String.valueOf(status);
        if (!operation.getResponses().hasAPIResponse(code)) {
            operation
                    .getResponses()
                    .addAPIResponse(code, OASFactory.createAPIResponse().description(description));
        }
    }

    private static Schema problem() {
        List<Object> types = new ArrayList<>();
        for (ProblemType type : ProblemType.values()) {
            types.add(type.uri());
        }
        Schema problem =
                type(SchemaType.OBJECT)
                        .description(
                                "Why a request was refused or failed (RFC 9457). Besides the members"
                                        + " that are always there, the facts that `detail` rests on.")
                        .required(List.of("type", "title", "status", "detail", "instance"))
                        .additionalPropertiesBoolean(false)
                        .addProperty(
                                "type",
                                type(SchemaType.STRING)
                                        .enumeration(types)
                                        .description(
                                                "Which kind of problem; stable across releases. The"
                                                        + " table at the top says what each means."))
                        .addProperty("title", text("The group of problems it belongs to."))
                        .addProperty(
                                "status",
                                type(SchemaType.INTEGER).description("The HTTP status again."))
                        .addProperty(
                                "detail",
                                text(
                                        "What is wrong with which field or file, its value, the limit,"
                                                + " and what to do."))
                        .addProperty("instance", text("The path that was asked."));
        FACTS.forEach(problem::addProperty);
        return problem;
    }

    private static Map<String, Schema> facts() {
        Map<String, Schema> facts = new LinkedHashMap<>();
        facts.put("field", text("The parameter, field or part of the form that is wrong."));
        facts.put("value", textOrNumber("Its value."));
        facts.put("limit", textOrNumber("What it may be."));
        facts.put("file", text("The name of the file that is wrong, as it was sent."));
        facts.put("part", text("The part of the form that the file came in."));
        facts.put("label", text("The name of the label that it is about."));
        facts.put("imageId", text("The id of the image that holds the same pixels already."));
        facts.put(
                "name", text("The file that this image came from, where it is of the same site."));
        facts.put("patient", text("Its patient, where it is of the same site."));
        facts.put("pool", text("The name of the pool that was searched."));
        facts.put("version", number("The version of the pool that was searched."));
        facts.put(
                "known",
                type(SchemaType.ARRAY)
                        .items(type(SchemaType.STRING))
                        .description("The names there are, or where to find them."));
        facts.put(
                "obstacle",
                type(SchemaType.STRING)
                        .enumeration(
                                List.of(
                                        "not_annotated",
                                        "review_state",
                                        "site",
                                        "patient",
                                        "itself"))
                        .description(
                                "What took the last annotated image away: none is annotated with the"
                                        + " label, none is approved, none is of the site, all are of"
                                        + " the query's patient, or the only one is the query."));
        facts.put("annotated", number("Images of the pool that are annotated with the label."));
        facts.put("reviewed", number("Of these, approved ones."));
        facts.put("onSite", number("Of these, those of the site."));
        facts.put("otherPatient", number("Of these, those of other patients than the query's."));
        facts.put("reached", number("Which change of the record the index has reached."));
        facts.put("needed", number("Which change it has to reach for this query."));
        facts.put("network", text("The network that it is about."));
        facts.put("weights", text("SHA-256 of its weights."));
        facts.put("blob", text("SHA-256 of the stored bytes that it is about."));
        return facts;
    }

    // ---- addresses that no resource serves

    private static void addPlainAddresses(OpenAPI api) {
        plain(
                api,
                "/",
                "The page for people",
                "Asks, reviews, shows pools, their versions, answers and who did what. Its scripts and"
                        + " styles are under `/static/bundle/`.",
                "The page",
                "text/html");
        Operation metrics =
                plain(
                        api,
                        "/metrics",
                        "Metrics for Prometheus",
                        "Counters and timers of the service, of its queries (`precedent_query_stage`: seconds"
                                + " by stage) and of the Java runtime.",
                        "The metrics as text",
                        "application/openmetrics-text");
        signedInOnly(metrics);
        metrics.getResponses()
                .addAPIResponse(
                        "406",
                        OASFactory.createAPIResponse()
                                .description(
                                        "`Accept` asks for another media type; without a body"));
        signedInOnly(
                plain(
                        api,
                        "/openapi",
                        "This description",
                        "OpenAPI 3.1, as YAML, or as JSON with `Accept: application/json` or"
                                + " `?format=JSON`.",
                        "The description",
                        "application/yaml"));
        signedInOnly(
                plain(
                        api,
                        "/swagger-ui/",
                        "This description for people",
                        "Lists and tries the addresses.",
                        "The page",
                        "text/html"));
        Schema check =
                type(SchemaType.OBJECT)
                        .description("One thing that was looked at.")
                        .required(List.of("name", "status"))
                        .addProperty("name", text("What was looked at."))
                        .addProperty("status", upOrDown())
                        .addProperty(
                                "data",
                                type(SchemaType.OBJECT)
                                        .additionalPropertiesSchema(
                                                textOrNumber("A figure, by its name.")
                                                        .addType(SchemaType.BOOLEAN))
                                        .description(
                                                "Figures by name, e.g. `reached` and `committed`:"
                                                        + " which change of the record the index"
                                                        + " has reached, and which is the last."));
        Schema health =
                type(SchemaType.OBJECT)
                        .description("Whether the service is healthy.")
                        .required(List.of("status", "checks"))
                        .addProperty("status", upOrDown())
                        .addProperty(
                                "checks",
                                type(SchemaType.ARRAY)
                                        .items(ref("HealthCheck"))
                                        .description("What was looked at."));
        api.getComponents().addSchema("HealthCheck", check);
        api.getComponents().addSchema("Health", health);
        Map<String, String> kinds = new TreeMap<>();
        kinds.put("/health", "Whether all is well");
        kinds.put("/health/live", "Whether the process answers");
        kinds.put("/health/ready", "Whether queries are answered");
        kinds.put("/health/started", "Whether it has started");
        kinds.forEach((path, summary) -> {
            Operation get =
                    plain(
                            api,
                            path,
                            summary,
                            "Ready while the indexes follow the record and have caught up once since"
                                    + " the start, the database answers and there is room on the"
                                    + " disks; `data` says how far they are, and why not.",
                            "All checks are up",
                            "application/json");
            APIResponse up = get.getResponses().getAPIResponse("200");
            up.setContent(content("application/json", ref("Health")));
            get.getResponses()
                    .addAPIResponse(
                            "503",
                            OASFactory.createAPIResponse()
                                    .description("A check is down")
                                    .content(content("application/json", ref("Health"))));
        });
    }

    private static void signedInOnly(Operation operation) {
        add(operation, 401, "No key, or one that proves nothing here");
        add(operation, 403, "The caller's roles do not allow it");
        for (String refusal : List.of("401", "403")) {
            operation
                    .getResponses()
                    .getAPIResponse(refusal)
                    .setContent(content(Problems.MEDIA_TYPE, ref(PROBLEM)));
        }
    }

    private static Operation plain(
            OpenAPI api,
            String path,
            String summary,
            String description,
            String answer,
            String mediaType) {
        Operation get =
                OASFactory.createOperation()
                        .addTag(OPERATIONS)
                        .summary(summary)
                        .description(description)
                        .responses(
                                OASFactory.createAPIResponses()
                                        .addAPIResponse(
                                                "200",
                                                OASFactory.createAPIResponse()
                                                        .description(answer)
                                                        .content(
                                                                content(
                                                                        mediaType,
                                                                        type(SchemaType.STRING)))));
        api.getPaths().addPathItem(path, OASFactory.createPathItem().GET(get));
        return get;
    }

    // ---- records

    /** Records are sent with all their fields; what is not there is null. */
    private static void requireWhatIsAlwaysSent(OpenAPI api) {
        Set<String> sent = new HashSet<>();
        api.getPaths().getPathItems().values().stream()
                .flatMap(item -> item.getOperations().values().stream())
                .flatMap(operation -> operation.getResponses().getAPIResponses().values().stream())
                .filter(response -> response.getContent() != null)
                .flatMap(response -> response.getContent().getMediaTypes().values().stream())
                .map(MediaType::getSchema)
                .forEach(schema -> collect(api, schema, sent));
        sent.removeAll(Set.of(PROBLEM, "Health", "HealthCheck"));
        for (String name : sent) {
            Schema schema = api.getComponents().getSchemas().get(name);
            if (schema != null && schema.getProperties() != null) {
                schema.setRequired(List.copyOf(schema.getProperties().keySet()));
                schema.getProperties().values().stream()
                        .filter(property -> property.getAnyOf() != null)
                        // "An object, and also an object or null" would never be null.
                        .forEach(property -> property.setType(null));
                schema.setAdditionalPropertiesBoolean(false);
            }
        }
    }

    private static void collect(OpenAPI api, @Nullable Schema schema, Set<String> names) {
        if (schema == null) {
            return;
        }
        if (schema.getRef() != null) {
            String name = schema.getRef().substring(SCHEMAS.length());
            if (names.add(name)) {
                collect(api, api.getComponents().getSchemas().get(name), names);
            }
        }
        collect(api, schema.getItems(), names);
        collect(api, schema.getAdditionalPropertiesSchema(), names);
        if (schema.getProperties() != null) {
            schema.getProperties().values().forEach(property -> collect(api, property, names));
        }
        if (schema.getAnyOf() != null) {
            schema.getAnyOf().forEach(one -> collect(api, one, names));
        }
    }

    private static Content content(String mediaType, Schema schema) {
        return OASFactory.createContent()
                .addMediaType(mediaType, OASFactory.createMediaType().schema(schema));
    }

    private static Schema ref(String name) {
        return OASFactory.createSchema().ref(SCHEMAS + name);
    }

    private static Schema type(SchemaType type) {
        return OASFactory.createSchema().addType(type);
    }

    private static Schema text(String description) {
        return type(SchemaType.STRING).description(description);
    }

    private static Schema number(String description) {
        return type(SchemaType.INTEGER).description(description);
    }

    private static Schema textOrNumber(String description) {
        return type(SchemaType.STRING).addType(SchemaType.NUMBER).description(description);
    }

    private static Schema upOrDown() {
        return type(SchemaType.STRING)
                .enumeration(List.of("UP", "DOWN"))
                .description("`UP`, or `DOWN` where something is wrong.");
    }
}
