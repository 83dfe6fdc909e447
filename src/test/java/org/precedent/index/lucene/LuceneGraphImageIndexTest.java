package org.precedent.index.lucene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.precedent.index.ImageFixtures.everything;
import static org.precedent.index.ImageFixtures.image;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.index.ImageFixtures;
import org.precedent.index.ImageIndex;
import org.precedent.index.ImageIndex.Change;
import org.precedent.index.ImageIndexContractTest;
import org.precedent.index.ImageSearch.SearchResult;
import org.precedent.index.IndexContent;

/** The same promises when the graph answers wherever it may. */
class LuceneGraphImageIndexTest extends ImageIndexContractTest {
    private static final HnswConfig GRAPH = new HnswConfig(16, 100, 1, 0, 5, 50);

    @TempDir Path home;

    @Override
    protected ImageIndex create(EmbeddingSpace space) {
        return LuceneImageIndex.open(home.resolve(space.id()), IndexContent.of(space), GRAPH);
    }

    @Test
    void theGraphAnswersWithFewerComparisonsThanAScan() {
        Random random = new Random(1);
        List<float[]> vectors = ImageFixtures.clustered(3001, 64, 40, random);
        try (ImageIndex index = create(ImageFixtures.space(64))) {
            List<Change> changes = new ArrayList<>();
            for (int i = 0; i < 3000; i++) {
                changes.add(new Change.Put(image(i, vectors.get(i))));
            }
            index.apply(changes, 1);
            SearchResult result = index.search(vectors.getLast(), everything(), 10);
            assertThat(result.exact()).isFalse();
            assertThat(result.visited()).isLessThan(1500);
        }
    }

    @Test
    void identicalVectorsStillGiveKHits() {
        try (ImageIndex index = create(ImageFixtures.space(4))) {
            List<Change> changes = new ArrayList<>();
            for (int i = 0; i < 2000; i++) {
                changes.add(new Change.Put(image(i, ImageFixtures.axis(4, 0))));
            }
            index.apply(changes, 1);
            for (int k : new int[] {1, 10, 100, 1999, 2000, 5000}) {
                SearchResult result = index.search(ImageFixtures.axis(4, 0), everything(), k);
                assertThat(result.hits()).as("k = %d", k).hasSize(Math.min(k, 2000));
            }
        }
    }
}
