package org.precedent.query;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.precedent.catalog.Support;
import org.precedent.embedding.Level;

/**
 * What the levels found for one label of a query.
 *
 * @param found by level, different images, best first
 * @param supports the same images as the catalogue knows them
 */
public record LevelRanking(Map<Level, List<UUID>> found, Map<UUID, Support> supports) {
    public LevelRanking {
        found = Map.copyOf(found);
        supports = Map.copyOf(supports);
    }
}
