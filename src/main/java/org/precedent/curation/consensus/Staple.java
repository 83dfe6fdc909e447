package org.precedent.curation.consensus;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.precedent.imaging.Mask;

/**
 * Simultaneous truth and performance level estimation (Warfield, Zou, Wells, IEEE Transactions on
 * Medical Imaging 23(7), 2004) of a binary structure without spatial prior: the hidden true mask
 * and how sensitive and specific each annotator is, by expectation and maximisation.
 *
 * <p>Only the bounding box of what anybody drew takes part. Outside of it all agree, and a large
 * background would make everybody look specific.
 *
 * @param probabilities [H W] of each pixel to be inside, in [0, 1]; 0 outside of the bounding box
 * @param sensitivity of each annotator, p_j of the paper: the share of the truth that was drawn
 * @param specificity of each annotator, q_j: the share of the rest of the box that was left out
 */
public record Staple(double[] probabilities, double[] sensitivity, double[] specificity) {
    /** Annotators are bits of one word. */
    public static final int MOST_ANNOTATORS = 62;

    private static final double START = 0.99999;
    private static final double SETTLED = 1e-7;
    private static final int MOST_STEPS = 500;

    /**
     * Estimates.
     *
     * @param masks 1 to {@link #MOST_ANNOTATORS}, all of one size
     */
    public static Staple of(List<Mask> masks) {
        Mask first = Consensus.require(masks);
        if (masks.size() > MOST_ANNOTATORS) {
            throw new IllegalArgumentException(
                    masks.size() + " annotators, at most " + MOST_ANNOTATORS);
        }
        long[] drawn = new long[first.inside().length];
        for (int j = 0; j < masks.size(); j++) {
            boolean[] inside = masks.get(j).inside();
            for (int i = 0; i < drawn.length; i++) {
                drawn[i] |= inside[i] ? 1L << j : 0;
            }
        }
        // Pixels that the same annotators drew are alike in every step.
        Map<Long, Integer> counts = boxed(drawn, first.width());
        Steps steps = new Steps(masks.size(), counts);
        Map<Long, Double> truth = steps.run();
        double[] probabilities = new double[drawn.length];
        for (int i = 0; i < drawn.length; i++) {
            // A pixel outside of the box is one that nobody drew.
            probabilities[i] = drawn[i] == 0 ? 0 : truth.getOrDefault(drawn[i], 0.0);
        }
        return new Staple(probabilities, steps.sensitivity, steps.specificity);
    }

    /** How many pixels of the bounding box were drawn by exactly whom. */
    private static Map<Long, Integer> boxed(long[] drawn, int width) {
        int left = width;
        int right = -1;
        int top = Integer.MAX_VALUE;
        int bottom = -1;
        for (int i = 0; i < drawn.length; i++) {
            if (drawn[i] != 0) {
                left = Math.min(left, i % width);
                right = Math.max(right, i % width);
                top = Math.min(top, i / width);
                bottom = i / width;
            }
        }
        Map<Long, Integer> counts = new HashMap<>();
        for (int y = top; y <= bottom; y++) {
            for (int x = left; x <= right; x++) {
                counts.merge(drawn[y * width + x], 1, Integer::sum);
            }
        }
        return counts;
    }

    /** Expectation and maximisation in turns. */
    private static final class Steps {
        private final Map<Long, Integer> counts;
        private final double[] sensitivity;
        private final double[] specificity;
        private final double prior;

        Steps(int annotators, Map<Long, Integer> counts) {
            this.counts = counts;
            sensitivity = new double[annotators];
            specificity = new double[annotators];
            Arrays.fill(sensitivity, START);
            Arrays.fill(specificity, START);
            double inside = 0;
            double all = 0;
            for (Map.Entry<Long, Integer> of : counts.entrySet()) {
                inside += (double) of.getValue() * Long.bitCount(of.getKey());
                all += (double) of.getValue() * annotators;
            }
            prior = all == 0 ? 0 : inside / all;
        }

        Map<Long, Double> run() {
            Map<Long, Double> truth = expected();
            for (int step = 0; step < MOST_STEPS; step++) {
                if (maximised(truth) < SETTLED) {
                    break;
                }
                truth = expected();
            }
            return truth;
        }

        /** Equations 14 to 16: W of each pattern. */
        private Map<Long, Double> expected() {
            Map<Long, Double> truth = new HashMap<>();
            for (long pattern : counts.keySet()) {
                double inside = prior;
                double outside = 1 - prior;
                for (int j = 0; j < sensitivity.length; j++) {
                    boolean drew = (pattern >> j & 1) == 1;
                    inside *= drew ? sensitivity[j] : 1 - sensitivity[j];
                    outside *= drew ? 1 - specificity[j] : specificity[j];
                }
                double both = inside + outside;
                truth.put(pattern, both == 0 ? prior : inside / both);
            }
            return truth;
        }

        /** Equations 18 and 19; returns the largest change. */
        private double maximised(Map<Long, Double> truth) {
            double inside = 0;
            double outside = 0;
            double[] hit = new double[sensitivity.length];
            double[] left = new double[sensitivity.length];
            for (Map.Entry<Long, Integer> of : counts.entrySet()) {
                double w = truth.getOrDefault(of.getKey(), 0.0) * of.getValue();
                double rest = of.getValue() - w;
                inside += w;
                outside += rest;
                for (int j = 0; j < hit.length; j++) {
                    boolean drew = (of.getKey() >> j & 1) == 1;
                    hit[j] += drew ? w : 0;
                    left[j] += drew ? 0 : rest;
                }
            }
            double change = 0;
            for (int j = 0; j < hit.length; j++) {
                double p = inside == 0 ? 1 : hit[j] / inside;
                double q = outside == 0 ? 1 : left[j] / outside;
                change = Math.max(change, Math.abs(p - sensitivity[j]));
                change = Math.max(change, Math.abs(q - specificity[j]));
                sensitivity[j] = p;
                specificity[j] = q;
            }
            return change;
        }
    }
}
