package org.precedent.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The API's description as the service sends it, for tests: what it says of an address, what in it
 * is not explained, and where an answer is not what it says.
 */
final class ApiDocument {
    static final Set<String> METHODS = Set.of("get", "put", "post", "delete", "patch");

    private final JsonNode root;

    ApiDocument(JsonNode root) {
        this.root = root;
    }

    /** One method of one address. */
    record Route(String method, String path, JsonNode operation) {
        @Override
        public String toString() {
            return method.toUpperCase(Locale.ROOT) + " " + path;
        }

        @Nullable JsonNode response(int status) {
            return operation.path("responses").get(String.valueOf(status));
        }

        /** Media type to schema of the body, empty where none is taken. */
        Map<String, JsonNode> bodies() {
            Map<String, JsonNode> bodies = new LinkedHashMap<>();
            operation
                    .path("requestBody")
                    .path("content")
                    .properties()
                    .forEach(e -> bodies.put(e.getKey(), e.getValue().path("schema")));
            return bodies;
        }
    }

    List<Route> routes() {
        List<Route> routes = new ArrayList<>();
        root.path("paths")
                .properties()
                .forEach(path ->
                        path.getValue()
                                .properties()
                                .forEach(method -> {
                                    if (METHODS.contains(method.getKey())) {
                                        routes.add(
                                                new Route(
                                                        method.getKey(),
                                                        path.getKey(),
                                                        method.getValue()));
                                    }
                                }));
        return routes;
    }

    JsonNode root() {
        return root;
    }

    /** Follows a reference. */
    JsonNode resolved(JsonNode schema) {
        JsonNode at = schema;
        while (at.has("$ref")) {
            at = root.at(at.get("$ref").asText().substring(1));
        }
        return at;
    }

    // ---- what is not explained

    /** Everything of an address that has no explanation, e.g. {@code GET /x 200: a.b[]}. */
    Set<String> unexplained(Route route) {
        Set<String> found = new TreeSet<>();
        JsonNode operation = route.operation();
        require(found, route + ": no summary", operation, "summary");
        require(found, route + ": no description", operation, "description");
        if (operation.path("tags").isEmpty()) {
            found.add(route + ": no tag");
        }
        for (JsonNode parameter : operation.path("parameters")) {
            String name = route + ": parameter " + parameter.path("name").asText();
            require(found, name, parameter, "description");
            if (resolved(parameter.path("schema")).path("type").isMissingNode()) {
                found.add(name + " has no type");
            }
        }
        JsonNode body = operation.path("requestBody");
        if (!body.isMissingNode()) {
            require(found, route + ": the body", body, "description");
            route.bodies()
                    .forEach((type, schema) ->
                            explain(
                                    found,
                                    route + " takes " + type + ": ",
                                    "",
                                    schema,
                                    true,
                                    new TreeSet<>()));
        }
        operation
                .path("responses")
                .properties()
                .forEach(e -> {
                    String status = route + " " + e.getKey();
                    JsonNode response = e.getValue();
                    require(found, status, response, "description");
                    String text = response.path("description").asText();
                    if (Set.of("OK", "Created", "Bad Request", "Not Found").contains(text)) {
                        found.add(status + " only says \"" + text + "\"");
                    }
                    if (response.path("content").isEmpty() && !text.endsWith("without a body")) {
                        found.add(status + " says nothing of what is sent");
                    }
                    response.path("content")
                            .properties()
                            .forEach(c ->
                                    explain(
                                            found,
                                            status + ": ",
                                            "",
                                            c.getValue().path("schema"),
                                            true,
                                            new TreeSet<>()));
                });
        return found;
    }

    private void explain(
            Set<String> found,
            String where,
            String field,
            JsonNode schema,
            boolean outermost,
            Set<String> seen) {
        if (schema.isMissingNode() || schema.isEmpty()) {
            found.add(where + (field.isEmpty() ? "the body" : field) + " has no schema");
            return;
        }
        String ref = schema.path("$ref").asText();
        if (!outermost && schema.path("description").asText().isBlank()) {
            found.add(where + field + " has no description");
        }
        if (!ref.isEmpty() && !seen.add(ref)) {
            return;
        }
        JsonNode at = resolved(schema);
        for (JsonNode choice : at.path("anyOf")) {
            if (!choice.path("type").asText().equals("null")) {
                explain(found, where, field, choice, true, seen);
            }
        }
        at.path("properties")
                .properties()
                .forEach(p ->
                        explain(
                                found,
                                where,
                                field.isEmpty() ? p.getKey() : field + "." + p.getKey(),
                                p.getValue(),
                                false,
                                seen));
        if (at.has("items")) {
            explain(found, where, field + "[]", at.get("items"), true, seen);
        }
        if (at.path("additionalProperties").isObject()) {
            explain(found, where, field + ".*", at.get("additionalProperties"), true, seen);
        }
    }

    private static void require(Set<String> found, String what, JsonNode node, String field) {
        if (node.path(field).asText().isBlank()) {
            found.add(what + (what.contains(": no ") ? "" : " has no " + field));
        }
    }

    // ---- what is not as described

    /** Where a value is not what its schema says; empty where it is. */
    List<String> complaints(JsonNode schema, JsonNode value) {
        List<String> complaints = new ArrayList<>();
        check(complaints, "", schema, value);
        return complaints;
    }

    private void check(List<String> complaints, String field, JsonNode schema, JsonNode value) {
        JsonNode at = resolved(schema);
        String name = field.isEmpty() ? "the body" : field;
        if (at.has("anyOf")) {
            for (JsonNode choice : at.get("anyOf")) {
                List<String> inner = new ArrayList<>();
                check(inner, field, choice, value);
                if (inner.isEmpty()) {
                    return;
                }
            }
            complaints.add(name + " is none of what it may be: " + shown(value));
            return;
        }
        if (!hasType(at, value)) {
            complaints.add(name + " is " + shown(value) + ", described as " + at.path("type"));
            return;
        }
        if (value.isNull()) {
            return;
        }
        if (at.has("enum") && !contains(at.get("enum"), value)) {
            complaints.add(
                    name + " is " + shown(value) + ", described as one of " + at.get("enum"));
        }
        if (at.has("pattern") && !Pattern.matches(at.get("pattern").asText(), value.asText())) {
            complaints.add(name + " is " + shown(value) + ", described as " + at.get("pattern"));
        }
        if (at.has("minimum") && value.asDouble() < at.get("minimum").asDouble()) {
            complaints.add(name + " is " + value + ", described as at least " + at.get("minimum"));
        }
        if (at.has("maximum") && value.asDouble() > at.get("maximum").asDouble() * (1 + 1e-9)) {
            complaints.add(name + " is " + value + ", described as at most " + at.get("maximum"));
        }
        if (value.isArray() && at.has("items")) {
            for (JsonNode item : value) {
                check(complaints, field + "[]", at.get("items"), item);
            }
        }
        if (value.isObject() && !isAnything(at)) {
            checkObject(complaints, field, at, value);
        }
    }

    /** Whether a schema says no more than that something is JSON: what is in it, the text tells. */
    private static boolean isAnything(JsonNode schema) {
        return !schema.has("type")
                && !schema.has("properties")
                && !schema.has("additionalProperties")
                && schema.has("description");
    }

    private void checkObject(List<String> complaints, String field, JsonNode at, JsonNode value) {
        String prefix = field.isEmpty() ? "" : field + ".";
        for (JsonNode required : at.path("required")) {
            if (!value.has(required.asText())) {
                complaints.add(prefix + required.asText() + " is described as always there");
            }
        }
        for (Iterator<Map.Entry<String, JsonNode>> fields = value.fields(); fields.hasNext(); ) {
            Map.Entry<String, JsonNode> entry = fields.next();
            JsonNode property = at.path("properties").get(entry.getKey());
            if (property != null) {
                check(complaints, prefix + entry.getKey(), property, entry.getValue());
            } else if (at.path("additionalProperties").isObject()) {
                check(
                        complaints,
                        prefix + entry.getKey(),
                        at.get("additionalProperties"),
                        entry.getValue());
            } else {
                complaints.add(prefix + entry.getKey() + " is not described");
            }
        }
    }

    private static boolean hasType(JsonNode schema, JsonNode value) {
        JsonNode types = schema.path("type");
        if (types.isMissingNode()) {
            return true;
        }
        if (types.isTextual()) {
            return hasType(types.asText(), value);
        }
        for (JsonNode type : types) {
            if (hasType(type.asText(), value)) {
                return true;
            }
        }
        return false;
    }

    private static boolean hasType(String type, JsonNode value) {
        return switch (type) {
            case "string" -> value.isTextual();
            case "integer" -> value.isIntegralNumber();
            case "number" -> value.isNumber();
            case "boolean" -> value.isBoolean();
            case "array" -> value.isArray();
            case "object" -> value.isObject();
            case "null" -> value.isNull();
            default -> throw new IllegalArgumentException("type " + type);
        };
    }

    private static boolean contains(JsonNode values, JsonNode value) {
        for (JsonNode one : values) {
            if (one.equals(value)) {
                return true;
            }
        }
        return false;
    }

    private static String shown(JsonNode value) {
        String text = value.toString();
        return text.length() > 100 ? text.substring(0, 100) + "..." : text;
    }
}
