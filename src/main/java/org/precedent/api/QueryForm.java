package org.precedent.api;

import java.util.List;
import java.util.Objects;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jboss.resteasy.reactive.server.multipart.MultipartFormDataInput;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.query.Query;

/** The form of a query. */
final class QueryForm {
    private static final List<String> PARTS =
            List.of(
                    "image",
                    "task",
                    "labels",
                    "pool",
                    "poolVersion",
                    "supportSize",
                    "temperature",
                    "strategy",
                    "seed",
                    "site",
                    "patient");

    private QueryForm() {}

    /** For the API description. */
    @Schema(name = "Query")
    static final class Described {
        @Schema(
                type = SchemaType.STRING,
                format = "binary",
                required = true,
                description = "PNG, BMP, JPEG or TIFF; 8 or 16 bit; grey or colour")
        public @Nullable String image;

        @Schema(required = true)
        public @Nullable String task;

        @Schema(description = "repeated or comma-separated; all labels of the task if absent")
        public @Nullable List<String> labels;

        @Schema(defaultValue = "default")
        public @Nullable String pool;

        @Schema(minimum = "1", description = "the current one if absent")
        public @Nullable Integer poolVersion;

        @Schema(minimum = "1", maximum = "1024", defaultValue = "16")
        public @Nullable Integer supportSize;

        @Schema(
                defaultValue = "pool",
                description =
                        "\"pool\": the one chosen for the pool, uniform where none was;"
                                + " \"uniform\"; or tau from 1e-5 to 100 in softmax(similarity /"
                                + " tau)")
        public @Nullable String temperature;

        @Schema(
                enumeration = {"random", "image", "location", "object", "fused"},
                defaultValue = "image")
        public @Nullable String strategy;

        @Schema(defaultValue = "0", description = "decides the random strategy")
        public @Nullable Long seed;

        @Schema(description = "only supports of this site")
        public @Nullable String site;

        @Schema(description = "pseudonym; this patient's own images never support the query")
        public @Nullable String patient;
    }

    static Query read(MultipartFormDataInput form) {
        for (String part : Forms.parts(form)) {
            if (!PARTS.contains(part)) {
                throw ServiceException.badParameter(
                        "part", part, "expected one of " + String.join(", ", PARTS));
            }
        }
        String version = Forms.text(form, "poolVersion");
        return new Query(
                Forms.requireFile(form, "image"),
                Forms.requireText(form, "task"),
                Forms.list(form, "labels"),
                Objects.requireNonNullElse(Forms.text(form, "pool"), "default"),
                version == null
                        ? null
                        : (int) Forms.integer(form, "poolVersion", 1, 1, Integer.MAX_VALUE),
                (int)
                        Forms.integer(
                                form,
                                "supportSize",
                                Query.DEFAULT_SUPPORTS,
                                1,
                                Query.MOST_SUPPORTS),
                Query.temperature(Forms.text(form, "temperature")),
                Query.strategy(Forms.text(form, "strategy")),
                Forms.integer(form, "seed", 0, Long.MIN_VALUE, Long.MAX_VALUE),
                Forms.text(form, "site"),
                Forms.text(form, "patient"));
    }
}
