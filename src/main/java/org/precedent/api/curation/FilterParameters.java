package org.precedent.api.curation;

import jakarta.ws.rs.QueryParam;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.api.Forms;
import org.precedent.catalog.review.Page;
import org.precedent.curation.FilterWords;

/** What a list of annotations or images is asked by; all that is given must hold. */
public class FilterParameters {
    static final String CURSOR = "The `next` of the page before; absent for the first";
    static final String LIMIT = "Rows at most, 1 to 1000; 100 where absent";

    @Parameter(description = "Only these annotations: ids, separated by commas, at most 1000")
    @QueryParam("ids")
    @Nullable String ids;

    @Parameter(description = "Of this task")
    @QueryParam("task")
    @Nullable String task;

    @Parameter(description = "That this pool of the task holds")
    @QueryParam("pool")
    @Nullable String pool;

    @Parameter(description = "At this version of the pool, by number or name; now where absent")
    @QueryParam("version")
    @Nullable String version;

    @Parameter(description = "Of this label of the task")
    @QueryParam("label")
    @Nullable String label;

    @Parameter(
            description = "In this review state",
            schema =
                    @Schema(
                            type = SchemaType.STRING,
                            enumeration = {"unreviewed", "approved", "rejected", "retired"}))
    @QueryParam("state")
    @Nullable String state;

    @Parameter(description = "Of this site; another site's name finds nothing")
    @QueryParam("site")
    @Nullable String site;

    @Parameter(description = "By this author, of images of the own site")
    @QueryParam("author")
    @Nullable String author;

    @Parameter(description = "Of this modality")
    @QueryParam("modality")
    @Nullable String modality;

    @Parameter(description = "Made then or later: `2026-03-01`, or `2026-03-01T08:00:00Z`")
    @QueryParam("since")
    @Nullable String since;

    @Parameter(description = "Made before, likewise")
    @QueryParam("until")
    @Nullable String until;

    @Parameter(description = "With this in the image's file name, of images of the own site")
    @QueryParam("text")
    @Nullable String text;

    FilterWords words() {
        return new FilterWords(
                ids("ids", ids),
                task,
                pool,
                version,
                label,
                state,
                site,
                author,
                modality,
                since,
                until,
                text);
    }

    static Page.Request page(@Nullable String after, @Nullable String limit) {
        return new Page.Request(after, Forms.limit(limit));
    }

    /** Ids that are separated by commas; none where nothing is given. */
    static Set<Long> ids(String field, @Nullable String text) {
        if (text == null) {
            return Set.of();
        }
        try {
            Set<Long> ids =
                    Arrays.stream(text.split(",", -1))
                            .map(word -> Long.valueOf(word.strip()))
                            .collect(Collectors.toSet());
            if (ids.size() <= Page.MOST) {
                return ids;
            }
        } catch (NumberFormatException e) {
            // refused below
        }
        throw ServiceException.badParameter(
                field, text, "1 to " + Page.MOST + " whole numbers, separated by commas");
    }
}
