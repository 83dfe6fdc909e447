package org.precedent.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.precedent.index.ImageFixtures.axis;
import static org.precedent.index.ImageFixtures.id;
import static org.precedent.index.ImageFixtures.image;
import static org.precedent.index.ImageFixtures.member;
import static org.precedent.index.ImageFixtures.sha;

import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.precedent.ReviewState;
import org.precedent.access.Scope;
import org.precedent.index.IndexEntry.Membership;

class IndexEntryTest {

    @Test
    void anImageThatSupportsNothingDoesNotBelongInAnIndex() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> image(1, axis(2, 0), new Membership[0]))
                .withMessageContaining(id(1).toString());
    }

    @Test
    void aMembershipEndsAfterItBegins() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> member(1, 1, ReviewState.APPROVED, 0, 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> member(1, 1, ReviewState.APPROVED, 3, 3));
        assertThat(member(1, 1, ReviewState.APPROVED, 3, 4).untilVersion()).isEqualTo(4);
    }

    @Test
    void aFilterAcceptsAtLeastOneReviewState() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ImageFixtures.filter(1, 1, 1, Set.of()));
    }

    @Test
    void changingOnePartOfAFilterKeepsTheOthers() {
        SupportFilter filter =
                new SupportFilter(
                        Scope.machine().anyPool(1),
                        2,
                        3,
                        Set.of(ReviewState.APPROVED),
                        "a",
                        "p",
                        sha(1));
        assertThat(filter.withSite("b"))
                .isEqualTo(
                        new SupportFilter(
                                Scope.machine().anyPool(1),
                                2,
                                3,
                                Set.of(ReviewState.APPROVED),
                                "b",
                                "p",
                                sha(1)));
        assertThat(filter.withStates(Set.of(ReviewState.RETIRED)))
                .isEqualTo(
                        new SupportFilter(
                                Scope.machine().anyPool(1),
                                2,
                                3,
                                Set.of(ReviewState.RETIRED),
                                "a",
                                "p",
                                sha(1)));
        assertThat(filter.excluding(null, null))
                .isEqualTo(
                        new SupportFilter(
                                Scope.machine().anyPool(1),
                                2,
                                3,
                                Set.of(ReviewState.APPROVED),
                                "a",
                                null,
                                null));
    }

    @Test
    void idsSortAsTheirTextDoes() {
        List<UUID> sorted =
                List.of(
                        UUID.fromString("00000000-0000-0000-0000-000000000001"),
                        UUID.fromString("00000000-0000-0000-8000-000000000000"),
                        UUID.fromString("7fffffff-0000-0000-0000-000000000000"),
                        UUID.fromString("80000000-0000-0000-0000-000000000000"),
                        UUID.fromString("ffffffff-ffff-ffff-ffff-ffffffffffff"));
        assertThat(sorted).isSortedAccordingTo(ImageSearch.ID_ORDER);
    }
}
