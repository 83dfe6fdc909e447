package org.precedent.catalog.review;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;
import java.util.List;
import org.precedent.CanonicalNames;
import org.precedent.access.Scope;
import org.precedent.catalog.Pool;

/** The images that queries of a pool showed, as the record of answers has them. */
@ApplicationScoped
public class AskedImages {
    private final EntityManager entities;

    AskedImages(EntityManager entities) {
        this.entities = entities;
    }

    /**
     * One image.
     *
     * @param name of its file when it was asked last
     */
    public record Asked(String pixelsSha256, String name) {}

    /**
     * The images that the own site asked a pool last, each once, the latest first, without whole
     * volumes; those of every site for administrators.
     */
    @Transactional
    public List<Asked> latest(Pool pool, int most) {
        Scope scope = pool.grant().scope();
        @SuppressWarnings("unchecked") // a native query of several columns gives Object[] rows
        List<Object[]> rows =
                entities.createNativeQuery(
                                """
                                SELECT query_sha256,
                                  (array_agg(query_name ORDER BY created_at DESC))[1]
                                FROM answer WHERE pool_id = ?1 AND slice_hashes IS NULL
                                  AND (?2 = '' OR lower(asked_site) = ?2)
                                GROUP BY query_sha256 ORDER BY max(created_at) DESC
                                """)
                        .setParameter(1, pool.id())
                        .setParameter(2, scope.everywhere() ? "" : CanonicalNames.key(scope.home()))
                        .setMaxResults(most)
                        .getResultList();
        return rows.stream().map(row -> new Asked((String) row[0], (String) row[1])).toList();
    }
}
