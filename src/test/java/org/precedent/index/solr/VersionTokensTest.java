package org.precedent.index.solr;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.precedent.ReviewState;
import org.precedent.index.ImageFixtures;
import org.precedent.index.IndexEntry.Membership;

class VersionTokensTest {
    private static final List<ReviewState> STATES = List.of(ReviewState.values());

    private static boolean meet(Membership membership, int pool, int version, int label) {
        Set<String> tokens = new HashSet<>(VersionTokens.of(membership));
        return VersionTokens.of(
                        ImageFixtures.filter(pool, version, label, EnumSet.of(membership.state())))
                .stream()
                .anyMatch(tokens::contains);
    }

    @Test
    void aVersionMeetsExactlyTheMembershipsThatHoldIt() {
        for (int from = 1; from <= 20; from++) {
            for (int until = from + 1; until <= 22; until++) {
                Membership membership = new Membership(1, 1, ReviewState.APPROVED, from, until);
                for (int version = 1; version <= 24; version++) {
                    assertThat(meet(membership, 1, version, 1))
                            .as("%s at %d", membership, version)
                            .isEqualTo(from <= version && version < until);
                }
            }
        }
    }

    @Test
    void randomMembershipsMeetAsTheFilterSays() {
        Random random = new Random(4);
        for (int i = 0; i < 3000; i++) {
            int from = 1 + random.nextInt(1 << (1 + random.nextInt(30)));
            int until =
                    random.nextInt(3) == 0
                            ? Membership.STILL
                            : (int)
                                    Math.min(
                                            Integer.MAX_VALUE - 1L,
                                            from + 1L + random.nextInt(1 << random.nextInt(31)));
            ReviewState state = STATES.get(random.nextInt(STATES.size()));
            Membership membership =
                    new Membership(random.nextInt(3), random.nextInt(3), state, from, until);
            int version =
                    switch (random.nextInt(4)) {
                        case 0 -> from;
                        case 1 -> Math.max(1, from - 1);
                        case 2 -> Math.min(until, Integer.MAX_VALUE - 1);
                        default -> 1 + random.nextInt(Integer.MAX_VALUE - 2);
                    };
            int pool = random.nextInt(3);
            int label = random.nextInt(3);
            assertThat(meet(membership, pool, version, label))
                    .as("%s in pool %d, label %d, version %d", membership, pool, label, version)
                    .isEqualTo(
                            pool == membership.poolId()
                                    && label == membership.labelId()
                                    && from <= version
                                    && version < until);
        }
    }

    @Test
    void aMembershipHasFewTerms() {
        assertThat(
                        VersionTokens.of(
                                new Membership(1, 1, ReviewState.APPROVED, 1, Membership.STILL)))
                .hasSizeLessThanOrEqualTo(31);
        assertThat(
                        VersionTokens.of(
                                new Membership(
                                        1, 1, ReviewState.APPROVED, 1, Membership.STILL - 1)))
                .hasSizeLessThanOrEqualTo(62);
        assertThat(VersionTokens.of(ImageFixtures.everything())).hasSize(31);
    }

    @Test
    void anotherStateIsNotMet() {
        Membership membership = new Membership(1, 1, ReviewState.APPROVED, 1, Membership.STILL);
        Set<String> tokens = new HashSet<>(VersionTokens.of(membership));
        for (ReviewState state : STATES) {
            assertThat(
                            VersionTokens.of(ImageFixtures.filter(1, 5, 1, EnumSet.of(state)))
                                    .stream()
                                    .anyMatch(tokens::contains))
                    .isEqualTo(state == ReviewState.APPROVED);
        }
    }
}
