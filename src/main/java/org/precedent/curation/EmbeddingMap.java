package org.precedent.curation;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.precedent.catalog.Pool;
import org.precedent.catalog.Task;
import org.precedent.catalog.review.PoolContents.Member;
import org.precedent.curation.ranking.Suspects;
import org.precedent.embedding.VectorPlane;
import org.precedent.evaluation.Progress;
import org.precedent.projection.ImageSpaces;

/** A pool on a plane: images whose vectors are near each other lie near each other. */
@ApplicationScoped
public class EmbeddingMap {
    /** Images on a map; of larger pools as many are drawn. */
    static final int MOST_IMAGES = 10_000;

    private final CuratedPool pools;
    private final ImageSpaces spaces;

    EmbeddingMap(CuratedPool pools, ImageSpaces spaces) {
        this.pools = pools;
        this.spaces = spaces;
    }

    /**
     * An annotation where its image lies.
     *
     * @param x from 0 to 1
     * @param y from 0 to 1
     */
    public record Point(long annotationId, UUID imageId, String label, float x, float y) {}

    /** The annotations that may serve or still be reviewed, image by image. */
    List<Point> of(Pool pool, List<Task.Label> labels, long seed, Progress progress) {
        return spaces.pinned(() -> {
            List<List<Member>> all = List.copyOf(pools.images(pool, labels).values());
            List<List<Member>> images =
                    Suspects.drawn(all.size(), MOST_IMAGES, seed).stream().map(all::get).toList();
            List<float[]> vectors =
                    pools.vectors(images.stream().map(List::getFirst).toList(), progress);
            progress.step("places of " + images.size() + " images", 0, 1);
            List<VectorPlane.Point> places = VectorPlane.of(vectors, seed);
            List<Point> points = new ArrayList<>();
            for (int i = 0; i < places.size(); i++) {
                VectorPlane.Point place = places.get(i);
                for (Member member : images.get(i)) {
                    points.add(
                            new Point(
                                    member.support().annotationId(),
                                    member.support().imageId(),
                                    member.label(),
                                    place.x(),
                                    place.y()));
                }
            }
            return points;
        });
    }
}
