package org.precedent.curation;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.access.Action;
import org.precedent.access.Scope;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Catalog;
import org.precedent.catalog.Sight;
import org.precedent.catalog.review.Actions.Because;
import org.precedent.catalog.review.Annotators;
import org.precedent.catalog.review.Reviews;
import org.precedent.catalog.review.Verdicts;
import org.precedent.curation.consensus.Consensus;
import org.precedent.curation.consensus.Staple;
import org.precedent.evaluation.metric.Dice;
import org.precedent.evaluation.metric.PixelSpacing;
import org.precedent.evaluation.metric.SurfaceDistance;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.imaging.format.png.PngWriter;
import org.precedent.projection.EncodingProjection;
import org.precedent.projection.ImageProjection;

/** Several annotators of one structure on one image: how far they agree, and what they share. */
@ApplicationScoped
public class Agreement {
    private final Catalog catalog;
    private final Annotators annotators;
    private final Reviews reviews;
    private final Verdicts verdicts;
    private final Sight sight;
    private final BlobStore blobs;
    private final ImageProjection images;
    private final EncodingProjection encodings;

    Agreement(
            Catalog catalog,
            Annotators annotators,
            Reviews reviews,
            Verdicts verdicts,
            Sight sight,
            BlobStore blobs,
            ImageProjection images,
            EncodingProjection encodings) {
        this.catalog = catalog;
        this.annotators = annotators;
        this.reviews = reviews;
        this.verdicts = verdicts;
        this.sight = sight;
        this.blobs = blobs;
        this.images = images;
        this.encodings = encodings;
    }

    /**
     * One annotator's latest mask.
     *
     * @param state unreviewed or approved
     * @param area pixels inside
     * @param sensitivity share of the estimated truth that was drawn, {@link Staple}
     * @param specificity share of what is not true that was left out, within the bounding box of
     *     all masks
     */
    public record Annotator(
            long annotation,
            String author,
            String state,
            int area,
            double sensitivity,
            double specificity) {}

    /**
     * Two annotators.
     *
     * @param dice of their masks
     * @param hausdorff95 95th percentile of the distances of their outlines, in pixels; null where
     *     one has none
     * @param averageDistance mean distance of their outlines, in pixels; null likewise
     */
    public record Pair(
            long first,
            long second,
            double dice,
            @Nullable Double hausdorff95,
            @Nullable Double averageDistance) {}

    /**
     * How far annotators agree.
     *
     * @param meanDice over all pairs; 1 where there is one annotator
     */
    public record Agreed(
            String label, List<Annotator> annotators, List<Pair> pairs, double meanDice) {}

    /** How far the annotators of an annotation's image and label agree. */
    public Agreed agreement(Scope scope, long annotation) {
        String label = require(scope, annotation);
        List<Annotators.Drawn> drawn = annotators.beside(annotation);
        List<Mask> masks = masks(scope, drawn);
        List<Annotator> people = new ArrayList<>();
        List<Pair> pairs = new ArrayList<>();
        if (!masks.isEmpty()) {
            Staple staple = Staple.of(masks);
            for (int i = 0; i < masks.size(); i++) {
                people.add(
                        new Annotator(
                                drawn.get(i).annotation(),
                                drawn.get(i).author(),
                                drawn.get(i).state(),
                                masks.get(i).area(),
                                staple.sensitivity()[i],
                                staple.specificity()[i]));
                for (int j = 0; j < i; j++) {
                    pairs.add(pair(drawn.get(j), masks.get(j), drawn.get(i), masks.get(i)));
                }
            }
        }
        double mean = pairs.stream().mapToDouble(Pair::dice).average().orElse(1);
        return new Agreed(label, people, pairs, mean);
    }

    private static Pair pair(
            Annotators.Drawn first, Mask one, Annotators.Drawn second, Mask other) {
        // An empty mask has no outline.
        SurfaceDistance distance =
                one.area() == 0 || other.area() == 0
                        ? null
                        : SurfaceDistance.between(one, other, PixelSpacing.PIXELS);
        return new Pair(
                first.annotation(),
                second.annotation(),
                Dice.hard(one, other),
                distance == null ? null : distance.hausdorff95(),
                distance == null ? null : distance.average());
    }

    /**
     * The mask that the annotators share, PNG, 0 outside and 255 inside; that of a single one is
     * its own.
     *
     * @param method majority or staple
     * @throws ServiceException BAD_PARAMETER when all were rejected or retired, or they share
     *     nothing
     */
    public byte[] consensus(Scope scope, long annotation, String method) {
        return PngWriter.png(shared(scope, annotation, Consensus.named(method)));
    }

    private Mask shared(Scope scope, long annotation, Consensus method) {
        require(scope, annotation);
        List<Mask> masks = masks(scope, annotators.beside(annotation));
        if (masks.isEmpty()) {
            throw ServiceException.badParameter(
                    "annotation",
                    annotation,
                    "all masks of its image and label are rejected or retired");
        }
        Mask shared = method.of(masks);
        if (shared.area() == 0) {
            throw ServiceException.badParameter(
                    "method",
                    method.word(),
                    "the " + masks.size() + " annotators have no pixel in common this way");
        }
        return shared;
    }

    /**
     * Takes the consensus as the annotation that is held in force, as a correction is.
     *
     * @param method majority or staple
     * @param state of the new annotation, as written
     */
    public Verdicts.Corrected take(long annotation, String method, String state, Because because) {
        Mask mask = shared(because.scope(), annotation, Consensus.named(method));
        Verdicts.Corrected taken =
                verdicts.correct(
                        annotation,
                        blobs.put(mask.toRaster().toNetpbm()),
                        mask.area(),
                        FilterWords.state("state", state),
                        because);
        images.wake();
        encodings.wake();
        return taken;
    }

    /** Authors are named to those alone who may review what they drew. */
    private String require(Scope scope, long annotation) {
        scope.require(Action.REVIEW);
        String label = catalog.support(scope, annotation).label();
        reviews.requireMayChange(sight.of(scope), annotation);
        return label;
    }

    private List<Mask> masks(Scope scope, List<Annotators.Drawn> drawn) {
        if (drawn.size() > Staple.MOST_ANNOTATORS) {
            throw ServiceException.badParameter(
                    "annotation",
                    drawn.size() + " annotators",
                    "at most " + Staple.MOST_ANNOTATORS);
        }
        return drawn.stream()
                .map(one -> catalog.support(scope, one.annotation()).support().maskSha256())
                .map(sha256 -> Mask.fromRaster(Raster.fromNetpbm(blobs.get(sha256))))
                .toList();
    }
}
