package org.precedent.service;

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
public record Ranked(Map<Level, List<UUID>> found, Map<UUID, Support> supports) {
    public Ranked {
        found = Map.copyOf(found);
        supports = Map.copyOf(supports);
    }
}
