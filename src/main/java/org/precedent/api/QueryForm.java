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
                    "patient",
                    "nearDuplicates");

    private QueryForm() {}

    /** For the API description. */
    @Schema(name = "Query", description = "An image, its task, and by what precedent to answer.")
    static final class Described {
        @Schema(
                type = SchemaType.STRING,
                format = "binary",
                required = true,
                description = Forms.IMAGE_FILE)
        public @Nullable String image;

        @Schema(required = true, description = "Name of the task.")
        public @Nullable String task;

        @Schema(
                description =
                        "Names of labels, repeated or comma-separated. Default: all of the task.")
        public @Nullable List<String> labels;

        @Schema(defaultValue = "default", description = "Name of the support pool.")
        public @Nullable String pool;

        @Schema(minimum = "1", description = "Version of the pool. Default: the current one.")
        public @Nullable Integer poolVersion;

        @Schema(
                minimum = "1",
                maximum = "1024",
                defaultValue = "16",
                description = "How many supports a label gets at most (K).")
        public @Nullable Integer supportSize;

        @Schema(
                defaultValue = "pool",
                description =
                        "How sharply similar supports are preferred. \"pool\": the one chosen for the pool, uniform where none was;"
                                + " \"uniform\"; or tau from 1e-5 to 100 in softmax(similarity /"
                                + " tau).")
        public @Nullable String temperature;

        @Schema(
                enumeration = {"random", "image", "location", "object", "fused"},
                defaultValue = "image",
                description =
                        "What is compared: whole images, locations along the contour of a first answer,"
                                + " objects of a first answer, all three fused; or supports at"
                                + " random.")
        public @Nullable String strategy;

        @Schema(
                defaultValue = "0",
                description = "Decides the random strategy; any 64-bit whole number.")
        public @Nullable Long seed;

        @Schema(maxLength = 200, description = "Only supports of this site. Default: of any site.")
        public @Nullable String site;

        @Schema(
                maxLength = 200,
                description =
                        "The patient's pseudonym: this patient's own images never support the query."
                                + " Default: not known, and nothing is left out for it.")
        public @Nullable String patient;

        @Schema(
                enumeration = {"leave-out", "allow"},
                defaultValue = "leave-out",
                description =
                        "what becomes of supports that show nearly the query's own picture (encoded,"
                                + " scaled, brightened or cut anew): left out and named under"
                                + " leftOut, or allowed; the query's own pixels never support it")
        public @Nullable String nearDuplicates;
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
                Forms.text(form, "patient"),
                Query.nearDuplicates(Forms.text(form, "nearDuplicates")));
    }
}
