package org.precedent.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.precedent.index.ImageFixtures.axis;
import static org.precedent.index.ImageFixtures.id;
import static org.precedent.index.ImageFixtures.member;
import static org.precedent.index.ImageFixtures.sha;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.precedent.DomainException;
import org.precedent.ReviewState;
import org.precedent.access.Identity;
import org.precedent.access.PoolRights;
import org.precedent.access.Role;
import org.precedent.access.Scope;
import org.precedent.access.Share;
import org.precedent.index.ImageFixtures;
import org.precedent.index.ImageIndex;
import org.precedent.index.ImageIndex.Change;
import org.precedent.index.IndexEntry;
import org.precedent.index.IndexEntry.Membership;
import org.precedent.index.SupportFilter;
import org.precedent.index.exact.ExactImageIndex;
import org.precedent.retrieval.SupportSet.WeightedSupport;

class SupportRetrieverTest {
    private static final int D = 16;

    private final ImageIndex index = new ExactImageIndex(ImageFixtures.space(D));
    private final SupportRetriever retriever = new SupportRetriever(index, null, null);

    @Test
    void givesTheNearestImagesWithWeightsThatFallWithSimilarity() {
        fill(50);
        float[] query = ImageFixtures.random(D, new Random(99));
        SupportSet set = retrieve(query, filter(), 8, Strategy.IMAGE, new Temperature(.05));
        assertThat(set.supports())
                .extracting(WeightedSupport::imageId)
                .containsExactlyElementsOf(
                        index.search(query, filter(), 8).hits().stream()
                                .map(hit -> hit.imageId())
                                .toList());
        assertThat(set.supports().stream().mapToDouble(WeightedSupport::weight).sum())
                .isCloseTo(1, within(1e-12));
        for (int i = 1; i < 8; i++) {
            assertThat(set.supports().get(i).weight())
                    .isLessThanOrEqualTo(set.supports().get(i - 1).weight());
        }
        assertThat(set.eligible()).isEqualTo(50);
        assertThat(set.visited()).isEqualTo(50);
        assertThat(set.exact()).isTrue();
        assertThat(set.shortfall()).isNull();
        assertThat(set.effectiveNumber()).isBetween(1.0, 8.0);
    }

    @Test
    void aRandomSetIsDecidedByItsSeedAndCanBeWeighted() {
        fill(50);
        float[] query = ImageFixtures.random(D, new Random(98));
        SupportSet uniform = random(query, 8, Temperature.UNIFORM, 7);
        SupportSet weighted = random(query, 8, new Temperature(.05), 7);
        assertThat(weighted.supports())
                .extracting(WeightedSupport::imageId)
                .containsExactlyElementsOf(
                        uniform.supports().stream().map(WeightedSupport::imageId).toList());
        assertThat(uniform.supports()).allMatch(support -> support.weight() == .125);
        assertThat(uniform.effectiveNumber()).isCloseTo(8, within(1e-9));
        assertThat(weighted.supports().getFirst().weight()).isGreaterThan(.125);
        Set<SupportSet> sets = new HashSet<>();
        for (int seed = 0; seed < 20; seed++) {
            sets.add(random(query, 8, Temperature.UNIFORM, seed));
        }
        assertThat(sets).hasSizeGreaterThan(18);
    }

    @Test
    void aShortfallIsStatedWithWhereTheImagesWent() {
        put(1, "a", "p1", ReviewState.APPROVED);
        put(2, "a", "p2", ReviewState.APPROVED);
        put(3, "a", "p2", ReviewState.UNREVIEWED);
        put(4, "b", "p4", ReviewState.APPROVED);
        put(5, "a", "p5", ReviewState.APPROVED);
        SupportFilter filter = filter().withSite("a").excluding("p2", sha(5));
        SupportSet set = retrieve(axis(D, 0), filter, 4, Strategy.IMAGE, Temperature.UNIFORM);
        assertThat(set.supports()).hasSize(1);
        assertThat(set.eligible()).isEqualTo(1);
        assertThat(set.shortfall())
                .isEqualTo(
                        "1 of 4 supports: 5 annotated; 1 in another review state than approved;"
                                + " 1 of another site; 1 of the query's patient;"
                                + " 1 with the query's own pixels");
    }

    @Test
    void refusesWhenThePoolDoesNotHoldTheLabelAtThatVersion() {
        put(1, "a", "p1", ReviewState.APPROVED);
        SupportFilter filter =
                new SupportFilter(
                        Scope.machine().anyPool(1),
                        1,
                        2,
                        EnumSet.of(ReviewState.APPROVED),
                        null,
                        "p1",
                        sha(1));
        assertNoSupport(filter, "not_annotated", "of this version of the pool", "with the label");
    }

    @Test
    void refusesWhenReviewExcludesAll() {
        put(1, "a", "p1", ReviewState.UNREVIEWED);
        put(2, "a", "p1", ReviewState.RETIRED);
        assertNoSupport(
                filter().excluding("p1", null), "review_state", "all 2 annotations", "approved");
    }

    @Test
    void refusesWhenNoneIsOfTheSite() {
        put(1, "a", "p1", ReviewState.APPROVED);
        assertNoSupport(filter().withSite("b").excluding("p1", null), "site", "site b");
    }

    @Test
    void refusesWhenAllAreOfTheQuerysPatientWithoutNamingHim() {
        put(1, "a", "p1", ReviewState.APPROVED);
        put(2, "a", "p1", ReviewState.APPROVED);
        assertNoSupport(filter().excluding("p1", sha(1)), "patient", "all 2 images", "own patient");
        assertThatThrownBy(() ->
                        retrieve(
                                axis(D, 0),
                                filter().excluding("p1", null),
                                4,
                                Strategy.RANDOM,
                                Temperature.UNIFORM))
                .message()
                .doesNotContain("p1");
    }

    @Test
    void refusesWhenTheOnlyImageIsTheQuery() {
        put(1, "a", "p1", ReviewState.APPROVED);
        assertNoSupport(filter().excluding(null, sha(1)), "itself", "the query itself");
    }

    @Test
    void refusesWhenAllThatIsLeftShowsTheQuerysPicture() {
        put(1, "a", "p1", ReviewState.APPROVED);
        put(2, "a", "p2", ReviewState.APPROVED);
        assertNoSupport(
                filter().excluding(null, sha(1)).excludingImages(Set.of(ImageFixtures.id(2))),
                "same_picture",
                "all 1 images",
                "allow near duplicates");
    }

    @Test
    void acrossSitesNothingTellsWhetherThePatientIsThere() {
        put(1, "home", "p1", ReviewState.APPROVED);
        put(2, "other", "p2", ReviewState.APPROVED);
        put(3, "other", "p3", ReviewState.APPROVED);
        Scope asker = new Scope(new Identity("ann", "Home", EnumSet.of(Role.CLIENT), Set.of()));
        SupportFilter filter =
                new SupportFilter(
                        asker.read(new PoolRights(1, "t", "other", Map.of("home", Share.READ)))
                                .orElseThrow(),
                        1,
                        1,
                        EnumSet.of(ReviewState.APPROVED),
                        null,
                        null,
                        null);
        List<Object> heard = new ArrayList<>();
        for (String patient : List.of("p1", "p2", "nobody")) {
            SupportSet set =
                    retrieve(
                            axis(D, 0),
                            filter.excluding(patient, null),
                            2,
                            Strategy.IMAGE,
                            Temperature.UNIFORM);
            heard.add(List.of(set.eligible(), set.visited(), String.valueOf(set.shortfall())));
        }
        assertThat(heard).containsOnly(List.of(3, 3, "null"));
        SupportFilter others = filter.withSite("other");
        assertThat(
                        retrieve(
                                        axis(D, 0),
                                        others.excluding("p2", null),
                                        2,
                                        Strategy.IMAGE,
                                        Temperature.UNIFORM)
                                .shortfall())
                .isEqualTo("1 of 2 supports: 3 annotated; 1 of another site");
        assertNoSupport(
                others.excluding("p2", null).excludingImages(Set.of(id(3))),
                "not_told",
                "none of the 2 images",
                "may serve this query");
        // Of the own site's images everything is told.
        assertNoSupport(filter.withSite("home").excluding("p1", null), "patient", "own patient");
    }

    @Test
    void refusesASupportSizeOutOfRange() {
        for (int k : new int[] {0, -1, 1025}) {
            assertThatThrownBy(() ->
                            retrieve(axis(D, 0), filter(), k, Strategy.IMAGE, Temperature.UNIFORM))
                    .isInstanceOfSatisfying(
                            RetrievalException.class,
                            e -> {
                                assertThat(e.code())
                                        .isEqualTo(RetrievalException.Code.SUPPORT_SIZE);
                                assertThat(e.fields()).containsEntry("value", k);
                            });
        }
    }

    private void assertNoSupport(SupportFilter filter, String obstacle, String... words) {
        for (Strategy strategy : List.of(Strategy.RANDOM, Strategy.IMAGE)) {
            assertThatThrownBy(() -> retrieve(axis(D, 0), filter, 4, strategy, Temperature.UNIFORM))
                    .isInstanceOfSatisfying(
                            RetrievalException.class,
                            e -> {
                                assertThat(e.code()).isEqualTo(RetrievalException.Code.NO_SUPPORT);
                                assertThat(e.kind()).isEqualTo(DomainException.Kind.UNUSABLE);
                                assertThat(e.fields()).containsEntry("obstacle", obstacle);
                            })
                    .message()
                    .contains(words);
        }
    }

    private SupportSet retrieve(
            float[] query,
            SupportFilter filter,
            int k,
            Strategy strategy,
            Temperature temperature) {
        return retriever.retrieve(
                QueryFeatures.whole(query),
                new SupportRequest(filter, k, strategy, temperature, Fusion.EVEN, 0));
    }

    private SupportSet random(float[] query, int k, Temperature temperature, long seed) {
        return retriever.retrieve(
                QueryFeatures.whole(query),
                new SupportRequest(filter(), k, Strategy.RANDOM, temperature, Fusion.EVEN, seed));
    }

    private static SupportFilter filter() {
        return ImageFixtures.everything();
    }

    private void fill(int n) {
        Random random = new Random(1);
        List<Change> changes = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            changes.add(new Change.Put(ImageFixtures.image(i, ImageFixtures.random(D, random))));
        }
        index.apply(changes, 1);
    }

    private void put(long number, String site, String patient, ReviewState state) {
        index.apply(
                List.of(
                        new Change.Put(
                                new IndexEntry(
                                        id(number),
                                        axis(D, 0),
                                        site,
                                        patient,
                                        sha(number),
                                        List.of(member(1, 1, state, 1, Membership.STILL))))),
                number);
    }
}
