package org.precedent.curation;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.precedent.ReviewState;
import org.precedent.ServiceException;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Names;
import org.precedent.catalog.Pool;
import org.precedent.catalog.Sight.Reach;
import org.precedent.catalog.Task;
import org.precedent.catalog.review.AnnotationFilter;

/**
 * A filter as people write it; what is null does not matter.
 *
 * @param ids of annotations; empty for any
 * @param version number or name of a version of the pool; null for the current one
 * @param since a day, or a moment with its zone, e.g. {@code 2026-03-01} or {@code
 *     2026-03-01T08:00:00Z}; a day begins at midnight UTC
 * @param until likewise, not included
 */
public record FilterWords(
        Set<Long> ids,
        @Nullable String task,
        @Nullable String pool,
        @Nullable String version,
        @Nullable String label,
        @Nullable String state,
        @Nullable String site,
        @Nullable String author,
        @Nullable String modality,
        @Nullable String since,
        @Nullable String until,
        @Nullable String text) {

    public FilterWords {
        ids = Set.copyOf(ids);
    }

    /** What is asked for by ids, or everything where there are none. */
    public static FilterWords ofIds(Set<Long> ids) {
        return new FilterWords(
                ids, null, null, null, null, null, null, null, null, null, null, null);
    }

    /**
     * Finds what the names mean to whoever asks.
     *
     * @throws org.precedent.DomainException an unknown name, or a malformed value
     */
    AnnotationFilter resolve(Reach reach, Catalog catalog) {
        Task of = task == null ? null : catalog.task(reach.scope(), task);
        if (of == null && (pool != null || label != null || version != null)) {
            throw ServiceException.badParameter("task", "", "is needed with a pool or a label");
        }
        Pool in = of == null || pool == null ? null : catalog.pool(reach.scope(), of, pool);
        if (in == null && version != null) {
            throw ServiceException.badParameter("pool", "", "is needed with a version");
        }
        return new AnnotationFilter(
                reach,
                ids,
                of,
                in,
                version == null || in == null ? 0 : catalog.requireVersion(in, version),
                label == null || of == null ? null : catalog.labels(of, List.of(label)).getFirst(),
                state == null ? null : state("state", state),
                checked("site", site),
                checked("author", author),
                checked("modality", modality),
                moment("since", since),
                moment("until", until),
                checked("text", text));
    }

    /** The database does not even take every text as a question. */
    static @Nullable String checked(String field, @Nullable String value) {
        return value == null ? null : Names.requireText(field, value);
    }

    /** Whether nothing is asked for: such a filter finds everything there is. */
    boolean isEmpty() {
        return ids.isEmpty()
                && task == null
                && pool == null
                && label == null
                && state == null
                && site == null
                && author == null
                && modality == null
                && since == null
                && until == null
                && text == null;
    }

    /** Reads a review state. */
    public static ReviewState state(String field, String word) {
        return Arrays.stream(ReviewState.values())
                .filter(state -> state.word().equals(word.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() ->
                        ServiceException.badParameter(
                                field,
                                word,
                                Arrays.stream(ReviewState.values())
                                        .map(ReviewState::word)
                                        .collect(Collectors.joining(", "))));
    }

    static @Nullable Instant moment(String field, @Nullable String text) {
        if (text == null) {
            return null;
        }
        try {
            return text.length() == 10
                    ? LocalDate.parse(text).atStartOfDay().toInstant(ZoneOffset.UTC)
                    : Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw ServiceException.badParameter(
                    field, text, "a day as 2026-03-01, or a moment as 2026-03-01T08:00:00Z");
        }
    }
}
