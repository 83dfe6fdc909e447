package org.precedent.dicomweb;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.precedent.dicomweb.DicomWebException.Code;

/** Data sets in the JSON model of DICOM. */
final class DicomJson {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private DicomJson() {}

    /** An array of data sets. */
    static List<JsonNode> array(InputStream in) throws IOException {
        JsonNode root = one(in);
        if (!root.isArray()) {
            throw new DicomWebException(
                    Code.BROKEN_ANSWER, "the archive's answer is no JSON array of data sets", null);
        }
        List<JsonNode> sets = new ArrayList<>();
        root.forEach(sets::add);
        return sets;
    }

    /** One data set. */
    static JsonNode one(InputStream in) throws IOException {
        try {
            return MAPPER.readTree(in);
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new DicomWebException(
                    Code.BROKEN_ANSWER, "the archive's answer is no JSON, or it was cut off", e);
        }
    }

    /** The first value as text; empty where there is none, or null stands for it. */
    static String text(JsonNode set, String tag) {
        JsonNode value = set.path(tag).path("Value").path(0);
        return value.isValueNode() && !value.isNull() ? value.asText().strip() : "";
    }

    /** The first value as a number, which archives write as a number or as text; else another. */
    static long number(JsonNode set, String tag, long otherwise) {
        String text = text(set, tag);
        try {
            return text.isEmpty() ? otherwise : (long) Double.parseDouble(text);
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }

    /** The items of a sequence. */
    static List<JsonNode> items(JsonNode set, String tag) {
        List<JsonNode> items = new ArrayList<>();
        set.path(tag).path("Value").forEach(items::add);
        return items;
    }
}
