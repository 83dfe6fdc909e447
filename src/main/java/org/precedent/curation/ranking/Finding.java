package org.precedent.curation.ranking;

import org.jspecify.annotations.Nullable;

/**
 * One entry of a list.
 *
 * @param subject position of what it is about
 * @param other position of the other one of a pair; null where there is none
 * @param score what the list is sorted by, the largest first; comparable within one list only
 * @param reason why, for people
 */
public record Finding(int subject, @Nullable Integer other, double score, String reason) {
    public Finding {
        if (!Double.isFinite(score)) {
            throw new IllegalArgumentException("score " + score + " of " + subject);
        }
    }

    Finding(int subject, double score, String reason) {
        this(subject, null, score, reason);
    }
}
