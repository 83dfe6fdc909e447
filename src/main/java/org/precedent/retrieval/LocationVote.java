package org.precedent.retrieval;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.precedent.index.ImageSearch;
import org.precedent.index.LocationSearch;

/**
 * Turns the neighbours of a query's points into images. Each point has found locations in images,
 * best first; an image stands for a point by its best location there.
 *
 * <p>The similarity of an image to the query is the mean over the points of its best location's
 * inner product, the number inside the softmax of the attention (cross-attention paper, eq. 2), as
 * late interaction scores a passage. A point at which an image was not found counts as the worst
 * location that the point did find: it can only be lower.
 */
public final class LocationVote {
    private LocationVote() {}

    /**
     * Where one point of the query met one image.
     *
     * @param point index of the query's point
     */
    public record Match(int point, int cell, double similarity) {}

    /**
     * An image that was voted for.
     *
     * @param similarity mean over the points
     * @param matches the points that found it, by point; one each
     */
    public record Candidate(UUID imageId, double similarity, List<Match> matches) {
        static final Comparator<Candidate> ORDER =
                Comparator.comparingDouble(Candidate::similarity)
                        .reversed()
                        .thenComparing(Candidate::imageId, ImageSearch.ID_ORDER);

        public Candidate {
            matches = List.copyOf(matches);
        }
    }

    /**
     * The images with the highest similarities.
     *
     * @param points what each point found, best first; at least one point found something, or the
     *     result is empty
     * @param k at most so many
     * @return different images by falling similarity, ties by id
     */
    public static List<Candidate> vote(List<List<LocationSearch.Hit>> points, int k) {
        List<Candidate> all = candidates(points);
        return List.copyOf(all.subList(0, Math.min(k, all.size())));
    }

    /** Every image that any point has found, by falling similarity. */
    private static List<Candidate> candidates(List<List<LocationSearch.Hit>> points) {
        Map<UUID, List<Match>> matches = new LinkedHashMap<>();
        double floor = 0; // sum over the points of the worst location found
        double[] worst = new double[points.size()];
        int searching = 0;
        for (int p = 0; p < worst.length; p++) {
            List<LocationSearch.Hit> found = points.get(p);
            if (found.isEmpty()) {
                continue;
            }
            searching++;
            worst[p] = found.getLast().similarity();
            floor += worst[p];
            Set<UUID> met = new LinkedHashSet<>();
            for (LocationSearch.Hit location : found) {
                if (met.add(location.imageId())) {
                    matches.computeIfAbsent(location.imageId(), id -> new ArrayList<>())
                            .add(new Match(p, location.cell(), location.similarity()));
                }
            }
        }
        List<Candidate> candidates = new ArrayList<>();
        for (Map.Entry<UUID, List<Match>> image : matches.entrySet()) {
            double sum = floor;
            for (Match match : image.getValue()) {
                sum += match.similarity() - worst[match.point()];
            }
            candidates.add(new Candidate(image.getKey(), sum / searching, image.getValue()));
        }
        candidates.sort(Candidate.ORDER);
        return candidates;
    }
}
