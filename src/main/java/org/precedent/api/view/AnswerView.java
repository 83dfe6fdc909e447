package org.precedent.api.view;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;
import org.precedent.access.Disclosure;
import org.precedent.catalog.Answer;

/**
 * A recorded answer as shown to people and clients.
 *
 * @param temperatureSource {@code query} that named it, the {@code pool} that it was chosen for, or
 *     {@code default}
 * @param inputRange which grey values of the images became 0 and 1 for the network: {@code
 *     min-max}, or {@code percentile-0.5}, which clips outliers
 * @param overlay where the overlay is: an address or a file
 */
@Schema(name = "Answer", description = "A recorded answer.")
public record AnswerView(
        @Schema(description = "Its id, by which it can be had again.") UUID id,
        @Schema(description = "The task's name.") String task,
        @Schema(description = "The pool's name.") String pool,
        @Schema(description = "The version of the pool that supports came from.", minimum = "1")
                int poolVersion,
        @Schema(description = "The image that was sent.") QueryView query,
        @Schema(description = "The network that answered.") ModelView model,
        @Schema(
                        description =
                                "Which grey values of the images became 0 and 1 for the network: `min-max`, `percentile-0.5`, which clips outliers, `percentile-0.5-apart`, which tells markers from bright tissue beside them, or `percentile-0.5-inside`, which shows networks what lies inside an image's even frame and nothing of the frame; new answers use the last.",
                        enumeration = {
                            "min-max",
                            "percentile-0.5",
                            "percentile-0.5-apart",
                            "percentile-0.5-inside"
                        })
                String inputRange,
        @Schema(description = "What similarities of images are measured in.") String embeddingSpace,
        @Schema(
                        description = "How supports were chosen.",
                        enumeration = {"random", "image", "location", "object", "fused"})
                String strategy,
        @Schema(
                        description = "How many supports were asked for (K).",
                        minimum = "1",
                        maximum = "1024")
                int supportSize,
        @Schema(
                        description =
                                "How sharply similar supports were preferred: `uniform`, or tau in softmax(similarity / tau) as a number.")
                String temperature,
        @Schema(
                        description =
                                "Who decided the temperature: the query, the pool that it was chosen for, or nobody.",
                        enumeration = {"query", "pool", "default"})
                String temperatureSource,
        @Schema(description = "What decided the random strategy.") long seed,
        @Schema(description = "The site that supports had to be of; null for any.", nullable = true)
                @Nullable String site,
        @Schema(
                        description =
                                "The study that the query is a slice of; null for a single image.",
                        nullable = true)
                @Nullable String series,
        @Schema(
                        description = "Which slice of it, from 0; null likewise.",
                        minimum = "0",
                        nullable = true)
                @Nullable Integer sliceIndex,
        @Schema(
                        description =
                                "Whether annotated slices of that study could support it, as the pool's policy was.")
                boolean ownStudy,
        @Schema(
                        description =
                                "What was asked: each label's answer looked at again from nearer by where the pool gains by it, always or never.",
                        enumeration = {"pool", "true", "false"})
                String closeUpAsked,
        @Schema(
                        description =
                                "Of a whole volume that was asked at once, how many slices it has: picture, masks and"
                                        + " probabilities hold them below each other, from the first; null of a"
                                        + " picture or one slice.",
                        minimum = "2",
                        nullable = true)
                @Nullable Integer volumeSlices,
        @Schema(description = "When it was answered, in UTC.") Instant createdAt,
        @Schema(description = "The answer for each label.") List<LabelView> labels,
        @Schema(description = "Address of the picture of the query with all labels drawn on it.")
                String overlay,
        @Schema(
                        description =
                                "Milliseconds of each stage, by its name. `load` reads kept encodings of supports;"
                                        + " `encode`, which is there only where some were not kept, makes them"
                                        + " on the spot.")
                Map<String, Double> timingsMs,
        @Schema(description = "What this is not.") String notice)
        implements Disclosure {
    private static final String NOTICE = "Research software, not a medical device.";

    /** The image that was sent. */
    @Schema(name = "QueryImage", description = "The image that was sent.")
    public record QueryView(
            @Schema(description = "Its file name, as sent.") String name,
            @Schema(description = "Pixels across; 0 where it was not recorded.", minimum = "0")
                    int width,
            @Schema(description = "Pixels down; 0 where it was not recorded.", minimum = "0")
                    int height) {}

    /** The network that answered. */
    @Schema(name = "Model", description = "The network that answered.")
    public record ModelView(
            @Schema(description = "Its name.") String network,
            @Schema(
                            description = "SHA-256 of its weights, lower-case hex.",
                            pattern = "[0-9a-f]{64}")
                    String weightsSha256,
            @Schema(
                            description =
                                    "SHA-256 of the weights that these were adapted from, to this pool; null where the network's own weights answered.",
                            pattern = "[0-9a-f]{64}",
                            nullable = true)
                    @Nullable String adaptedFrom,
            @Schema(
                            description =
                                    "Side in pixels of the square that images were brought to.",
                            minimum = "1")
                    int size) {}

    /** One label's mask and what it rests on. */
    @Schema(name = "LabelAnswer", description = "The mask of one label and what it rests on.")
    public record LabelView(
            @Schema(description = "The label's name.") String label,
            @Schema(description = "Pixels inside, of the query at its own size.", minimum = "0")
                    int area,
            @Schema(description = "Address of the mask.") String mask,
            @Schema(description = "Address of the probabilities.") String probabilities,
            @Schema(
                            description =
                                    "Annotated images that could have been supports; of a whole volume, volumes.",
                            minimum = "0")
                    int eligible,
            @Schema(description = "Vectors that were compared with the query's.", minimum = "0")
                    int visited,
            @Schema(description = "Whether every eligible vector was compared.") boolean exact,
            @Schema(
                            description =
                                    "Why there are fewer supports than asked for; null where there are not.",
                            nullable = true)
                    @Nullable String shortfall,
            @Schema(
                            description =
                                    "Why the network can hardly see this label in this query, with size and limit; null where it can.",
                            nullable = true)
                    @Nullable String belowResolution,
            @Schema(
                            description =
                                    "Whether the answer was looked at again from nearer by; its attention is that of the first look.")
                    boolean closeUp,
            @Schema(
                            description =
                                    "How many different pictures the weights amount to: 1 / sum of squared weights of pictures; of a whole volume, of volumes.",
                            minimum = "0")
                    double effectiveSupports,
            @Schema(
                            description =
                                    "How far the mask is to be trusted; null of a whole volume, and in answers of before it was told of pools that are not calibrated.",
                            nullable = true)
                    @Nullable ConfidenceView confidence,
            @Schema(
                            description =
                                    "Points of the query, along the contour of a first answer, that asked for locations like theirs; empty where no location was asked.")
                    List<PointView> points,
            @Schema(description = "What the mask rests on, the first in rank first.")
                    List<SupportView> supports,
            @Schema(
                            description =
                                    "The volumes that support a whole volume, the first in rank first; empty where"
                                            + " a picture or one slice was asked.")
                    List<VolumeView> volumes,
            @Schema(
                            description =
                                    "Images that would have been supports, but show the query's own picture or one that another support shows.")
                    List<LeftOutView> leftOut,
            @Schema(
                            description =
                                    "Supports that were erased since; where there are any, the answer"
                                            + " cannot be replayed or explained.",
                            minimum = "0")
                    int erasedSupports) {}

    /**
     * How far a mask is to be trusted.
     *
     * @param insufficientPrecedent whether the prediction is below the pool's threshold, or the
     *     query or its mask unlike anything that the pool holds
     * @param reason why, where it is
     */
    @Schema(name = "Confidence", description = "How far a mask is to be trusted.")
    public record ConfidenceView(
            @Schema(
                            description =
                                    "Whether the pool is calibrated for this label and network; where it is not, nothing says how good the mask is.")
                    boolean calibrated,
            @Schema(
                            description =
                                    "The Dice to be expected; null where the pool is not calibrated, or the query or its mask is unlike anything that the pool holds.",
                            minimum = "0",
                            maximum = "1",
                            nullable = true)
                    @Nullable Double predictedDice,
            @Schema(
                            description =
                                    "A lower bound of the Dice that holds for 90% of answers, where queries are like the pool's own images; null where no Dice is predicted, or the pool was calibrated with fewer than 9 images.",
                            minimum = "0",
                            maximum = "1",
                            nullable = true)
                    @Nullable Double diceAtLeast,
            @Schema(
                            description =
                                    "The pool's: below it there is no sufficient precedent; null where it is not calibrated.",
                            minimum = "0",
                            maximum = "1",
                            nullable = true)
                    @Nullable Double threshold,
            @Schema(
                            description =
                                    "Whether the prediction is below the threshold, or, calibrated or not, the query is no picture, unlike every image of the pool, or its mask of a size unlike its precedents'.")
                    boolean insufficientPrecedent,
            @Schema(
                            description = "Why it is, in one sentence; null where it is not.",
                            nullable = true)
                    @Nullable String reason,
            @Schema(
                            description =
                                    "What the prediction rests on, by name: `reverse`, `agreement`, `coverage`, `certainty` and `attentionMass` from 0 to 1, `sizeRatio` from 0 (|ln| of the areas' ratio, at most 3); and `strangeness`, how far the query's appearance is from the pool's nearest image, where nearly all of the pool's own are within 1.")
                    Map<String, Double> evidence) {

        static @Nullable ConfidenceView of(Answer.@Nullable Confidence confidence) {
            return confidence == null
                    ? null
                    : new ConfidenceView(
                            confidence.calibrated(),
                            confidence.predictedDice(),
                            confidence.diceAtLeast(),
                            confidence.threshold(),
                            confidence.insufficientPrecedent(),
                            confidence.reason(),
                            confidence.evidence());
        }
    }

    /** A volume that supports another one. */
    @Schema(
            name = "SupportVolume",
            description = "A volume that a whole volume's mask rests on: slices of one series.")
    public record VolumeView(
            @Schema(
                            description =
                                    "Its series among its patient's; null where it is another site's.",
                            nullable = true)
                    @Nullable String series,
            @Schema(description = "How many slices of it served.", minimum = "2") int slices,
            @Schema(
                            description =
                                    "How like the query it is: the mean, over the query's slices, of the inner product with its most similar slice.")
                    double similarity,
            @Schema(
                            description =
                                    "Its weight, which its slices share in `supports`; those of a label sum to 1.",
                            minimum = "0",
                            maximum = "1")
                    double weight) {
        static VolumeView of(List<Answer.UsedSupport> slices) {
            Answer.UsedSupport first = slices.getFirst();
            return new VolumeView(
                    first.support().series(),
                    slices.size(),
                    first.similarity(),
                    Math.min(1, slices.stream().mapToDouble(Answer.UsedSupport::weight).sum()));
        }
    }

    /** A pixel of the query. */
    @Schema(name = "Point", description = "A pixel of the query.")
    public record PointView(
            @Schema(description = "Its column, from 0.", minimum = "0") int x,
            @Schema(description = "Its row, from 0.", minimum = "0") int y) {}

    /** Where the pictures of an answer are. */
    public interface Links {
        String overlay();

        String mask(String label);

        String probabilities(String label);
    }

    public static AnswerView of(Answer answer, Links links) {
        return new AnswerView(
                answer.id(),
                answer.task(),
                answer.pool(),
                answer.poolVersion(),
                new QueryView(answer.queryName(), answer.queryWidth(), answer.queryHeight()),
                new ModelView(
                        answer.network(),
                        answer.weightsSha256(),
                        answer.adaptedFrom(),
                        answer.networkSize()),
                answer.inputRange().word(),
                answer.embeddingSpace(),
                answer.strategy(),
                answer.supportSize(),
                answer.temperature() == null ? "uniform" : answer.temperature().toString(),
                answer.temperatureSource().word(),
                answer.seed(),
                answer.site(),
                answer.slice() == null ? null : answer.slice().series(),
                answer.slice() == null ? null : answer.slice().number(),
                answer.ownStudy(),
                answer.closeUp().word(),
                answer.isOfVolume() ? answer.sliceHashes().size() : null,
                answer.createdAt(),
                answer.labels().stream().map(label -> view(links, label)).toList(),
                links.overlay(),
                answer.timingsMs(),
                NOTICE);
    }

    private static LabelView view(Links links, Answer.LabelAnswer label) {
        return new LabelView(
                label.label(),
                label.area(),
                links.mask(label.label()),
                links.probabilities(label.label()),
                label.eligible(),
                label.visited(),
                label.exact(),
                label.shortfall(),
                label.belowResolution(),
                label.closeUp(),
                label.effectiveSupports(),
                ConfidenceView.of(label.confidence()),
                label.points().stream().map(p -> new PointView(p.x(), p.y())).toList(),
                label.supports().stream().map(SupportView::of).toList(),
                label.volumes().stream().map(VolumeView::of).toList(),
                label.leftOut().stream().map(LeftOutView::of).toList(),
                label.erasedSupports());
    }

    @Override
    public Collection<Long> disclosedAnnotations() {
        return labels.stream()
                .flatMap(label -> label.supports().stream())
                .map(SupportView::annotationId)
                .toList();
    }
}
