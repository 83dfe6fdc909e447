package org.precedent.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.precedent.index.LocationSearch.Hit;
import org.precedent.retrieval.LocationVote.Candidate;
import org.precedent.retrieval.LocationVote.Match;

class LocationVoteTest {
    private static final UUID A = new UUID(0, 1);
    private static final UUID B = new UUID(0, 2);
    private static final UUID C = new UUID(0, 3);

    /** A is good everywhere, B best at the first point, C best at the second. */
    private static final List<List<Hit>> POINTS =
            List.of(
                    List.of(new Hit(B, 7, 9), new Hit(A, 3, 8), new Hit(C, 1, 2)),
                    List.of(new Hit(C, 5, 9), new Hit(A, 4, 8), new Hit(B, 2, 1)));

    @Test
    void theSumOfBestPlacesPrefersWhatIsGoodEverywhere() {
        List<Candidate> chosen = LocationVote.vote(POINTS, 1);

        assertThat(chosen).extracting(Candidate::imageId).containsExactly(A);
        assertThat(chosen.getFirst().similarity()).isCloseTo(8, within(1e-12));
        assertThat(chosen.getFirst().matches())
                .containsExactly(new Match(0, 3, 8), new Match(1, 4, 8));
    }

    @Test
    void anImageCountsOnceAPointByItsBestPlace() {
        List<List<Hit>> points =
                List.of(List.of(new Hit(A, 1, 5), new Hit(A, 2, 4), new Hit(B, 0, 3)));

        List<Candidate> chosen = LocationVote.vote(points, 5);

        assertThat(chosen).extracting(Candidate::imageId).containsExactly(A, B);
        assertThat(chosen.getFirst().matches()).containsExactly(new Match(0, 1, 5));
    }

    @Test
    void whereAPointDidNotFindAnImageItsWorstPlaceStandsFor() {
        List<List<Hit>> points =
                List.of(
                        List.of(new Hit(A, 0, 6), new Hit(B, 0, 2)),
                        List.of(new Hit(B, 0, 4), new Hit(C, 0, 3)));

        List<Candidate> chosen = LocationVote.vote(points, 3);

        assertThat(chosen).extracting(Candidate::imageId).containsExactly(A, B, C);
        assertThat(chosen)
                .extracting(Candidate::similarity)
                .containsExactly((6 + 3) / 2.0, (2 + 4) / 2.0, (2 + 3) / 2.0);
    }

    @Test
    void nothingFoundIsNothingChosen() {
        assertThat(LocationVote.vote(List.of(List.of(), List.of()), 4)).isEmpty();
        assertThat(LocationVote.vote(List.of(), 4)).isEmpty();
    }

    /** With every image found by every point it is the plain mean of maxima. */
    @Test
    void equalsBruteForceWhenEverythingIsFound() {
        for (int seed = 0; seed < 100; seed++) {
            Random random = new Random(seed);
            int images = 1 + random.nextInt(12);
            int points = 1 + random.nextInt(6);
            List<List<Hit>> found = new ArrayList<>();
            Map<UUID, Double> expected = new HashMap<>();
            for (int p = 0; p < points; p++) {
                List<Hit> locations = new ArrayList<>();
                for (int i = 0; i < images; i++) {
                    UUID id = new UUID(0, i);
                    double best = Double.NEGATIVE_INFINITY;
                    for (int cell = 0; cell < 4; cell++) {
                        float similarity = (float) random.nextGaussian();
                        best = Math.max(best, similarity);
                        locations.add(new Hit(id, cell, similarity));
                    }
                    expected.merge(id, best / points, Double::sum);
                }
                locations.sort(Comparator.comparingDouble(Hit::similarity).reversed());
                found.add(locations);
            }

            int k = 1 + random.nextInt(images);
            List<Candidate> chosen = LocationVote.vote(found, k);
            assertThat(chosen).as("seed %d", seed).hasSize(k);
            assertThat(chosen).extracting(Candidate::imageId).doesNotHaveDuplicates();
            double least = chosen.getLast().similarity();
            for (Candidate c : chosen) {
                assertThat(c.similarity()).isCloseTo(expected.get(c.imageId()), within(1e-9));
                expected.remove(c.imageId());
            }
            assertThat(expected.values()).allMatch(left -> left <= least + 1e-9);
        }
    }
}
