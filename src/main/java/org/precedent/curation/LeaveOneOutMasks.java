package org.precedent.curation;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.precedent.access.Action;
import org.precedent.access.Scope;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Outbox;
import org.precedent.catalog.Pool;
import org.precedent.catalog.Task;
import org.precedent.catalog.review.Browsing.AnnotationRow;
import org.precedent.catalog.review.Page;
import org.precedent.catalog.review.PoolContents;
import org.precedent.catalog.review.PoolContents.Member;
import org.precedent.evaluation.metric.Dice;
import org.precedent.evaluation.metric.PixelSpacing;
import org.precedent.evaluation.metric.SurfaceDistance;
import org.precedent.imaging.Mask;
import org.precedent.imaging.format.ImageSource;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.projection.AnsweringNetworks;
import org.precedent.query.Inference;
import org.precedent.query.PoolChoices;
import org.precedent.query.Query;
import org.precedent.query.QueryService;
import org.precedent.retrieval.Strategy;

/**
 * What a pool answers for an annotated image without the image's own patient, to lay beside its
 * mask. It is asked as any query is asked; it is recorded nowhere, because it is no answer to
 * anybody: the same pool, weights and image give the same bits again. The latest ones are kept in
 * memory, until the pool changes.
 */
@ApplicationScoped
public class LeaveOneOutMasks {
    /** Masks that are kept: some KB each. */
    private static final int KEPT = 512;

    private final Catalog catalog;
    private final Curation curation;
    private final CuratedPool pools;
    private final PoolContents contents;
    private final Outbox outbox;
    private final QueryService queries;
    private final PoolChoices choices;
    private final Inference inference;

    /** The longest unused first. */
    private final Map<Key, LeftOut> kept = new LinkedHashMap<>(64, 0.75f, true);

    LeaveOneOutMasks(
            Catalog catalog,
            Curation curation,
            CuratedPool pools,
            PoolContents contents,
            Outbox outbox,
            QueryService queries,
            PoolChoices choices,
            Inference inference) {
        this.catalog = catalog;
        this.curation = curation;
        this.pools = pools;
        this.contents = contents;
        this.outbox = outbox;
        this.queries = queries;
        this.choices = choices;
        this.inference = inference;
    }

    /**
     * What decides an answer: the change of the catalogue that the pool had come to, the weights of
     * the network, and how supports are weighed.
     */
    private record Key(
            long annotation,
            int pool,
            long change,
            String weights,
            PoolChoices.Weighing weighing) {}

    /** An annotation that an answer rests on. */
    public record Used(long annotationId, double similarity, double weight) {}

    /**
     * A pool's answer without the image's patient, against the annotation.
     *
     * @param poolVersion that answered
     * @param network with its weights' hash
     * @param png the mask, 0 outside and 255 inside
     * @param area pixels inside the answer
     * @param added pixels inside the annotation alone
     * @param missed pixels inside the answer alone
     * @param dice of both masks; 1 where both are empty
     * @param hausdorff95 95th percentile of the distances of their outlines, in pixels; null where
     *     one has none
     * @param supports that the answer rests on, with their weights
     */
    public record LeftOut(
            String label,
            String pool,
            int poolVersion,
            String network,
            byte[] png,
            int area,
            int added,
            int missed,
            double dice,
            @Nullable Double hausdorff95,
            List<Used> supports) {
        public LeftOut {
            supports = List.copyOf(supports);
        }
    }

    /**
     * Answers an annotation's image from a pool of its task, for its label.
     *
     * @param poolName of the annotation's task
     * @throws org.precedent.DomainException an unknown annotation or pool, or a pool that has no
     *     approved annotation of another patient
     */
    public LeftOut of(Scope scope, long annotation, String poolName) {
        scope.require(Action.SEE_SUPPORTS);
        scope.require(Action.ASK);
        catalog.support(scope, annotation);
        AnnotationRow row = row(scope, annotation);
        Task task = catalog.task(scope, row.task());
        Pool pool = pools.require(scope, task, poolName);
        AnsweringNetworks.Encoded answering = inference.of(pool, pool.version());
        Member subject = contents.member(annotation).orElseThrow(); // whoever asks sees it
        Query query = query(row, pool, subject);
        Key key =
                new Key(
                        annotation,
                        pool.id(),
                        outbox.lastOf(pool.id()),
                        answering.network().weightsSha256(),
                        choices.of(query, pool, pool.version()));
        synchronized (kept) {
            LeftOut known = kept.get(key);
            if (known != null) {
                return known;
            }
        }
        LeftOut made =
                made(
                        queries.explain(scope, query, answering),
                        row.label(),
                        pool,
                        subject,
                        answering);
        synchronized (kept) {
            kept.put(key, made);
            if (kept.size() > KEPT) {
                kept.remove(kept.keySet().iterator().next());
            }
        }
        return made;
    }

    private Query query(AnnotationRow row, Pool pool, Member subject) {
        return new Query(
                new ImageSource.Pixels(
                        row.imageId().toString(), pools.pixels(subject.support().pixelsSha256())),
                row.task(),
                List.of(row.label()),
                pool.name(),
                pool.version(),
                Query.DEFAULT_SUPPORTS,
                null,
                Strategy.IMAGE,
                0,
                null,
                subject.patient());
    }

    private LeftOut made(
            QueryService.Explained explained,
            String label,
            Pool pool,
            Member subject,
            AnsweringNetworks.Encoded answering) {
        Mask answer = explained.label().segmentation().mask();
        Mask annotated = pools.mask(subject.support());
        boolean[] one = annotated.inside();
        boolean[] other = answer.inside();
        int both = 0;
        for (int i = 0; i < one.length; i++) {
            both += one[i] && other[i] ? 1 : 0;
        }
        boolean outlined = annotated.area() > 0 && answer.area() > 0;
        return new LeftOut(
                label,
                pool.name(),
                pool.version(),
                answering.network().name() + " " + answering.network().weightsSha256(),
                PngWriter.png(answer),
                answer.area(),
                annotated.area() - both,
                answer.area() - both,
                Dice.hard(answer, annotated),
                outlined
                        ? SurfaceDistance.between(annotated, answer, PixelSpacing.PIXELS)
                                .hausdorff95()
                        : null,
                explained.supports().supports().stream()
                        .map(used ->
                                new Used(
                                        used.support().annotationId(),
                                        used.similarity(),
                                        used.weight()))
                        .toList());
    }

    private AnnotationRow row(Scope scope, long annotation) {
        return curation.annotations(
                        scope, FilterWords.ofIds(Set.of(annotation)), new Page.Request(null, 1))
                .rows()
                .getFirst();
    }
}
