package org.precedent.index.lucene;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.precedent.index.ImageFixtures.id;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.embedding.Level;
import org.precedent.embedding.LocationEmbedder.Location;
import org.precedent.index.ImageFixtures;
import org.precedent.index.ImageSearch;
import org.precedent.index.IndexException;
import org.precedent.index.LocationFixtures;
import org.precedent.index.LocationSearch;
import org.precedent.index.LocationSearch.Hit;
import org.precedent.index.LocationSearch.Result;
import org.precedent.index.Pages;

/** The index of locations against comparing everything. */
class LocationIndexTest {
    private static final int D = 16;
    private static final EmbeddingSpace SPACE =
            new EmbeddingSpace("fixture", "0123456789abcdef", Level.LOCATION, D);
    private static final HnswConfig GRAPH = new HnswConfig(16, 100, 1, 0, 5, 150);

    /** These tests name the images: filters are a matter of every engine's contract. */
    private static final Supplier<ImageSearch> UNFILTERED =
            () -> {
                throw new AssertionError("asked for members");
            };

    @TempDir Path home;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void scansFindWhatComparingEverythingFinds(long seed) {
        Random random = new Random(seed);
        NavigableMap<UUID, List<Location>> truth = new TreeMap<>(ImageSearch.ID_ORDER);
        try (LuceneLocationIndex index =
                LuceneLocationIndex.open(home, SPACE, UNFILTERED, HnswConfig.DEFAULT)) {
            for (int batch = 0; batch < 12; batch++) {
                Map<UUID, List<Location>> images = new TreeMap<>(ImageSearch.ID_ORDER);
                for (int i = 0; i < 1 + random.nextInt(8); i++) {
                    images.put(id(random.nextInt(40)), locations(1 + random.nextInt(20), random));
                }
                index.put(images, batch + 1L);
                truth.putAll(images);
                if (batch == 8) {
                    index.merge();
                }
                List<UUID> asked =
                        truth.keySet().stream().filter(id -> random.nextInt(3) > 0).toList();
                List<float[]> vectors = List.of(vector(random), vector(random), new float[D]);
                int k = 1 + random.nextInt(60);
                Result result = index.search(vectors, asked, k);
                assertThat(result.exact()).isTrue();
                assertThat(result.images()).isEqualTo(asked.size());
                for (int q = 0; q < vectors.size(); q++) {
                    assertThat(result.hits().get(q))
                            .as("batch %d, vector %d, k %d", batch, q, k)
                            .isEqualTo(LocationFixtures.nearest(vectors.get(q), truth, asked, k));
                }
            }
            assertThat(images(index)).containsExactlyElementsOf(truth.keySet());
            truth.forEach((image, locations) ->
                    assertThat(index.of(image))
                            .usingRecursiveFieldByFieldElementComparator()
                            .isEqualTo(locations));
        }
    }

    @Test
    void theGraphFindsNearlyAllWithFarFewerComparisons() {
        Random random = new Random(5);
        NavigableMap<UUID, List<Location>> truth = clustered(random, 200);
        try (LuceneLocationIndex index = LuceneLocationIndex.open(home, SPACE, UNFILTERED, GRAPH)) {
            index.put(truth, 1);
            List<UUID> all = List.copyOf(truth.keySet());
            List<float[]> vectors = new ArrayList<>();
            for (int q = 0; q < 32; q++) {
                vectors.add(vector(random));
            }
            Result result = index.search(vectors, all, 10);
            assertThat(result.exact()).isFalse();
            assertThat(result.locations()).isEqualTo(12_800);
            assertThat(result.visited()).isLessThan(32 * 12_800L / 3);
            int found = 0;
            for (int q = 0; q < vectors.size(); q++) {
                Set<Hit> expected =
                        new HashSet<>(LocationFixtures.nearest(vectors.get(q), truth, all, 10));
                expected.retainAll(new HashSet<>(result.hits().get(q)));
                found += expected.size();
                assertThat(result.hits().get(q)).hasSize(10).isSortedAccordingTo(Hit.ORDER);
            }
            assertThat(found).isGreaterThanOrEqualTo(317);
        }
    }

    @Test
    void aNarrowFilterStillGivesKWhateverTheGraphSays() {
        Random random = new Random(6);
        NavigableMap<UUID, List<Location>> truth = clustered(random, 200);
        try (LuceneLocationIndex index = LuceneLocationIndex.open(home, SPACE, UNFILTERED, GRAPH)) {
            index.put(truth, 1);
            for (int few : new int[] {1, 2, 7, 30}) {
                List<UUID> asked = truth.keySet().stream().limit(few).toList();
                float[] vector = vector(random);
                assertThat(index.search(List.of(vector), asked, 50).hits().getFirst())
                        .hasSize(50)
                        .allMatch(hit -> asked.contains(hit.imageId()))
                        .doesNotHaveDuplicates();
            }
        }
    }

    /**
     * A graph of inner products hides short vectors: it is walked where nearly all may be found.
     */
    @Test
    void wideFiltersAreWalkedAndOthersScanned() {
        Random random = new Random(7);
        NavigableMap<UUID, List<Location>> truth = clustered(random, 200);
        try (LuceneLocationIndex index = LuceneLocationIndex.open(home, SPACE, UNFILTERED, GRAPH)) {
            index.put(truth, 1);
            float[] vector = vector(random);
            List<UUID> most = truth.keySet().stream().limit(190).toList();
            assertThat(index.search(List.of(vector), most, 10).exact()).isFalse();
            List<UUID> half = truth.keySet().stream().limit(100).toList();
            Result result = index.search(List.of(vector), half, 10);
            assertThat(result.exact()).isTrue();
            assertThat(result.hits().getFirst())
                    .containsExactlyElementsOf(LocationFixtures.nearest(vector, truth, half, 10));
        }
    }

    @Test
    void saysWhichImagesItDoesNotHoldYet() {
        try (LuceneLocationIndex index =
                LuceneLocationIndex.open(home, SPACE, UNFILTERED, HnswConfig.DEFAULT)) {
            Random random = new Random(7);
            index.put(Map.of(id(2), locations(3, random), id(4), locations(3, random)), 1);
            List<UUID> asked = List.of(id(1), id(2), id(3), id(4), id(5));
            assertThat(asked.stream().filter(index::contains)).containsExactly(id(2), id(4));
            Result result = index.search(List.of(vector(random)), asked, 100);
            assertThat(result.images()).isEqualTo(2);
            assertThat(result.hits().getFirst()).hasSize(6);
            assertThat(index.search(List.of(vector(random)), List.of(id(1)), 5).hits())
                    .containsExactly(List.of());
            assertThat(index.search(List.of(), asked, 5).hits()).isEmpty();
        }
    }

    @Test
    void whatWasPutIsThereAfterReopeningAndForOtherReaders() {
        Random random = new Random(8);
        List<Location> locations = locations(5, random);
        try (LuceneLocationIndex index =
                LuceneLocationIndex.open(home, SPACE, UNFILTERED, HnswConfig.DEFAULT)) {
            index.put(Map.of(id(1), locations), 7);
            index.commit();
            try (LuceneLocationSearch other =
                    LuceneLocationSearch.open(home, SPACE, UNFILTERED, HnswConfig.DEFAULT)) {
                index.put(Map.of(id(2), locations), 8);
                index.commit();
                assertThat(other.sequence()).isEqualTo(7);
                other.refresh();
                assertThat(other.sequence()).isEqualTo(8);
                assertThat(images(other)).containsExactly(id(1), id(2));
            }
            assertThatThrownBy(() ->
                            LuceneLocationIndex.open(home, SPACE, UNFILTERED, HnswConfig.DEFAULT))
                    .isInstanceOfSatisfying(
                            IndexException.class,
                            e -> assertThat(e.code()).isEqualTo(IndexException.Code.LOCKED));
        }
        try (LuceneLocationIndex index =
                LuceneLocationIndex.open(home, SPACE, UNFILTERED, HnswConfig.DEFAULT)) {
            assertThat(index.sequence()).isEqualTo(8);
            float[] first = locations.getFirst().vector();
            assertThat(index.search(List.of(first), List.of(id(1)), 100).hits().getFirst())
                    .hasSize(5);
            index.verifyChecksums();
            index.clear();
            assertThat(index.sequence()).isZero();
            assertThat(images(index)).isEmpty();
        }
    }

    @Test
    void refusesWhatDoesNotFitAndStoresNothingOfIt() {
        try (LuceneLocationIndex index =
                LuceneLocationIndex.open(home, SPACE, UNFILTERED, HnswConfig.DEFAULT)) {
            index.put(Map.of(id(1), locations(1, new Random(9))), 5);
            Map<UUID, List<Location>> narrow =
                    Map.of(id(2), List.of(new Location(0, new float[D - 1])));
            assertThatThrownBy(() -> index.put(narrow, 6))
                    .isInstanceOfSatisfying(
                            IndexException.class,
                            e -> assertThat(e.code()).isEqualTo(IndexException.Code.DIMENSION));
            float[] infinite = new float[D];
            infinite[3] = Float.POSITIVE_INFINITY;
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () -> index.put(Map.of(id(2), List.of(new Location(0, infinite))), 6));
            assertThatThrownBy(() -> index.put(Map.of(), 4))
                    .isInstanceOfSatisfying(
                            IndexException.class,
                            e -> assertThat(e.code()).isEqualTo(IndexException.Code.SEQUENCE));
            assertThat(index.sequence()).isEqualTo(5);
            assertThat(images(index)).containsExactly(id(1));
            assertThatThrownBy(() -> index.search(List.of(new float[3]), List.of(id(1)), 1))
                    .isInstanceOf(IndexException.class);
        }
    }

    @Test
    void searchesSeeWholeImagesWhileTheyAreReplaced() throws InterruptedException {
        Random random = new Random(10);
        try (LuceneLocationIndex index =
                LuceneLocationIndex.open(home, SPACE, UNFILTERED, HnswConfig.DEFAULT)) {
            index.put(Map.of(id(1), locations(20, random), id(2), locations(20, random)), 1);
            AtomicBoolean done = new AtomicBoolean();
            List<String> wrong = new ArrayList<>();
            Thread reading =
                    new Thread(() -> {
                        float[] vector = new float[D];
                        while (!done.get()) {
                            Result result =
                                    index.search(List.of(vector), List.of(id(1), id(2)), 100);
                            if (result.locations() != 40 || result.images() != 2) {
                                wrong.add(result.toString());
                            }
                        }
                    });
            reading.start();
            for (int i = 2; i < 60; i++) {
                index.put(Map.of(id(1 + i % 2), locations(20, random)), i);
            }
            done.set(true);
            reading.join();
            assertThat(wrong).isEmpty();
        }
    }

    /** All images of an index, whatever the size of the pages that they come in. */
    private static List<UUID> images(LocationSearch index) {
        List<UUID> all = new ArrayList<>();
        Pages.images(index, 1000).forEachRemaining(all::add);
        for (int limit : new int[] {1, 3, Math.max(1, all.size())}) {
            List<UUID> read = new ArrayList<>();
            Pages.images(index, limit).forEachRemaining(read::add);
            assertThat(read).as("in pages of %d", limit).isEqualTo(all);
        }
        assertThatIllegalArgumentException().isThrownBy(() -> index.page(null, 0));
        return all;
    }

    private static NavigableMap<UUID, List<Location>> clustered(Random random, int images) {
        NavigableMap<UUID, List<Location>> truth = new TreeMap<>(ImageSearch.ID_ORDER);
        List<float[]> vectors = ImageFixtures.clustered(64 * images, D, 60, random);
        for (int i = 0; i < images; i++) {
            List<Location> locations = new ArrayList<>();
            for (int cell = 0; cell < 64; cell++) {
                float[] unit = vectors.get(64 * i + cell);
                float[] vector = new float[D];
                float length = 1 + 3 * random.nextFloat();
                for (int c = 0; c < D; c++) {
                    vector[c] = length * unit[c];
                }
                locations.add(new Location(cell, vector));
            }
            truth.put(id(i), locations);
        }
        return truth;
    }

    private static List<Location> locations(int count, Random random) {
        return LocationFixtures.locations(count, D, random);
    }

    private static float[] vector(Random random) {
        return LocationFixtures.vector(D, random);
    }
}
