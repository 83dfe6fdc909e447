package org.precedent.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Requests to one route, made from its description: a good one, one with each optional field, and
 * with every parameter, part and field left out, of another type, out of range, unknown or
 * malformed.
 */
final class RequestVariants {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final String URLENCODED = "application/x-www-form-urlencoded";
    private static final String RELATED = "multipart/related";
    private static final List<String> BAD_TEXTS =
            List.of("", " ", "a\u0000b", "x".repeat(300), "\u202egnp");
    private static final List<String> BAD_NUMBERS =
            List.of("", "no such", "-1", "0", "1.5", "99999999999999999999", "NaN", "1e3");
    private static final List<String> UNKNOWN =
            List.of("no such", "..", "00000000-0000-0000-0000-000000000000", "9223372036854775807");

    private final ApiDocument document;
    private final ApiDocument.Route route;
    private final Fixtures fixtures;
    private final List<Request> requests = new ArrayList<>();

    /** One request; the path has its query. */
    record Request(
            String what,
            String method,
            String path,
            Map<String, String> headers,
            byte[] body,
            boolean good) {}

    /** Good values by name. */
    interface Fixtures {
        /** The good value of a path parameter, a query parameter, a part or a field; or null. */
        @Nullable String value(ApiDocument.Route route, String name);

        /** The good file of a part, or null where the part is left out. */
        byte @Nullable [] file(String part);

        /** A good object of a body that is a list of objects, a new one each time. */
        byte[] object(ApiDocument.Route route);

        /** Files that are not what they have to be: name to content. */
        Map<String, byte[]> badFiles(String part);

        /** Good forms of a route that are of another kind than its first one. */
        List<MultipartBody> otherForms(ApiDocument.Route route);
    }

    private RequestVariants(ApiDocument document, ApiDocument.Route route, Fixtures fixtures) {
        this.document = document;
        this.route = route;
        this.fixtures = fixtures;
    }

    static List<Request> of(ApiDocument document, ApiDocument.Route route, Fixtures fixtures) {
        RequestVariants variants = new RequestVariants(document, route, fixtures);
        variants.make();
        return variants.requests;
    }

    private void make() {
        Map<String, JsonNode> bodies = route.bodies();
        @Nullable Body good = bodies.isEmpty() ? null : goodBody(bodies);
        add("good", goodPath(), good, Map.of(), true);
        add(
                "an unknown media type is accepted",
                goodPath(),
                good,
                accept("application/x-none"),
                false);
        paths(good);
        if (good == null) {
            return;
        }
        for (String type : List.of("text/plain", "application/xml", "garbage", "image/png")) {
            add(
                    "content type " + type,
                    goodPath(),
                    new Body(type, good.content()),
                    Map.of(),
                    false);
        }
        add("no body", goodPath(), new Body(good.type(), new byte[0]), Map.of(), false);
        add(
                "half a body",
                goodPath(),
                new Body(good.type(), Arrays.copyOf(good.content(), good.content().length / 2)),
                Map.of(),
                false);
        bodies.forEach((type, schema) -> {
            if (type.equals("application/json")) {
                objects("", document.resolved(schema), goodObject(schema))
                        .forEach((what, json) ->
                                add(
                                        what,
                                        goodPath(),
                                        json(json),
                                        Map.of(),
                                        what.startsWith("good")));
                for (String text :
                        List.of(
                                "null",
                                "[]",
                                "3",
                                "\"x\"",
                                "{",
                                "{\"a\"}",
                                "{} {}",
                                "\u0000",
                                "[".repeat(5000))) {
                    add("JSON " + text, goodPath(), new Body(type, utf8(text)), Map.of(), false);
                }
            } else if (type.equals(URLENCODED)) {
                fieldsOf(document.resolved(schema));
            } else if (type.equals(RELATED)) {
                objects();
            } else {
                forms(document.resolved(schema));
            }
        });
    }

    /** A form whose fields are in one line of text. */
    private void fieldsOf(JsonNode schema) {
        Map<String, Object> good = goodParts(schema);
        for (String field : good.keySet()) {
            Map<String, Object> without = new LinkedHashMap<>(good);
            without.remove(field);
            add("without " + field, goodPath(), urlencoded(without), Map.of(), false);
        }
        Map<String, Object> more = new LinkedHashMap<>(good);
        more.put("nothing", "1");
        add("an unknown field", goodPath(), urlencoded(more), Map.of(), false);
    }

    /** A list of objects. */
    private void objects() {
        byte[] object = fixtures.object(route);
        add("good objects, one twice", goodPath(), related(object, object), Map.of(), true);
        add("no object", goodPath(), related(), Map.of(), false);
        add("an empty object", goodPath(), related(new byte[0]), Map.of(), false);
        add("one that is none", goodPath(), related(object, utf8("text")), Map.of(), false);
        add(
                "half an object",
                goodPath(),
                related(Arrays.copyOf(object, object.length / 2)),
                Map.of(),
                false);
        byte[][] many = new byte[101][];
        Arrays.fill(many, new byte[] {1});
        add("too many objects", goodPath(), related(many), Map.of(), false);
        add("no boundary", goodPath(), new Body(RELATED, object), Map.of(), false);
    }

    private static Body related(byte[]... objects) {
        MultipartBody body = new MultipartBody();
        for (byte[] object : objects) {
            body.part("Content-Type: application/dicom", object);
        }
        return new Body(
                RELATED + "; type=\"application/dicom\"; boundary=" + MultipartBody.BOUNDARY,
                body.bytes());
    }

    private static Body urlencoded(Map<String, Object> fields) {
        StringBuilder text = new StringBuilder();
        fields.forEach((name, value) ->
                text.append(text.isEmpty() ? "" : "&")
                        .append(encoded(name))
                        .append('=')
                        .append(encoded(String.valueOf(value))));
        return new Body(URLENCODED, utf8(text.toString()));
    }

    private static Map<String, String> accept(String type) {
        return Map.of("Accept", type);
    }

    // ---- addresses

    private String goodPath() {
        return path(null, null, null);
    }

    /** The path with one parameter replaced, or left out where the value is null. */
    private String path(@Nullable String replaced, @Nullable String value, @Nullable String more) {
        String path = route.path();
        StringBuilder query = new StringBuilder();
        for (JsonNode parameter : route.operation().path("parameters")) {
            String name = parameter.get("name").asText();
            boolean other = name.equals(replaced);
            String text = other ? value : fixtures.value(route, name);
            if (parameter.get("in").asText().equals("path")) {
                path = path.replace("{" + name + "}", encoded(String.valueOf(text)));
            } else if (text != null && (other || parameter.path("required").asBoolean())) {
                query.append(query.isEmpty() ? '?' : '&')
                        .append(name)
                        .append('=')
                        .append(encoded(text));
            }
        }
        if (more != null) {
            query.append(query.isEmpty() ? '?' : '&').append(more);
        }
        return path + query;
    }

    private void paths(@Nullable Body good) {
        for (JsonNode parameter : route.operation().path("parameters")) {
            String name = parameter.get("name").asText();
            boolean inPath = parameter.get("in").asText().equals("path");
            List<String> values = new ArrayList<>(bad(document.resolved(parameter.path("schema"))));
            values.addAll(UNKNOWN);
            for (String value : values) {
                if (!inPath || !(value.isEmpty() || value.equals(".."))) {
                    add(
                            name + " is \"" + value + "\"",
                            path(name, value, null),
                            good,
                            Map.of(),
                            false);
                }
            }
            if (!inPath) {
                add(
                        "without " + name,
                        path(name, null, null),
                        good,
                        Map.of(),
                        !parameter.path("required").asBoolean());
                String value = fixtures.value(route, name);
                if (value != null) {
                    add("good " + name, path(name, value, null), good, Map.of(), true);
                }
            }
        }
        add("an unknown query parameter", path(null, null, "nothing=1"), good, Map.of(), true);
    }

    // ---- JSON

    private ObjectNode goodObject(JsonNode schema) {
        ObjectNode object = JSON.objectNode();
        JsonNode at = document.resolved(schema);
        at.path("required")
                .forEach(name ->
                        object.set(
                                name.asText(),
                                goodValue(
                                        name.asText(), at.path("properties").path(name.asText()))));
        return object;
    }

    private JsonNode goodValue(String name, JsonNode schema) {
        String value = fixtures.value(route, name);
        JsonNode at = document.resolved(schema);
        if (value != null) {
            return read(value, at);
        }
        if (at.has("default")) {
            return at.get("default");
        }
        if (at.has("enum")) {
            return at.get("enum").get(0);
        }
        return switch (type(at)) {
            case "integer", "number" -> JSON.numberNode(at.path("minimum").asInt(1));
            case "boolean" -> JSON.booleanNode(false);
            case "array" -> {
                var array = JSON.arrayNode();
                for (int i = 0; i < at.path("minItems").asInt(0); i++) {
                    array.add(goodValue("", at.path("items")));
                }
                yield array;
            }
            case "object" -> JSON.objectNode();
            default -> JSON.textNode("good");
        };
    }

    private static JsonNode read(String value, JsonNode schema) {
        return switch (type(schema)) {
            case "integer" -> JSON.numberNode(Long.parseLong(value));
            case "array" ->
                    type(schema.path("items")).equals("integer")
                            ? JSON.arrayNode().add(Long.parseLong(value))
                            : JSON.arrayNode().add(value);
            default -> JSON.textNode(value);
        };
    }

    /** Values that nothing of a type may have. */
    private static List<String> bad(JsonNode schema) {
        return switch (type(schema)) {
            case "integer", "number" -> BAD_NUMBERS;
            default -> schema.has("enum") ? UNKNOWN : BAD_TEXTS;
        };
    }

    private static String type(JsonNode schema) {
        JsonNode type = schema.path("type");
        return type.isArray() ? type.get(0).asText() : type.asText("string");
    }

    /** Variants of an object by what they are; those that are good start with "good". */
    private Map<String, JsonNode> objects(String prefix, JsonNode schema, ObjectNode good) {
        Map<String, JsonNode> variants = new LinkedHashMap<>();
        schema.path("properties")
                .properties()
                .forEach(property -> {
                    String name = property.getKey();
                    JsonNode of = document.resolved(property.getValue());
                    boolean required = good.has(name);
                    if (required) {
                        ObjectNode without = good.deepCopy();
                        without.remove(name);
                        variants.put("without " + prefix + name, without);
                    } else {
                        variants.put(
                                "good " + prefix + name, with(good, name, goodValue(name, of)));
                    }
                    of.path("enum")
                            .forEach(value ->
                                    variants.put(
                                            "good " + prefix + name + " " + value,
                                            with(good, name, value)));
                    List<JsonNode> values =
                            new ArrayList<>(
                                    List.of(
                                            JSON.nullNode(),
                                            JSON.numberNode(-3),
                                            JSON.numberNode(1.5),
                                            JSON.numberNode(1e300),
                                            JSON.booleanNode(true),
                                            JSON.arrayNode(),
                                            JSON.objectNode(),
                                            JSON.arrayNode().addNull(),
                                            JSON.arrayNode().add(JSON.objectNode()),
                                            JSON.arrayNode().add("a b"),
                                            JSON.arrayNode().add(1),
                                            JSON.objectNode().put("no such", 1),
                                            JSON.objectNode().putNull("liver")));
                    BAD_TEXTS.forEach(text -> values.add(JSON.textNode(text)));
                    values.add(JSON.textNode("no such"));
                    values.forEach(value ->
                            variants.put(prefix + name + " is " + value, with(good, name, value)));
                });
        variants.put(prefix + "an unknown field", with(good, "nothing", JSON.numberNode(1)));
        return variants;
    }

    private static ObjectNode with(ObjectNode object, String name, JsonNode value) {
        ObjectNode copy = object.deepCopy();
        copy.set(name, value);
        return copy;
    }

    // ---- forms

    /** Part to its good content, as text or as a file. */
    private Map<String, Object> goodParts(JsonNode schema) {
        Map<String, Object> parts = new LinkedHashMap<>();
        schema.path("properties")
                .properties()
                .forEach(property -> {
                    String name = property.getKey();
                    JsonNode of = document.resolved(property.getValue());
                    if (of.path("format").asText().equals("binary")) {
                        byte[] file = fixtures.file(name);
                        if (file != null) {
                            parts.put(name.replace("LABEL", fixtures.value(route, "label")), file);
                        }
                    } else if (contains(schema.path("required"), name)) {
                        parts.put(
                                name,
                                type(of).equals("object")
                                        ? goodObject(of).toString()
                                        : fixtures.value(route, name));
                    }
                });
        return parts;
    }

    private static boolean contains(JsonNode names, String name) {
        for (JsonNode one : names) {
            if (one.asText().equals(name)) {
                return true;
            }
        }
        return false;
    }

    private void forms(JsonNode schema) {
        Map<String, Object> good = goodParts(schema);
        good.keySet()
                .forEach(part -> {
                    Map<String, Object> without = new LinkedHashMap<>(good);
                    without.remove(part);
                    form("without part " + part, without, null, false);
                    form(
                            "part " + part + " twice",
                            good,
                            new MultipartBody().text(part, "again"),
                            false);
                });
        for (MultipartBody other : fixtures.otherForms(route)) {
            form("good", Map.of(), other, true);
            form(
                    "good otherwise, and an unknown part",
                    Map.of(),
                    other.text("nothing", "1"),
                    false);
        }
        form("an unknown part", good, new MultipartBody().text("nothing", "1"), false);
        form(
                "a text of more than 64 KiB",
                good,
                new MultipartBody().text("pool", "x".repeat(70_000)),
                false);
        schema.path("properties")
                .properties()
                .forEach(property -> {
                    String name = property.getKey();
                    JsonNode of = document.resolved(property.getValue());
                    String part =
                            name.replace("LABEL", String.valueOf(fixtures.value(route, "label")));
                    if (of.path("format").asText().equals("binary")) {
                        fixtures.badFiles(name)
                                .forEach((file, content) ->
                                        form(
                                                part + " is " + file,
                                                replaced(good, part),
                                                new MultipartBody().file(part, file, content),
                                                false));
                        form(
                                part + " is text",
                                replaced(good, part),
                                new MultipartBody().text(part, "text"),
                                false);
                        form(
                                part + " has no file name",
                                replaced(good, part),
                                new MultipartBody().file(part, "", new byte[3]),
                                false);
                    } else if (type(of).equals("object")) {
                        objects(name + ".", of, goodObject(of))
                                .forEach((what, json) ->
                                        form(
                                                what,
                                                replaced(good, part),
                                                new MultipartBody().text(part, json.toString()),
                                                false));
                    } else {
                        fields(good, name, of);
                    }
                });
    }

    private void fields(Map<String, Object> good, String name, JsonNode schema) {
        List<String> values = new ArrayList<>();
        JsonNode at =
                type(schema).equals("array") ? document.resolved(schema.path("items")) : schema;
        String fixture = fixtures.value(route, name);
        if (fixture != null) {
            values.add(fixture);
        }
        at.path("enum").forEach(value -> values.add(value.asText()));
        for (String value : values) {
            form(
                    "good " + name + " " + value,
                    replaced(good, name),
                    new MultipartBody().text(name, value),
                    true);
        }
        for (String value : bad(at)) {
            form(
                    name + " is \"" + value + "\"",
                    replaced(good, name),
                    new MultipartBody().text(name, value),
                    false);
        }
    }

    private static Map<String, Object> replaced(Map<String, Object> good, String part) {
        Map<String, Object> without = new LinkedHashMap<>(good);
        without.remove(part);
        return without;
    }

    private void form(
            String what, Map<String, Object> parts, @Nullable MultipartBody more, boolean isGood) {
        add(what, goodPath(), form(parts, more), Map.of(), isGood);
    }

    private static Body form(Map<String, Object> parts, @Nullable MultipartBody more) {
        MultipartBody body = more == null ? new MultipartBody() : more;
        parts.forEach((part, content) -> {
            if (content instanceof byte[] file) {
                body.file(part, part + ".png", file);
            } else {
                body.text(part, String.valueOf(content));
            }
        });
        return new Body(MultipartBody.MEDIA_TYPE, body.bytes());
    }

    // ---- requests

    private record Body(String type, byte[] content) {}

    private Body goodBody(Map<String, JsonNode> bodies) {
        Map.Entry<String, JsonNode> first = bodies.entrySet().iterator().next();
        if (first.getKey().equals(URLENCODED)) {
            return urlencoded(goodParts(document.resolved(first.getValue())));
        }
        if (first.getKey().equals(RELATED)) {
            return related(fixtures.object(route));
        }
        return first.getKey().equals("application/json")
                ? json(goodObject(first.getValue()))
                : form(goodParts(document.resolved(first.getValue())), null);
    }

    private static Body json(JsonNode json) {
        try {
            return new Body("application/json", new ObjectMapper().writeValueAsBytes(json));
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private void add(
            String what,
            String path,
            @Nullable Body body,
            Map<String, String> headers,
            boolean good) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        if (body != null) {
            all.put("Content-Type", body.type());
        }
        requests.add(
                new Request(
                        what,
                        route.method(),
                        path,
                        all,
                        body == null ? new byte[0] : body.content(),
                        good));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
