package org.precedent.catalog.review;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Query;
import jakarta.transaction.Transactional;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.precedent.CanonicalNames;
import org.precedent.ReviewState;
import org.precedent.access.Action;
import org.precedent.access.Scope;
import org.precedent.catalog.Pool;
import org.precedent.catalog.Task;

/**
 * What there is, page by page. Lists are sorted by ids that never change, so that pages are stable
 * while others write.
 */
@ApplicationScoped
public class Browsing {
    /** The last verdict on any label of answer w that is in force. */
    private static final String VERDICT =
            "(SELECT v.verdict FROM answer_verdict v JOIN answer_label al"
                    + " ON al.id = v.answer_label_id JOIN curation_action c ON c.id = v.action_id"
                    + " WHERE al.answer_id = w.id AND c.in_force ORDER BY c.number DESC LIMIT 1)";

    /** Whether a label of answer w says that there is no sufficient precedent. */
    private static final String FLAGGED =
            "EXISTS (SELECT 1 FROM answer_label f WHERE f.answer_id = w.id"
                    + " AND f.confidence ->> 'insufficientPrecedent' = 'true')";

    /** Values of a facet that are counted at most. */
    private static final int FACET_VALUES = 50;

    private final EntityManager entities;

    Browsing(EntityManager entities) {
        this.entities = entities;
    }

    /**
     * An annotation in a list. Names of another site's files and people are null or an image's id.
     *
     * @param version 1 for the first of its image and label
     * @param fromAnswer the recorded answer that it came from; null where it came from none
     * @param mayReview whether a curator of whoever asks may change its state
     */
    public record AnnotationRow(
            long id,
            int version,
            UUID imageId,
            String image,
            String task,
            String label,
            ReviewState state,
            @Nullable String author,
            @Nullable String site,
            String modality,
            int area,
            Instant createdAt,
            @Nullable UUID fromAnswer,
            boolean mayReview) {}

    /** Annotations, the latest first. */
    @Transactional
    public Page<AnnotationRow> annotations(AnnotationFilter filter, Page.Request page) {
        Conditions conditions = filter.conditions();
        String cursor = page.key();
        if (cursor != null) {
            String[] parts = cursor.split(" ", 2);
            conditions
                    .given("(a.created_at, a.id) < (:time, :after)", "time", time(parts[0]))
                    .given("TRUE", "after", number(parts[parts.length - 1]));
        }
        return page(
                """
                SELECT a.id, a.version, i.id AS image_id, i.source_name, t.name AS task, l.name AS label,
                    a.review_state, a.author, i.site, i.modality, a.area, a.created_at,
                    (SELECT al.answer_id FROM answer_verdict v
                     JOIN answer_label al ON al.id = v.answer_label_id
                     JOIN curation_action c ON c.id = v.action_id
                     WHERE v.annotation_id = a.id ORDER BY c.number LIMIT 1) AS from_answer,
                    (%s) AS changeable
                FROM annotation a JOIN image i ON i.id = a.image_id
                JOIN label l ON l.id = a.label_id JOIN task t ON t.id = l.task_id
                """
                                .formatted(conditions.changing(filter.reach()))
                        + " WHERE %s ORDER BY a.created_at DESC, a.id DESC",
                conditions,
                page,
                row -> annotation(filter.reach().scope(), row),
                row -> row.createdAt() + " " + row.id());
    }

    private static AnnotationRow annotation(Scope scope, Object[] row) {
        UUID image = (UUID) row[2];
        String site = (String) row[8];
        boolean own = scope.owns(site);
        return new AnnotationRow(
                ((Number) row[0]).longValue(),
                ((Number) row[1]).intValue(),
                image,
                scope.imageName(site, (String) row[3], image),
                (String) row[4],
                (String) row[5],
                ReviewState.valueOf((String) row[6]),
                own ? (String) row[7] : null,
                own ? site : null,
                (String) row[9],
                ((Number) row[10]).intValue(),
                (Instant) row[11],
                (UUID) row[12],
                (Boolean) row[13] && scope.may(Action.REVIEW));
    }

    /**
     * How many annotations of a selection have a value.
     *
     * @param facet label, state, site, author or modality
     */
    public record Count(String facet, String value, long annotations) {}

    /** What a facet is in {@code annotation a}, {@code image i} and {@code label l}. */
    private static final Map<String, String> FACETS =
            Map.of(
                    "label", "l.name",
                    "state", "lower(a.review_state)",
                    "site", "i.site",
                    "author", "a.author",
                    "modality", "i.modality");

    /**
     * The annotations that pass a filter, counted by each facet, the most frequent value first;
     * sites and authors of the own site only.
     */
    @Transactional
    public List<Count> facets(AnnotationFilter filter) {
        List<Count> counts = new ArrayList<>();
        for (String facet : List.of("label", "state", "site", "author", "modality")) {
            Conditions conditions = filter.conditions();
            if (!filter.reach().everything() && (facet.equals("site") || facet.equals("author"))) {
                conditions.own(filter.reach());
            }
            Query query =
                    entities.createNativeQuery(
                            """
                            SELECT %s AS value, count(*) AS annotations
                            FROM annotation a JOIN image i ON i.id = a.image_id
                            JOIN label l ON l.id = a.label_id
                            WHERE %s GROUP BY 1 ORDER BY 2 DESC, 1
                            """
                                    .formatted(FACETS.get(facet), conditions.sql()));
            conditions.bind(query);
            Conditions.rows(query.setMaxResults(FACET_VALUES))
                    .forEach(row ->
                            counts.add(
                                    new Count(
                                            facet,
                                            (String) row[0],
                                            ((Number) row[1]).longValue())));
        }
        return counts;
    }

    /** An image in a list; site and patient are null for another site's. */
    public record ImageRow(
            UUID id,
            String name,
            @Nullable String site,
            @Nullable String patient,
            String modality,
            int width,
            int height,
            Instant createdAt,
            int annotations) {}

    /**
     * Images that have an annotation which passes the filter, by id.
     *
     * @param filter of their annotations
     */
    @Transactional
    public Page<ImageRow> images(AnnotationFilter filter, Page.Request page) {
        String key = page.key();
        Conditions conditions = filter.conditions().always("a.image_id = i.id");
        Conditions all =
                new Conditions()
                        .given("i.id > :after", "after", key == null ? null : uuid(key))
                        .nested(
                                "EXISTS (SELECT 1 FROM annotation a JOIN label l"
                                        + " ON l.id = a.label_id WHERE %s)",
                                conditions);
        return page(
                """
                SELECT i.id, i.source_name, i.site, i.patient, i.modality, i.width, i.height,
                    i.created_at, (SELECT count(*) FROM annotation x WHERE x.image_id = i.id) AS n
                FROM image i WHERE %s ORDER BY i.id
                """,
                all, page, row -> image(filter.reach().scope(), row), row -> row.id().toString());
    }

    private static ImageRow image(Scope scope, Object[] row) {
        UUID id = (UUID) row[0];
        String site = (String) row[2];
        boolean own = scope.owns(site);
        return new ImageRow(
                id,
                scope.imageName(site, (String) row[1], id),
                own ? site : null,
                own ? (String) row[3] : null,
                (String) row[4],
                ((Number) row[5]).intValue(),
                ((Number) row[6]).intValue(),
                (Instant) row[7],
                ((Number) row[8]).intValue());
    }

    /**
     * Which answers; what is null does not matter.
     *
     * @param scope of whoever asks: only what it may read is found
     * @param verdict {@code accepted}, {@code corrected}, {@code rejected} or {@code none}
     * @param flagged only answers that say of a label that it has no sufficient precedent
     * @param text part of the query's name, without regard to case
     */
    public record AnswerFilter(
            Scope scope,
            @Nullable Task task,
            @Nullable Pool pool,
            @Nullable String site,
            @Nullable String verdict,
            boolean flagged,
            @Nullable Instant since,
            @Nullable Instant until,
            @Nullable String text) {}

    /**
     * A recorded answer in a list.
     *
     * @param flagged whether it says of a label that it has no sufficient precedent
     * @param verdict the last one in force; null where nobody judged it
     */
    public record AnswerRow(
            UUID id,
            String query,
            String task,
            String pool,
            int poolVersion,
            String network,
            Instant createdAt,
            boolean flagged,
            @Nullable String verdict) {}

    /** Recorded answers, the latest first. */
    @Transactional
    public Page<AnswerRow> answers(AnswerFilter filter, Page.Request page) {
        Conditions conditions =
                new Conditions()
                        .given(
                                "w.task_id = :task",
                                "task",
                                filter.task() == null ? null : filter.task().id())
                        .given(
                                "w.pool_id = :pool",
                                "pool",
                                filter.pool() == null ? null : filter.pool().id())
                        .given(
                                "lower(w.site) = :site",
                                "site",
                                filter.site() == null ? null : CanonicalNames.key(filter.site()))
                        .given("w.created_at >= :since", "since", filter.since())
                        .given("w.created_at < :until", "until", filter.until())
                        .given(
                                "w.query_name ILIKE :text",
                                "text",
                                Conditions.containing(filter.text()))
                        .given(
                                FLAGGED + " = :flagged",
                                "flagged",
                                filter.flagged() ? Boolean.TRUE : null)
                        .readable(filter.scope())
                        .given(
                                "coalesce(%s, 'none') = :verdict".formatted(VERDICT),
                                "verdict",
                                filter.verdict());
        String key = page.key();
        if (key != null) {
            String[] parts = key.split(" ", 2);
            conditions
                    .given(
                            "(w.created_at, w.id) < (:time, :after)",
                            "time",
                            parts.length == 2 ? time(parts[0]) : time(key))
                    .given("TRUE", "after", uuid(parts[parts.length - 1]));
        }
        return page(
                """
                SELECT w.id, w.query_name, t.name AS task, p.name AS pool, w.pool_version, w.network,
                    w.created_at, %s AS flagged, %s AS verdict
                FROM answer w JOIN task t ON t.id = w.task_id JOIN pool p ON p.id = w.pool_id
                """
                                .formatted(FLAGGED, VERDICT)
                        + " WHERE %s ORDER BY w.created_at DESC, w.id DESC",
                conditions,
                page,
                row ->
                        new AnswerRow(
                                (UUID) row[0],
                                (String) row[1],
                                (String) row[2],
                                (String) row[3],
                                ((Number) row[4]).intValue(),
                                (String) row[5],
                                (Instant) row[6],
                                (Boolean) row[7],
                                (String) row[8]),
                row -> row.createdAt() + " " + row.id());
    }

    private <T> Page<T> page(
            String sql,
            Conditions conditions,
            Page.Request page,
            Function<Object[], T> read,
            Function<T, String> key) {
        Query query = entities.createNativeQuery(sql.formatted(conditions.sql()));
        conditions.bind(query);
        List<T> rows =
                Conditions.rows(query.setMaxResults(page.limit() + 1)).stream().map(read).toList();
        return Page.of(rows, page.limit(), key);
    }

    private static long number(String key) {
        try {
            return Long.parseLong(key);
        } catch (NumberFormatException e) {
            throw Page.unknown(key);
        }
    }

    private static UUID uuid(String key) {
        try {
            return UUID.fromString(key);
        } catch (IllegalArgumentException e) {
            throw Page.unknown(key);
        }
    }

    private static Instant time(String key) {
        try {
            return Instant.parse(key);
        } catch (DateTimeParseException e) {
            throw Page.unknown(key);
        }
    }
}
