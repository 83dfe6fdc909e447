package org.precedent.api;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jboss.resteasy.reactive.server.multipart.FormValue;
import org.jboss.resteasy.reactive.server.multipart.MultipartFormDataInput;
import org.jspecify.annotations.Nullable;
import org.precedent.ReviewState;
import org.precedent.ServiceException;
import org.precedent.Sha256;
import org.precedent.catalog.SamePixels;
import org.precedent.catalog.review.Page;
import org.precedent.imaging.format.MaskValue;
import org.precedent.ingest.IngestService.SentFile;
import org.precedent.study.StudyFiles;

/** Reads the parts of a multipart form; what is missing or malformed is refused by name. */
public final class Forms {
    /** As quarkus.http.limits.max-form-attribute-size, which texts sent as files pass by. */
    private static final int LONGEST_TEXT = 64 << 10;

    /** For the API's description. */
    static final String IMAGE_FILE =
            "PNG, BMP, JPEG or TIFF, of the suffix that its file name has; 8 or 16 bit; grey or"
                    + " colour; at most 64 MiB, 40 million pixels and 16,384 pixels a side unless the"
                    + " service is configured otherwise.";

    private Forms() {}

    /** The names of all parts. */
    public static Set<String> parts(MultipartFormDataInput form) {
        for (@Nullable String part : form.getValues().keySet()) {
            if (part == null) {
                throw ServiceException.badParameter("part", "", "a part of the form has no name");
            }
        }
        return form.getValues().keySet();
    }

    /** SHA-256 of all parts, their names and their files' names, in whichever order they came. */
    static String digest(MultipartFormDataInput form) {
        MessageDigest digest = Sha256.digest();
        parts(form);
        for (Map.Entry<String, Collection<FormValue>> part :
                new TreeMap<>(form.getValues()).entrySet()) {
            for (FormValue value : part.getValue()) {
                if (value.isFileItem()) {
                    addFile(digest, part.getKey(), value);
                } else {
                    byte[] text = value.getValue().getBytes(StandardCharsets.UTF_8);
                    addHead(digest, part.getKey(), null, text.length);
                    digest.update(text);
                }
            }
        }
        return Sha256.text(digest);
    }

    private static void addFile(MessageDigest digest, String part, FormValue value) {
        try (InputStream content = value.getFileItem().getInputStream()) {
            addHead(digest, part, value.getFileName(), value.getFileItem().getFileSize());
            byte[] buffer = new byte[1 << 16];
            for (int n = content.read(buffer); n >= 0; n = content.read(buffer)) {
                digest.update(buffer, 0, n);
            }
        } catch (IOException e) {
            throw ServiceException.uploadNotKept(e);
        }
    }

    private static void addHead(
            MessageDigest digest, String part, @Nullable String file, long length) {
        digest.update(
                "%s\n%s\n%d\n".formatted(part, file, length).getBytes(StandardCharsets.UTF_8));
    }

    public static @Nullable SentFile file(MultipartFormDataInput form, String part) {
        FormValue value = single(form, part);
        if (value == null) {
            return null;
        }
        String name = value.getFileName();
        if (!value.isFileItem() || name == null || name.isEmpty()) {
            throw ServiceException.badParameter(
                    part, "text", "send it as a file, with a file name that says its type");
        }
        try {
            return new SentFile(
                    lastPart(name), value.getFileItem().getInputStream().readAllBytes());
        } catch (IOException e) {
            throw ServiceException.uploadNotKept(e);
        }
    }

    /** Every file of a repeatable part, at least one; none of them is read here. */
    static List<StudyFiles.Sent> files(MultipartFormDataInput form, String part) {
        Collection<FormValue> values = form.getValues().get(part);
        if (values == null || values.isEmpty()) {
            throw missing(part);
        }
        List<StudyFiles.Sent> files = new ArrayList<>();
        for (FormValue value : values) {
            String name = value.getFileName();
            if (!value.isFileItem() || name == null || name.isEmpty()) {
                throw ServiceException.badParameter(
                        part, "text", "send it as a file, with a file name");
            }
            files.add(
                    new StudyFiles.Sent(
                            lastPart(name), () -> value.getFileItem().getInputStream()));
        }
        return files;
    }

    /** Some clients send their own path; RFC 7578 (4.2) says to leave it unused. */
    static String lastPart(String name) {
        return name.substring(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
    }

    public static SentFile requireFile(MultipartFormDataInput form, String part) {
        SentFile file = file(form, part);
        if (file == null) {
            throw missing(part);
        }
        return file;
    }

    public static @Nullable String text(MultipartFormDataInput form, String part) {
        FormValue value = single(form, part);
        return value == null ? null : text(value, part);
    }

    private static String text(FormValue value, String part) {
        if (!value.isFileItem()) {
            return value.getValue();
        }
        try {
            long size = value.getFileItem().getFileSize();
            if (size > LONGEST_TEXT) {
                throw ServiceException.badParameter(
                        part, size + " bytes", "at most " + LONGEST_TEXT + " bytes of text");
            }
            return new String(
                    value.getFileItem().getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw ServiceException.uploadNotKept(e);
        }
    }

    public static String requireText(MultipartFormDataInput form, String part) {
        return require(part, text(form, part));
    }

    public static String require(String field, @Nullable String value) {
        if (value == null || value.isBlank()) {
            throw missing(field);
        }
        return value;
    }

    /** All values of a repeatable part; a value may also be a comma-separated list. */
    public static List<String> list(MultipartFormDataInput form, String part) {
        List<String> values = new ArrayList<>();
        Collection<FormValue> sent = form.getValues().get(part);
        if (sent != null) {
            for (FormValue value : sent) {
                Arrays.stream(text(value, part).split(",", -1))
                        .map(String::trim)
                        .filter(v -> !v.isEmpty())
                        .forEach(values::add);
            }
        }
        return values;
    }

    static long integer(
            MultipartFormDataInput form, String part, long otherwise, long least, long most) {
        String text = text(form, part);
        if (text == null) {
            return otherwise;
        }
        String limit = "a whole number from " + least + " to " + most;
        try {
            long value = Long.parseLong(text.trim());
            if (value < least || value > most) {
                throw ServiceException.badParameter(part, text, limit);
            }
            return value;
        } catch (NumberFormatException e) {
            throw ServiceException.badParameter(part, text, limit);
        }
    }

    /** A value of mask pixels as JSON holds it: a whole number, or a colour as text. */
    static MaskValue maskValue(String field, @Nullable Object value) {
        try {
            if (value instanceof Integer number) {
                return MaskValue.parse(number.toString());
            }
            if (value instanceof String text && text.startsWith("#")) {
                return MaskValue.parse(text);
            }
        } catch (IllegalArgumentException e) {
            // refused below
        }
        throw ServiceException.badParameter(field, String.valueOf(value), MaskValue.EXPECTED);
    }

    /**
     * Approved unless told otherwise: what a data team ingests as annotated is meant to be used.
     */
    static ReviewState reviewState(@Nullable String word) {
        if (word == null) {
            return ReviewState.APPROVED;
        }
        return Arrays.stream(ReviewState.values())
                .filter(state -> state.word().equals(word.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() ->
                        ServiceException.badParameter(
                                "metadata.review",
                                word,
                                Arrays.stream(ReviewState.values())
                                        .map(ReviewState::word)
                                        .collect(Collectors.joining(" or "))));
    }

    /** The same pixels of another patient or site are refused unless told otherwise. */
    static SamePixels.Policy samePixels(@Nullable String word) {
        if (word == null || word.equals("refuse")) {
            return SamePixels.Policy.REFUSE;
        }
        if (word.equals("allow")) {
            return SamePixels.Policy.ALLOW;
        }
        throw ServiceException.badParameter("metadata.samePixels", word, "\"refuse\" or \"allow\"");
    }

    private static @Nullable FormValue single(MultipartFormDataInput form, String part) {
        Collection<FormValue> values = form.getValues().get(part);
        if (values == null || values.isEmpty()) {
            return null;
        }
        if (values.size() > 1) {
            throw ServiceException.badParameter(part, values.size() + " parts", "send it once");
        }
        return values.iterator().next();
    }

    private static ServiceException missing(String field) {
        return ServiceException.badParameter(field, "", "is missing");
    }

    /** A list of texts of a JSON body; empty where none was sent. */
    public static List<String> names(String field, @Nullable List<@Nullable String> names) {
        List<String> given = new ArrayList<>();
        for (@Nullable String name :
                Objects.requireNonNullElse(names, List.<@Nullable String>of())) {
            if (name == null) {
                throw ServiceException.badParameter(
                        field + "[" + given.size() + "]", "null", "expected text");
            }
            given.add(name);
        }
        return given;
    }

    /**
     * How many rows a page may have at most.
     *
     * @param text null for as many as usual
     */
    public static int limit(@Nullable String text) {
        if (text == null) {
            return Page.USUAL;
        }
        try {
            int limit = Integer.parseInt(text.trim());
            if (limit >= 1 && limit <= Page.MOST) {
                return limit;
            }
        } catch (NumberFormatException e) {
            // refused below
        }
        throw ServiceException.badParameter("limit", text, "a whole number from 1 to " + Page.MOST);
    }
}
