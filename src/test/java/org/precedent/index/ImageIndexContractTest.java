package org.precedent.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.precedent.index.ImageFixtures.axis;
import static org.precedent.index.ImageFixtures.dump;
import static org.precedent.index.ImageFixtures.everything;
import static org.precedent.index.ImageFixtures.filter;
import static org.precedent.index.ImageFixtures.id;
import static org.precedent.index.ImageFixtures.image;
import static org.precedent.index.ImageFixtures.member;
import static org.precedent.index.ImageFixtures.sha;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.precedent.ReviewState;
import org.precedent.embedding.EmbeddingSpace;
import org.precedent.index.ImageIndex.Change;
import org.precedent.index.ImageSearch.Hit;
import org.precedent.index.ImageSearch.SearchResult;
import org.precedent.index.IndexEntry.Membership;
import org.precedent.index.exact.ExactImageIndex;

/** What every image index promises, whatever it is made of. */
public abstract class ImageIndexContractTest {
    private static final Set<ReviewState> APPROVED = EnumSet.of(ReviewState.APPROVED);
    private static final List<ReviewState> STATES = List.of(ReviewState.values());
    private static final int D = 8;

    private ImageIndex index;

    /** A new, empty index. */
    protected abstract ImageIndex create(EmbeddingSpace space);

    @BeforeEach
    void openIndex() {
        index = create(ImageFixtures.space(D));
    }

    @AfterEach
    void closeIndex() {
        index.close();
    }

    @Test
    void anEmptyIndexIsAtSequenceZeroAndFindsNothing() {
        assertThat(index.sequence()).isZero();
        assertThat(dump(index)).isEmpty();
        assertThat(index.count(everything())).isZero();
        assertThat(index.search(axis(D, 0), everything(), 3))
                .isEqualTo(new SearchResult(List.of(), 0, 0, true));
        assertThat(index.sample(axis(D, 0), everything(), 3, 7).hits()).isEmpty();
    }

    @Test
    void findsTheNearestByFallingSimilarityAndSaysWhatItCost() {
        float[] diagonal = ImageFixtures.normalised(new float[] {1, 1, 0, 0, 0, 0, 0, 0});
        put(1, image(1, axis(D, 0)), image(2, diagonal), image(3, axis(D, 1)));
        SearchResult result = index.search(axis(D, 0), everything(), 2);
        assertThat(result.hits()).containsExactly(new Hit(id(1), 1f), new Hit(id(2), diagonal[0]));
        assertThat(result.eligible()).isEqualTo(3);
        assertThat(result.visited()).isEqualTo(3);
        assertThat(result.exact()).isTrue();
    }

    @Test
    void anImageIsFoundByEachOfItsObjectsUnderTheLabelOfThatObject() {
        Membership liver = member(1, 1, ReviewState.APPROVED, 1, Membership.STILL);
        Membership spleen = member(1, 2, ReviewState.APPROVED, 1, Membership.STILL);
        IndexEntry first = new IndexEntry(id(1), 10, axis(D, 0), "a", "p", sha(1), List.of(liver));
        IndexEntry second =
                new IndexEntry(id(1), 11, axis(D, 1), "a", "p", sha(1), List.of(spleen));
        index.apply(List.of(new Change.Put(List.of(first, second))), 1);
        put(2, image(2, axis(D, 2)));
        assertThat(index.search(axis(D, 0), filter(1, 1, 1, APPROVED), 9).hits())
                .containsExactly(new Hit(id(1), 1f), new Hit(id(2), 0f));
        assertThat(index.search(axis(D, 0), filter(1, 1, 2, APPROVED), 9).hits())
                .containsExactly(new Hit(id(1), 0f));
        assertThat(index.of(id(1))).extracting(IndexEntry::item).containsExactly(10L, 11L);
        index.apply(List.of(new Change.Put(second)), 3);
        assertThat(index.of(id(1))).extracting(IndexEntry::item).containsExactly(11L);
        assertThat(dump(index)).extracting(IndexEntry::imageId).containsExactly(id(1), id(2));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Change.Put(List.of(first, image(2, axis(D, 0)))));
    }

    @Test
    void aTaskEmbeddingOfElevenTokensHasRoom() {
        try (ImageIndex wide = create(ImageFixtures.space(2816))) {
            wide.apply(List.of(new Change.Put(image(1, axis(2816, 2815)))), 1);
            assertThat(wide.search(axis(2816, 2815), everything(), 1).hits())
                    .containsExactly(new Hit(id(1), 1f));
        }
    }

    @Test
    void returnsEveryEligibleImageWhenFewerThanK() {
        put(1, image(1, axis(D, 0)), image(2, axis(D, 1)));
        SearchResult result = index.search(axis(D, 2), everything(), 1_000_000);
        assertThat(result.hits()).hasSize(2);
        assertThat(result.eligible()).isEqualTo(2);
    }

    @Test
    void breaksTiesByIdInTextOrder() {
        UUID low = UUID.fromString("00000000-0000-7000-8000-000000000001");
        UUID high = UUID.fromString("f0000000-0000-7000-8000-000000000001");
        index.apply(
                List.of(
                        new Change.Put(withId(high)),
                        new Change.Put(withId(low)),
                        new Change.Put(image(5, axis(D, 0)))),
                1);
        assertThat(index.search(axis(D, 0), everything(), 3).hits())
                .extracting(Hit::imageId)
                .containsExactly(low, id(5), high);
        assertThat(ImageFixtures.eligible(index, everything())).containsExactly(low, id(5), high);
        assertThat(index.search(axis(D, 0), everything(), 1).hits())
                .extracting(Hit::imageId)
                .containsExactly(low);
    }

    @Test
    void aPairHasOneSimilarityWhereverItIsStored() {
        Random random = new Random(11);
        float[] query = ImageFixtures.random(D, random);
        float[] vector = ImageFixtures.random(D, random);
        put(1, image(1, vector));
        float alone = index.search(query, everything(), 1).hits().getFirst().similarity();
        List<IndexEntry> more = new ArrayList<>();
        for (int i = 2; i < 300; i++) {
            more.add(image(i, ImageFixtures.random(D, random)));
        }
        more.add(image(300, vector));
        put(2, more.toArray(IndexEntry[]::new));
        assertThat(index.search(query, everything(), 300).hits())
                .contains(new Hit(id(1), alone), new Hit(id(300), alone));
    }

    @Test
    void aMembershipHoldsFromTheVersionThatAddedItUpToTheOneThatRemovedIt() {
        put(
                1,
                image(1, axis(D, 0), member(1, 1, ReviewState.APPROVED, 3, 5)),
                image(2, axis(D, 0), member(1, 1, ReviewState.APPROVED, 1, Membership.STILL)));
        for (int version = 1; version <= 6; version++) {
            boolean held = version == 3 || version == 4;
            assertThat(ImageFixtures.eligible(index, filter(1, version, 1, APPROVED)))
                    .as("version %d", version)
                    .isEqualTo(held ? List.of(id(1), id(2)) : List.of(id(2)));
        }
        assertThat(index.count(filter(1, Integer.MAX_VALUE - 1, 1, APPROVED))).isEqualTo(1);
    }

    @Test
    void anImageThatLeftAndCameBackIsAbsentBetween() {
        put(
                1,
                image(
                        1,
                        axis(D, 0),
                        member(1, 1, ReviewState.APPROVED, 1, 3),
                        member(1, 1, ReviewState.APPROVED, 6, Membership.STILL)));
        List<Integer> held = new ArrayList<>();
        for (int version = 1; version <= 8; version++) {
            if (index.count(filter(1, version, 1, APPROVED)) == 1) {
                held.add(version);
            }
        }
        assertThat(held).containsExactly(1, 2, 6, 7, 8);
    }

    @Test
    void poolLabelStateAndVersionMustMeetInOneMembership() {
        put(
                1,
                image(
                        1,
                        axis(D, 0),
                        member(1, 1, ReviewState.APPROVED, 1, 4),
                        member(1, 2, ReviewState.RETIRED, 1, Membership.STILL),
                        member(2, 1, ReviewState.UNREVIEWED, 4, Membership.STILL)));
        assertThat(index.count(filter(1, 2, 1, APPROVED))).isEqualTo(1);
        assertThat(index.count(filter(1, 4, 1, APPROVED))).isZero();
        assertThat(index.count(filter(1, 2, 2, APPROVED))).isZero();
        assertThat(index.count(filter(2, 4, 1, APPROVED))).isZero();
        assertThat(index.count(filter(2, 4, 1, EnumSet.of(ReviewState.UNREVIEWED)))).isEqualTo(1);
        assertThat(index.count(filter(2, 3, 1, EnumSet.allOf(ReviewState.class)))).isZero();
        assertThat(index.count(filter(2, 4, 2, EnumSet.allOf(ReviewState.class)))).isZero();
        assertThat(index.count(filter(3, 4, 1, EnumSet.allOf(ReviewState.class)))).isZero();
    }

    @Test
    void acceptsAnySetOfReviewStates() {
        int number = 0;
        List<IndexEntry> images = new ArrayList<>();
        for (ReviewState state : ReviewState.values()) {
            images.add(image(++number, axis(D, 0), member(1, 1, state, 1, Membership.STILL)));
        }
        put(1, images.toArray(IndexEntry[]::new));
        assertThat(ImageFixtures.eligible(index, filter(1, 1, 1, EnumSet.allOf(ReviewState.class))))
                .hasSize(ReviewState.values().length);
        assertThat(
                        ImageFixtures.eligible(
                                index,
                                filter(
                                        1,
                                        1,
                                        1,
                                        EnumSet.of(ReviewState.UNREVIEWED, ReviewState.RETIRED))))
                .containsExactly(id(1), id(4));
        number = 0;
        for (ReviewState state : ReviewState.values()) {
            assertThat(ImageFixtures.eligible(index, filter(1, 1, 1, EnumSet.of(state))))
                    .containsExactly(id(++number));
        }
    }

    @Test
    void staysInsideTheSite() {
        put(1, at("a", "p1", 1), at("b", "p2", 2), at("", "p3", 3));
        assertThat(ImageFixtures.eligible(index, everything().withSite("b")))
                .containsExactly(id(2));
        assertThat(ImageFixtures.eligible(index, everything().withSite(""))).containsExactly(id(3));
        assertThat(ImageFixtures.eligible(index, everything().withSite("B"))).isEmpty();
        assertThat(ImageFixtures.eligible(index, everything())).hasSize(3);
    }

    @Test
    void neverReturnsTheQuerysPatientWhateverTheSite() {
        put(1, at("a", "p1", 1), at("b", "p1", 2), at("a", "p10", 3));
        SupportFilter filter = everything().excluding("p1", null);
        assertThat(ImageFixtures.eligible(index, filter)).containsExactly(id(3));
        SearchResult result = index.search(axis(D, 0), filter, 3);
        assertThat(result.hits()).extracting(Hit::imageId).containsExactly(id(3));
        assertThat(result.eligible()).isEqualTo(1);
        assertThat(index.count(everything().excluding("nobody", null))).isEqualTo(3);
    }

    @Test
    void neverReturnsTheQueryItself() {
        put(1, image(1, axis(D, 0)), image(2, axis(D, 0)));
        assertThat(ImageFixtures.eligible(index, everything().excluding(null, sha(1))))
                .containsExactly(id(2));
        assertThat(index.count(everything().excluding("p2", sha(1)))).isZero();
    }

    @Test
    void neverReturnsImagesThatAreExcludedByTheirId() {
        put(1, image(1, axis(D, 0)), image(2, axis(D, 0)), image(3, axis(D, 1)));
        SupportFilter filter = everything().excludingImages(Set.of(id(1), id(9)));
        assertThat(ImageFixtures.eligible(index, filter)).containsExactly(id(2), id(3));
        assertThat(index.count(filter)).isEqualTo(2);
        for (SearchResult result :
                List.of(
                        index.search(axis(D, 0), filter, 3),
                        index.sample(axis(D, 0), filter, 3, 7))) {
            assertThat(result.hits()).extracting(Hit::imageId).containsExactly(id(2), id(3));
            assertThat(result.eligible()).isEqualTo(2);
        }
        // Beside the other conditions, which stay.
        assertThat(ImageFixtures.eligible(index, filter.withSite("nowhere"))).isEmpty();
        assertThat(
                        ImageFixtures.eligible(
                                index,
                                filter.excluding(null, sha(2)).excludingImages(Set.of(id(3)))))
                .containsExactly(id(1));
        assertThat(ImageFixtures.eligible(index, filter.excludingImages(Set.of()))).hasSize(3);
    }

    @Test
    void puttingAgainReplacesVectorAndMemberships() {
        put(1, image(1, axis(D, 0)));
        put(2, image(1, axis(D, 1), member(2, 1, ReviewState.APPROVED, 1, Membership.STILL)));
        assertThat(index.count(everything())).isZero();
        assertThat(index.search(axis(D, 1), filter(2, 1, 1, APPROVED), 5).hits())
                .containsExactly(new Hit(id(1), 1f));
        assertThat(dump(index)).hasSize(1);
    }

    @Test
    void theLastChangeOfABatchWins() {
        IndexEntry first = image(1, axis(D, 0));
        IndexEntry last = image(1, axis(D, 1));
        index.apply(
                List.of(
                        new Change.Put(first),
                        new Change.Remove(id(1)),
                        new Change.Put(last),
                        new Change.Put(image(2, axis(D, 2))),
                        new Change.Remove(id(2))),
                4);
        assertThat(index.search(axis(D, 1), everything(), 5).hits())
                .containsExactly(new Hit(id(1), 1f));
    }

    @Test
    void removedImagesAreGoneAndUnknownOnesAreNoMatter() {
        put(1, image(1, axis(D, 0)), image(2, axis(D, 0)));
        index.apply(List.of(new Change.Remove(id(1)), new Change.Remove(id(99))), 2);
        assertThat(ImageFixtures.eligible(index, everything())).containsExactly(id(2));
        assertThat(index.search(axis(D, 0), everything(), 5).eligible()).isEqualTo(1);
        assertThat(dump(index)).extracting(IndexEntry::imageId).containsExactly(id(2));
    }

    @Test
    void anEmptyBatchMovesTheSequence() {
        index.apply(List.of(), 17);
        assertThat(index.sequence()).isEqualTo(17);
        index.apply(List.of(), 17);
        assertThat(index.sequence()).isEqualTo(17);
    }

    @Test
    void refusesToGoBackInSequence() {
        put(5, image(1, axis(D, 0)));
        assertCode(
                () -> index.apply(List.of(new Change.Remove(id(1))), 4),
                IndexException.Code.SEQUENCE);
        assertThat(index.sequence()).isEqualTo(5);
        assertThat(index.count(everything())).isEqualTo(1);
    }

    @Test
    void aRefusedBatchLeavesNothingBehind() {
        put(1, image(1, axis(D, 0)));
        assertCode(
                () -> put(2, image(2, axis(D, 0)), image(3, axis(D + 1, 0))),
                IndexException.Code.DIMENSION);
        assertCode(
                () -> put(2, image(2, axis(D, 0)), image(3, new float[D])),
                IndexException.Code.NOT_UNIT);
        put(2, image(4, axis(D, 0)));
        assertThat(ImageFixtures.eligible(index, everything())).containsExactly(id(1), id(4));
        assertThat(index.sequence()).isEqualTo(2);
    }

    @Test
    void refusesQueriesThatAreNotOfTheSpace() {
        put(1, image(1, axis(D, 0)));
        assertCode(
                () -> index.search(axis(D - 1, 0), everything(), 1), IndexException.Code.DIMENSION);
        float[] nan = axis(D, 0);
        nan[3] = Float.NaN;
        assertCode(() -> index.search(nan, everything(), 1), IndexException.Code.NOT_UNIT);
        assertCode(
                () -> index.sample(new float[D], everything(), 1, 0), IndexException.Code.NOT_UNIT);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> index.search(axis(D, 0), everything(), 0));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> index.sample(axis(D, 0), everything(), -1, 0));
    }

    @Test
    void clearDropsEverythingAndStartsAgain() {
        put(9, image(1, axis(D, 0)), image(2, axis(D, 1)));
        index.clear();
        assertThat(index.sequence()).isZero();
        assertThat(dump(index)).isEmpty();
        put(1, image(3, axis(D, 0)));
        assertThat(ImageFixtures.eligible(index, everything())).containsExactly(id(3));
        assertThat(index.sequence()).isEqualTo(1);
    }

    @Test
    void dumpGivesBackWhatWasPut() {
        Random random = new Random(5);
        List<IndexEntry> images = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            images.add(
                    new IndexEntry(
                            id(i),
                            ImageFixtures.random(D, random),
                            "site é " + i % 3,
                            i % 7 == 0 ? "" : "patient " + i % 5,
                            sha(i),
                            List.of(
                                    member(1 + i % 2, i, STATES.get(i % 3), 1, 2 + i),
                                    member(9, 9, ReviewState.RETIRED, 3, Membership.STILL))));
        }
        put(1, images.subList(25, 50).toArray(IndexEntry[]::new));
        put(2, images.subList(0, 25).toArray(IndexEntry[]::new));
        assertThat(dump(index)).usingRecursiveComparison().isEqualTo(images);
    }

    /** Whoever verifies reads a page at a time and goes on after what was read last. */
    @Test
    void pagesGoOnAfterTheLastEntryWhateverCameAndWent() {
        Random random = new Random(8);
        NavigableMap<UUID, List<IndexEntry>> truth = new TreeMap<>(ImageSearch.ID_ORDER);
        for (int batch = 1; batch <= 12; batch++) {
            List<Change> changes = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                // Half of the ids sort otherwise as signed numbers.
                long high = random.nextInt(30) * 0x1111_1111_1111_1111L;
                UUID id = new UUID(high, 7);
                if (random.nextInt(4) == 0) {
                    changes.add(new Change.Remove(id));
                    truth.remove(id);
                    continue;
                }
                List<IndexEntry> objects = new ArrayList<>();
                for (int item = 1 + random.nextInt(4); item > 0; item--) {
                    objects.add(
                            new IndexEntry(
                                    id,
                                    item,
                                    axis(D, item),
                                    "a",
                                    "p",
                                    sha(item),
                                    List.of(member(1, 1, ReviewState.APPROVED, 1, 2))));
                }
                changes.add(new Change.Put(objects));
                truth.put(id, objects.reversed());
            }
            index.apply(changes, batch);
        }
        List<IndexEntry> all = truth.values().stream().flatMap(List::stream).toList();
        assertThat(all).hasSizeGreaterThan(20);
        for (int limit : new int[] {1, 2, 3, 7, all.size(), all.size() + 1}) {
            List<IndexEntry> read = new ArrayList<>();
            List<IndexEntry> page = index.page(null, limit);
            while (!page.isEmpty()) {
                read.addAll(page);
                assertThat(page).hasSize(Math.min(limit, all.size() - read.size() + page.size()));
                page = index.page(ImageSearch.Cursor.after(page.getLast()), limit);
            }
            assertThat(read).as("in pages of %d", limit).usingRecursiveComparison().isEqualTo(all);
        }
        // After an entry that is not there any more: what would have followed it.
        UUID gone = all.getFirst().imageId();
        index.apply(List.of(new Change.Remove(gone)), 13);
        assertThat(index.page(ImageSearch.Cursor.after(all.getFirst()), 1))
                .extracting(IndexEntry::imageId)
                .containsExactly(truth.higherKey(gone));
        assertThat(index.page(new ImageSearch.Cursor(truth.lastKey(), Long.MAX_VALUE), 1))
                .isEmpty();
        assertThatIllegalArgumentException().isThrownBy(() -> index.page(null, 0));
    }

    @Test
    void aPageDoesNotPartEntriesThatShouldBeOne() {
        index.apply(
                List.of(
                        new Change.Put(List.of(image(1, axis(D, 0)), image(1, axis(D, 1)))),
                        new Change.Put(image(2, axis(D, 2)))),
                1);
        assertThat(index.page(null, 1)).hasSize(2);
        assertThat(dump(index)).hasSize(3);
    }

    @Test
    void sampleIsAUniformChoiceThatItsSeedDecides() {
        List<IndexEntry> images = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            images.add(image(i, axis(D, i % D)));
        }
        put(1, images.toArray(IndexEntry[]::new));
        int[] drawn = new int[20];
        int draws = 4000;
        for (int seed = 0; seed < draws; seed++) {
            SearchResult result = index.sample(axis(D, 0), everything(), 5, seed);
            assertThat(result.eligible()).isEqualTo(20);
            assertThat(result.hits()).hasSize(5).isSortedAccordingTo(Hit.ORDER);
            result.hits().forEach(hit -> drawn[(int) hit.imageId().getLeastSignificantBits()]++);
        }
        // Binomial with p = 1/4: mean 1000, standard deviation 27.4; five of them.
        assertThat(Arrays.stream(drawn).boxed())
                .allSatisfy(n -> assertThat(n).isBetween(863, 1137));
        assertThat(index.sample(axis(D, 0), everything(), 5, 3))
                .isEqualTo(index.sample(axis(D, 0), everything(), 5, 3));
    }

    @Test
    void sampleGrowsWithKAndStaysWhenAnotherImageLeaves() {
        List<IndexEntry> images = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            images.add(image(i, axis(D, i % D)));
        }
        put(1, images.toArray(IndexEntry[]::new));
        Set<UUID> eight = ids(index.sample(axis(D, 0), everything(), 8, 42));
        Set<UUID> sixteen = ids(index.sample(axis(D, 0), everything(), 16, 42));
        assertThat(sixteen).containsAll(eight);
        UUID other =
                ImageFixtures.eligible(index, everything()).stream()
                        .filter(id -> !eight.contains(id))
                        .findFirst()
                        .orElseThrow();
        index.apply(List.of(new Change.Remove(other)), 2);
        assertThat(ids(index.sample(axis(D, 0), everything(), 8, 42))).isEqualTo(eight);
    }

    /**
     * Below .99 the index gives worse precedents than it has: the graph is too thin, the candidates
     * too few, or a filter cut the graph into pieces.
     */
    @Test
    void recallAt10IsAtLeast99PercentAtEverySelectivity() {
        int dimension = 64;
        int n = 5000;
        Random random = new Random(2026);
        List<float[]> vectors = ImageFixtures.clustered(n + 50, dimension, 40, random);
        try (ImageIndex subject = create(ImageFixtures.space(dimension));
                ImageIndex oracle = new ExactImageIndex(ImageFixtures.space(dimension))) {
            List<Change> changes = new ArrayList<>();
            for (int i = 0; i < n; i++) {
                List<Membership> memberships = new ArrayList<>();
                // Pool p holds every 4^p-th image: 100%, 25%, 6%, 1.6%, 0.4%, 0.1%.
                for (int pool = 0; pool <= 5 && i % (1 << (2 * pool)) == 0; pool++) {
                    memberships.add(member(pool, 1, ReviewState.APPROVED, 1, Membership.STILL));
                }
                changes.add(
                        new Change.Put(
                                image(i, vectors.get(i), memberships.toArray(Membership[]::new))));
            }
            for (int from = 0; from < n; from += 1250) {
                subject.apply(changes.subList(from, from + 1250), from + 1);
            }
            oracle.apply(changes, n);
            for (int pool = 0; pool <= 5; pool++) {
                SupportFilter filter = filter(pool, 1, 1, APPROVED);
                int found = 0;
                int wanted = 0;
                for (float[] query : vectors.subList(n, n + 50)) {
                    SearchResult expected = oracle.search(query, filter, 10);
                    SearchResult actual = subject.search(query, filter, 10);
                    assertThat(actual.eligible()).isEqualTo(expected.eligible());
                    assertThat(actual.hits()).hasSameSizeAs(expected.hits());
                    assertThat(actual.hits()).isSortedAccordingTo(Hit.ORDER);
                    if (actual.exact()) {
                        assertThat(actual.hits()).isEqualTo(expected.hits());
                    }
                    Set<Hit> common = new HashSet<>(expected.hits());
                    common.retainAll(new HashSet<>(actual.hits()));
                    found += common.size();
                    wanted += expected.hits().size();
                }
                assertThat((double) found / wanted)
                        .as("recall at 10 in pool %d", pool)
                        .isGreaterThanOrEqualTo(0.99);
            }
        }
    }

    @Test
    void searchesDuringABatchSeeAllOfItOrNothing() throws InterruptedException {
        AtomicBoolean done = new AtomicBoolean();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Set<Integer> seen = ConcurrentHashMap.newKeySet();
        AtomicLong searches = new AtomicLong();
        Thread reader =
                new Thread(() -> {
                    try {
                        while (!done.get()) {
                            SearchResult result = index.search(axis(D, 0), everything(), 1000);
                            seen.add(result.eligible());
                            assertThat(result.eligible() % 10).isZero();
                            assertThat(result.hits()).hasSize(result.eligible());
                            searches.incrementAndGet();
                        }
                    } catch (Throwable e) {
                        failure.set(e);
                    }
                });
        reader.start();
        for (int batch = 0; batch < 30; batch++) {
            IndexEntry[] images = new IndexEntry[10];
            for (int i = 0; i < 10; i++) {
                images[i] = image(batch * 10 + i, axis(D, i % D));
            }
            put(batch + 1, images);
            // A fast writer must not be through before the reader has looked at all: let it finish
            // a search that began after this batch, while the next ones run beside the next batch.
            long before = searches.get();
            while (searches.get() < before + 2 && failure.get() == null) {
                Thread.onSpinWait();
            }
        }
        done.set(true);
        reader.join();
        assertThat(failure.get()).isNull();
        assertThat(seen).hasSizeGreaterThanOrEqualTo(30);
        assertThat(index.count(everything())).isEqualTo(300);
    }

    public static void assertCode(ThrowingCallable call, IndexException.Code code) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        IndexException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    private void put(long sequence, IndexEntry... images) {
        index.apply(
                Arrays.stream(images).map(image -> (Change) new Change.Put(image)).toList(),
                sequence);
    }

    private static Set<UUID> ids(SearchResult result) {
        Set<UUID> ids = new HashSet<>();
        result.hits().forEach(hit -> ids.add(hit.imageId()));
        return ids;
    }

    private static IndexEntry withId(UUID id) {
        IndexEntry image = image(1, axis(D, 0));
        return new IndexEntry(
                id,
                image.vector(),
                image.site(),
                image.patientKey(),
                image.pixelsSha256(),
                image.memberships());
    }

    private static IndexEntry at(String site, String patient, long number) {
        return new IndexEntry(
                id(number),
                axis(D, 0),
                site,
                patient,
                sha(number),
                List.of(member(1, 1, ReviewState.APPROVED, 1, Membership.STILL)));
    }
}
