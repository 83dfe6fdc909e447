package org.precedent.catalog;

import jakarta.persistence.EntityManager;
import jakarta.persistence.Tuple;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.precedent.CanonicalNames;
import org.precedent.access.PoolGrant;

/**
 * A support pool as it is now, for somebody who may read it.
 *
 * @param grant the proof of that
 * @param version the current version; 0 when nothing was ever put in
 * @param ownStudy whether annotated slices of a study may support its other slices
 */
public record Pool(PoolGrant grant, int taskId, String name, int version, boolean ownStudy) {
    /** The pool's id, the same for everybody. */
    public int id() {
        return grant.pool();
    }

    /**
     * The number of a version by its number or name; a number is never a name.
     *
     * @throws CatalogException UNKNOWN_POOL_VERSION, with the range and the names
     */
    int number(EntityManager entities, String wanted) {
        String text = Names.requireText("poolVersion", wanted);
        if (text.matches("[0-9]{1,9}")) {
            int number = Integer.parseInt(text);
            if (number >= 1 && number <= version) {
                return number;
            }
        }
        Map<String, Integer> named = named(entities);
        return named.entrySet().stream()
                .filter(one -> CanonicalNames.same(one.getKey(), text))
                .findFirst()
                .map(Map.Entry::getValue)
                .orElseThrow(() -> CatalogException.unknownVersion(text, version, named.keySet()));
    }

    /** The versions that have a name, the latest first. */
    private Map<String, Integer> named(EntityManager entities) {
        List<?> rows =
                entities.createNativeQuery(
                                "SELECT name, version FROM pool_version WHERE pool_id = ?1"
                                        + " AND name IS NOT NULL ORDER BY version DESC",
                                Tuple.class)
                        .setParameter(1, id())
                        .getResultList();
        Map<String, Integer> named = new LinkedHashMap<>();
        for (Object row : rows) {
            named.put(((Tuple) row).get(0, String.class), ((Tuple) row).get(1, Integer.class));
        }
        return named;
    }
}
