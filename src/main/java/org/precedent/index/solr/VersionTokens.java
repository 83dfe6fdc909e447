package org.precedent.index.solr;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.precedent.ReviewState;
import org.precedent.index.IndexEntry.Membership;
import org.precedent.index.SupportFilter;

/**
 * Memberships as terms. The versions from one to another are the union of a few blocks whose length
 * is a power of two and which begin at a multiple of it; a membership has a term for each block, a
 * version is in one block of each length. So a filter meets a membership where one of its terms is
 * one of the membership's, and pool, label, state and version are met by one and the same.
 */
final class VersionTokens {
    /** Blocks of 1, 2, 4 ... 2^30 versions. */
    private static final int LEVELS = 31;

    private VersionTokens() {}

    /** At most two terms a level. */
    static List<String> of(Membership membership) {
        List<String> tokens = new ArrayList<>();
        String prefix = prefix(membership.poolId(), membership.labelId(), membership.state());
        long from = membership.fromVersion();
        long until =
                membership.untilVersion() == Membership.STILL
                        ? 1L << LEVELS
                        : membership.untilVersion();
        while (from < until) {
            long block = Long.lowestOneBit(from);
            while (from + block > until) {
                block >>= 1;
            }
            tokens.add(prefix + term(Long.numberOfTrailingZeros(block), from));
            from += block;
        }
        return tokens;
    }

    /** The terms one of which a document must have. */
    static Collection<String> of(SupportFilter filter) {
        List<String> tokens = new ArrayList<>();
        for (ReviewState state : filter.states()) {
            String prefix = prefix(filter.poolId(), filter.labelId(), state);
            for (int level = 0; level < LEVELS; level++) {
                tokens.add(prefix + term(level, filter.poolVersion()));
            }
        }
        tokens.sort(null); // the same filter is the same text, which servers keep the answer to
        return tokens;
    }

    private static String prefix(int pool, int label, ReviewState state) {
        return Integer.toString(pool, 36) + "." + Integer.toString(label, 36) + word(state);
    }

    private static String term(int level, long version) {
        return Integer.toString(level, 36) + "." + Long.toString(version >> level, 36);
    }

    /** Fixed here, not by the names of the enum. */
    private static String word(ReviewState state) {
        return switch (state) {
            case UNREVIEWED -> ".u.";
            case APPROVED -> ".a.";
            case RETIRED -> ".t.";
            case REJECTED -> ".j.";
        };
    }
}
