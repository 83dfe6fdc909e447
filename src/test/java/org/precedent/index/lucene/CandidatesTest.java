package org.precedent.index.lucene;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.lucene.util.FixedBitSet;
import org.junit.jupiter.api.Test;

class CandidatesTest {
    private static final SegmentMatches NO_SEGMENT =
            new SegmentMatches(null, new FixedBitSet(1), 1);

    @Test
    void keepsEveryDocumentWithinTheMarginOfTheKthBest() {
        for (int seed = 0; seed < 100; seed++) {
            Random random = new Random(seed);
            int n = 1 + random.nextInt(5000);
            int k = 1 + random.nextInt(100);
            float margin = random.nextFloat() * .01f;
            Candidates candidates = new Candidates(k, margin);
            float[] values = new float[n];
            for (int doc = 0; doc < n; doc++) {
                values[doc] = random.nextFloat();
                candidates.offer(NO_SEGMENT, doc, values[doc]);
            }
            float[] sorted = values.clone();
            Arrays.sort(sorted);
            float limit = n < k ? -1 : sorted[n - k] - margin;
            Set<Integer> expected = new HashSet<>();
            for (int doc = 0; doc < n; doc++) {
                if (values[doc] >= limit) {
                    expected.add(doc);
                }
            }
            List<Integer> kept =
                    candidates.survivors().stream().map(Candidates.Candidate::doc).toList();
            assertThat(kept)
                    .as("seed %d", seed)
                    .doesNotHaveDuplicates()
                    .containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    @Test
    void keepsAllOfManyTies() {
        Candidates candidates = new Candidates(3, 1e-6f);
        for (int doc = 0; doc < 20_000; doc++) {
            candidates.offer(NO_SEGMENT, doc, .5f);
        }
        assertThat(candidates.survivors()).hasSize(20_000);
    }
}
