package org.precedent.catalog;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.precedent.ServiceException;
import org.precedent.imaging.InputRange;

/**
 * What was asked and answered, enough to compute it again to the bit.
 *
 * @param queryWidth in pixels; 0 where it was not recorded
 * @param queryHeight in pixels; 0 where it was not recorded
 * @param temperature null for uniform weights
 * @param temperatureSource who decided it
 * @param adaptedFrom the weights that those which answered were adapted from, to this pool; null
 *     where the network's own answered
 * @param arithmetic how the network computed it, as far as its bits depend on it; null where that
 *     was not recorded
 * @param inputRange the grey values that images kept when they became the network's input
 * @param supportsTogether the most supports that passed the network at once; {@link
 *     Integer#MAX_VALUE} where all did
 * @param timingsMs milliseconds by stage; {@code load} reads kept encodings, {@code encode} makes
 *     those on the spot that were not kept
 * @param slice which slice of which study of the patient was asked; null for a single image
 * @param ownStudy whether annotated slices of that study could support it
 * @param closeUp whether it was asked to look at each label's answer again from nearer by
 * @param sliceHashes of a whole volume the SHA-256 of each slice's canonical pixels, from the
 *     first, the empty word for one of a single value: query, masks and probabilities then hold all
 *     slices, each below the one before; empty of a picture or a single slice
 */
public record Answer(
        UUID id,
        String task,
        String pool,
        int poolVersion,
        String querySha256,
        String queryName,
        int queryWidth,
        int queryHeight,
        @Nullable String site,
        @Nullable String patient,
        String strategy,
        int supportSize,
        @Nullable Double temperature,
        TemperatureSource temperatureSource,
        long seed,
        String network,
        String weightsSha256,
        @Nullable String adaptedFrom,
        int networkSize,
        @Nullable String arithmetic,
        InputRange inputRange,
        int supportsTogether,
        String embeddingSpace,
        Map<String, Double> timingsMs,
        Instant createdAt,
        List<LabelAnswer> labels,
        @Nullable SliceOfStudy slice,
        boolean ownStudy,
        CloseUps closeUp,
        List<String> sliceHashes) {

    /** Whether answers are looked at again from nearer by: what a query may ask for. */
    public enum CloseUps {
        /** Where it helped the pool's own images, as {@link PoolSetting.Looks} says. */
        POOL,
        /** Always. */
        TRUE,
        /** Never. */
        FALSE;

        /** As queries and answers write it: lower case. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** The one of a word. */
        public static Optional<CloseUps> of(String word) {
            return Arrays.stream(values()).filter(one -> one.word().equals(word)).findFirst();
        }
    }

    /**
     * @param maskSha256 blob of the mask, 0 or 255
     * @param probabilitiesSha256 blob of the probabilities, 16 bit
     * @param area foreground pixels
     * @param eligible annotated images that could have been supports
     * @param visited vectors compared with the query's, by the searches of all levels together
     * @param exact whether each of these searches compared every eligible vector
     * @param shortfall why there are fewer supports than asked for; null when there are not
     * @param belowResolution why the network can hardly see what is asked for; null where it can,
     *     and where it was not recorded
     * @param closeUp whether the answer was looked at again from nearer by
     * @param confidence how far the mask is to be trusted; null of a whole volume, and where the
     *     pool is not calibrated
     * @param points of the query, along the contour of a first answer, that asked for locations
     *     like theirs; empty where no location was asked
     * @param leftOut images that would have been supports, but show the query's own picture or one
     *     that another support shows
     * @param erasedSupports supports that were erased since; those that are left keep their weights
     */
    public record LabelAnswer(
            String label,
            String maskSha256,
            String probabilitiesSha256,
            int area,
            int eligible,
            int visited,
            boolean exact,
            @Nullable String shortfall,
            @Nullable String belowResolution,
            boolean closeUp,
            @Nullable Confidence confidence,
            List<Point> points,
            List<UsedSupport> supports,
            List<LeftOut> leftOut,
            int erasedSupports) {
        /** An answer of this moment: nothing that it rests on was erased. */
        public LabelAnswer(
                String label,
                String maskSha256,
                String probabilitiesSha256,
                int area,
                int eligible,
                int visited,
                boolean exact,
                @Nullable String shortfall,
                @Nullable String belowResolution,
                boolean closeUp,
                @Nullable Confidence confidence,
                List<Point> points,
                List<UsedSupport> supports,
                List<LeftOut> leftOut) {
            this(
                    label,
                    maskSha256,
                    probabilitiesSha256,
                    area,
                    eligible,
                    visited,
                    exact,
                    shortfall,
                    belowResolution,
                    closeUp,
                    confidence,
                    points,
                    supports,
                    leftOut,
                    0);
        }

        public LabelAnswer {
            points = List.copyOf(points);
            supports = List.copyOf(supports);
            leftOut = List.copyOf(leftOut);
        }

        /** The supports of a whole volume's answer by volume, see {@link UsedSupport#byVolume}. */
        public List<List<UsedSupport>> volumes() {
            return UsedSupport.byVolume(supports);
        }

        /**
         * How many different pictures the weights amount to, 1 / sum w^2 over pictures, from 1 to
         * K: supports of the same pixels are one. Of a whole volume, how many volumes.
         */
        public double effectiveSupports() {
            Map<Object, Double> weights = new HashMap<>();
            supports.forEach(used ->
                    weights.merge(
                            Objects.requireNonNullElse(
                                    used.ranks().get(UsedSupport.VOLUME),
                                    used.support().pixelsSha256()),
                            used.weight(),
                            Double::sum));
            return 1 / weights.values().stream().mapToDouble(weight -> weight * weight).sum();
        }
    }

    /**
     * Which slice of which study a picture is.
     *
     * @param series identifies the volume among those of its patient
     * @param number of the slice, from 0
     */
    public record SliceOfStudy(String series, int number) {
        /**
         * @throws CatalogException BAD_NAME or BAD_VALUE
         */
        public SliceOfStudy {
            series = Names.requireText("series", series);
            if (number < 0) {
                throw CatalogException.badValue("sliceIndex", number, "counts from 0");
            }
        }
    }

    /**
     * An annotated image that was left out of a support set because of the picture it shows.
     *
     * @param name the file that it came from
     * @param likeness to the query's picture, or to the support's that shows the same, in [-1, 1]
     */
    public record LeftOut(
            UUID imageId, long annotationId, String name, Reason reason, double likeness) {
        /** Why. */
        public enum Reason {
            /** It has the query's own pixels. */
            OWN_PIXELS,
            /** It shows nearly the query's picture: encoded, scaled, brightened or cut anew. */
            NEAR_DUPLICATE,
            /** It has the pixels of another support of the set. */
            SAME_AS_SUPPORT
        }
    }

    /**
     * A support in the rank in which it was used.
     *
     * @param similarity in the unit of the strategy's level
     * @param matches which points of the query met which of its locations
     * @param ranks its rank, from 1, at each level that was fused; of a slice of a whole volume
     *     that supports another one the volume's rank, as {@link #VOLUME}
     */
    public record UsedSupport(
            Support support,
            double similarity,
            double weight,
            List<Match> matches,
            Map<String, Integer> ranks) {
        /** Under which word the rank of a slice's volume is kept. */
        public static final String VOLUME = "volume";

        /**
         * Slices of whole volumes, volume by volume in the order of their ranks, each with its
         * slices in order; supports that are no such slices are left out.
         */
        public static List<List<UsedSupport>> byVolume(List<UsedSupport> supports) {
            Map<Integer, List<UsedSupport>> volumes = new TreeMap<>();
            supports.forEach(used -> {
                Integer rank = used.ranks().get(VOLUME);
                if (rank != null) {
                    volumes.computeIfAbsent(rank, r -> new ArrayList<>()).add(used);
                }
            });
            return List.copyOf(volumes.values());
        }

        public UsedSupport {
            matches = List.copyOf(matches);
            ranks = Map.copyOf(ranks);
        }
    }

    /** A pixel of the query. */
    public record Point(int x, int y) {}

    /**
     * Where a point of the query met a support.
     *
     * @param point index in the label's points
     * @param x column of the cell in the support's grid
     * @param y row of it
     * @param grid cells on a side
     * @param similarity inner product
     */
    public record Match(int point, int x, int y, int grid, double similarity) {}

    /**
     * How far a mask is to be trusted.
     *
     * @param predictedDice in [0, 1]; null where the pool is not calibrated, or the query or its
     *     mask cannot be judged by it
     * @param diceAtLeast a bound that nine of ten answers reach; null where there is none, and in
     *     answers of before there were any
     * @param threshold the pool's: below it there is no sufficient precedent; null where the pool
     *     is not calibrated
     * @param evidence what the prediction rests on, by name
     * @param reason why the precedent is insufficient; null where it is not known to be
     */
    public record Confidence(
            @Nullable Double predictedDice,
            @Nullable Double diceAtLeast,
            @Nullable Double threshold,
            Map<String, Double> evidence,
            @Nullable String reason) {
        public Confidence {
            evidence = Map.copyOf(evidence);
        }

        /** Whether the answer falls below the pool's threshold, or below what any answer needs. */
        public boolean insufficientPrecedent() {
            return reason != null;
        }

        /** Whether the pool is calibrated for this label, network and embedding. */
        public boolean calibrated() {
            return threshold != null;
        }
    }

    public Answer {
        labels = List.copyOf(labels);
        sliceHashes = List.copyOf(sliceHashes);
    }

    /** Whether a whole volume was asked at once. */
    public boolean isOfVolume() {
        return !sliceHashes.isEmpty();
    }

    /**
     * Returns where a picture or a slice was asked.
     *
     * @param what cannot be done with the answer of a whole volume, as the beginning of a sentence
     * @throws ServiceException BAD_PARAMETER
     */
    public void requirePicture(String what) {
        if (isOfVolume()) {
            throw ServiceException.badParameter(
                    "id",
                    id,
                    what
                            + " for pictures and slices: this answer is of a whole volume by "
                            + network);
        }
    }

    /**
     * @throws CatalogException UNKNOWN_LABEL, with the labels of this answer
     */
    public LabelAnswer label(String name) {
        return Names.find(labels, LabelAnswer::label, name)
                .orElseThrow(() ->
                        CatalogException.unknown(
                                CatalogException.Code.UNKNOWN_LABEL,
                                "label",
                                name,
                                labels.stream().map(LabelAnswer::label).toList()));
    }
}
