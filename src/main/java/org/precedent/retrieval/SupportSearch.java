package org.precedent.retrieval;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.precedent.embedding.Level;
import org.precedent.embedding.LocationEmbedder;
import org.precedent.embedding.ObjectEmbedder;
import org.precedent.imaging.Contour;
import org.precedent.imaging.Mask;
import org.precedent.imaging.Raster;

/**
 * The way from a query's pixels to the supports of its labels, the same for the service and for
 * evaluations:
 *
 * <ol>
 *   <li>Where the strategy looks at the structure itself, the most similar images are found first
 *       and weighed evenly; the caller has them answer, and each answer says where its structure
 *       is. An empty one asks with all locations.
 *   <li>Points spread along the answer's contour ask for locations like theirs, its object for
 *       objects like itself.
 *   <li>{@link SupportRetriever} chooses and weighs.
 * </ol>
 */
public final class SupportSearch {
    /** Points along the contour, as in the cross-attention paper's experiment. */
    public static final int POINTS = 16;

    private final SupportRetriever retriever;
    private final @Nullable LocationEmbedder locations;
    private final @Nullable ObjectEmbedder objects;
    private final Screen screen;
    private final StageTimer timer;

    /** Answers a query from the most similar images. */
    @FunctionalInterface
    public interface FirstAnswers {
        /**
         * @param supports one set a label
         * @return one mask of the query's size a label, in the same order
         */
        List<Mask> from(List<SupportSet> supports);
    }

    /** Says which of the supports found must not serve, because of what they show. */
    @FunctionalInterface
    public interface Screen {
        /** Lets all serve. */
        Screen OPEN = (request, images) -> Set.of();

        /**
         * @param request that found them
         * @param images different ones, best first
         * @return those of them that must not serve; empty where all may
         */
        Set<UUID> refuses(SupportRequest request, List<UUID> images);
    }

    /**
     * The supports of one label.
     *
     * @param features what the label was searched by
     * @param request as it was asked last, without the images that the screen refused
     */
    public record Found(QueryFeatures features, SupportRequest request, SupportSet supports) {}

    /**
     * @param retriever of one query
     * @param locations gives points of the query their vectors; null where no location vectors are
     *     kept
     * @param objects likewise
     * @param screen asked after each search; what it refuses is searched without
     * @param timer told of the stages {@code retrieve}, {@code first} and {@code embed}
     */
    public SupportSearch(
            SupportRetriever retriever,
            @Nullable LocationEmbedder locations,
            @Nullable ObjectEmbedder objects,
            Screen screen,
            StageTimer timer) {
        this.retriever = retriever;
        this.locations = locations;
        this.objects = objects;
        this.screen = screen;
        this.timer = timer;
    }

    /**
     * Finds the supports of every label.
     *
     * @param image at native size
     * @param vector of the whole image, in the space of the image index
     * @param requests one a label, all of the same strategy; at least one
     * @param first asked once, where the strategy needs a first answer
     * @return one a label, in the order of the requests
     * @throws RetrievalException when nothing is eligible for a label, or the strategy's level has
     *     no vectors
     */
    public List<Found> find(
            Raster image, float[] vector, List<SupportRequest> requests, FirstAnswers first) {
        List<QueryFeatures> features =
                requests.getFirst().strategy().needsFirstPass()
                        ? features(image, vector, requests, first)
                        : requests.stream().map(request -> QueryFeatures.whole(vector)).toList();
        List<Found> found = new ArrayList<>();
        for (SupportRequest request : requests) {
            QueryFeatures one = features.get(found.size());
            found.add(timer.time("retrieve", () -> retrieve(one, request)));
        }
        return found;
    }

    /**
     * What every level that has vectors finds for one label, before any fusion.
     *
     * @return by level, different images, best first
     * @throws RetrievalException when nothing is eligible
     */
    public Map<Level, List<UUID>> rank(
            Raster image, float[] vector, SupportRequest request, FirstAnswers first) {
        QueryFeatures features = features(image, vector, List.of(request), first).getFirst();
        SupportRequest asked = request;
        while (true) {
            Map<Level, List<UUID>> found = retriever.rank(features, asked.filter(), asked.k());
            Set<UUID> refused =
                    screen.refuses(
                            asked,
                            found.values().stream().flatMap(List::stream).distinct().toList());
            if (refused.isEmpty()) {
                return found;
            }
            asked = asked.without(refused);
        }
    }

    /**
     * Asks again without what must not serve, until all that is found may: so the set is filled
     * from what comes next, by the same rules, whatever the strategy.
     */
    private Found retrieve(QueryFeatures features, SupportRequest request) {
        SupportRequest asked = request;
        SupportSet found = retriever.retrieve(features, asked);
        while (true) {
            Set<UUID> refused =
                    screen.refuses(
                            asked,
                            found.supports().stream()
                                    .map(SupportSet.WeightedSupport::imageId)
                                    .toList());
            if (refused.isEmpty()) {
                return new Found(features, asked, found);
            }
            asked = asked.without(refused);
            found = retriever.retrieve(features, asked).after(found);
        }
    }

    private List<QueryFeatures> features(
            Raster image, float[] vector, List<SupportRequest> requests, FirstAnswers first) {
        List<SupportSet> similar = new ArrayList<>();
        for (SupportRequest request : requests) {
            similar.add(
                    timer.time(
                            "retrieve",
                            () ->
                                    retrieve(QueryFeatures.whole(vector), request.forFirstAnswer())
                                            .supports()));
        }
        List<Mask> masks = timer.time("first", () -> first.from(similar));
        Strategy strategy = requests.getFirst().strategy();
        return timer.time("embed", () -> look(image, vector, masks, strategy));
    }

    private List<QueryFeatures> look(
            Raster image, float[] vector, List<Mask> masks, Strategy strategy) {
        LocationEmbedder.@Nullable Questions questions =
                locations == null || strategy == Strategy.OBJECT
                        ? null
                        : locations.questions(image);
        List<QueryFeatures> features = new ArrayList<>();
        for (Mask mask : masks) {
            features.add(
                    new QueryFeatures(
                            vector,
                            questions == null
                                    ? List.of()
                                    : questions.at(Contour.spread(mask, POINTS)),
                            objects == null || strategy == Strategy.LOCATION
                                    ? null
                                    : objects.embed(image, mask)));
        }
        return features;
    }
}
