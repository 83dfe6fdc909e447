package org.precedent.catalog.review;

import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.precedent.CanonicalNames;
import org.precedent.ReviewState;
import org.precedent.catalog.Pool;
import org.precedent.catalog.Sight.Reach;
import org.precedent.catalog.Task;

/**
 * Which annotations; what is null does not matter.
 *
 * @param reach of whoever asks: nothing beyond it is found
 * @param ids of annotations; empty for any
 * @param pool that holds it, at {@code poolVersion}; or in which it waits beside an approved one,
 *     where that is the current version
 * @param poolVersion 0 for the current one
 * @param since created then or later
 * @param until created before
 * @param text part of the image's name, without regard to case
 */
public record AnnotationFilter(
        Reach reach,
        Set<Long> ids,
        @Nullable Task task,
        @Nullable Pool pool,
        int poolVersion,
        Task.@Nullable Label label,
        @Nullable ReviewState state,
        @Nullable String site,
        @Nullable String author,
        @Nullable String modality,
        @Nullable Instant since,
        @Nullable Instant until,
        @Nullable String text) {

    /** Conditions on {@code annotation a}, {@code image i} and {@code label l}. */
    Conditions conditions() {
        Conditions conditions =
                new Conditions()
                        .given(
                                "a.id = ANY(CAST(string_to_array(:ids, ',') AS bigint[]))",
                                "ids",
                                ids.isEmpty() ? null : Conditions.list(ids))
                        .given("l.task_id = :task", "task", task == null ? null : task.id())
                        .given("a.label_id = :label", "label", label == null ? null : label.id())
                        .given(
                                "a.review_state = :state",
                                "state",
                                state == null ? null : state.name())
                        .given(
                                "lower(i.site) = :site",
                                "site",
                                site == null ? null : CanonicalNames.key(site))
                        .given(
                                "lower(a.author) = :author",
                                "author",
                                author == null ? null : CanonicalNames.key(author))
                        .given(
                                "lower(i.modality) = :modality",
                                "modality",
                                modality == null ? null : CanonicalNames.key(modality))
                        .given("a.created_at >= :since", "since", since)
                        .given("a.created_at < :until", "until", until)
                        .given("i.source_name ILIKE :text", "text", Conditions.containing(text))
                        .seen(reach);
        if ((site != null || author != null || text != null) && !reach.everything()) {
            conditions.own(reach); // names of other sites' files and people are theirs
        }
        if (pool != null) {
            conditions
                    .given(
                            "(EXISTS (SELECT 1 FROM pool_member m WHERE m.annotation_id = a.id"
                                    + " AND m.pool_id = :pool AND m.from_version <= :version AND"
                                    + " (m.until_version IS NULL OR m.until_version > :version))"
                                    + " OR (:version = :current AND EXISTS (SELECT 1"
                                    + " FROM waiting_proposal w WHERE w.annotation_id = a.id"
                                    + " AND w.pool_id = :pool)))",
                            "pool",
                            pool.id())
                    .given("TRUE", "version", poolVersion == 0 ? pool.version() : poolVersion)
                    .given("TRUE", "current", pool.version());
        }
        return conditions;
    }
}
