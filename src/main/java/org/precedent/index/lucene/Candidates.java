package org.precedent.index.lucene;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Keeps every document that may be among the best k, given similarities that are a little off:
 * those that are not worse than the k-th best by more than the margin.
 */
final class Candidates {

    /** A document of one segment. */
    record Candidate(SegmentMatches segment, int doc, float approximate) {}

    private final int k;
    private final float margin;
    private final PriorityQueue<Float> best;
    private List<Candidate> kept = new ArrayList<>();
    private int pruneAt;

    /**
     * @param margin twice the largest difference between an approximate similarity and the exact
     *     one
     */
    Candidates(int k, float margin) {
        this.k = k;
        this.margin = margin;
        this.best = new PriorityQueue<>(Math.min(k, 1024));
        this.pruneAt = 4 * Math.min(k, 1 << 20) + 1024;
    }

    void offer(SegmentMatches segment, int doc, float approximate) {
        if (approximate < worst()) {
            return;
        }
        if (best.size() == k) {
            if (approximate > best.element()) {
                best.remove();
                best.add(approximate);
            }
        } else {
            best.add(approximate);
        }
        kept.add(new Candidate(segment, doc, approximate));
        if (kept.size() >= pruneAt) {
            kept = survivors();
            pruneAt = Math.max(pruneAt, 2 * kept.size());
        }
    }

    /** At least the best min(k, offered), in no order. */
    List<Candidate> survivors() {
        float worst = worst();
        List<Candidate> survivors = new ArrayList<>();
        for (Candidate candidate : kept) {
            if (candidate.approximate() >= worst) {
                survivors.add(candidate);
            }
        }
        return survivors;
    }

    /** What a document must reach to be kept; anything will do while there are fewer than k. */
    float worst() {
        return best.size() < k ? Float.NEGATIVE_INFINITY : best.element() - margin;
    }
}
