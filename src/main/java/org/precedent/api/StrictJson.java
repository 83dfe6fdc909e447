package org.precedent.api;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;

/**
 * Reads the JSON of requests. Nothing is guessed: an unknown or repeated field, a cut number or a
 * missing one is refused, in the words of the API's description and never in those of Java.
 */
@ApplicationScoped
public class StrictJson {
    private final ObjectMapper mapper;

    StrictJson(ObjectMapper json) {
        this.mapper =
                json.copy()
                        .enable(
                                DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
                                DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
                                DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                        .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                        .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
    }

    /**
     * Reads one object.
     *
     * @param part where the text came from, {@code body} or the name of a part; starts the names of
     *     fields in refusals
     * @throws JsonProcessingException when it is no such object; {@link #complaint} says why
     */
    public <T> T read(String part, String text, Class<T> type) throws JsonProcessingException {
        @Nullable T value;
        try {
            value = mapper.readValue(text, type);
        } catch (JsonMappingException e) {
            e.prependPath(new JsonMappingException.Reference(null, part));
            throw e;
        }
        if (value == null) {
            throw ServiceException.badParameter(part, "null", "expected an object");
        }
        return value;
    }

    /** Which field a refusal is about, e.g. {@code metadata.labelValues.liver}; may be empty. */
    static String field(JsonProcessingException e) {
        StringBuilder field = new StringBuilder();
        if (e instanceof JsonMappingException mapping) {
            for (JsonMappingException.Reference step : mapping.getPath()) {
                String name = step.getFieldName();
                field.append(
                        name == null
                                ? "[" + step.getIndex() + "]"
                                : field.isEmpty() ? name : "." + name);
            }
        }
        return field.toString();
    }

    /** What is wrong, in words for whoever wrote the JSON. */
    static String complaint(JsonProcessingException e) {
        String where = field(e).isEmpty() ? "" : field(e) + ": ";
        return where
                + switch (e) {
                    case UnrecognizedPropertyException unknown ->
                            "this field is not known; known are "
                                    + String.join(
                                            ", ",
                                            new TreeSet<>(
                                                    Objects.requireNonNullElse(
                                                                    unknown.getKnownPropertyIds(),
                                                                    List.of())
                                                            .stream()
                                                            .map(String::valueOf)
                                                            .toList()));
                    case MismatchedInputException mismatch ->
                            "expected " + words(mismatch.getTargetType());
                    case StreamConstraintsException limits ->
                            "it is nested too deeply, or holds a name or number that is too long";
                    case JsonParseException broken ->
                            "it is not JSON"
                                    + (broken.getLocation() == null
                                            ? ""
                                            : " from line %d, column %d on"
                                                    .formatted(
                                                            broken.getLocation().getLineNr(),
                                                            broken.getLocation().getColumnNr()))
                                    + duplicate(broken);
                    default -> "it is not what is expected here";
                };
    }

    /** The one fault of well-formed JSON that its parser finds. */
    private static String duplicate(JsonParseException e) {
        String message = String.valueOf(e.getOriginalMessage());
        return message.startsWith("Duplicate field") ? ": it has a field twice" : "";
    }

    private static String words(@Nullable Class<?> type) {
        if (type == null) {
            return "something else";
        }
        if (type == String.class) {
            return "text";
        }
        if (type == Integer.class || type == int.class) {
            return "a whole number of at most 32 bits";
        }
        if (type == Long.class || type == long.class) {
            return "a whole number of at most 64 bits";
        }
        if (Number.class.isAssignableFrom(type) || type.isPrimitive() && type != boolean.class) {
            return "a number";
        }
        if (type == Boolean.class || type == boolean.class) {
            return "true or false";
        }
        if (type.isArray() || Collection.class.isAssignableFrom(type)) {
            return "a list";
        }
        return Map.class.isAssignableFrom(type) || type.isRecord() ? "an object" : "something else";
    }
}
