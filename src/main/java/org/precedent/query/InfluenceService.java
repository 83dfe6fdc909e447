package org.precedent.query;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.access.Scope;
import org.precedent.blob.BlobStore;
import org.precedent.catalog.Answer;
import org.precedent.catalog.Answers;
import org.precedent.evaluation.metric.Dice;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;
import org.precedent.projection.AnsweringNetworks;

/**
 * How much a recorded mask owes to each of its supports: it is computed again without one after the
 * other and compared with the recorded one. As {@linkplain QueryService#replay replay} it uses the
 * recorded supports and weights and never searches.
 */
@ApplicationScoped
public class InfluenceService {
    /** Passes of the network of one request. */
    static final int MOST_PASSES = 128;

    private static final Comparator<SupportInfluence> MOST_INFLUENTIAL =
            Comparator.comparingDouble(SupportInfluence::influence)
                    .reversed()
                    .thenComparingInt(SupportInfluence::rank);

    private final Answers answers;
    private final BlobStore blobs;
    private final Inference inference;
    private final QueryConfig limits;

    InfluenceService(Answers answers, BlobStore blobs, Inference inference, QueryConfig limits) {
        this.answers = answers;
        this.blobs = blobs;
        this.inference = inference;
        this.limits = limits;
    }

    /** Of a recorded answer, label by label. */
    @Schema(
            name = "Influence",
            description = "How much a recorded answer owes to each of its supports.")
    public record InfluenceView(
            @Schema(description = "The answer's id.") UUID id,
            @Schema(description = "Label by label.") List<LabelInfluence> labels) {
        public InfluenceView {
            labels = List.copyOf(labels);
        }
    }

    /**
     * One label.
     *
     * @param area foreground pixels of the recorded mask
     * @param note why there is nothing to compare; null where there is
     * @param supports the most influential first, equal ones by rank
     */
    @Schema(
            name = "LabelInfluence",
            description = "How much one mask owes to each of its supports.")
    public record LabelInfluence(
            @Schema(description = "The label's name.") String label,
            @Schema(description = "Pixels inside the recorded mask.", minimum = "0") int area,
            @Schema(
                            description = "Why there is nothing to compare; null where there is.",
                            nullable = true)
                    @Nullable String note,
            @Schema(description = "The most influential first, equal ones by rank.")
                    List<SupportInfluence> supports) {
        public LabelInfluence {
            supports = List.copyOf(supports);
        }
    }

    /**
     * One support.
     *
     * @param rank in the answer, from 1
     * @param weight in the answer
     * @param influence 1 - dice
     * @param dice hard, of the mask without this support and the recorded one; 1 where both are
     *     empty, 0 where one is
     * @param areaChange foreground pixels that the mask gains without this support; below 0: loses
     */
    @Schema(name = "SupportInfluence", description = "How much one mask owes to one support.")
    public record SupportInfluence(
            @Schema(description = "In the answer, from 1.", minimum = "1") int rank,
            @Schema(description = "The support's annotation.") long annotationId,
            @Schema(description = "The support's image.") UUID imageId,
            @Schema(description = "The support's file name.") String name,
            @Schema(description = "In the answer.", minimum = "0", maximum = "1") double weight,
            @Schema(description = "1 - `dice`.", minimum = "0", maximum = "1") double influence,
            @Schema(
                            description =
                                    "Of the mask without this support and the recorded one; 1 where both are empty, 0 where one is.",
                            minimum = "0",
                            maximum = "1")
                    double dice,
            @Schema(
                            description =
                                    "Pixels that the mask gains without this support; below 0: loses.")
                    int areaChange) {}

    /** Supports of a label to leave out one after the other, by their ranks from 0. */
    private record Asked(Answer.LabelAnswer label, List<Integer> leftOut) {}

    /**
     * The weights of the others are scaled to sum to 1; they are all the same where all are 0.
     *
     * @param label of it only, or null for all labels
     * @param annotation without the support of this annotation only, or null for each of them
     * @throws ServiceException when the answer has no such label or support, or too many; as {@link
     *     QueryService#replay}
     */
    public InfluenceView influence(
            Scope scope, UUID id, @Nullable String label, @Nullable String annotation) {
        return influence(scope, id, label, annotation, () -> false);
    }

    /**
     * As {@link #influence(Scope, UUID, String, String)}, for a caller who may go before it is
     * done.
     *
     * @param gone as of {@link QueryService#segment(Scope, Query, BooleanSupplier)}
     */
    public InfluenceView influence(
            Scope scope,
            UUID id,
            @Nullable String label,
            @Nullable String annotation,
            BooleanSupplier gone) {
        return ErasedMeanwhile.again(() -> influenceOnce(scope, id, label, annotation, gone));
    }

    private InfluenceView influenceOnce(
            Scope scope,
            UUID id,
            @Nullable String label,
            @Nullable String annotation,
            BooleanSupplier gone) {
        Answer answer = answers.findWithSupports(scope, id);
        answer.requirePicture("influence is known");
        AnsweringNetworks.Encoded answered = inference.requireOfAnswer(answer);
        List<Asked> asked = asked(answer, label, annotation);
        try (QueryWatch watch = QueryWatch.start(limits.deadline(), gone);
                InferenceSlot slot = inference.enter(watch, scope.name())) {
            slot.use(answered);
            Raster query = raster(answer.querySha256());
            return new InfluenceView(
                    id, asked.stream().map(of -> of(slot, query, of, answer)).toList());
        }
    }

    private static List<Asked> asked(
            Answer answer, @Nullable String label, @Nullable String annotation) {
        List<String> known = answer.labels().stream().map(Answer.LabelAnswer::label).toList();
        if (label != null && !known.contains(label)) {
            throw ServiceException.badParameter(
                    "label", label, "one of " + known + ", the labels of this answer");
        }
        List<Asked> asked = new ArrayList<>();
        int passes = 0;
        for (Answer.LabelAnswer of : answer.labels()) {
            if (label != null && !label.equals(of.label())) {
                continue;
            }
            List<Integer> ranks =
                    IntStream.range(0, of.supports().size())
                            .filter(rank -> annotation == null || annotation.equals(id(of, rank)))
                            .boxed()
                            .toList();
            if (!ranks.isEmpty()) {
                asked.add(new Asked(of, ranks));
                passes += ranks.size();
            }
        }
        if (annotation != null && asked.isEmpty()) {
            throw ServiceException.badParameter(
                    "annotation", annotation, "the annotationId of a support of this answer");
        }
        if (passes > MOST_PASSES) {
            throw ServiceException.badParameter(
                    label == null ? "label" : "annotation",
                    "all",
                    "%d supports would be left out one after the other, at most %d are; ask for one"
                            .formatted(passes, MOST_PASSES));
        }
        return asked;
    }

    private static String id(Answer.LabelAnswer label, int rank) {
        return Long.toString(label.supports().get(rank).support().annotationId());
    }

    private LabelInfluence of(InferenceSlot slot, Raster query, Asked asked, Answer answer) {
        Answer.LabelAnswer label = asked.label();
        if (label.supports().size() == 1) {
            return new LabelInfluence(
                    label.label(),
                    label.area(),
                    "the mask rests on one support alone: without it there is none to compare",
                    List.of());
        }
        Mask recorded = Mask.fromRaster(raster(label.maskSha256()));
        List<Mask> masks =
                slot.segmentWithout(
                        query,
                        label.supports(),
                        asked.leftOut(),
                        QueryService.settings(answer),
                        label.closeUp());
        List<SupportInfluence> supports = new ArrayList<>();
        for (Mask without : masks) {
            int rank = asked.leftOut().get(supports.size());
            Answer.UsedSupport used = label.supports().get(rank);
            double dice = Dice.hard(without, recorded);
            supports.add(
                    new SupportInfluence(
                            rank + 1,
                            used.support().annotationId(),
                            used.support().imageId(),
                            used.support().sourceName(),
                            used.weight(),
                            1 - dice,
                            dice,
                            without.area() - label.area()));
        }
        supports.sort(MOST_INFLUENTIAL);
        return new LabelInfluence(label.label(), label.area(), null, supports);
    }

    private Raster raster(String sha256) {
        return Raster.fromNetpbm(blobs.get(sha256));
    }
}
