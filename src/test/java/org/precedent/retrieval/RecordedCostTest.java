package org.precedent.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.precedent.index.ImageFixtures.everything;
import static org.precedent.index.ImageFixtures.id;
import static org.precedent.index.ImageFixtures.image;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.embedding.Level;
import org.precedent.embedding.LocationEmbedder.Location;
import org.precedent.embedding.LocationEmbedder.Question;
import org.precedent.imaging.Contour;
import org.precedent.index.ImageFixtures;
import org.precedent.index.ImageIndex;
import org.precedent.index.ImageIndex.Change;
import org.precedent.index.ImageSearch;
import org.precedent.index.IndexEngine;
import org.precedent.index.LocationIndex;
import org.precedent.index.lucene.HnswConfig;
import org.precedent.index.lucene.LuceneEngine;

/** What supports are recorded to have cost, where Lucene's graphs are walked and where not. */
class RecordedCostTest {
    private static final int D = 16;
    private static final int IMAGES = 3000;
    private static final int CELLS = 4;
    private static final int POINTS = 3;
    private static final HnswConfig GRAPH = new HnswConfig(16, 100, 1, 0, 2, 20);
    private static final HnswConfig SCAN = new HnswConfig(16, 100, 1_000_000, 2, 5, 50);

    @TempDir Path home;

    @Test
    void aWalkComparesFewAndIsNotExact() {
        search(
                GRAPH,
                (strategy, set) -> {
                    long all = all(strategy);
                    assertThat(set.exact()).as(strategy.word()).isFalse();
                    assertThat((long) set.visited()).as(strategy.word()).isBetween(1L, all / 2);
                    assertThat(set.eligible()).isEqualTo(IMAGES);
                });
    }

    @Test
    void aScanComparesAllAndIsExact() {
        search(
                SCAN,
                (strategy, set) -> {
                    assertThat(set.exact()).as(strategy.word()).isTrue();
                    assertThat((long) set.visited()).as(strategy.word()).isEqualTo(all(strategy));
                });
    }

    /** All vectors that the searches of a strategy may compare. */
    private static long all(Strategy strategy) {
        long locations = (long) IMAGES * CELLS * POINTS;
        return switch (strategy) {
            case RANDOM, IMAGE, OBJECT -> IMAGES;
            case LOCATION -> locations;
            case FUSED -> 2 * IMAGES + locations;
        };
    }

    private interface Check {
        void of(Strategy strategy, SupportSet set);
    }

    private void search(HnswConfig config, Check check) {
        Random random = new Random(1);
        EmbeddingSpace locations =
                new EmbeddingSpace("fixture", "0123456789abcdef", Level.LOCATION, D);
        List<float[]> vectors = ImageFixtures.clustered((1 + CELLS) * IMAGES, D, 40, random);
        List<Change> changes = new ArrayList<>();
        Map<UUID, List<Location>> keys = new TreeMap<>(ImageSearch.ID_ORDER);
        for (int i = 0; i < IMAGES; i++) {
            changes.add(new Change.Put(image(i, vectors.get(i))));
            List<Location> cells = new ArrayList<>();
            for (int cell = 0; cell < CELLS; cell++) {
                cells.add(new Location(cell, vectors.get(IMAGES + CELLS * i + cell)));
            }
            keys.put(id(i), cells);
        }
        IndexEngine engine = new LuceneEngine(home, "", config, config);
        try (ImageIndex images = engine.images(ImageFixtures.space(D)).open();
                LocationIndex indexed = engine.locations(locations, () -> images).open()) {
            images.apply(changes, 1);
            indexed.put(keys, 1);
            SupportRetriever retriever =
                    new SupportRetriever(images, indexed::search, images::search);
            List<Question> questions = new ArrayList<>();
            for (int p = 0; p < POINTS; p++) {
                questions.add(
                        new Question(
                                new Contour.Point(p, p),
                                new Location(p, ImageFixtures.random(D, random))));
            }
            QueryFeatures query =
                    new QueryFeatures(
                            ImageFixtures.random(D, random),
                            questions,
                            ImageFixtures.random(D, random));
            for (Strategy strategy :
                    List.of(Strategy.IMAGE, Strategy.LOCATION, Strategy.OBJECT, Strategy.FUSED)) {
                check.of(
                        strategy,
                        retriever.retrieve(
                                query,
                                new SupportRequest(
                                        everything(),
                                        2,
                                        strategy,
                                        Temperature.UNIFORM,
                                        Fusion.EVEN,
                                        0)));
            }
        }
    }
}
