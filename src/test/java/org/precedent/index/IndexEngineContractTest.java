package org.precedent.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.precedent.index.ImageFixtures.everything;
import static org.precedent.index.ImageFixtures.id;
import static org.precedent.index.ImageFixtures.image;
import static org.precedent.index.ImageFixtures.member;
import static org.precedent.index.ImageFixtures.sha;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.precedent.ReviewState;
import org.precedent.access.Scope;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.embedding.Level;
import org.precedent.embedding.LocationEmbedder.Location;
import org.precedent.index.ImageIndex.Change;
import org.precedent.index.IndexEntry.Membership;
import org.precedent.index.LocationSearch.Result;

/**
 * What every engine promises of its homes, and of the index of locations that it joins with the one
 * of images; {@link ImageIndexContractTest} says what an index of images promises.
 */
public abstract class IndexEngineContractTest {
    private static final int D = 8;
    private static final EmbeddingSpace SPACE =
            new EmbeddingSpace("fixture", "0123456789abcdef", Level.LOCATION, D);
    private static final Set<ReviewState> APPROVED = EnumSet.of(ReviewState.APPROVED);
    private static final List<ReviewState> STATES = List.of(ReviewState.values());

    @TempDir private Path home;

    private IndexEngine engine;

    /**
     * A new engine that holds nothing and scans.
     *
     * @param home where it may keep files
     */
    protected abstract IndexEngine create(Path home);

    @BeforeEach
    void makeEngine() {
        engine = create(home);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void locationsAreFoundOfImagesThatPassTheFilterAndOfNoOthers(long seed) {
        Random random = new Random(seed);
        NavigableMap<UUID, IndexEntry> entries = new TreeMap<>(ImageSearch.ID_ORDER);
        NavigableMap<UUID, List<Location>> locations = new TreeMap<>(ImageSearch.ID_ORDER);
        try (ImageIndex images = engine.images(ImageFixtures.space(D)).open();
                LocationIndex index = engine.locations(SPACE, () -> images).open()) {
            for (int batch = 1; batch <= 8; batch++) {
                List<Change> changes = new ArrayList<>();
                Map<UUID, List<Location>> put = new TreeMap<>(ImageSearch.ID_ORDER);
                for (int i = 0; i < 10; i++) {
                    IndexEntry entry = entry(random.nextInt(60), random);
                    changes.add(new Change.Put(entry));
                    entries.put(entry.imageId(), entry);
                    if (random.nextInt(4) > 0) { // the others come later, or never
                        put.put(entry.imageId(), locations(1 + random.nextInt(9), random));
                    }
                }
                images.apply(changes, batch);
                index.put(put, batch);
                locations.putAll(put);
                SupportFilter filter = filter(random);
                int k = 1 + random.nextInt(40);
                List<float[]> vectors = List.of(vector(random), vector(random), new float[D]);

                Result result = index.search(vectors, filter, k);

                List<UUID> held =
                        entries.values().stream()
                                .filter(filter::admits)
                                .map(IndexEntry::imageId)
                                .filter(locations::containsKey)
                                .toList();
                assertThat(result.images()).isEqualTo(held.size());
                assertThat(result.locations())
                        .isEqualTo(held.stream().mapToInt(i -> locations.get(i).size()).sum());
                assertThat(result.visited()).isEqualTo(3L * result.locations());
                assertThat(result.exact()).isTrue();
                for (int q = 0; q < vectors.size(); q++) {
                    assertThat(result.hits().get(q))
                            .as("seed %d, batch %d, vector %d, k %d", seed, batch, q, k)
                            .isEqualTo(
                                    LocationFixtures.nearest(vectors.get(q), locations, held, k));
                }
            }
            List<UUID> pages = new ArrayList<>();
            Pages.images(index, 3).forEachRemaining(pages::add);
            assertThat(pages).containsExactlyElementsOf(locations.keySet());
            locations.forEach((image, of) -> {
                assertThat(index.contains(image)).isTrue();
                assertThat(index.of(image))
                        .usingRecursiveFieldByFieldElementComparator()
                        .isEqualTo(of);
            });
            assertThat(index.contains(id(1000))).isFalse();
            assertThat(index.of(id(1000))).isEmpty();
        }
    }

    @Test
    void neverTheQuerysOwnPatientNorItsPixelsNorAnExcludedImage() {
        Random random = new Random(7);
        try (ImageIndex images = engine.images(ImageFixtures.space(D)).open();
                LocationIndex index = engine.locations(SPACE, () -> images).open()) {
            for (int i = 1; i <= 4; i++) {
                images.apply(List.of(new Change.Put(image(i, ImageFixtures.axis(D, 0)))), i);
                index.put(Map.of(id(i), locations(5, random)), i);
            }
            SupportFilter filter =
                    everything().excluding("p1", sha(2)).excludingImages(Set.of(id(3)));
            Result result = index.search(List.of(vector(random)), filter, 100);
            assertThat(result.hits().getFirst())
                    .hasSize(5)
                    .allMatch(hit -> hit.imageId().equals(id(4)));
            images.apply(List.of(new Change.Remove(id(4))), 5);
            assertThat(index.search(List.of(vector(random)), filter, 100).hits())
                    .containsExactly(List.of());
        }
    }

    @Test
    void refusesWhatDoesNotFitAndStoresNothingOfIt() {
        Random random = new Random(9);
        try (ImageIndex images = engine.images(ImageFixtures.space(D)).open();
                LocationIndex index = engine.locations(SPACE, () -> images).open()) {
            index.put(Map.of(id(1), locations(1, random)), 5);
            refused(
                    IndexException.Code.DIMENSION,
                    () -> index.put(Map.of(id(2), List.of(new Location(0, new float[D - 1]))), 6));
            refused(IndexException.Code.SEQUENCE, () -> index.put(Map.of(), 4));
            refused(
                    IndexException.Code.DIMENSION,
                    () -> index.search(List.of(new float[3]), everything(), 1));
            float[] infinite = new float[D];
            infinite[3] = Float.POSITIVE_INFINITY;
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () -> index.put(Map.of(id(2), List.of(new Location(0, infinite))), 6));
            assertThatIllegalArgumentException().isThrownBy(() -> index.page(null, 0));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> index.search(List.of(new float[D]), everything(), 0));
            assertThat(index.sequence()).isEqualTo(5);
            assertThat(index.page(null, 10)).containsExactly(id(1));
        }
    }

    @Test
    void anImageWithoutLocationsIsGone() {
        Random random = new Random(10);
        try (ImageIndex images = engine.images(ImageFixtures.space(D)).open();
                LocationIndex index = engine.locations(SPACE, () -> images).open()) {
            index.put(Map.of(id(1), locations(2, random), id(2), locations(1, random)), 1);
            index.put(Map.of(id(1), List.of(), id(3), List.of()), 2);
            assertThat(index.sequence()).isEqualTo(2);
            assertThat(index.page(null, 10)).containsExactly(id(2));
        }
    }

    @Test
    void whoReadsBesideTheWriterSeesItsCommits() {
        IndexHome<ImageSearch, ImageIndex> imagesHome = engine.images(ImageFixtures.space(D));
        assertThat(imagesHome.name()).isEqualTo(ImageFixtures.space(D).id());
        refused(IndexException.Code.MISSING, imagesHome::read);
        try (ImageIndex images = imagesHome.open()) {
            IndexHome<LocationSearch, LocationIndex> locationsHome =
                    engine.locations(SPACE, () -> images);
            refused(IndexException.Code.MISSING, locationsHome::read);
            try (LocationIndex index = locationsHome.open()) {
                assertThat(imagesHome.search(images).sequence()).isZero();
                images.apply(List.of(new Change.Put(image(1, ImageFixtures.axis(D, 0)))), 7);
                images.commit();
                index.put(Map.of(id(1), locations(3, new Random(1))), 7);
                index.commit();
                try (ImageSearch other = imagesHome.read();
                        LocationSearch beside = engine.locations(SPACE, () -> other).read()) {
                    assertThat(other.sequence()).isEqualTo(7);
                    assertThat(beside.sequence()).isEqualTo(7);
                    index.put(Map.of(id(2), locations(3, new Random(2))), 8);
                    index.commit();
                    beside.refresh();
                    assertThat(beside.sequence()).isEqualTo(8);
                    assertThat(beside.search(List.of(new float[D]), everything(), 9).hits())
                            .singleElement()
                            .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST)
                            .hasSize(3);
                }
                assertThat(imagesHome.intact()).isTrue();
                assertThat(locationsHome.intact()).isTrue();
            }
        }
    }

    @Test
    void clearingAndRecreatingStartAtSequenceZeroWithNothing() {
        IndexHome<ImageSearch, ImageIndex> home = engine.images(ImageFixtures.space(D));
        try (ImageIndex images = home.open();
                LocationIndex index = engine.locations(SPACE, () -> images).open()) {
            images.apply(List.of(new Change.Put(image(1, ImageFixtures.axis(D, 0)))), 3);
            index.put(Map.of(id(1), locations(3, new Random(1))), 3);
            index.clear();
            assertThat(index.sequence()).isZero();
            assertThat(index.page(null, 10)).isEmpty();
            assertThat(index.search(List.of(new float[D]), everything(), 9).images()).isZero();
            index.put(Map.of(id(1), locations(2, new Random(1))), 1);
            assertThat(index.of(id(1))).hasSize(2);
        }
        try (ImageIndex images = home.recreate()) {
            assertThat(images.sequence()).isZero();
            assertThat(images.count(everything())).isZero();
        }
    }

    private static void refused(IndexException.Code code, Runnable doing) {
        assertThatThrownBy(doing::run)
                .isInstanceOfSatisfying(
                        IndexException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    private static IndexEntry entry(int number, Random random) {
        List<Membership> memberships = new ArrayList<>();
        for (int m = 0; m <= random.nextInt(3); m++) {
            int from = 1 + random.nextInt(3);
            memberships.add(
                    member(
                            1 + random.nextInt(2),
                            1 + random.nextInt(2),
                            STATES.get(random.nextInt(STATES.size())),
                            from,
                            random.nextBoolean() ? from + 2 : Membership.STILL));
        }
        return new IndexEntry(
                id(number),
                ImageFixtures.random(D, random),
                random.nextBoolean() ? "a" : "b",
                "p" + number % 7,
                sha(number),
                memberships);
    }

    private static SupportFilter filter(Random random) {
        return new SupportFilter(
                        Scope.machine().anyPool(1 + random.nextInt(2)),
                        1 + random.nextInt(4),
                        1 + random.nextInt(2),
                        random.nextBoolean() ? APPROVED : EnumSet.allOf(ReviewState.class),
                        random.nextInt(3) == 0 ? "a" : null,
                        random.nextBoolean() ? "p" + random.nextInt(7) : null,
                        random.nextBoolean() ? sha(random.nextInt(60)) : null)
                .excludingImages(random.nextBoolean() ? Set.of(id(random.nextInt(60))) : Set.of());
    }

    private static List<Location> locations(int count, Random random) {
        return LocationFixtures.locations(count, D, random);
    }

    private static float[] vector(Random random) {
        return LocationFixtures.vector(D, random);
    }
}
