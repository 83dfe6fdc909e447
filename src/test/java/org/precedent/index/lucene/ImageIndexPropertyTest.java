package org.precedent.index.lucene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.precedent.index.ImageFixtures.dump;
import static org.precedent.index.ImageFixtures.id;
import static org.precedent.index.ImageFixtures.member;
import static org.precedent.index.ImageFixtures.sha;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.FilterDirectory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.precedent.ReviewState;
import org.precedent.access.Scope;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.index.ImageFixtures;
import org.precedent.index.ImageIndex;
import org.precedent.index.ImageIndex.Change;
import org.precedent.index.ImageSearch.SearchResult;
import org.precedent.index.IndexContent;
import org.precedent.index.IndexEntry;
import org.precedent.index.IndexEntry.Membership;
import org.precedent.index.SupportFilter;
import org.precedent.index.exact.ExactImageIndex;

/** Random histories: after every step the Lucene index tells the same as the one in memory. */
class ImageIndexPropertyTest {
    private static final List<ReviewState> STATES = List.of(ReviewState.values());
    private static final int D = 12;
    private static final int IMAGES = 120;
    private static final EmbeddingSpace SPACE = ImageFixtures.space(D);

    @TempDir Path home;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void tellsTheSameAsAnExactIndexAfterAnyHistory(long seed) throws IOException {
        Random random = new Random(seed);
        // Scans only: then results are equal, not just similar.
        HnswConfig config = new HnswConfig(4, 8, 1000, 0, 1, 0);
        ImageIndex index = open(config);
        ImageIndex oracle = new ExactImageIndex(SPACE);
        long sequence = 0;
        try {
            for (int step = 0; step < 120; step++) {
                int kind = random.nextInt(40);
                if (kind == 0) {
                    index.clear();
                    oracle.clear();
                    sequence = 0;
                } else if (kind < 4) {
                    index.close();
                    index = open(config);
                } else {
                    List<Change> changes = changes(random);
                    sequence += random.nextInt(3);
                    index.apply(changes, sequence);
                    oracle.apply(changes, sequence);
                }
                compare(index, oracle, random, "seed " + seed + ", step " + step);
            }
            assertThat(dump(index)).usingRecursiveComparison().isEqualTo(dump(oracle));
        } finally {
            index.close();
        }
    }

    /** Without waiting for the disk: what a power cut leaves is tested elsewhere. */
    private ImageIndex open(HnswConfig config) throws IOException {
        Directory unsynced =
                new FilterDirectory(FSDirectory.open(home)) {
                    @Override
                    public void sync(Collection<String> names) {}

                    @Override
                    public void syncMetaData() {}
                };
        return new LuceneImageIndex(unsynced, IndexContent.of(SPACE), config);
    }

    private static void compare(ImageIndex index, ImageIndex oracle, Random random, String as) {
        assertThat(index.sequence()).as(as).isEqualTo(oracle.sequence());
        for (int i = 0; i < 4; i++) {
            SupportFilter filter = filter(random);
            String what = as + ", " + filter;
            float[] query = ImageFixtures.random(D, random);
            int k = 1 + random.nextInt(40);
            SearchResult expected = oracle.search(query, filter, k);
            assertThat(index.search(query, filter, k)).as(what).isEqualTo(expected);
            assertThat(index.sample(query, filter, k, i))
                    .as(what)
                    .isEqualTo(oracle.sample(query, filter, k, i));
            assertThat(ImageFixtures.eligible(index, filter))
                    .as(what)
                    .isEqualTo(ImageFixtures.eligible(oracle, filter));
            assertThat(index.count(filter)).as(what).isEqualTo(expected.eligible());
        }
    }

    private static List<Change> changes(Random random) {
        List<Change> changes = new ArrayList<>();
        int n = random.nextInt(12);
        for (int i = 0; i < n; i++) {
            int number = random.nextInt(IMAGES);
            changes.add(
                    random.nextInt(4) == 0
                            ? new Change.Remove(id(number))
                            : new Change.Put(image(number, random)));
        }
        return changes;
    }

    private static IndexEntry image(int number, Random random) {
        List<Membership> memberships = new ArrayList<>();
        int n = 1 + random.nextInt(4);
        for (int i = 0; i < n; i++) {
            int from = 1 + random.nextInt(5);
            int until = random.nextBoolean() ? Membership.STILL : from + 1 + random.nextInt(3);
            memberships.add(
                    member(
                            1 + random.nextInt(2),
                            1 + random.nextInt(3),
                            STATES.get(random.nextInt(3)),
                            from,
                            until));
        }
        // Few distinct vectors: many ties.
        float[] vector =
                random.nextBoolean()
                        ? ImageFixtures.axis(D, random.nextInt(3))
                        : ImageFixtures.random(D, random);
        return new IndexEntry(
                id(number),
                vector,
                "s" + random.nextInt(2),
                "p" + number % 9,
                sha(number % 100),
                memberships);
    }

    private static SupportFilter filter(Random random) {
        Set<ReviewState> states = EnumSet.of(STATES.get(random.nextInt(3)));
        if (random.nextBoolean()) {
            states.add(STATES.get(random.nextInt(3)));
        }
        return new SupportFilter(
                Scope.machine().anyPool(1 + random.nextInt(2)),
                1 + random.nextInt(7),
                1 + random.nextInt(3),
                states,
                random.nextInt(3) == 0 ? "s" + random.nextInt(2) : null,
                random.nextInt(3) == 0 ? "p" + random.nextInt(9) : null,
                random.nextInt(3) == 0 ? sha(random.nextInt(100)) : null);
    }
}
