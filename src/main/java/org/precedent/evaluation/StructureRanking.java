package org.precedent.evaluation;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.precedent.embedding.Level;
import org.precedent.evaluation.SupportChooser.Scored;
import org.precedent.retrieval.Fusion;

/**
 * What the levels found for one query, so that many fusions of it can be tried.
 *
 * @param found by level, each level's different images, best first
 * @param supports the image behind an id
 */
public record StructureRanking(Map<Level, List<UUID>> found, Function<UUID, Annotated> supports) {
    public StructureRanking {
        Map<Level, List<UUID>> copy = new EnumMap<>(Level.class);
        found.forEach((level, ids) -> copy.put(level, List.copyOf(ids)));
        found = Collections.unmodifiableMap(copy);
    }

    /** The supports that a fusion keeps, by falling score. */
    public List<Scored> fuse(Fusion fusion, int k) {
        return fusion.fuse(found, k).stream()
                .map(one -> new Scored(supports.apply(one.imageId()), one.score()))
                .toList();
    }
}
