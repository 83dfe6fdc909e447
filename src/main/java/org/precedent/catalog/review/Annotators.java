package org.precedent.catalog.review;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;
import java.util.List;

/** Who drew the same structure on the same image. */
@ApplicationScoped
public class Annotators {
    private final EntityManager entities;

    Annotators(EntityManager entities) {
        this.entities = entities;
    }

    /**
     * One annotator's latest mask.
     *
     * @param annotation its id
     * @param state its review state, as written
     */
    public record Drawn(long annotation, String author, String state) {}

    /**
     * The latest mask of every annotator of an annotation's image and label, but of those that were
     * rejected or retired.
     *
     * @return by author
     */
    @Transactional
    public List<Drawn> beside(long annotation) {
        return Conditions.rows(
                        entities.createNativeQuery(
                                        """
                                        SELECT DISTINCT ON (b.author) b.id, b.author, lower(b.review_state)
                                        FROM annotation a
                                        JOIN annotation b ON b.image_id = a.image_id AND b.label_id = a.label_id
                                        WHERE a.id = ?1 AND b.review_state IN ('UNREVIEWED', 'APPROVED')
                                        ORDER BY b.author, b.version DESC
                                        """)
                                .setParameter(1, annotation))
                .stream()
                .map(row ->
                        new Drawn(((Number) row[0]).longValue(), (String) row[1], (String) row[2]))
                .toList();
    }
}
