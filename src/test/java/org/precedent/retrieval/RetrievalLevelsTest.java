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
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.precedent.ReviewState;
import org.precedent.access.Scope;
import org.precedent.embedding.Level;
import org.precedent.embedding.LocationEmbedder;
import org.precedent.imaging.Contour;
import org.precedent.index.ImageFixtures;
import org.precedent.index.ImageIndex;
import org.precedent.index.ImageIndex.Change;
import org.precedent.index.ImageSearch;
import org.precedent.index.IndexEntry;
import org.precedent.index.LocationSearch;
import org.precedent.index.SupportFilter;
import org.precedent.index.exact.ExactImageIndex;
import org.precedent.retrieval.SupportSet.WeightedSupport;

/**
 * Six images: the image level prefers low numbers, the object level high ones, the two points of
 * the contour meet images 3 and 4.
 */
class RetrievalLevelsTest {
    private static final int D = 8;
    private static final SupportFilter FILTER =
            new SupportFilter(
                    Scope.machine().anyPool(1),
                    1,
                    1,
                    EnumSet.of(ReviewState.APPROVED),
                    null,
                    null,
                    null);

    private final ImageIndex index = new ExactImageIndex(ImageFixtures.space(D));
    private final List<Integer> askedPlaces = new ArrayList<>();
    private final SupportRetriever retriever =
            new SupportRetriever(
                    index,
                    (vectors, filter, count) -> {
                        askedPlaces.add(count);
                        return new LocationSearch.Result(
                                List.of(
                                        List.of(location(3, 11, 5), location(4, 2, 4)),
                                        List.of(location(4, 7, 6), location(3, 12, 1))),
                                6,
                                96,
                                37,
                                false);
                    },
                    (vector, filter, count) -> {
                        List<ImageSearch.Hit> hits = new ArrayList<>();
                        for (int i = 6; i >= 1 && hits.size() < count; i--) {
                            hits.add(new ImageSearch.Hit(id(i), .1f * i));
                        }
                        return new ImageSearch.SearchResult(hits, 6, 5, false);
                    });
    private final QueryFeatures query =
            new QueryFeatures(
                    axis(D, 0),
                    List.of(
                            new LocationEmbedder.Question(
                                    new Contour.Point(3, 4),
                                    new LocationEmbedder.Location(9, new float[] {1})),
                            new LocationEmbedder.Question(
                                    new Contour.Point(5, 4),
                                    new LocationEmbedder.Location(10, new float[] {2}))),
                    axis(D, 1));

    @BeforeEach
    void fill() {
        List<Change> changes = new ArrayList<>();
        for (int i = 1; i <= 6; i++) {
            float[] vector = new float[D];
            double angle = .2 * i;
            vector[0] = (float) Math.cos(angle);
            vector[1] = (float) Math.sin(angle);
            changes.add(
                    new Change.Put(
                            new IndexEntry(
                                    id(i),
                                    vector,
                                    "a",
                                    "p" + i,
                                    sha(i),
                                    List.of(
                                            member(
                                                    1,
                                                    1,
                                                    ReviewState.APPROVED,
                                                    1,
                                                    IndexEntry.Membership.STILL)))));
        }
        index.apply(changes, 1);
    }

    @Test
    void theImageLevelAsksTheImageIndex() {
        assertThat(ids(retrieve(Strategy.IMAGE, 2))).containsExactly(1, 2);
    }

    @Test
    void theLocationLevelTellsWhichPointMetWhichLocation() {
        SupportSet set = retrieve(Strategy.LOCATION, 2);

        assertThat(ids(set)).containsExactly(4, 3);
        assertThat(set.supports().getFirst().similarity()).isCloseTo(5, within(1e-6));
        assertThat(set.supports().getFirst().matches())
                .containsExactly(new LocationVote.Match(0, 2, 4), new LocationVote.Match(1, 7, 6));
        assertThat(askedPlaces).containsExactly(64);
    }

    @Test
    void exactlyKComeBackThoughThePointsMetFewer() {
        SupportSet set = retrieve(Strategy.LOCATION, 5);

        assertThat(set.supports()).hasSize(5);
        assertThat(set.supports()).extracting(WeightedSupport::imageId).doesNotHaveDuplicates();
        assertThat(ids(set)).startsWith(4, 3);
        assertThat(set.shortfall()).isNull();
        assertThat(set.supports().stream().mapToDouble(WeightedSupport::weight).sum())
                .isCloseTo(1, within(1e-12));
    }

    @Test
    void moreThanThereAreIsAShortfall() {
        SupportSet set = retrieve(Strategy.OBJECT, 9);

        assertThat(set.supports()).hasSize(6);
        assertThat(set.shortfall()).isEqualTo("6 of 9 supports: 6 annotated");
    }

    @Test
    void theObjectLevelAsksTheObjectIndex() {
        assertThat(ids(retrieve(Strategy.OBJECT, 3))).containsExactly(6, 5, 4);
    }

    /** Image 4: ranks 4, 1 and 3; image 3: 3, 2 and 4. No other image is at every level. */
    @Test
    void theFusionPrefersWhatAllLevelsKnow() {
        SupportSet set = retrieve(Strategy.FUSED, 2);

        assertThat(ids(set)).containsExactly(4, 3);
        assertThat(set.supports().getFirst().ranks())
                .isEqualTo(Map.of(Level.IMAGE, 4, Level.LOCATION, 1, Level.OBJECT, 3));
        assertThat(set.supports().getFirst().matches()).hasSize(2);
    }

    /** The index of images compares all 6; the other two say 37 and 5 comparisons, not all. */
    @Test
    void theCostIsWhatTheSearchesDid() {
        assertThat(retrieve(Strategy.IMAGE, 2))
                .returns(6, SupportSet::visited)
                .returns(true, SupportSet::exact);
        assertThat(retrieve(Strategy.LOCATION, 5))
                .returns(37, SupportSet::visited)
                .returns(false, SupportSet::exact);
        assertThat(retrieve(Strategy.OBJECT, 2))
                .returns(5, SupportSet::visited)
                .returns(false, SupportSet::exact);
        assertThat(retrieve(Strategy.FUSED, 2))
                .returns(6 + 37 + 5, SupportSet::visited)
                .returns(false, SupportSet::exact);
        assertThat(
                        new SupportRetriever(index, null, null)
                                .retrieve(query, request(Strategy.FUSED, 2)))
                .returns(6, SupportSet::visited)
                .returns(true, SupportSet::exact);
    }

    @Test
    void moreComparisonsThanAnIntHoldsAreTheLargestInt() {
        SupportRetriever large =
                new SupportRetriever(
                        index,
                        (v, f, n) ->
                                new LocationSearch.Result(
                                        List.of(List.of(location(3, 1, 1))), 6, 6, 1L << 40, true),
                        null);

        assertThat(large.retrieve(query, request(Strategy.LOCATION, 1)).visited())
                .isEqualTo(Integer.MAX_VALUE);
    }

    /** Images that stand in by their id alone were compared with nothing. */
    @Test
    void whereNothingWasAskedNothingWasCompared() {
        QueryFeatures wholeOnly = QueryFeatures.whole(axis(D, 0));

        for (Strategy strategy : List.of(Strategy.LOCATION, Strategy.OBJECT)) {
            assertThat(retriever.retrieve(wholeOnly, request(strategy, 2)))
                    .returns(0, SupportSet::visited)
                    .returns(false, SupportSet::exact);
        }
    }

    @Test
    void theFusionFallsBackToTheLevelsThatHaveVectors() {
        SupportRetriever imagesOnly = new SupportRetriever(index, null, null);

        SupportSet set = imagesOnly.retrieve(query, request(Strategy.FUSED, 3));

        assertThat(ids(set)).containsExactly(1, 2, 3);
    }

    @Test
    void refusesAStrategyWhoseLevelIsNotThere() {
        SupportRetriever imagesOnly = new SupportRetriever(index, null, null);

        for (Strategy strategy : List.of(Strategy.LOCATION, Strategy.OBJECT)) {
            assertThatThrownBy(() -> imagesOnly.retrieve(query, request(strategy, 3)))
                    .isInstanceOf(RetrievalException.class)
                    .hasMessageContaining("strategy " + strategy.word());
        }
    }

    @Test
    void refusesWhenNothingIsEligible() {
        SupportFilter otherLabel =
                new SupportFilter(
                        Scope.machine().anyPool(1),
                        1,
                        2,
                        EnumSet.of(ReviewState.APPROVED),
                        null,
                        null,
                        null);
        SupportRetriever nothingFound =
                new SupportRetriever(
                        index,
                        (v, f, n) ->
                                new LocationSearch.Result(
                                        List.of(List.of(), List.of()), 0, 0, 0, true),
                        (v, f, n) -> new ImageSearch.SearchResult(List.of(), 0, 0, true));

        for (Strategy strategy : Strategy.values()) {
            SupportRequest request =
                    new SupportRequest(
                            otherLabel, 3, strategy, Temperature.UNIFORM, Fusion.EVEN, 0);
            assertThatThrownBy(() -> nothingFound.retrieve(query, request))
                    .isInstanceOf(RetrievalException.class)
                    .hasMessageContaining("no support");
        }
    }

    private SupportSet retrieve(Strategy strategy, int k) {
        return retriever.retrieve(query, request(strategy, k));
    }

    private static SupportRequest request(Strategy strategy, int k) {
        return new SupportRequest(FILTER, k, strategy, new Temperature(1), Fusion.EVEN, 0);
    }

    private static List<Integer> ids(SupportSet set) {
        List<Integer> ids = new ArrayList<>();
        for (WeightedSupport support : set.supports()) {
            for (int i = 1; i <= 6; i++) {
                if (support.imageId().equals(id(i))) {
                    ids.add(i);
                }
            }
        }
        return ids;
    }

    private static LocationSearch.Hit location(int image, int cell, float similarity) {
        return new LocationSearch.Hit(id(image), cell, similarity);
    }
}
