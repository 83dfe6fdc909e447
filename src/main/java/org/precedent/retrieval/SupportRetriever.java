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
import org.precedent.index.ImageSearch;
import org.precedent.index.LocationSearch;
import org.precedent.index.SupportFilter;
import org.precedent.retrieval.SupportSet.WeightedSupport;

/**
 * Turns what a query looks like, as a whole, along its contour and by its object, into a weighted
 * support set. Each level asks its own index; {@link Strategy#FUSED} asks all that have vectors.
 * Thread-safe.
 */
public final class SupportRetriever {
    /**
     * Images that every level hands to the fusion, for each support wanted: enough that a support
     * which is mediocre at one level can still win by another.
     */
    private static final int OVERCOLLECT = 4;

    /** Locations that each point of the contour collects, for each support wanted. */
    private static final int LOCATIONS = 4;

    /** And at least so many: neighbouring cells of one image crowd each other out. */
    private static final int FEWEST_LOCATIONS = 64;

    private final ImageSearch images;
    private final Map<Level, Boolean> available = new EnumMap<>(Level.class);
    private final @Nullable NearestLocations locations;
    private final @Nullable ObjectSearch objects;

    /** Nearest locations, for many vectors of one query at once. */
    @FunctionalInterface
    public interface NearestLocations {
        /**
         * @param vectors [points][D], to be compared by inner product
         * @param count locations for each point
         * @return for each vector the nearest locations of eligible images, best first, and what
         *     finding them cost
         */
        LocationSearch.Result nearest(List<float[]> vectors, SupportFilter filter, int count);
    }

    /** Nearest objects of one label. */
    @FunctionalInterface
    public interface ObjectSearch {
        /**
         * @param vector [D] of length 1
         * @return the nearest eligible images by their object of the filter's label, best first,
         *     and what finding them cost
         */
        ImageSearch.SearchResult nearest(float[] vector, SupportFilter filter, int count);
    }

    /**
     * @param locations null where no location vectors are kept
     * @param objects null where no object vectors are kept
     */
    public SupportRetriever(
            ImageSearch images,
            @Nullable NearestLocations locations,
            @Nullable ObjectSearch objects) {
        this.images = images;
        this.locations = locations;
        this.objects = objects;
        available.put(Level.IMAGE, true);
        available.put(Level.LOCATION, locations != null);
        available.put(Level.OBJECT, objects != null);
    }

    /**
     * Chooses and weighs the supports of one label.
     *
     * @return min(k, eligible) supports, with a reason where they are fewer than k
     * @throws RetrievalException when nothing is eligible, or the strategy's level has no vectors
     */
    public SupportSet retrieve(QueryFeatures query, SupportRequest request) {
        return switch (request.strategy()) {
            case RANDOM, IMAGE -> byImage(query, request);
            case LOCATION -> byLocation(query, request);
            case OBJECT -> byObject(query, request);
            case FUSED -> fused(query, request);
        };
    }

    /** A set chosen at random carries its similarities too, so that it can be weighted as well. */
    private SupportSet byImage(QueryFeatures query, SupportRequest request) {
        ImageSearch.SearchResult found =
                request.strategy() == Strategy.RANDOM
                        ? images.sample(
                                query.image(), request.filter(), request.k(), request.seed())
                        : images.search(query.image(), request.filter(), request.k());
        return supports(
                new Found(found.hits(), Map.of(), Map.of(), Cost.of(found)),
                found.eligible(),
                request);
    }

    private SupportSet byLocation(QueryFeatures query, SupportRequest request) {
        requireLevel(Level.LOCATION, request.strategy());
        Voted voted = vote(query, request.filter(), request.k());
        Map<UUID, List<LocationVote.Match>> matches = new HashMap<>();
        List<ImageSearch.Hit> hits = new ArrayList<>();
        for (LocationVote.Candidate candidate : voted.candidates()) {
            matches.put(candidate.imageId(), candidate.matches());
            hits.add(new ImageSearch.Hit(candidate.imageId(), (float) candidate.similarity()));
        }
        return supports(new Found(hits, matches, Map.of(), voted.cost()), request);
    }

    private SupportSet byObject(QueryFeatures query, SupportRequest request) {
        requireLevel(Level.OBJECT, request.strategy());
        if (objects == null || query.object() == null) {
            return supports(new Found(List.of(), Map.of(), Map.of(), Cost.NOTHING), request);
        }
        ImageSearch.SearchResult found =
                objects.nearest(query.object(), request.filter(), request.k());
        return supports(new Found(found.hits(), Map.of(), Map.of(), Cost.of(found)), request);
    }

    /**
     * What every level that has vectors finds, before any fusion: as many as {@link Strategy#FUSED}
     * fuses for k supports.
     *
     * @return by level, different images, best first
     * @throws RetrievalException when nothing is eligible
     */
    public Map<Level, List<UUID>> rank(QueryFeatures query, SupportFilter filter, int k) {
        if (images.count(filter) == 0) {
            throw new RetrievalException(Eligibility.of(images, filter));
        }
        return ranking(query, filter, k).found();
    }

    private record Ranking(
            Map<Level, List<UUID>> found, Map<UUID, List<LocationVote.Match>> matches, Cost cost) {}

    private Ranking ranking(QueryFeatures query, SupportFilter filter, int k) {
        int count = Math.min(SupportRequest.MAX_K, OVERCOLLECT * k);
        Map<Level, List<UUID>> found = new EnumMap<>(Level.class);
        Map<UUID, List<LocationVote.Match>> matches = new HashMap<>();
        ImageSearch.SearchResult whole = images.search(query.image(), filter, count);
        Cost cost = Cost.of(whole);
        found.put(Level.IMAGE, ids(whole));
        if (locations != null && !query.locations().isEmpty()) {
            Voted voted = vote(query, filter, count);
            cost = cost.and(voted.cost());
            voted.candidates()
                    .forEach(candidate -> matches.put(candidate.imageId(), candidate.matches()));
            found.put(
                    Level.LOCATION,
                    voted.candidates().stream().map(LocationVote.Candidate::imageId).toList());
        }
        if (objects != null && query.object() != null) {
            ImageSearch.SearchResult alike = objects.nearest(query.object(), filter, count);
            cost = cost.and(Cost.of(alike));
            found.put(Level.OBJECT, ids(alike));
        }
        return new Ranking(found, matches, cost);
    }

    private SupportSet fused(QueryFeatures query, SupportRequest request) {
        Ranking ranking = ranking(query, request.filter(), request.k());
        Map<Level, List<UUID>> found = ranking.found();
        Map<UUID, Map<Level, Integer>> ranks = new HashMap<>();
        found.forEach((level, ids) -> {
            for (int i = 0; i < ids.size(); i++) {
                ranks.computeIfAbsent(ids.get(i), id -> new EnumMap<>(Level.class))
                        .put(level, i + 1);
            }
        });
        List<ImageSearch.Hit> hits =
                request.fusion().fuse(found, request.k()).stream()
                        .map(f -> new ImageSearch.Hit(f.imageId(), (float) f.score()))
                        .toList();
        return supports(new Found(hits, ranking.matches(), ranks, ranking.cost()), request);
    }

    private static List<UUID> ids(ImageSearch.SearchResult found) {
        return found.hits().stream().map(ImageSearch.Hit::imageId).toList();
    }

    private record Voted(List<LocationVote.Candidate> candidates, Cost cost) {}

    private Voted vote(QueryFeatures query, SupportFilter filter, int k) {
        if (locations == null || query.locations().isEmpty()) {
            return new Voted(List.of(), Cost.NOTHING);
        }
        List<float[]> vectors =
                query.locations().stream().map(one -> one.location().vector()).toList();
        int count = Math.max(FEWEST_LOCATIONS, LOCATIONS * k);
        LocationSearch.Result found = locations.nearest(vectors, filter, count);
        return new Voted(LocationVote.vote(found.hits(), k), Cost.of(found));
    }

    /**
     * What the searches of one label cost together.
     *
     * @param visited comparisons of all searches
     * @param exact whether each of them compared everything that was eligible
     */
    private record Cost(long visited, boolean exact) {
        /** No search was made, so nothing was compared. */
        static final Cost NOTHING = new Cost(0, false);

        static Cost of(ImageSearch.SearchResult found) {
            return new Cost(found.visited(), found.exact());
        }

        static Cost of(LocationSearch.Result found) {
            return new Cost(found.visited(), found.exact());
        }

        Cost and(Cost other) {
            return new Cost(visited + other.visited, exact && other.exact);
        }
    }

    /** What a level, or several of them, found and what that cost. */
    private record Found(
            List<ImageSearch.Hit> hits,
            Map<UUID, List<LocationVote.Match>> matches,
            Map<UUID, Map<Level, Integer>> ranks,
            Cost cost) {}

    private SupportSet supports(Found found, SupportRequest request) {
        return supports(found, images.count(request.filter()), request);
    }

    /** Completes what a level found: the images that it could not rank follow by their id. */
    private SupportSet supports(Found found, int eligible, SupportRequest request) {
        List<ImageSearch.Hit> hits = found.hits();
        if (eligible == 0) {
            throw new RetrievalException(Eligibility.of(images, request.filter()));
        }
        List<ImageSearch.Hit> all = new ArrayList<>(hits);
        if (all.size() < Math.min(request.k(), eligible)) {
            // Exactly k: points that share their nearest images leave others without a vote.
            float least = all.isEmpty() ? 0 : all.getLast().similarity();
            Set<UUID> known = new HashSet<>(hits.stream().map(ImageSearch.Hit::imageId).toList());
            // Of so many, at least as many as are missing were not found.
            int enough = known.size() + request.k() - all.size();
            for (UUID id : images.eligible(request.filter(), enough)) {
                if (all.size() == request.k()) {
                    break;
                }
                if (known.add(id)) {
                    all.add(new ImageSearch.Hit(id, least));
                }
            }
        }
        double[] similarities = all.stream().mapToDouble(ImageSearch.Hit::similarity).toArray();
        double[] weights = request.temperature().weights(similarities);
        List<WeightedSupport> supports = new ArrayList<>();
        for (int i = 0; i < weights.length; i++) {
            UUID id = all.get(i).imageId();
            supports.add(
                    new WeightedSupport(
                            id,
                            similarities[i],
                            weights[i],
                            found.matches().getOrDefault(id, List.of()),
                            found.ranks().getOrDefault(id, Map.of())));
        }
        int told = Eligibility.told(images, request.filter(), eligible);
        long visited = found.cost().visited();
        return new SupportSet(
                supports,
                told,
                // Where everything was compared, that number is the other one's twin.
                (int)
                        Math.min(
                                Integer.MAX_VALUE,
                                visited == eligible && found.cost().exact() ? told : visited),
                found.cost().exact(),
                Weights.effectiveNumber(weights),
                all.size() < request.k()
                        ? all.size()
                                + " of "
                                + request.k()
                                + " supports: "
                                + Eligibility.of(images, request.filter()).breakdown()
                        : null);
    }

    private void requireLevel(Level level, Strategy strategy) {
        if (!Boolean.TRUE.equals(available.get(level))) {
            throw RetrievalException.noLevel(strategy);
        }
    }
}
