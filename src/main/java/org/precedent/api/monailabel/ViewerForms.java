package org.precedent.api.monailabel;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jboss.resteasy.reactive.server.multipart.FormValue;
import org.jboss.resteasy.reactive.server.multipart.MultipartFormDataInput;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.api.Forms;
import org.precedent.ingest.IngestService.SentFile;

/**
 * Reads what viewers send. They send more than anybody needs, so that fields that are not known are
 * passed over; those that are known are held to what they mean.
 */
@ApplicationScoped
public class ViewerForms {
    private final ObjectMapper json;

    ViewerForms(ObjectMapper json) {
        this.json = json;
    }

    /** A new JSON object. */
    ObjectNode object() {
        return json.createObjectNode();
    }

    /** Text of a JSON value. */
    String text(JsonNode value) {
        return value.toString();
    }

    /**
     * A JSON object in a part of a form; an empty one where there is no such part.
     *
     * @throws JsonProcessingException when it is no JSON
     */
    ObjectNode object(MultipartFormDataInput form, String part) throws JsonProcessingException {
        return object(part, Forms.text(form, part));
    }

    /** A JSON object in a body; an empty one where there is none. */
    ObjectNode object(String field, @Nullable String text) throws JsonProcessingException {
        if (text == null || text.isBlank()) {
            return json.createObjectNode();
        }
        if (json.readTree(text) instanceof ObjectNode object
                && !object.toString().contains("\\u0000")) {
            return object;
        }
        throw ServiceException.badParameter(
                field, text.length() > 80 ? text.substring(0, 80) : text, "a JSON object");
    }

    /** A JSON object that was kept. */
    ObjectNode kept(String text) {
        try {
            return object("info", text);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("what is kept of a label is no JSON", e);
        }
    }

    /** The files of a part that may be there several times. */
    static List<SentFile> files(MultipartFormDataInput form, String part) {
        List<SentFile> files = new ArrayList<>();
        Collection<FormValue> sent = form.getValues().get(part);
        for (FormValue value : sent == null ? List.<FormValue>of() : sent) {
            String name = value.getFileName();
            if (!value.isFileItem() || name == null || name.isEmpty()) {
                throw ServiceException.badParameter(
                        part, "text", "send it as a file, with a file name");
            }
            try {
                files.add(
                        new SentFile(
                                name.substring(
                                        Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\'))
                                                + 1),
                                value.getFileItem().getInputStream().readAllBytes()));
            } catch (IOException e) {
                throw ServiceException.uploadNotKept(e);
            }
        }
        return files;
    }

    /** A text in parameters; null where it is absent. */
    static @Nullable String text(JsonNode params, String name) {
        JsonNode value = params.path(name);
        return value.isMissingNode() || value.isNull() || value.isContainerNode()
                ? null
                : value.asText();
    }

    /** A whole number in parameters, which may be written as text. */
    static int integer(JsonNode params, String name, int otherwise, int least, int most) {
        String text = text(params, name);
        if (text == null || text.isBlank()) {
            return otherwise;
        }
        try {
            int value = Integer.parseInt(text.trim());
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // refused below
        }
        throw ServiceException.badParameter(
                "params." + name, text, "a whole number from " + least + " to " + most);
    }

    /** Names by value, as a viewer lists its segments: {@code [{"name": "liver", "idx": 1}]}. */
    static Map<Integer, String> labelInfo(JsonNode params) {
        Map<Integer, String> names = new TreeMap<>();
        JsonNode info = params.path("label_info");
        for (JsonNode one : info) {
            String name = text(one, "name");
            JsonNode value = one.has("idx") ? one.path("idx") : one.path("id");
            if (name == null || name.isBlank() || !value.canConvertToInt() || value.asInt() < 1) {
                throw ServiceException.badParameter(
                        "params.label_info",
                        one.toString(),
                        "objects with a name and an idx from 1 up");
            }
            if (names.put(value.asInt(), name.strip()) != null) {
                throw ServiceException.badParameter(
                        "params.label_info", value.asInt(), "each idx once");
            }
        }
        return names;
    }
}
