package org.precedent.catalog.review;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.persistence.Query;
import jakarta.transaction.Transactional;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.precedent.ReviewState;
import org.precedent.access.Action;
import org.precedent.access.Scope;
import org.precedent.catalog.Sight.Reach;

/**
 * Stored images by themselves, each with all annotations of it that are within reach: what a viewer
 * lists and opens. Whoever may not see the images of pools finds none.
 */
@ApplicationScoped
public class ImageRecords {
    private static final String IMAGE =
            "i.id, i.source_name, i.pixels_sha256, i.width, i.height, i.modality, i.site,"
                    + " i.patient, i.series, i.slice_index, array_to_string(i.spacing_mm, ' '),"
                    + " array_to_string(i.origin_mm, ' '), array_to_string(i.direction, ' '),"
                    + " i.created_at";

    private final EntityManager entities;

    ImageRecords(EntityManager entities) {
        this.entities = entities;
    }

    /**
     * A stored image. Names of another site's files and people are null or an image's id.
     *
     * @param own whether it is of the caller's site
     * @param patient null for another site's
     * @param series null for an image that is no slice
     */
    public record Stored(
            UUID id,
            boolean own,
            String name,
            String pixelsSha256,
            int width,
            int height,
            String modality,
            @Nullable String site,
            @Nullable String patient,
            @Nullable String series,
            @Nullable Integer sliceIndex,
            double @Nullable [] spacingMm,
            double @Nullable [] originMm,
            double @Nullable [] direction,
            Instant createdAt) {}

    /**
     * An annotation of a stored image.
     *
     * @param sliceIndex of its image; null for an image that is no slice
     * @param author null where the image is another site's
     */
    public record Annotated(
            long id,
            UUID imageId,
            @Nullable Integer sliceIndex,
            int taskId,
            String task,
            String label,
            int version,
            ReviewState state,
            @Nullable String author,
            String maskSha256,
            int area,
            Instant createdAt) {}

    /** The images that have an annotation within reach, the earliest first. */
    @Transactional
    public List<Stored> list(Reach reach, int most) {
        if (!reach.scope().may(Action.SEE_SUPPORTS)) {
            return List.of();
        }
        return stored(reach, new Conditions(), most);
    }

    /** One image that has an annotation within reach. */
    @Transactional
    public Optional<Stored> find(Reach reach, UUID image) {
        if (!reach.scope().may(Action.SEE_SUPPORTS)) {
            return Optional.empty();
        }
        return stored(reach, new Conditions().given("i.id = :image", "image", image), 1).stream()
                .findFirst();
    }

    private List<Stored> stored(Reach reach, Conditions conditions, int most) {
        conditions.nested(
                "EXISTS (SELECT 1 FROM annotation a JOIN label l ON l.id = a.label_id"
                        + " WHERE a.image_id = i.id AND %s)",
                new Conditions().seen(reach));
        Query query =
                entities.createNativeQuery(
                        "SELECT %s FROM image i WHERE %s ORDER BY i.created_at, i.id"
                                .formatted(IMAGE, conditions.sql()));
        conditions.bind(query);
        return Conditions.rows(query.setMaxResults(most)).stream()
                .map(row -> stored(reach.scope(), row))
                .toList();
    }

    private static Stored stored(Scope scope, Object[] row) {
        UUID id = (UUID) row[0];
        String site = (String) row[6];
        boolean own = scope.owns(site);
        return new Stored(
                id,
                own,
                scope.imageName(site, (String) row[1], id),
                (String) row[2],
                ((Number) row[3]).intValue(),
                ((Number) row[4]).intValue(),
                (String) row[5],
                own ? site : null,
                own ? (String) row[7] : null,
                own ? (String) row[8] : null,
                row[9] == null ? null : ((Number) row[9]).intValue(),
                numbers((String) row[10]),
                numbers((String) row[11]),
                numbers((String) row[12]),
                (Instant) row[13]);
    }

    private static double @Nullable [] numbers(@Nullable String text) {
        if (text == null) {
            return null;
        }
        String[] words = text.split(" ");
        double[] numbers = new double[words.length];
        for (int i = 0; i < words.length; i++) {
            numbers[i] = Double.parseDouble(words[i]);
        }
        return numbers;
    }

    /** The annotations of images, as far as they are within reach, the earliest first. */
    @Transactional
    public List<Annotated> annotations(Reach reach, Collection<UUID> images) {
        return annotated(
                reach,
                new Conditions()
                        .given(
                                "a.image_id = ANY(CAST(string_to_array(:images, ',') AS uuid[]))",
                                "images",
                                images.stream()
                                        .map(UUID::toString)
                                        .collect(Collectors.joining(","))));
    }

    /** Annotations by their ids, as far as they are within reach. */
    @Transactional
    public List<Annotated> byId(Reach reach, Collection<Long> ids) {
        return annotated(
                reach,
                new Conditions()
                        .given(
                                "a.id = ANY(CAST(string_to_array(:ids, ',') AS bigint[]))",
                                "ids",
                                Conditions.list(ids)));
    }

    private List<Annotated> annotated(Reach reach, Conditions conditions) {
        conditions.seen(reach);
        Query query =
                entities.createNativeQuery(
                        """
                        SELECT a.id, i.id AS image_id, i.slice_index, t.id AS task_id, t.name AS task,
                            l.name AS label, a.version, a.review_state, a.author, i.site,
                            a.mask_sha256, a.area, a.created_at
                        FROM annotation a JOIN image i ON i.id = a.image_id
                        JOIN label l ON l.id = a.label_id JOIN task t ON t.id = l.task_id
                        WHERE %s ORDER BY a.created_at, a.id
                        """
                                .formatted(conditions.sql()));
        conditions.bind(query);
        return Conditions.rows(query).stream()
                .map(row ->
                        new Annotated(
                                ((Number) row[0]).longValue(),
                                (UUID) row[1],
                                row[2] == null ? null : ((Number) row[2]).intValue(),
                                ((Number) row[3]).intValue(),
                                (String) row[4],
                                (String) row[5],
                                ((Number) row[6]).intValue(),
                                ReviewState.valueOf((String) row[7]),
                                reach.scope().owns((String) row[9]) ? (String) row[8] : null,
                                (String) row[10],
                                ((Number) row[11]).intValue(),
                                (Instant) row[12]))
                .toList();
    }
}
