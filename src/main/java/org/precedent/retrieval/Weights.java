package org.precedent.retrieval;

import java.util.Arrays;

/**
 * Weights of supports from their similarities to the query: w_k = softmax_k(sim_k / tau), the
 * similarity-weighted UniverSeg paper's equation.
 */
public final class Weights {
    private Weights() {}

    /**
     * The softmax of similarities over a temperature.
     *
     * @param similarities [K], K >= 1, finite
     * @param tau temperature, > 0; small values favour the most similar support, large ones tend to
     *     uniform
     * @return [K] in [0, 1], summing to 1; computed in double with the maximum subtracted first, so
     *     that tau = 1e-5 is a hard choice in which ties share
     */
    public static double[] softmax(double[] similarities, double tau) {
        if (similarities.length == 0) {
            throw new IllegalArgumentException("no similarities");
        }
        if (!(tau > 0)) {
            throw new IllegalArgumentException("temperature " + tau + " is not above 0");
        }
        double max = Double.NEGATIVE_INFINITY;
        for (double similarity : similarities) {
            if (!Double.isFinite(similarity)) {
                throw new IllegalArgumentException("similarity " + similarity);
            }
            max = Math.max(max, similarity);
        }
        double[] weights = new double[similarities.length];
        double sum = 0;
        for (int k = 0; k < weights.length; k++) {
            weights[k] = Math.exp((similarities[k] - max) / tau);
            sum += weights[k];
        }
        for (int k = 0; k < weights.length; k++) {
            weights[k] /= sum;
        }
        return weights;
    }

    /** [K] equal weights: tau without limit. */
    public static double[] uniform(int k) {
        if (k < 1) {
            throw new IllegalArgumentException("no supports");
        }
        double[] weights = new double[k];
        Arrays.fill(weights, 1.0 / k);
        return weights;
    }

    /** How many supports the weights amount to: 1 / sum w^2, from 1 to K. */
    public static double effectiveNumber(double[] weights) {
        double sum = 0;
        for (double weight : weights) {
            sum += weight * weight;
        }
        return 1 / sum;
    }
}
