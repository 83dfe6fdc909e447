package org.precedent.curation;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.precedent.ReviewState;
import org.precedent.access.Action;
import org.precedent.access.Scope;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Pool;
import org.precedent.catalog.Support;
import org.precedent.catalog.Task;
import org.precedent.catalog.review.Browsing.AnnotationRow;
import org.precedent.catalog.review.Page;
import org.precedent.index.ImageSearch;
import org.precedent.index.SupportFilter;
import org.precedent.projection.ImageProjection;
import org.precedent.projection.ImageSpaces;

/** From one image of a pool to those nearest to it, as the index of queries has them. */
@ApplicationScoped
public class Similar {
    private final Catalog catalog;
    private final Curation curation;
    private final CuratedPool pools;
    private final ImageProjection projection;
    private final ImageSpaces spaces;

    Similar(
            Catalog catalog,
            Curation curation,
            CuratedPool pools,
            ImageProjection projection,
            ImageSpaces spaces) {
        this.catalog = catalog;
        this.curation = curation;
        this.pools = pools;
        this.projection = projection;
        this.spaces = spaces;
    }

    /**
     * An annotation of an image that is like another.
     *
     * @param similarity inner product of the images' vectors, of length 1
     */
    public record Neighbour(double similarity, AnnotationRow annotation) {}

    /**
     * Finds the images of a pool that are nearest to an annotation's image and have its label,
     * whatever their review state.
     *
     * @param poolName of the annotation's task
     * @param most images at most
     * @return the most similar first; never the image itself
     * @throws org.precedent.DomainException an unknown annotation or pool, or an empty one
     */
    public List<Neighbour> to(Scope scope, long annotation, String poolName, int most) {
        scope.require(Action.SEE_SUPPORTS);
        Support subject = catalog.support(scope, annotation).support();
        AnnotationRow row =
                rows(scope, Set.of(annotation)).values().stream().findFirst().orElseThrow();
        Task task = catalog.task(scope, row.task());
        Pool pool = pools.require(scope, task, poolName);
        Task.Label label = catalog.labels(task, List.of(row.label())).getFirst();
        List<ImageSearch.Hit> hits = spaces.pinned(() -> nearest(subject, pool, label, most));
        if (hits.isEmpty()) {
            return List.of();
        }
        Map<UUID, Support> found =
                catalog.supports(
                        pool.grant(),
                        pool.version(),
                        label.id(),
                        hits.stream().map(ImageSearch.Hit::imageId).toList());
        Map<Long, AnnotationRow> rows =
                rows(
                        scope,
                        found.values().stream()
                                .map(Support::annotationId)
                                .collect(Collectors.toSet()));
        // The index may follow by a moment: what is gone from the pool since is no neighbour.
        return hits.stream()
                .filter(hit ->
                        found.containsKey(hit.imageId())
                                && rows.containsKey(
                                        Objects.requireNonNull(found.get(hit.imageId()))
                                                .annotationId()))
                .map(hit ->
                        new Neighbour(
                                hit.similarity(),
                                Objects.requireNonNull(
                                        rows.get(
                                                Objects.requireNonNull(found.get(hit.imageId()))
                                                        .annotationId()))))
                .toList();
    }

    private List<ImageSearch.Hit> nearest(Support subject, Pool pool, Task.Label label, int most) {
        projection.awaitCommitted();
        ImageSearch search = projection.search();
        float[] vector =
                search.of(subject.imageId()).stream()
                        .findFirst()
                        .map(entry -> entry.vector())
                        .orElseGet(() -> pools.vector(subject.pixelsSha256()));
        SupportFilter filter =
                new SupportFilter(
                        pool.grant(),
                        pool.version(),
                        label.id(),
                        EnumSet.allOf(ReviewState.class),
                        null,
                        null,
                        null,
                        Set.of(subject.imageId()));
        return search.search(vector, filter, most).hits();
    }

    private Map<Long, AnnotationRow> rows(Scope scope, Set<Long> ids) {
        if (ids.isEmpty()) {
            return Map.of();
        }
        return curation
                .annotations(scope, FilterWords.ofIds(ids), new Page.Request(null, Page.MOST))
                .rows()
                .stream()
                .collect(Collectors.toMap(AnnotationRow::id, Function.identity()));
    }
}
