package org.precedent.retrieval;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.precedent.embedding.Level;
import org.precedent.embedding.LocationEmbedder;
import org.precedent.index.ImageSearch;
import org.precedent.index.LocationSearch;
import org.precedent.index.SupportFilter;
import org.precedent.retrieval.SupportSet.WeightedSupport;

/**
 * Turns what a query looks like, as a whole, along its contour and by its object, into a weighted
 * support set. Each level asks its own index; {@link Strategy#FUSED} asks all that have vectors.
 * Thread-safe.
 */
public final class LevelRetriever {
    /**
     * Images that every level hands to the fusion, for each support wanted: enough that a support
     * which is mediocre at one level can still win by another.
     */
    private static final int OVERCOLLECT = 4;

    /** Places that each point of the contour collects, for each support wanted. */
    private static final int PLACES = 4;

    /** And at least so many: neighbouring cells of one image crowd each other out. */
    private static final int FEWEST_PLACES = 64;

    private final ImageSearch images;
    private final Map<Level, Boolean> available = new EnumMap<>(Level.class);
    private final @Nullable NearestPlaces places;
    private final @Nullable ObjectSearch objects;

    /** Nearest places, for many vectors of one query at once. */
    @FunctionalInterface
    public interface NearestPlaces {
        /**
         * @param vectors [points][D], to be compared by inner product
         * @param count places for each point
         * @return for each vector the nearest places of eligible images, best first
         */
        List<List<LocationSearch.Hit>> nearest(
                List<float[]> vectors, SupportFilter filter, int count);
    }

    /** Nearest objects of one label. */
    @FunctionalInterface
    public interface ObjectSearch {
        /**
         * @param vector [D] of length 1
         * @return the nearest eligible images by their object of the filter's label, best first
         */
        List<ImageSearch.Hit> nearest(float[] vector, SupportFilter filter, int count);
    }

    /**
     * What the query looks like.
     *
     * @param image [D] of length 1, in the space of the image index
     * @param locations the vectors of the cells that the contour crosses; empty where there are
     *     none
     * @param object [D] of length 1, in the space of the object index; null where there is none
     */
    public record QueryVectors(
            float[] image, List<LocationEmbedder.Place> locations, float @Nullable [] object) {
        public QueryVectors {
            locations = List.copyOf(locations);
        }
    }

    /**
     * What is asked.
     *
     * @param k how many supports
     * @param temperature how similarities of the strategy's level become weights
     * @param fusion of {@link Strategy#FUSED}
     * @param seed of {@link Strategy#RANDOM}
     */
    public record Wish(
            SupportFilter filter,
            int k,
            Strategy strategy,
            Temperature temperature,
            Fusion fusion,
            long seed) {}

    /**
     * @param places null where no location vectors are kept
     * @param objects null where no object vectors are kept
     */
    public LevelRetriever(
            ImageSearch images, @Nullable NearestPlaces places, @Nullable ObjectSearch objects) {
        this.images = images;
        this.places = places;
        this.objects = objects;
        available.put(Level.IMAGE, true);
        available.put(Level.LOCATION, places != null);
        available.put(Level.OBJECT, objects != null);
    }

    /**
     * Chooses and weighs the supports of one label.
     *
     * @return min(k, eligible) supports, with a reason where they are fewer than k
     * @throws RetrievalException when nothing is eligible, or the strategy's level has no vectors
     */
    public SupportSet retrieve(QueryVectors query, Wish wish) {
        return switch (wish.strategy()) {
            case RANDOM, IMAGE ->
                    new SupportRetriever(images)
                            .retrieve(
                                    new SupportRequest(
                                            query.image(),
                                            wish.filter(),
                                            wish.k(),
                                            wish.strategy(),
                                            wish.temperature(),
                                            wish.seed()));
            case LOCATION -> byLocation(query, wish);
            case OBJECT -> byObject(query, wish);
            case FUSED -> fused(query, wish);
        };
    }

    private SupportSet byLocation(QueryVectors query, Wish wish) {
        requireLevel(Level.LOCATION, wish.strategy());
        List<LocationVote.Candidate> chosen = vote(query, wish.filter(), wish.k());
        Map<UUID, List<LocationVote.Match>> matches = new HashMap<>();
        List<ImageSearch.Hit> hits = new ArrayList<>();
        for (LocationVote.Candidate candidate : chosen) {
            matches.put(candidate.imageId(), candidate.matches());
            hits.add(new ImageSearch.Hit(candidate.imageId(), (float) candidate.similarity()));
        }
        return supports(hits, matches, Map.of(), wish);
    }

    private SupportSet byObject(QueryVectors query, Wish wish) {
        requireLevel(Level.OBJECT, wish.strategy());
        return supports(objects(query, wish.filter(), wish.k()), Map.of(), Map.of(), wish);
    }

    /**
     * What every level that has vectors finds, before any fusion: as many as {@link Strategy#FUSED}
     * fuses for k supports.
     *
     * @return by level, different images, best first
     * @throws RetrievalException when nothing is eligible
     */
    public Map<Level, List<UUID>> rank(QueryVectors query, SupportFilter filter, int k) {
        if (images.count(filter) == 0) {
            throw new RetrievalException(Eligibility.of(images, filter));
        }
        return ranking(query, filter, k).found();
    }

    private record Ranking(
            Map<Level, List<UUID>> found, Map<UUID, List<LocationVote.Match>> matches) {}

    private Ranking ranking(QueryVectors query, SupportFilter filter, int k) {
        int count = Math.min(SupportRequest.MAX_K, OVERCOLLECT * k);
        Map<Level, List<UUID>> found = new EnumMap<>(Level.class);
        Map<UUID, List<LocationVote.Match>> matches = new HashMap<>();
        found.put(
                Level.IMAGE,
                images.search(query.image(), filter, count).hits().stream()
                        .map(ImageSearch.Hit::imageId)
                        .toList());
        if (places != null && !query.locations().isEmpty()) {
            List<LocationVote.Candidate> voted = vote(query, filter, count);
            voted.forEach(candidate -> matches.put(candidate.imageId(), candidate.matches()));
            found.put(Level.LOCATION, voted.stream().map(LocationVote.Candidate::imageId).toList());
        }
        if (objects != null && query.object() != null) {
            found.put(
                    Level.OBJECT,
                    objects(query, filter, count).stream().map(ImageSearch.Hit::imageId).toList());
        }
        return new Ranking(found, matches);
    }

    private SupportSet fused(QueryVectors query, Wish wish) {
        Ranking ranking = ranking(query, wish.filter(), wish.k());
        Map<Level, List<UUID>> found = ranking.found();
        Map<UUID, Map<Level, Integer>> ranks = new HashMap<>();
        found.forEach((level, ids) -> {
            for (int i = 0; i < ids.size(); i++) {
                ranks.computeIfAbsent(ids.get(i), id -> new EnumMap<>(Level.class))
                        .put(level, i + 1);
            }
        });
        List<ImageSearch.Hit> hits =
                wish.fusion().fuse(found, wish.k()).stream()
                        .map(f -> new ImageSearch.Hit(f.imageId(), (float) f.score()))
                        .toList();
        return supports(hits, ranking.matches(), ranks, wish);
    }

    private List<LocationVote.Candidate> vote(QueryVectors query, SupportFilter filter, int k) {
        if (places == null) {
            return List.of();
        }
        List<float[]> vectors =
                query.locations().stream().map(LocationEmbedder.Place::vector).toList();
        int count = Math.max(FEWEST_PLACES, PLACES * k);
        return LocationVote.vote(places.nearest(vectors, filter, count), k);
    }

    private List<ImageSearch.Hit> objects(QueryVectors query, SupportFilter filter, int k) {
        return objects == null || query.object() == null
                ? List.of()
                : objects.nearest(query.object(), filter, k);
    }

    /** Completes what a level found: the images that it could not rank follow by their id. */
    private SupportSet supports(
            List<ImageSearch.Hit> hits,
            Map<UUID, List<LocationVote.Match>> matches,
            Map<UUID, Map<Level, Integer>> ranks,
            Wish wish) {
        int eligible = images.count(wish.filter());
        if (eligible == 0) {
            throw new RetrievalException(Eligibility.of(images, wish.filter()));
        }
        List<ImageSearch.Hit> all = new ArrayList<>(hits);
        if (all.size() < Math.min(wish.k(), eligible)) {
            // Exactly k: points that share their nearest images leave others without a vote.
            float least = all.isEmpty() ? 0 : all.getLast().similarity();
            Set<UUID> known = new HashSet<>(hits.stream().map(ImageSearch.Hit::imageId).toList());
            for (UUID id : images.eligible(wish.filter())) {
                if (all.size() == wish.k()) {
                    break;
                }
                if (known.add(id)) {
                    all.add(new ImageSearch.Hit(id, least));
                }
            }
        }
        double[] similarities = all.stream().mapToDouble(ImageSearch.Hit::similarity).toArray();
        double[] weights = wish.temperature().weights(similarities);
        List<WeightedSupport> supports = new ArrayList<>();
        for (int i = 0; i < weights.length; i++) {
            UUID id = all.get(i).imageId();
            supports.add(
                    new WeightedSupport(
                            id,
                            similarities[i],
                            weights[i],
                            matches.getOrDefault(id, List.of()),
                            ranks.getOrDefault(id, Map.of())));
        }
        return new SupportSet(
                supports,
                eligible,
                eligible,
                true,
                Weights.effectiveNumber(weights),
                all.size() < wish.k()
                        ? all.size()
                                + " of "
                                + wish.k()
                                + " supports: "
                                + Eligibility.of(images, wish.filter()).breakdown()
                        : null);
    }

    private void requireLevel(Level level, Strategy strategy) {
        if (!Boolean.TRUE.equals(available.get(level))) {
            throw RetrievalException.noLevel(strategy);
        }
    }
}
